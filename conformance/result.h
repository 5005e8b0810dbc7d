// result.h: what a run found, as plain data: where it comes from, and each case with its verdict,
// outcomes and differences.  Every report is made from this; result_json.h is its lossless text.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "conformance/verdict.h"

namespace touchstone {

struct Provenance {
  std::string suite_version;
  std::string command;  // "run" or "judge"
  std::string backend;  // as given: "plugin:./mine.so"; empty where there is none
  std::string backend_name;
  std::string backend_version;
  std::string data_model;  // "ilp32" or "lp64"
  std::vector<std::string> capabilities;
  std::string profile;                // "none", or its name
  std::optional<std::uint64_t> seed;  // none: nothing was left to chance
  std::vector<std::string> flags;     // the command line, program name left out
  friend bool operator==(const Provenance&, const Provenance&) = default;
};

struct StepResult {
  std::uint32_t line = 0;  // in the case's file
  std::string operation;
  std::string expected;  // empty where nothing is stated
  std::string got;       // empty where the step was not reached
  friend bool operator==(const StepResult&, const StepResult&) = default;
};

// A step that did not come out as it should.
struct Difference {
  enum class Role : std::uint8_t {
    decides,    // the verdict is because of it
    tolerated,  // a row of the profile accounts for it
    further,    // differs too, after the one that decides
  };
  Role role = Role::decides;
  std::uint32_t line = 0;
  std::string operation;
  std::string clause;    // may be empty
  std::string sentence;  // of the clause
  std::string expected;
  std::string got;
  std::string reference;  // what the reference answered
  std::string note;       // why it is wrong, or what such an answer would mean
  std::string state;      // the reference's, before the step
  friend bool operator==(const Difference&, const Difference&) = default;
};

// A row of a profile that was needed to account for what came back.
struct Tolerated {
  std::string clause;
  std::string quirk;
  std::string outcome;
  std::string reason;
  bool is_unspecified = false;  // the contract leaves it open
  friend bool operator==(const Tolerated&, const Tolerated&) = default;
};

struct CaseResult {
  std::string id;  // "message/reply-late", or the path of a file elsewhere, without its extension
  std::string name;
  std::string title;
  std::string file;
  std::string chapter;
  std::string case_class;
  std::vector<std::string> clauses;
  Verdict verdict = Verdict::pass;
  std::string reason;                // one line, empty for a plain pass
  std::vector<std::string> missing;  // what an unsupported case needs
  std::string waiver;                // the entry that applied
  std::vector<Tolerated> tolerated;
  std::vector<Difference> differences;
  std::vector<StepResult> steps;
  std::string captured;  // what the implementation printed
  std::string replay;    // the command that shows it again
  double milliseconds = 0;
  friend bool operator==(const CaseResult&, const CaseResult&) = default;
};

struct RunResult {
  Provenance provenance;
  std::vector<CaseResult> cases;
  std::vector<std::string> malformed;        // "FILE:LINE:COLUMN: expected ..."
  std::vector<std::string> waiver_findings;  // entries that matched nothing, or are out of date
  std::string lost;                          // why the run ended early
  friend bool operator==(const RunResult&, const RunResult&) = default;
};

// The clause that decided the verdict, empty where there is none.
std::string deciding_clause(const CaseResult& result);
// Null where there is none.
const Difference* deciding_difference(const std::vector<Difference>& differences);

std::size_t count_of(const RunResult& result, Verdict verdict);

// What the whole comes to.  A run in which no case was carried out never holds.
ExitStatus exit_status(const RunResult& result);

}  // namespace touchstone
