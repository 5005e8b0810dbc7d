// trace_delivered.h: a message that was just delivered, from its receiver's pool to the words of a
// case.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "adapter/outcome.h"
#include "daemon/trace_names.h"

namespace touchstone::daemon {

struct Delivered {
  ReceivedMessage message;
  // Where in the message's block the number of each descriptor stands, and what it is called.
  std::vector<std::pair<std::uint32_t, DescriptorName>> descriptors;
  // Its sender has ended, and its id is another's: who it was depends on how ids are used again.
  bool sender_is_ambiguous = false;
};

// `message` is one that the process has and may give back; it gets its name.
Delivered delivered_message(const kernel::Abi& abi, const kernel::Kernel& kernel,
                            kernel::ProcessId process, const kernel::Message& message,
                            TraceNames& names);

}  // namespace touchstone::daemon
