// follow_up.h: what becomes of a finding: it is replayed ten times, shrunk where it is a Program,
// and written down so that others can see it again.  Finds nothing itself.
#pragma once

#include <chrono>
#include <cstdint>
#include <expected>
#include <functional>
#include <iosfwd>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "adapter/program.h"
#include "conformance/fuzzing/finding.h"
#include "conformance/fuzzing/findings_folder.h"
#include "conformance/judge.h"
#include "conformance/runner.h"

namespace touchstone::fuzzing {

inline constexpr std::uint32_t replays_max = 10;

struct FollowUpOptions {
  std::string findings;  // the folder, as given
  std::string command;   // that found it, as it can be typed again
  std::string today;     // YYYY-MM-DD
  std::chrono::milliseconds step_time{10000};
  std::string replay_flags;  // of `touchstone replay`: " --profile x"
  // Runs it once more, in a process of its own: whether it failed again.
  std::function<std::expected<bool, std::string>(const Found&)> replay;
  // Shows it again from its input, which lies in the file.
  std::function<std::string(const Found&, const std::string& input_file)> input_line;
  // None where inputs are no Programs.
  std::function<std::optional<Program>(const Found&)> program_of;
};

struct FollowedUp {
  std::string name;
  std::string signature;  // of the shrunk case, if there is one
  std::uint64_t count = 1;
  bool is_known = false;  // an earlier run wrote it down
  std::size_t runs = 1;   // that have seen it
  // How many of ten runs failed; none where it was not replayed.
  std::optional<std::uint32_t> replayed{};
  std::size_t steps = 0;  // of the shrunk Program; 0: there is none
  std::size_t steps_before = 0;
  bool is_repeated = false;  // it came to the same as an earlier one of this run when it was shrunk
  std::string note;          // what does not hold together; empty if all does
  std::string folder;
  std::string replay_line;
};

// A Program made short, as the text of its case.
struct ShrunkCase {
  std::string text;
  std::string kind;
  std::string signature;
};

class FollowUp {
 public:
  // `backend` may be null: findings are not held against it.  Both must live as long as this.
  FollowUp(FollowUpOptions options, const Judge& judge, OpenBackend* backend);

  // Or why it could not be written down.  `is_hurried`: it is written down as it is.
  std::expected<FollowedUp, std::string> operator()(const Found& found, bool is_hurried = false);

 private:
  struct Shown;

  bool is_settled(FollowedUp& up, std::string& error);
  std::expected<void, std::string> write_down(const Found& found, const std::optional<Shown>& shown,
                                              bool is_hurried, FollowedUp& up);
  std::string seen_line(const FollowedUp& up) const;
  std::expected<std::uint32_t, std::string> replay(const Found& found) const;
  std::optional<Shown> shrink(const Program& program, const Found& found) const;
  std::optional<Shown> shown_as(const ShrunkCase& shrunk) const;
  std::string report(const Found& found, const FollowedUp& up, const std::string& body) const;
  std::expected<std::string, std::string> c_program_of(const Shown& shown) const;
  std::string body_of_case(const Shown& shown, const FollowedUp& up) const;

  FollowUpOptions options_;
  FindingsFolder folder_;
  const Judge& judge_;
  OpenBackend* backend_;
  std::set<std::string> written_;  // names of this run's findings
};

// At the end of a run: each finding in a few lines.
void print_findings(const std::vector<FollowedUp>& findings, std::ostream& out);
// Adds a finding to those of the run, or to the one that it came to the same as.
void add_followed_up(FollowedUp up, std::vector<FollowedUp>& findings);
// "2 findings, 1 of them known"
std::string count_text(const std::vector<FollowedUp>& findings);

}  // namespace touchstone::fuzzing
