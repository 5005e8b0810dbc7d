// trace_call.h: a call as the step of a case that says the same: read from the memory that came
// with it, before the kernel carries it out.  Knows no answer.
#pragma once

#include <functional>
#include <optional>
#include <span>

#include "adapter/operation.h"
#include "daemon/request.h"
#include "daemon/trace_names.h"
#include "reference/kernel/kernel.h"

namespace touchstone::daemon {

struct TracedCall {
  kernel::TaskId task = 0;
  const IoctlRequest& request;
  const kernel::Kernel& kernel;
  const kernel::Abi& abi;  // with the user range that the call has
  // Memory of the caller's process, its pool included.
  std::function<bool(kernel::Address, std::span<std::byte>)> read;
};

struct CallStep {
  Operation operation;
  std::optional<kernel::Address> given_back;  // a block that is nobody's any more
  const char* unsayable = "";                 // why no case says the same; empty: one does
};

CallStep step_of(const TracedCall& call, TraceNames& names);

}  // namespace touchstone::daemon
