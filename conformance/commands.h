// commands.h: what each subcommand of `touchstone` does, once its options are read.
#pragma once

#include <expected>
#include <string>

#include "conformance/cli.h"
#include "conformance/options.h"
#include "conformance/selection.h"
#include "conformance/suite.h"
#include "conformance/verdict.h"

namespace touchstone {

ExitStatus carry_out(const Options& options, const World& world);

// Says on `world.err` what is wrong, and gives `status`.
ExitStatus refuse(const World& world, ExitStatus status, const std::string& what);

// The cases that the options ask for, which may be none.
std::expected<Selection, std::string> selected(const Options& options, const Suite& suite);

ExitStatus command_run(const Options& options, const Suite& suite, const World& world);
ExitStatus command_judge(const Options& options, const Suite& suite, const World& world);
ExitStatus command_list(const Options& options, const Suite& suite, const World& world);
ExitStatus command_show(const Options& options, const Suite& suite, const World& world);
ExitStatus command_replay(const Options& options, const Suite& suite, const World& world);
ExitStatus command_record(const Options& options, const Suite& suite, const World& world);
ExitStatus command_spec(const Options& options, const Suite& suite, const World& world);
ExitStatus command_waive(const Options& options, const World& world);

}  // namespace touchstone
