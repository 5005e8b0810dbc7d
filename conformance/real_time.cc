#include "conformance/real_time.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <variant>

#include "adapter/executor.h"
#include "conformance/reproduce/c_program_time.h"

namespace touchstone {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr milliseconds limit{5000};  // LIM-4
// What a busy machine may be late by.  A wait that must end before a limit can do so much earlier.
constexpr milliseconds behind_limit{400};
constexpr milliseconds before_limit{2000};

// When the steps of a Program are played, by the clock and by the Program.
class Pace {
 public:
  explicit Pace(const Program& program)
      : program_(program), played_(program.steps.size(), Clock::time_point{}) {}

  void begin_step(std::size_t index) { played_[index] = Clock::now(); }

  // How long the Advance at `index` is to wait from now.
  milliseconds wait_at(std::size_t index) {
    const auto& advance = std::get<Advance>(program_.steps[index].operation);
    case_time_ += milliseconds(advance.milliseconds);
    const CTimeLimits limits = time_limits(program_, index);
    // What came late before is made up for.
    Clock::time_point until = played_.front() + case_time_;
    std::optional<Clock::time_point> earliest, latest;
    if (limits.over > 0) earliest = played_[limits.over - 1] + limit + behind_limit;
    if (limits.not_over > 0) latest = played_[limits.not_over - 1] + limit - before_limit;
    if (latest) until = std::min(until, *latest);
    if (earliest) until = std::max(until, *earliest);
    if (earliest && latest && *earliest > *latest) {  // half way between the limits themselves
      const Clock::time_point over = *earliest - behind_limit, not_over = *latest + before_limit;
      until = over + (not_over - over) / 2;
    }
    const auto wait = std::chrono::ceil<milliseconds>(until - Clock::now());
    return std::max(wait, milliseconds(0));
  }

 private:
  const Program& program_;
  std::vector<Clock::time_point> played_;  // by step
  milliseconds case_time_{0};
};

// The same Program with other waits, each decided when its turn comes.
class PacedProgram {
 public:
  explicit PacedProgram(const Program& program) : program_(program), pace_(program) {}

  const Program& program() const { return program_; }
  void begin_step(std::size_t index) {
    pace_.begin_step(index);
    if (!std::holds_alternative<Advance>(program_.steps[index].operation)) return;
    program_.steps[index].operation =
        Advance{static_cast<std::uint64_t>(pace_.wait_at(index).count())};
  }

 private:
  Program program_;
  Pace pace_;
};

}  // namespace

std::vector<Outcome> execute_in_real_time(const Program& program, Backend& backend) {
  PacedProgram paced(program);
  Executor executor(paced.program(), backend);
  std::vector<Outcome> outcomes;
  for (std::size_t index = 0; index < program.steps.size(); ++index) {
    paced.begin_step(index);
    outcomes.push_back(executor.run_step(index));
    if (outcomes.back().kind == Outcome::Kind::lost) break;
  }
  return outcomes;
}

}  // namespace touchstone
