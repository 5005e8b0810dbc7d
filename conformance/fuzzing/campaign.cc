#include "conformance/fuzzing/campaign.h"

#include <fmt/format.h>
#include <fmt/ostream.h>
#include <poll.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <memory>
#include <optional>
#include <ostream>
#include <set>
#include <utility>

#include "adapter/printable_text.h"
#include "conformance/fuzzing/crash_report.h"
#include "conformance/fuzzing/input_watch.h"
#include "conformance/fuzzing/interruption.h"
#include "conformance/fuzzing/live_counts.h"
#include "conformance/text_file.h"

namespace touchstone::fuzzing {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

constexpr std::size_t printed_bytes_max = 512u << 10;
constexpr std::uint32_t unexplained_ends_max = 3;
constexpr std::uint32_t crashes_in_seeds_max = 10;

fs::path reported_in(const fs::path& work) { return work / "reported"; }
fs::path skipped_in(const fs::path& work) { return work / "skipped"; }
fs::path counts_in(const fs::path& work) { return work / "counts"; }

std::string last_lines(const std::string& printed) {
  constexpr std::size_t lines_max = 12;
  const auto lines = lines_of(printed);
  std::string text;
  for (std::size_t at = lines.size() - std::min(lines.size(), lines_max); at < lines.size(); ++at) {
    text += "\n  " + printable_text(lines[at]);
  }
  return text;
}

// Tells when something was written into a folder.
class FolderWatch {
 public:
  explicit FolderWatch(const fs::path& folder)
      : descriptor_(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC)) {
    if (descriptor_ >= 0) ::inotify_add_watch(descriptor_, folder.c_str(), IN_CLOSE_WRITE);
  }
  FolderWatch(const FolderWatch&) = delete;
  FolderWatch& operator=(const FolderWatch&) = delete;
  ~FolderWatch() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }

  int descriptor() const { return descriptor_; }  // readable once something was
  void take() const {
    char events[4096];
    while (descriptor_ >= 0 && ::read(descriptor_, events, sizeof events) > 0) {
    }
  }

 private:
  int descriptor_;
};

fs::path made(fs::path folder) {
  fs::create_directories(folder);
  return folder;
}

struct Worker {
  std::optional<ChildProgram> program;
  std::string printed;      // the last part of it
  std::size_t read_to = 0;  // in `printed`: lines before were handed to the engine
  std::uint32_t starts = 0;
  std::size_t skips_known = 0;  // how many inputs were to be skipped when it was last started
  std::uint32_t unexplained_ends = 0;
  std::optional<InputWatch> watch;  // where one that is stuck would stay so
  bool is_stuck = false;            // and was killed

  // It ends by itself, or is stuck in that: what it has found is lost if it is interrupted.
  bool is_reporting_crash() const { return watch && watch->has_report(); }
};

class Campaign {
 public:
  Campaign(Engine& engine, const CampaignOptions& options, std::ostream& out)
      : engine_(engine),
        options_(options),
        out_(out),
        workers_(options.jobs),
        clock_(Clock::now()),
        deadline_(Clock::now() + options.time),
        // libFuzzer tells of an input that takes too long before half as much time has gone by
        // again.
        limits_{options.input_time_max * 3 / 2 + options.grace, options.grace * 2},
        // One that is stuck in an input is first given the time to be noticed.
        patience_(deadline_ + limits_.input * 5 / 4 + options.grace),
        reported_(made(reported_in(options.work))) {}

  CampaignResult run() {
    if (auto counts = LiveCounts::open(counts_in(options_.work))) counts_ = *std::move(counts);
    for (std::uint32_t job = 0; job < workers_.size() && result_.broken.empty(); ++job) start(job);
    while (is_any_running()) {
      wait_for_news();
      for (std::uint32_t job = 0; job < workers_.size(); ++job) look_at(job);
      reported_.take();
      take_reported(false);
      if (clock_.is_due()) say_progress();
      consider_stopping();
    }
    engine_.finish();
    take_reported(true);
    for (Artifact& artifact : unidentified_) identify(std::move(artifact));
    conclude();
    return std::move(result_);
  }

 private:
  bool is_any_running() const {
    return std::ranges::any_of(workers_, [](const Worker& one) { return one.program.has_value(); });
  }

