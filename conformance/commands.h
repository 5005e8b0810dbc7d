// commands.h: what each subcommand of `touchstone` does, once its options are read.
#pragma once

#include <expected>
#include <string>

#include "conformance/cli.h"
#include "conformance/options.h"
#include "conformance/result.h"
#include "conformance/selection.h"
#include "conformance/suite.h"
#include "conformance/verdict.h"
#include "conformance/waivers.h"

namespace touchstone {

ExitStatus carry_out(const Options& options, const World& world);

// Says on `world.err` what is wrong, and gives `status`.
ExitStatus refuse(const World& world, ExitStatus status, const std::string& what);

// The cases that the options ask for, which may be none.
std::expected<Selection, std::string> selected(const Options& options, const Suite& suite);

// What every command that gives verdicts does: reads the waiver file if there is one, says where a
// result comes from, and at the end prints and writes what came out.
std::expected<WaiverFile, std::string> read_waivers(const std::string& path);
Provenance provenance_of(const Options& options, const std::string& profile, std::string command);
ExitStatus conclude(const Options& options, const RunResult& result, const World& world);

ExitStatus command_run(const Options& options, const Suite& suite, const World& world);
ExitStatus command_judge(const Options& options, const Suite& suite, const World& world);
ExitStatus command_list(const Options& options, const Suite& suite, const World& world);
ExitStatus command_show(const Options& options, const Suite& suite, const World& world);
ExitStatus command_replay(const Options& options, const Suite& suite, const World& world);
ExitStatus command_record(const Options& options, const Suite& suite, const World& world);
ExitStatus command_spec(const Options& options, const Suite& suite, const World& world);
// parcel, dispatch and services, by `options.command`.
ExitStatus command_userspace(const Options& options, const Suite& suite, const World& world);
ExitStatus command_fuzz(const Options& options, const Suite& suite, const World& world);
ExitStatus command_minimize(const Options& options, const Suite& suite, const World& world);
ExitStatus command_c_repro(const Options& options, const Suite& suite, const World& world);
ExitStatus command_convert(const Options& options, const Suite& suite, const World& world);
ExitStatus command_waive(const Options& options, const World& world);

}  // namespace touchstone
