#include "conformance/fuzzing/generator_job.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <optional>
#include <set>
#include <span>
#include <utility>

#include "adapter/child_process.h"
#include "adapter/hex_text.h"
#include "adapter/printable_text.h"
#include "adapter/program_bytes.h"
#include "conformance/generator/plan_vary.h"
#include "conformance/text_file.h"

namespace touchstone::fuzzing {
namespace {

std::string text_of_bytes(const std::vector<std::byte>& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

ProgramDone done_with(std::uint64_t number, const Program& program,
                      const std::optional<Wrong>& wrong) {
  ProgramDone done{number, program.steps.size(), {}, {}};
  if (!wrong) return done;
  done.kind = kind_of(wrong->ruling.verdict);
  const bool is_finding = done.kind != "lost" && done.kind != "unplayable";
  done.signature = printable_text(is_finding ? wrong->signature : wrong->ruling.reason);
  std::ranges::replace(done.signature, '\n', ' ');
  done.input = text_of_bytes(encode_program(program));
  return done;
}

// "NUMBER STEPS KEPT", with " KIND INPUT SIGNATURE" if it is wrong, the input in hexadecimal
// digits: a line from a job, which ends with a line "end", and a frame from its child.
std::string text_of(const ProgramDone& done) {
  const std::string text = fmt::format("{} {} {:d}", done.number, done.steps, done.is_kept);
  if (done.kind.empty()) return text;
  const std::string input = hex_text(std::as_bytes(std::span(done.input)));
  return fmt::format("{} {} {} {}", text, done.kind, input, done.signature);
}

std::uint64_t take_number(std::string_view& text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  if (text.starts_with(' ')) text.remove_prefix(1);
  return number;
}

std::string_view take_word(std::string_view& text) {
  const std::string_view word = text.substr(0, text.find(' '));
  text.remove_prefix(std::min(text.size(), word.size() + 1));
  return word;
}

ProgramDone parse_done(std::string_view text) {
  ProgramDone done;
  done.number = take_number(text);
  done.steps = take_number(text);
  done.is_kept = take_number(text) != 0;
  done.kind = take_word(text);
  done.input = text_of_bytes(bytes_of_hex(take_word(text)));
  done.signature = text;
  return done;
}

// Chooses by what was reached: most Plans are like one that reached something new.
class Guide {
 public:
  explicit Guide(KcovMap map) : map_(std::move(map)) {}

  Plan plan(const GeneratedOptions& options, std::uint64_t number) const {
    Draw draw(seed_of_program(options.seed, number));
    if (kept_.empty() || draw.one_in(4)) return generated_plan(options, number);
    return vary_plan(any_kept(draw), any_kept(draw), draw);
  }
  bool keep_if_new(Plan plan) {
    if (map_.take_new_edges() == 0) return false;
    kept_.push_back(std::move(plan));
    return true;
  }

 private:
  const Plan& any_kept(Draw& draw) const {
    return kept_[draw.below(static_cast<std::uint32_t>(kept_.size()))];
  }

  KcovMap map_;
  std::vector<Plan> kept_;
};

// In the process of a job.
class Labour {
 public:
  Labour(const JobOptions& options, OpenBackend& backend, const Judge& judge, int pipe)
      : options_(options.run), backend_(backend), judge_(judge), pipe_(pipe) {
    if (options.kcov.empty()) return;
    auto map = KcovMap::open(options.kcov, options_.functions);
    if (!map) ::_exit(1);
    KcovMap::use(options.kcov);
    guide_.emplace(*std::move(map));
  }

  void run(std::uint32_t index) {
    for (std::uint64_t batch = index; !is_lost_; batch += options_.jobs) {
      const std::uint64_t begin = batch * batch_programs;
      if (options_.programs != 0 && begin >= options_.programs) break;
      std::uint64_t end = begin + batch_programs;
      if (options_.programs != 0) end = std::min(end, options_.programs);
      run_programs(options_.first + begin, options_.first + end);
    }
    write("end\n");
  }

 private:
  Program program(std::uint64_t number) const {
    return generated_program(options_, number, backend_.factory->info());
  }

  void run_programs(std::uint64_t next, std::uint64_t end) {
    confirmed_.clear();
    while (next < end && !is_lost_) {
      if (backend_.factory->needs_isolation()) next = run_in_one_child(next, end);
      if (next == end || is_lost_) return;
      // It ended the child; alone it tells why.
      run_alone(next);
      ++next;
    }
  }

  // Gives the first Program of which the child told nothing.
  std::uint64_t run_in_one_child(std::uint64_t next, std::uint64_t end) {
    ChildOptions child;
    child.silence_max = options_.step_time;
    const std::uint64_t begin = next;
    const auto body = [this, begin, end](FrameSender& sender) {
      for (std::uint64_t number = begin; number < end; ++number) {
        const Program one = program(number);
        const auto wrong = find_difference(one, *backend_.factory, judge_);
        sender.add(text_of(done_with(number, one, wrong)));
        sender.flush();
      }
    };
    const auto take_frame = [this, &next](std::string_view frame) {
      const ProgramDone done = parse_done(frame);
      if (done.kind.empty() || confirmed_.contains(done.signature)) {
        tell(done);
      } else {
        run_alone(done.number);
      }
      next = done.number + 1;
      return !is_lost_;
    };
    run_in_child(child, body, take_frame);
    return next;
  }

  // Where what came before it plays no part.
  void run_alone(std::uint64_t number) {
    Plan plan = guide_ ? guide_->plan(options_, number) : generated_plan(options_, number);
    const Program one = planned_program(options_, plan, backend_.factory->info());
    ProgramDone done =
        done_with(number, one, try_program(one, backend_, judge_, options_.step_time));
    done.is_kept = guide_ && guide_->keep_if_new(std::move(plan));
    if (done.kind.empty() && backend_.factory->needs_isolation()) {
      done.kind = "difference";
      done.signature = "wrong only after other Programs";
    }
    confirmed_.insert(done.signature);
    is_lost_ = done.kind == "lost";
    tell(done);
  }

  void tell(const ProgramDone& done) { write(text_of(done) + "\n"); }

  void write(std::string_view text) {
    while (!text.empty()) {
      const ssize_t written = ::write(pipe_, text.data(), text.size());
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) ::_exit(1);
      text.remove_prefix(static_cast<std::size_t>(written));
    }
  }

  const GeneratedOptions& options_;
  OpenBackend& backend_;
  const Judge& judge_;
  int pipe_;
  std::optional<Guide> guide_;
  std::set<std::string> confirmed_;  // signatures of this batch's Programs that ran alone
  bool is_lost_ = false;
};

std::string error_text() { return ::strerrordesc_np(errno); }

}  // namespace

std::expected<GeneratorJob, std::string> GeneratorJob::start(const JobOptions& options,
                                                             OpenBackend& backend,
                                                             const Judge& judge) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return std::unexpected("no pipe: " + error_text());
  std::fflush(nullptr);
  const pid_t parent = ::getpid();
  const pid_t child = ::fork();
  if (child == 0) {
    ::setpgid(0, 0);
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) ::_exit(1);
    ::close(ends[0]);
    Labour(options, backend, judge, ends[1]).run(options.index);
    ::_exit(0);
  }
  ::close(ends[1]);
  GeneratorJob job(child, ends[0]);
  if (child < 0) return std::unexpected("no child process: " + error_text());
  ::setpgid(child, child);
  ::fcntl(ends[0], F_SETFL, O_NONBLOCK);
  return job;
}

