// encode.h: an IPC_SEND_RECV_MSG step as the bytes of a task's scratch area.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <vector>

#include "adapter/abi.h"
#include "adapter/backend.h"
#include "adapter/bindings.h"
#include "adapter/operation.h"

namespace touchstone {

// What to write at the start of the scratch area, and the ioctl's argument.
struct EncodedCall {
  std::vector<std::byte> bytes;
  std::uint64_t argument = 0;
  std::uint64_t given_back = 0;  // the buffer pointer
};

// What the names of the step stand for; none where a name has no meaning now, with the reason.
struct EncodeContext {
  const BackendInfo& info;
  const AbiLayout& abi;
  Bindings& bindings;
  Backend& backend;
  const TaskBinding& caller;
  std::uint32_t case_object_bytes;  // size of an object in the data model of the case
};

std::expected<void, std::string> encode_send_receive(const SendReceive& step,
                                                     const EncodeContext& context,
                                                     EncodedCall& call);

// The value of a handle or task id; none if the name was never made.
std::expected<std::uint32_t, std::string> resolve(const TaskValue& value, Bindings& bindings);
// The address an `arg=` word means; `valid` where it has none.
std::expected<std::uint64_t, std::string> resolve(const Argument& argument, std::uint64_t valid,
                                                  const BackendInfo& info, Bindings& bindings);

}  // namespace touchstone
