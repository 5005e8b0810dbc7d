// decode.h: a delivered message, from the receiver's memory to names.  What does not lie as the
// contract says is noted as a defect with its clause, never trusted.
#pragma once

#include <cstdint>

#include "adapter/abi.h"
#include "adapter/backend.h"
#include "adapter/bindings.h"
#include "adapter/outcome.h"

namespace touchstone {

struct DecodeContext {
  const BackendInfo& info;
  const AbiLayout& abi;
  Bindings& bindings;
  Backend& backend;
  const TaskBinding& receiver;
  std::uint32_t case_object_bytes;
};

// The message at `address`; its descriptors get their names, it gets none.
DecodedMessage decode_message(const DecodeContext& context, std::uint64_t address);

}  // namespace touchstone
