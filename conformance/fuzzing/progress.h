// progress.h: how far a fuzz run has come, in figures, and as one line of plain text now and then.
// Knows no engine.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace touchstone::fuzzing {

struct Figures {
  std::uint64_t executions = 0;
  std::uint64_t edges = 0;   // of the implementation and the target together; 0: not counted
  std::uint64_t corpus = 0;  // inputs kept for what they reach
  // Inputs that came further than a refusal at their first step, of those that were counted.
  std::uint64_t counted = 0;
  std::uint64_t useful = 0;

  std::optional<double> useful_percent() const;
};

// "1,234,567"
std::string grouped(std::uint64_t number);

// "98.2 % useful"; empty where it is not known.
std::string useful_text(const Figures& figures);

// "     12 s   48,213 executions   4,018/s   3,120 edges   corpus 411   98.2 % useful   2 findings"
// `unit` is what was executed.
std::string progress_line(const Figures& figures, std::chrono::milliseconds elapsed,
                          std::size_t findings, std::string_view unit = "executions");

// The same at the end of a run, without its time.
std::string figures_text(const Figures& figures, std::chrono::milliseconds elapsed,
                         std::string_view unit = "executions");

// When the next line is due: soon at first, then every few seconds.
class ProgressClock {
 public:
  using Clock = std::chrono::steady_clock;
  explicit ProgressClock(Clock::time_point start) : start_(start), due_(start + first_) {}

  std::chrono::milliseconds elapsed() const {
    return std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - start_);
  }
  Clock::time_point due() const { return due_; }
  // True once for each line.
  bool is_due() {
    if (Clock::now() < due_) return false;
    due_ = Clock::now() + every_;
    return true;
  }

 private:
  static constexpr std::chrono::seconds first_{2};
  static constexpr std::chrono::seconds every_{5};
  Clock::time_point start_;
  Clock::time_point due_;
};

}  // namespace touchstone::fuzzing
