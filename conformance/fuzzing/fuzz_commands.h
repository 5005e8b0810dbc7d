// fuzz_commands.h: the two halves of `touchstone fuzz`: a target under an engine, and Programs of
// the generator on any backend.  Which of them: commands_fuzz.cc.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "conformance/commands.h"
#include "conformance/fuzzing/follow_up.h"

namespace touchstone::fuzzing {

ExitStatus fuzz_target(const Options& options, const Suite& suite, const World& world);
ExitStatus fuzz_generated(const Options& options, const Suite& suite, const World& world);

// What both share.
std::chrono::milliseconds time_of(const FuzzOptions& options);
std::string command_line(const Options& options);
std::string profile_flags(const Options& options);
ExitStatus refuse_backend(const World& world, const BackendError& error);

// Looks into each finding and prints them all with the line `figures`.  `broken` is why the run
// proves nothing, if so.
ExitStatus conclude_fuzz(FollowUp& follow_up, const FoundList& found, const std::string& figures,
                         const std::string& broken, const World& world);

}  // namespace touchstone::fuzzing
