#include "conformance/fuzzing/generated.h"

#include <fmt/format.h>
#include <fmt/ostream.h>
#include <poll.h>
#include <string.h>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <map>
#include <ostream>
#include <utility>

#include "conformance/fuzzing/generator_job.h"
#include "conformance/fuzzing/interruption.h"
#include "conformance/fuzzing/work_folder.h"
#include "conformance/generator/plan_draw.h"
#include "conformance/generator/program_writer.h"

namespace touchstone::fuzzing {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

// Hands out the work, and takes what comes of it in the order of the Programs.
class GeneratedRun {
 public:
  GeneratedRun(const GeneratedOptions& options, OpenBackend& backend, const Judge& judge,
               std::ostream& out)
      : options_(options),
        backend_(backend),
        judge_(judge),
        out_(out),
        clock_(Clock::now()),
        next_(options.first) {
    if (options.time) deadline_ = Clock::now() + *options.time;
  }

  GeneratedResult run() {
    if (!options_.functions.empty()) make_maps();
    for (std::uint32_t index = 0; result_.broken.empty() && index < options_.jobs; ++index) {
      const fs::path kcov = maps_.empty() ? fs::path() : map_file(index);
      auto job = GeneratorJob::start({options_, index, kcov}, backend_, judge_);
      if (!job) {
        result_.broken = job.error();
        break;
      }
      jobs_.push_back(*std::move(job));
    }
    while (!is_over_ && result_.broken.empty() && is_any_running()) {
      wait_for_news();
      for (GeneratorJob& job : jobs_) take_news(job);
      take_in_order();
      if (clock_.is_due()) say_progress();
      if (interruption_.came()) is_over_ = result_.was_interrupted = true;
      if (deadline_ && Clock::now() >= *deadline_) is_over_ = true;
    }
    jobs_.clear();
    take_coverage();
    const bool saw_nothing = !maps_.empty() && result_.figures.edges == 0;
    if (saw_nothing && result_.figures.executions != 0 && result_.broken.empty()) {
      result_.broken = "no task has told of anything that it reached";
    }
    result_.elapsed = clock_.elapsed();
    const bool proves_nothing = result_.figures.executions == result_.unplayable;
    if (proves_nothing && result_.lost.empty() && result_.broken.empty()) {
      result_.broken = "nothing was executed";
      if (result_.unplayable != 0) result_.broken += ": " + result_.unplayable_reason;
    }
    return std::move(result_);
  }

 private:
  fs::path map_file(std::uint32_t index) const {
    return folder_->path() / fmt::format("kcov-{}", index);
  }

  void make_maps() {
    auto folder = WorkFolder::make();
    if (!folder) {
      result_.broken = folder.error();
      return;
    }
    folder_.emplace(*std::move(folder));
    // Tasks are any user's.
    fs::permissions(folder_->path(), fs::perms::group_exec | fs::perms::others_exec,
                    fs::perm_options::add);
    for (std::uint32_t index = 0; index < options_.jobs; ++index) {
      auto map = KcovMap::open(map_file(index), options_.functions);
      if (!map) {
        result_.broken = map.error();
        return;
      }
      maps_.push_back(*std::move(map));
    }
  }

  // Of all jobs together.
  void take_coverage() {
    if (maps_.empty()) return;
    std::vector<std::uint8_t> edges(maps_.front().edges().size());
    std::vector<std::uint8_t> points(maps_.front().points().size());
    for (const KcovMap& map : maps_) {
      std::ranges::transform(edges, map.edges(), edges.begin(), std::bit_or());
      std::ranges::transform(points, map.points(), points.begin(), std::bit_or());
      if (map.error() != 0 && result_.broken.empty()) {
        result_.broken = fmt::format("/sys/kernel/debug/kcov cannot be used by every task: {}",
                                     ::strerrordesc_np(map.error()));
      }
    }
    result_.figures.edges = static_cast<std::uint64_t>(std::ranges::count(edges, 1));
    result_.reached = reached_functions(options_.functions, points);
  }

  bool is_any_running() const {
    return std::ranges::any_of(jobs_,
                               [](const GeneratorJob& job) { return job.descriptor() >= 0; });
  }

  void wait_for_news() {
    std::vector<pollfd> watched{{interruption_.descriptor(), POLLIN, 0}};
    for (const GeneratorJob& job : jobs_) watched.push_back({job.descriptor(), POLLIN, 0});
    const auto until = deadline_ ? std::min(*deadline_, clock_.due()) : clock_.due();
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - Clock::now()).count();
    ::poll(watched.data(), watched.size(), static_cast<int>(std::clamp<long>(left, 0, 60000)));
  }

