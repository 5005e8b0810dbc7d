// trace_sent.h: a message that is being sent, from the bytes of its process's memory to the words
// of a case which send the same.
#pragma once

#include <optional>

#include "adapter/operation.h"
#include "daemon/trace_call.h"
#include "daemon/trace_names.h"

namespace touchstone::daemon {

// `given_back` is the message that the same call gives back: a reply has its timestamp.
OutgoingMessage sent_message(const TracedCall& call, const kernel::Header& header,
                             TraceNames& names, std::optional<MessageName> given_back);

}  // namespace touchstone::daemon
