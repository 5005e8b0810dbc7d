// script_run.h: plays scripts on a subject, in each data model that script and subject share, and
// gathers what the judge says.  In process on the reference, else each case in a child process.
// Selects nothing and writes no report.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "conformance/result.h"
#include "conformance/runner.h"
#include "conformance/userspace/script_judge.h"
#include "conformance/userspace/script_selection.h"
#include "conformance/userspace/subject.h"

namespace touchstone::userspace {

using touchstone::OnCase;

struct ScriptRunOptions {
  std::chrono::milliseconds step_time{10000};
  // Only this one of the subject's data models.
  std::optional<DataModel> data_model{};
  // The command that a replay begins with, and what must stand behind the case's name:
  // "touchstone parcel", " --library ./libfoo.so".
  std::string replay_command{};
  std::string replay_flags{};
};

// The results that a run of it gives.
std::size_t run_count(const ScriptFile& file, const Subject& subject,
                      const ScriptRunOptions& options);

// Appends to `result.cases`, and to `result.malformed` for a case that its player does not
// understand.  Fills in `result.lost` when there is no player to be had: no case after that is run.
// A case that can be played in more than one of the subject's data models gives a result for each,
// whose id ends in the model: "parcel/string-without-room@lp64".
void run_scripts(const std::vector<ScriptFile>& files, const Subject& subject,
                 const ScriptJudge& judge, const ScriptRunOptions& options, const OnCase& on_case,
                 RunResult& result);

}  // namespace touchstone::userspace