GeneratorJob::GeneratorJob(GeneratorJob&& other) noexcept
    : id_(std::exchange(other.id_, -1)),
      pipe_(std::exchange(other.pipe_, -1)),
      received_(std::move(other.received_)),
      has_finished_(other.has_finished_) {}

GeneratorJob::~GeneratorJob() {
  if (pipe_ >= 0) ::close(pipe_);
  if (id_ <= 0) return;
  ::kill(-id_, SIGKILL);
  ::kill(id_, SIGKILL);
  while (::waitpid(id_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

std::vector<ProgramDone> GeneratorJob::take_news() {
  char buffer[65536];
  while (pipe_ >= 0) {
    const ssize_t got = ::read(pipe_, buffer, sizeof buffer);
    if (got > 0) {
      received_.append(buffer, static_cast<std::size_t>(got));
    } else if (got == 0) {
      ::close(std::exchange(pipe_, -1));
    } else if (errno != EINTR) {
      break;
    }
  }
  std::vector<ProgramDone> news;
  const std::size_t end = received_.rfind('\n');
  if (end == std::string::npos) return news;
  for (const std::string_view line : lines_of(std::string_view(received_).substr(0, end + 1))) {
    if (line == "end") {
      has_finished_ = true;
    } else {
      news.push_back(parse_done(line));
    }
  }
  received_.erase(0, end + 1);
  return news;
}

}  // namespace touchstone::fuzzing
