#include "adapter/encode.h"

#include <algorithm>

namespace touchstone {
namespace {

using Problem = std::unexpected<std::string>;

Problem never_received() { return Problem("the message that the step names was not received"); }

std::uint64_t pointer_value(Pointer pointer, std::uint64_t valid, const BackendInfo& info) {
  switch (pointer) {
    case Pointer::null: return 0;
    case Pointer::bad: return info.bad_address;
    case Pointer::kernel: return info.kernel_address;
    default: return valid;
  }
}

// Appends a part at a multiple of 8 and gives its place.
std::size_t append(std::vector<std::byte>& bytes, std::size_t count) {
  const std::size_t at = (bytes.size() + 7) / 8 * 8;
  bytes.resize(at + count);
  return at;
}

class SendEncoder {
 public:
  SendEncoder(const OutgoingMessage& message, const EncodeContext& context, EncodedCall& call)
      : message_(message),
        context_(context),
        abi_(context.abi),
        bytes_(call.bytes),
        relayout_(context.case_object_bytes, context.abi.object_bytes) {}

  // Gives the place of the IpcMsg.
  std::expected<std::size_t, std::string> encode() {
    for (const OutgoingObject& object : message_.objects) relayout_.add_case_object(object.offset);
    const std::size_t header = append(bytes_, abi_.header_bytes);
    const auto data = encode_data();
    if (!data) return Problem(data.error());
    const std::size_t offsets = encode_offsets();
    if (const auto done = encode_header(header, *data, offsets); !done)
      return Problem(done.error());
    return header;
  }

 private:
  std::uint64_t address(std::size_t at) const { return context_.caller.scratch.address + at; }

  std::expected<void, std::string> encode_header(std::size_t at, std::size_t data,
                                                 std::size_t offsets) {
    const auto target = resolve(message_.to, context_.bindings);
    if (!target) return Problem(target.error());
    std::uint64_t timestamp = message_.time.number;
    if (message_.time.kind == TimeValue::Kind::message) {
      const MessageBinding* named = context_.bindings.find(message_.time.message);
      if (named == nullptr) return never_received();
      timestamp = named->timestamp;
    }
    const std::span header = std::span(bytes_).subspan(at, abi_.header_bytes);
    store_u32(header, 0, message_.type);
    store_u32(header, 4, *target);
    store_u32(header, 8, message_.token);
    store_u32(header, 12, message_.cookie);
    store_u32(header, 16, message_.code);
    store_u32(header, 20, message_.flag);
    store_u64(header, 24, timestamp);
    store_u32(header, 32, data_size_);
    store_address(
        abi_, header, abi_.data,
        pointer_value(message_.data_pointer, data_size_given_ ? address(data) : 0, context_.info));
    store_u32(header, abi_.object_count, object_count_);
    store_address(abi_, header, abi_.offsets,
                  pointer_value(message_.offsets_pointer, address(offsets), context_.info));
    // What a sender writes over the kernel's fields counts for nothing (MSG-39).
    std::fill(header.begin() + abi_.process_id, header.end(), unwritten);
    return {};
  }

  // Data in the backend's layout: bytes of the case, objects over them, zeroes up to the stated
  // size.
  std::expected<std::size_t, std::string> encode_data() {
    std::uint32_t case_bytes = static_cast<std::uint32_t>(message_.data.size());
    for (const OutgoingObject& object : message_.objects) {
      if (object.offset > zeroes_max) return Problem("an object stands outside any message");
      case_bytes = std::max(case_bytes, object.offset + context_.case_object_bytes);
    }
    const std::uint32_t given = relayout_.to_backend(case_bytes);
    data_size_ = message_.data_size ? relayout_.to_backend(*message_.data_size)
                 : message_.data_pointer == Pointer::valid ? given
                                                           : 0;
    data_size_given_ = given > 0 || data_size_ > 0;
    const std::size_t at = append(bytes_, std::max(given, std::min(data_size_, zeroes_max)));
    if (relayout_.is_identity()) {
      std::ranges::copy(message_.data, bytes_.begin() + static_cast<std::ptrdiff_t>(at));
    } else {
      for (std::uint32_t i = 0; i < message_.data.size(); ++i) {
        bytes_[at + relayout_.to_backend(i)] = message_.data[i];
      }
    }
    for (const OutgoingObject& object : message_.objects) {
      const auto done = encode_object(object, at + relayout_.to_backend(object.offset));
      if (!done) return Problem(done.error());
    }
    return at;
  }

  std::size_t encode_offsets() {
    std::vector<std::uint32_t> offsets;
    if (message_.offsets) {
      offsets = *message_.offsets;
    } else {
      for (const OutgoingObject& object : message_.objects) offsets.push_back(object.offset);
    }
    object_count_ = message_.object_count.value_or(static_cast<std::uint32_t>(offsets.size()));
    const std::size_t stated = std::min<std::size_t>(object_count_, zeroes_max / 4);
    const std::size_t at = append(bytes_, 4 * std::max(offsets.size(), stated));
    for (std::size_t i = 0; i < offsets.size(); ++i) {
      store_u32(bytes_, at + 4 * i, relayout_.to_backend(offsets[i]));
    }
    return at;
  }

  std::expected<void, std::string> encode_object(const OutgoingObject& object, std::size_t at) {
    std::fill_n(bytes_.begin() + static_cast<std::ptrdiff_t>(at), abi_.object_bytes, std::byte{0});
    switch (object.kind) {
      case ObjectKind::fd: return encode_descriptor(object, at);
      case ObjectKind::ptr: return encode_buffer(object, at);
      case ObjectKind::svc: return encode_service(object, at);
      case ObjectKind::other: store_u32(bytes_, at, object.type); return {};
    }
    return {};
  }

