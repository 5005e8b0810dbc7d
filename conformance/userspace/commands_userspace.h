// commands_userspace.h: what the commands about user space do once they know what to play on, so
// that tests can play on something of their own.
#pragma once

#include "conformance/commands.h"
#include "conformance/userspace/stage.h"

namespace touchstone::userspace {

ExitStatus judge_on(const Stage& stage, const Options& options, const Suite& suite,
                    const World& world);

}  // namespace touchstone::userspace