  void take_news(GeneratorJob& job) {
    const bool was_running = job.descriptor() >= 0;
    for (ProgramDone& done : job.take_news()) {
      const std::uint64_t number = done.number;
      waiting_.emplace(number, std::move(done));
    }
    if (was_running && job.descriptor() < 0 && !job.has_finished()) {
      result_.broken = "a process of the generator ended before its work was done";
    }
  }

  // Those after the one that ends the run may be done or not: that is chance.
  void take_in_order() {
    for (auto one = waiting_.begin(); !is_over_ && one != waiting_.end() && one->first == next_;
         one = waiting_.erase(one)) {
      ++next_;
      ++result_.figures.executions;
      result_.steps += one->second.steps;
      if (one->second.is_kept) ++result_.figures.corpus;
      if (!one->second.kind.empty()) take(one->second);
    }
  }

  void take(const ProgramDone& wrong) {
    if (wrong.kind == "lost") {
      result_.lost =
          fmt::format("at Program {} of seed {}: {}", wrong.number, options_.seed, wrong.signature);
      is_over_ = true;
      return;
    }
    if (wrong.kind == "unplayable") {
      if (result_.unplayable++ == 0) {
        result_.unplayable_reason = fmt::format("Program {}: {}", wrong.number, wrong.signature);
      }
      return;
    }
    Found found{wrong.kind, wrong.signature, {}, {}};
    found.number = wrong.number;
    found.input = wrong.input;
    if (!result_.found.add(std::move(found))) return;
    fmt::print(out_, "          found {}: {} (Program {})\n", wrong.kind, wrong.signature,
               wrong.number);
    out_.flush();
    if (result_.found.size() == options_.findings_max) is_over_ = true;
  }

  void say_progress() {
    take_coverage();
    fmt::print(out_, "{}\n",
               progress_line(result_.figures, clock_.elapsed(), result_.found.size(), "Programs"));
    out_.flush();
  }

  const GeneratedOptions& options_;
  OpenBackend& backend_;
  const Judge& judge_;
  std::ostream& out_;
  ProgressClock clock_;
  std::optional<Clock::time_point> deadline_;
  Interruption interruption_;
  std::optional<WorkFolder> folder_;  // for the maps
  std::vector<KcovMap> maps_;         // one for each job
  std::vector<GeneratorJob> jobs_;
  std::map<std::uint64_t, ProgramDone> waiting_;  // done, but not all before them are
  std::uint64_t next_;                            // the number of the first that is not taken
  bool is_over_ = false;
  GeneratedResult result_;
};

}  // namespace

std::uint64_t seed_of_program(std::uint64_t seed, std::uint64_t number) {
  std::uint64_t mixed = seed * 0xd1342543de82ef95 + number;
  mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9;
  mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111eb;
  return mixed ^ (mixed >> 31);
}

Plan generated_plan(const GeneratedOptions& options, std::uint64_t number) {
  const std::uint64_t own_seed = seed_of_program(options.seed, number);
  return draw_plan(own_seed, {}, Draw(~own_seed).below(101));
}

Program planned_program(const GeneratedOptions& options, Plan plan, const BackendInfo& backend) {
  plan.abi = backend.data_model == DataModel::lp64 ? PlanAbi::lp64 : PlanAbi::ilp32;
  plan.ids_reused = plan.ids_reused && backend.has(Capability::id_reuse);
  Program program = write_program(plan).program;
  if (options.has_own_room) program.header.case_class = CaseClass::generated;
  return program;
}

Program generated_program(const GeneratedOptions& options, std::uint64_t number,
                          const BackendInfo& backend) {
  return planned_program(options, generated_plan(options, number), backend);
}

std::optional<Wrong> try_program(const Program& program, OpenBackend& backend, const Judge& judge,
                                 std::chrono::milliseconds step_time) {
  return find_difference(program, *backend.factory, judge,
                         {backend.factory->needs_isolation(), step_time});
}

GeneratedResult run_generated(const GeneratedOptions& options, OpenBackend& backend,
                              const Judge& judge, std::ostream& progress) {
  return GeneratedRun(options, backend, judge, progress).run();
}

}  // namespace touchstone::fuzzing