  std::expected<void, std::string> encode_descriptor(const OutgoingObject& object, std::size_t at) {
    std::uint32_t number = object.descriptor;
    if (object.descriptor_is_name) {
      const ProcessName process = context_.caller.process;
      const DescriptorName name{object.descriptor};
      const auto known = context_.bindings.descriptor(process, name);
      number = known.value_or(0);  // opened once the step is known to be run
    }
    store_u32(bytes_, at, 0);
    store_u32(bytes_, at + abi_.object_value, number);
    return {};
  }

  std::expected<void, std::string> encode_buffer(const OutgoingObject& object, std::size_t at) {
    constexpr std::uint32_t size_of_no_bytes = 9;
    const bool has_bytes = object.pointer == Pointer::valid;
    const std::uint32_t size = object.stated_size.value_or(
        has_bytes ? static_cast<std::uint32_t>(object.bytes.size()) : size_of_no_bytes);
    std::size_t payload = 0;
    if (has_bytes) {
      payload = append(bytes_, std::max(object.bytes.size(), std::size_t{1}));
      std::ranges::copy(object.bytes, bytes_.begin() + static_cast<std::ptrdiff_t>(payload));
      // A buffer no pool could hold fails before its bytes are read.
      if (size > object.bytes.size() && size <= buffer_bytes_max) bytes_.resize(payload + size);
    }
    store_u32(bytes_, at, 1);
    store_u32(bytes_, at + abi_.object_value, size);
    store_address(abi_, bytes_, at + abi_.object_pointer,
                  pointer_value(object.pointer, address(payload), context_.info));
    return {};
  }

  std::expected<void, std::string> encode_service(const OutgoingObject& object, std::size_t at) {
    const auto handle = resolve(object.handle, context_.bindings);
    if (!handle) return Problem(handle.error());
    store_u32(bytes_, at, 2);
    store_u32(bytes_, at + abi_.object_value, *handle);
    store_u32(bytes_, at + abi_.object_value + 4, object.token);
    store_u32(bytes_, at + abi_.object_value + 8, object.cookie);
    return {};
  }

  static constexpr std::uint32_t zeroes_max = 16384;         // sizes above this are refused unread
  static constexpr std::uint32_t buffer_bytes_max = 262144;  // the greatest pool

  const OutgoingMessage& message_;
  const EncodeContext& context_;
  const AbiLayout& abi_;
  std::vector<std::byte>& bytes_;
  Relayout relayout_;
  std::uint32_t data_size_ = 0;
  bool data_size_given_ = false;
  std::uint32_t object_count_ = 0;
};

std::expected<std::uint64_t, std::string> resolve_free(const FreeTarget& target,
                                                       const EncodeContext& context) {
  using Kind = FreeTarget::Kind;
  const ProcessBinding* process = context.bindings.find(context.caller.process);
  const std::optional<Region> pool = process == nullptr ? std::nullopt : process->pool;
  switch (target.kind) {
    case Kind::none:
    case Kind::null: return 0;
    case Kind::address: return target.address;
    case Kind::outside:
    case Kind::pool_start:
    case Kind::pool_end:
    case Kind::past_end:
      if (!pool) return Problem("the caller's process has no pool");
      if (target.kind == Kind::outside) return pool->address - 16;
      if (target.kind == Kind::pool_start) return pool->address;
      return pool->address + pool->bytes + (target.kind == Kind::past_end ? 1 : 0);
    default: break;
  }
  const MessageBinding* message = context.bindings.find(target.message);
  if (message == nullptr) return never_received();
  if (target.kind == Kind::message) return message->address;
  if (target.kind == Kind::interior) return message->address + 8;
  if (target.kind == Kind::data) return message->data;
  if (target.index >= message->buffers.size()) return Problem("the message has no such buffer");
  return message->buffers[target.index];
}

}  // namespace

std::expected<std::uint32_t, std::string> resolve(const TaskValue& value, Bindings& bindings) {
  switch (value.kind) {
    case TaskValue::Kind::cms: return 0;
    case TaskValue::Kind::self: return 0xffffffff;
    case TaskValue::Kind::task: {
      const TaskBinding* task = bindings.find(TaskName{value.value});
      if (task == nullptr) return Problem("T" + std::to_string(value.value) + " was not made");
      return task->id;
    }
    default: return value.value;
  }
}

std::expected<std::uint64_t, std::string> resolve(const Argument& argument, std::uint64_t valid,
                                                  const BackendInfo& info, Bindings& bindings) {
  if (argument.pointer != Pointer::received_data) {
    return pointer_value(argument.pointer, valid, info);
  }
  const MessageBinding* message = bindings.find(argument.message);
  if (message == nullptr) return never_received();
  return message->data;
}

std::expected<void, std::string> encode_send_receive(const SendReceive& step,
                                                     const EncodeContext& context,
                                                     EncodedCall& call) {
  const AbiLayout& abi = context.abi;
  call.bytes.assign(abi.content_bytes, std::byte{0});
  std::uint64_t message_address = 0;
  if (step.message) {
    const auto at = SendEncoder(*step.message, context, call).encode();
    if (!at) return Problem(at.error());
    message_address = context.caller.scratch.address + *at;
  }
  message_address = pointer_value(step.out, message_address, context.info);
  const auto buffer = resolve_free(step.free, context);
  if (!buffer) return Problem(buffer.error());
  const auto argument =
      resolve(step.argument, context.caller.scratch.address, context.info, context.bindings);
  if (!argument) return Problem(argument.error());

  store_u32(call.bytes, 0, step.flags);
  store_address(abi, call.bytes, abi.out_message, message_address);
  call.given_back = *buffer;
  store_address(abi, call.bytes, abi.buffer_to_free, *buffer);
  call.argument = *argument;
  return {};
}

}  // namespace touchstone