  void start(std::uint32_t job) {
    Worker& worker = workers_[job];
    if (engine_.ends_at_a_crash()) {
      auto live = LiveInput::open(live_input_in(options_.work, job));
      if (!live) return break_off(live.error());
      worker.watch.emplace(*std::move(live), limits_, Clock::now());
    }
    worker.is_stuck = false;
    const auto left = std::chrono::ceil<std::chrono::seconds>(deadline_ - Clock::now());
    auto program = ChildProgram::start(engine_.call(job, worker.starts++, left));
    if (!program) return break_off(program.error());
    worker.program = *std::move(program);
    worker.printed.clear();
    worker.read_to = 0;
    worker.skips_known = skipped_.size();
  }

  void wait_for_news() {
    auto until = std::min(clock_.due(), next_stop());
    std::vector<pollfd> watched{{interruption_.descriptor(), POLLIN, 0},
                                {reported_.descriptor(), POLLIN, 0}};
    for (const Worker& worker : workers_) {
      if (!worker.program) continue;
      watched.push_back({worker.program->output_descriptor(), POLLIN, 0});
      watched.push_back({worker.program->process_descriptor(), POLLIN, 0});
      if (worker.watch) until = std::min(until, worker.watch->due());
    }
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - Clock::now()).count();
    ::poll(watched.data(), watched.size(), static_cast<int>(std::clamp<long>(left, 0, 60000)));
  }

  void look_at(std::uint32_t job) {
    Worker& worker = workers_[job];
    if (!worker.program) return;
    const bool has_ended = worker.program->has_ended();
    worker.printed += worker.program->take_output();
    read_lines(job, worker);
    if (!engine_.ends_at_a_crash()) {
      for (Artifact& artifact : engine_.take_artifacts(job)) {
        unidentified_.push_back(std::move(artifact));
      }
    }
    if (has_ended) return conclude_worker(job);
    if (worker.watch) watch_over(worker);
  }

  void watch_over(Worker& worker) {
    const auto now = Clock::now();
    worker.watch->look(now);
    if (worker.is_stuck || !worker.watch->is_stuck(now)) return;
    worker.is_stuck = true;
    worker.program->kill();
  }

  void read_lines(std::uint32_t job, Worker& worker) {
    std::string& printed = worker.printed;
    for (std::size_t end = printed.find('\n', worker.read_to); end != std::string::npos;
         end = printed.find('\n', worker.read_to)) {
      const std::string_view line =
          std::string_view(printed).substr(worker.read_to, end - worker.read_to);
      engine_.read_line(job, line);
      if (worker.watch && begins_crash_report(line)) worker.watch->note_report(Clock::now());
      worker.read_to = end + 1;
    }
    if (printed.size() <= 2 * printed_bytes_max) return;
    const std::size_t cut = printed.size() - printed_bytes_max;
    printed.erase(0, cut);
    worker.read_to -= std::min(worker.read_to, cut);
  }

  void conclude_worker(std::uint32_t job) {
    Worker& worker = workers_[job];
    const ProgramEnd end = worker.program->reap();
    worker.printed += worker.program->take_output();
    read_lines(job, worker);
    if (worker.is_stuck) worker.printed += "\nit was stuck there, and was killed\n";
    worker.program.reset();
    if (engine_.ends_at_a_crash()) {
      const auto artifacts = take_artifacts(job);
      for (const Artifact& artifact : artifacts) {
        add_crash(artifact, worker, end);
        if (!engine_.keeps_time(job)) note_crash_in_seeds(artifact);
      }
      if (!artifacts.empty()) return start_again(job);
    }
    if (was_killed_ || end.is_success() || is_stopping() || is_time_called_) return;
    if (engine_.executions_of(job) == 0) {
      result_.is_backend_unusable = !end.by_signal && end.number == 3;
      return break_off(fmt::format("the target could not be started ({}):{}", end.text(),
                                   last_lines(worker.printed)));
    }
    if (++worker.unexplained_ends > unexplained_ends_max) {
      return break_off(fmt::format("the target ended {} times without naming an input ({}):{}",
                                   worker.unexplained_ends, end.text(),
                                   last_lines(worker.printed)));
    }
    start_again(job);
  }

  // Those of the engine, with what it does not know itself.
  std::vector<Artifact> take_artifacts(std::uint32_t job) {
    const Worker& worker = workers_[job];
    std::vector<Artifact> artifacts = engine_.take_artifacts(job);
    if (artifacts.empty() && worker.is_stuck) {
      const auto report = parse_crash_report(worker.printed);
      artifacts.push_back({report && report->what != "timeout" ? "crash" : "timeout", {}});
    }
    // One that ends between two inputs ends with none: the one before has broken something.
    for (Artifact& artifact : artifacts) {
      if (artifact.input.empty()) artifact.input = worker.watch->input();
    }
    return artifacts;
  }

  // Each of them costs a start and the reading of all seeds before it.  They are read in the order
  // of their size, so those that are smaller are known to be good.
  void note_crash_in_seeds(const Artifact& artifact) {
    if (options_.seeds.empty() || ++crashes_in_seeds_ < crashes_in_seeds_max) return;
    std::error_code error;
    std::vector<fs::path> greater;
    for (const auto& entry : fs::directory_iterator(options_.seeds, error)) {
      if (entry.file_size(error) >= artifact.input.size()) greater.push_back(entry.path());
    }
    for (const fs::path& seed : greater) fs::remove(seed, error);
    fmt::print(out_, "          left out {} seeds: the target ends with too many of them\n",
               greater.size());
    out_.flush();
  }

  void start_again(std::uint32_t job) {
    if (!is_stopping() && result_.broken.empty() && deadline_ - Clock::now() >= 1s) start(job);
  }

  // The process told what happened, and left the input behind.
  void add_crash(const Artifact& artifact, const Worker& worker, const ProgramEnd& end) {
    const std::string hash = hash_of(artifact.input);
    const auto known = std::ranges::find(skipped_, hash) - skipped_.begin();
    if (static_cast<std::size_t>(known) < worker.skips_known) {
      return break_off("the target ends with an input that it was told to skip:" +
                       last_lines(worker.printed));
    }
    if (static_cast<std::size_t>(known) == skipped_.size()) {
      skipped_.push_back(hash);
      std::ofstream(skipped_in(options_.work), std::ios::app) << hash << '\n';
    }
    add_crash(artifact, worker.printed, worker.is_stuck ? artifact.kind : end.text());
  }

  // `end` is the signature where there is no report.
  void add_crash(const Artifact& artifact, const std::string& printed, const std::string& end) {
    Found found{artifact.kind, end, last_lines(printed), artifact.input};
    found.is_by_stack = true;
    if (const auto report = parse_crash_report(printed)) {
      found.signature = report->signature();
      found.text = report->text;
    }
    add(std::move(found));
  }

  // An engine that keeps going tells nothing but the input.
  void identify(Artifact artifact) {
    const fs::path file = options_.work / "to-identify";
    if (auto written = write_text_file(file, artifact.input); !written) {
      return break_off(written.error());
    }
    ProgramCall call = engine_.replay(file);
    std::ranges::copy(lone_environment(), std::back_inserter(call.environment));
    std::ranges::copy(sanitizer_environment(), std::back_inserter(call.environment));
    auto run = run_program(call, options_.input_time_max * 2 + 20s);
    if (!run) return break_off(run.error());
    if (run->was_too_slow) artifact.kind = "timeout";
    add_crash(artifact, run->output, run->end.text());
  }

  void add(Found found) {
    const std::string line = fmt::format("found {}: {}", found.kind, found.signature);
    if (!result_.found.add(std::move(found))) return;
    fmt::print(out_, "          {}\n", line);
    out_.flush();
  }

  // What targets wrote into the folder; a text that is still empty is being written, or, at the
  // end, was cut off.
  void take_reported(bool is_end) {
    std::error_code error;
    std::map<std::string, std::string> texts;
    for (const auto& entry : fs::directory_iterator(reported_in(options_.work), error)) {
      const fs::path& path = entry.path();
      if (path.extension() != ".txt" || taken_.contains(path.stem().string())) continue;
      const auto text = read_text_file(path);
      if (text && (is_end || text->ends_with('\n'))) texts.emplace(path.stem().string(), *text);
    }
    for (const auto& [name, text] : texts) add_reported(name, text);
  }

  void add_reported(const std::string& name, const std::string& text) {
    taken_.insert(name);
    Found found{name.substr(0, name.find('-')), "ended while it was being reported", text, {}};
    if (const auto story = parse_story(text)) {
      found.kind = story->kind;
      found.signature = story->signature;
      found.text = story->text;
    }
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(reported_in(options_.work), error)) {
      const fs::path& path = entry.path();
      if (path.stem() != name || path.extension() == ".txt") continue;
      auto bytes = read_text_file(path);
      if (!bytes) continue;
      if (path.extension() == ".input") {
        found.input = *std::move(bytes);
      } else {
        found.extension = path.extension().string().substr(1);
        found.reproducer = *std::move(bytes);
      }
    }
    add(std::move(found));
  }

  Figures figures() {
    Figures figures = engine_.figures();
    if (counts_ && counts_->executions() != 0) {
      figures.counted = counts_->executions();
      figures.useful = counts_->useful();
      figures.executions = std::max(figures.executions, figures.counted);
    }
    return figures;
  }

  std::size_t findings() const { return result_.found.size() + unidentified_.size(); }

  void say_progress() {
    const Figures now = figures();
    if (now.executions == 0) {
      fmt::print(out_, "{:>7} s   reading what it begins with\n", clock_.elapsed() / 1s);
    } else {
      fmt::print(out_, "{}\n", progress_line(now, clock_.elapsed(), findings()));
    }
    out_.flush();
  }

  bool is_stopping() const { return interrupted_at_.has_value(); }

  Clock::time_point next_stop() const {
    if (interrupted_at_) return *interrupted_at_ + options_.grace;
    return is_time_called_ ? patience_ : deadline_ + 1s;
  }

  void interrupt_all() {
    if (is_stopping()) return;
    interrupted_at_ = Clock::now();
    for (const Worker& worker : workers_) {
      if (worker.program && !worker.is_reporting_crash()) worker.program->interrupt();
    }
  }

  // Those that do not end by themselves.
  void call_time() {
    is_time_called_ = true;
    for (std::uint32_t job = 0; job < workers_.size(); ++job) {
      const Worker& worker = workers_[job];
      const bool goes_on = !engine_.keeps_time(job) && !worker.is_reporting_crash();
      if (worker.program && goes_on) worker.program->interrupt();
    }
  }

  void consider_stopping() {
    if (interruption_.came()) {
      result_.was_interrupted = true;
      interrupt_all();
    }
    const bool has_enough = options_.findings_max != 0 && findings() >= options_.findings_max;
    if (has_enough || !result_.broken.empty()) interrupt_all();
    if (Clock::now() < next_stop()) return;
    if (!is_stopping() && !is_time_called_) return call_time();
    if (!is_stopping()) {
      is_overdue_ = true;
      return interrupt_all();
    }
    was_killed_ = true;
    for (Worker& worker : workers_) {
      if (!worker.program) continue;
      worker.program->kill();
      worker.is_stuck = worker.is_stuck || worker.is_reporting_crash();
      if (is_overdue_ && !worker.is_stuck) {
        break_off("a worker went on after its time, did not heed an interrupt, and was killed:" +
                  last_lines(worker.printed));
      }
    }
  }

  void break_off(std::string why) {
    if (result_.broken.empty()) result_.broken = std::move(why);
  }

  void conclude() {
    result_.figures = figures();
    // What was found was executed, even if nobody came to say so.
    result_.figures.executions =
        std::max<std::uint64_t>(result_.figures.executions, result_.found.size());
    result_.elapsed = clock_.elapsed();
    if (result_.figures.executions == 0) {
      break_off("nothing was executed:" + last_lines(workers_.front().printed));
    }
  }

  Engine& engine_;
  const CampaignOptions& options_;
  std::ostream& out_;
  std::vector<Worker> workers_;
  ProgressClock clock_;
  Clock::time_point deadline_;
  InputWatch::Limits limits_;
  Clock::time_point patience_;
  FolderWatch reported_;
  Interruption interruption_;
  std::unique_ptr<LiveCounts> counts_;
  std::vector<std::string> skipped_;  // hashes, as in the file
  std::set<std::string> taken_;       // names of what targets reported
  std::vector<Artifact> unidentified_;
  std::optional<Clock::time_point> interrupted_at_;
  std::uint32_t crashes_in_seeds_ = 0;
  bool is_time_called_ = false;
  bool is_overdue_ = false;
  bool was_killed_ = false;
  CampaignResult result_;
};

}  // namespace

fs::path live_input_in(const fs::path& work, std::uint32_t job) {
  return work / fmt::format("input-{}", job);
}

std::vector<std::pair<std::string, std::string>> campaign_environment(const fs::path& work,
                                                                      const fs::path& live_input) {
  return {{"TOUCHSTONE_FUZZ_FINDINGS", reported_in(work).string()},
          {"TOUCHSTONE_FUZZ_SKIP", skipped_in(work).string()},
          {"TOUCHSTONE_FUZZ_COUNTS", counts_in(work).string()},
          {"TOUCHSTONE_FUZZ_INPUT", live_input.string()}};
}

std::vector<std::pair<std::string, std::string>> lone_environment() {
  return {{"TOUCHSTONE_FUZZ_FINDINGS", ""},
          {"TOUCHSTONE_FUZZ_SKIP", ""},
          {"TOUCHSTONE_FUZZ_COUNTS", ""},
          {"TOUCHSTONE_FUZZ_INPUT", ""}};
}

CampaignResult run_campaign(Engine& engine, const CampaignOptions& options,
                            std::ostream& progress) {
  return Campaign(engine, options, progress).run();
}

}  // namespace touchstone::fuzzing
