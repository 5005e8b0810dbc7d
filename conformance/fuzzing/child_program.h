// child_program.h: another program run beside this one: started, watched through one pipe for what
// it prints and one descriptor for its end, stopped with all that it started.  Nothing here waits
// but in poll.  Knows nothing of fuzzers.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <expected>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace touchstone::fuzzing {

struct ProgramCall {
  std::vector<std::string> words;  // the program's path first
  // Set beside our own; an empty value takes a variable away.
  std::vector<std::pair<std::string, std::string>> environment{};
};

// As it would be typed into a shell.
std::string shell_line(const ProgramCall& call);

struct ProgramEnd {
  bool by_signal = false;
  int number = 0;  // of the signal, or the exit status
  bool is_success() const { return !by_signal && number == 0; }
  std::string text() const;  // "exit status 77", "SIGKILL"
};

// What may be asked of a program while it runs; it does not outlive this.
class ChildProgram {
 public:
  // Or why it could not be started.
  static std::expected<ChildProgram, std::string> start(const ProgramCall& call);

  ChildProgram(ChildProgram&& other) noexcept;
  ChildProgram& operator=(ChildProgram&& other) noexcept;
  ~ChildProgram();

  int output_descriptor() const { return output_; }    // readable: it printed; below 0: it closed
  int process_descriptor() const { return process_; }  // readable: it has ended

  // What it printed to stdout and stderr since the last call.
  std::string take_output();
  bool has_ended() const;
  void interrupt() const;  // SIGINT to it and all that it started
  void kill() const;
  // Waits for its end, and ends what it leaves behind.
  ProgramEnd reap();

 private:
  ChildProgram(pid_t id, int output, int process) : id_(id), output_(output), process_(process) {}

  pid_t id_ = -1;
  int output_ = -1;
  int process_ = -1;
};

struct ProgramRun {
  ProgramEnd end;
  bool was_too_slow = false;  // and was killed
  bool was_enough = false;    // and was killed
  std::string output;         // the first and the last part of it, if it is long
};

// Runs it to its end, or to the end of its time, or until it prints a line that is enough.
std::expected<ProgramRun, std::string> run_program(
    const ProgramCall& call, std::chrono::milliseconds time_max,
    const std::function<bool(std::string_view line)>& is_enough = {});

}  // namespace touchstone::fuzzing
