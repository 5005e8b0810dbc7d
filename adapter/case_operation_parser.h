// case_operation_parser.h: the words of a step before `->` as an Operation.  Each function reads
// the words that are its own and leaves the rest of the line; errors are kept by the reader.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "adapter/case_reader.h"
#include "adapter/operation.h"
#include "adapter/outcome.h"

namespace touchstone {

// The step whose line the reader stands at the beginning of.
Operation parse_operation(CaseReader& reader);

// IPC_SEND_RECV_MSG in case_message_parser.cc, beginning with `word`, which is not read yet.
struct SendReceiveStart {
  TaskName caller{};
  std::uint32_t flags = 0;
  bool flags_are_raw = false;
};
SendReceive parse_send_receive(CaseReader& reader, const SendReceiveStart& start,
                               std::string_view word);

// `request`, `type=9`: the type of a message to send or received; none where `word` is no type.
std::optional<std::uint32_t> parse_message_type(CaseReader& reader, std::string_view word);
// `default`, `oneway` or a number.
std::uint32_t parse_message_flag(CaseReader& reader, std::string_view text);

// `obj@OFF=KIND:...`, in case_object_parser.cc.
OutgoingObject parse_outgoing_object(CaseReader& reader, std::string_view word);
ReceivedObject parse_received_object(CaseReader& reader, std::string_view word);

}  // namespace touchstone
