// Special objects: descriptors, buffers and services in the data of a message.  Spec 5.
#include "reference/kernel/kernel.h"

namespace touchstone::kernel {

// Where the object stands, `index` counted in the array of offsets.
Result<std::uint32_t> Kernel::validate_offset(const Message& message, std::uint32_t index,
                                              std::size_t end_of_previous) {
  const std::uint32_t offset = load32(offsets_of(message), index * offset_bytes);  // ABI-6
  if (offset > message.header.data_bytes - abi_.object_bytes) return invalid("OBJ-1");
  if (offset < end_of_previous) return invalid("OBJ-2");
  return offset;
}

// OBJ-4: all offsets first, then the sum of what the CMS would have to take.
Result<void> Kernel::validate_cms_limit(const Message& message) {
  const Header& header = message.header;
  std::uint64_t total = data_at() + header.data_bytes + offset_bytes * header.object_count;
  std::size_t end = 0;
  for (std::uint32_t i = 0; i < header.object_count; ++i) {
    const Result<std::uint32_t> offset = validate_offset(message, i, end);
    if (!offset) return std::unexpected(offset.error());
    const auto object = data_of(message).subspan(*offset, abi_.object_bytes);
    if (load32(object, 0) == object_ptr) total += load32(object, abi_.object_value);  // MSG-34
    end = *offset + abi_.object_bytes;
  }
  if (total > cms_->message_bytes_max) return invalid("MSG-33");
  return {};
}

Result<void> Kernel::carry_objects(TaskId caller, Message& message) {
  std::size_t end = 0;
  for (std::uint32_t i = 0; i < message.header.object_count; ++i) {  // OBJ-3
    const Result<std::uint32_t> offset = validate_offset(message, i, end);
    if (!offset) return std::unexpected(offset.error());
    const auto object = data_of(message).subspan(*offset, abi_.object_bytes);  // OBJ-5
    end = *offset + abi_.object_bytes;
    const auto carry = [&]() -> Result<void> {
      switch (load32(object, 0)) {
        case object_fd: return carry_descriptor(caller, message, object);
        case object_ptr: return carry_buffer(caller, message, object);
        case object_svc: return carry_service(caller, message, object);
        default: return invalid("OBJ-6");
      }
    };
    if (const auto carried = carry(); !carried) return carried;  // OBJ-21
  }
  return {};
}

Result<void> Kernel::carry_descriptor(TaskId caller, Message& message,
                                      std::span<std::byte> object) {
  const Descriptor descriptor = load32(object, abi_.object_value);
  const ProcessId from = process_of(caller);
  const ProcessId to = process_of(message.target.id);
  if (!world_.descriptor_is_open(from, descriptor)) return refuse(Errno::bad_descriptor, "OBJ-7");
  const Descriptor copy =
      world_.copy_descriptor(from, descriptor, to, first_received_descriptor);  // OBJ-8, LIM-9
  store32(object, abi_.object_value, copy);
  message.effects.push_back({ObjectEffect::Kind::descriptor, copy});
  return {};
}

Result<void> Kernel::carry_buffer(TaskId caller, Message& message, std::span<std::byte> object) {
  const std::uint32_t bytes = load32(object, abi_.object_value);
  const Address from = load_pointer(abi_, object, abi_.object_pointer);
  if (from == 0 || bytes == 0) return invalid("OBJ-9");
  if (from < user_range_start || from >= abi_.limits.user_range_end) {  // LIM-10
    return invalid("OBJ-10");
  }
  Pool& pool = pool_of(message.target.id);
  const auto block = pool.allocate(bytes);
  if (!block) return invalid("OBJ-11");
  message.effects.push_back({ObjectEffect::Kind::buffer, *block});
  if (!read_user(process_of(caller), from, pool.block(*block))) return refuse_copy("OBJ-12", bytes);
  store_pointer(abi_, object, abi_.object_pointer,
                pool_address(process_of(message.target.id)) + *block);  // OBJ-13
  return {};
}

Result<void> Kernel::carry_service(TaskId caller, Message& message, std::span<std::byte> object) {
  std::uint32_t handle = load32(object, abi_.object_value);
  const std::uint32_t token = load32(object, abi_.object_value + 4);
  if (handle == handle_self) {
    if (token != token_self) return invalid("OBJ-14");
    if (is_cms_task(caller)) return invalid("OBJ-15");
    handle = caller;  // OBJ-16
  }
  if (!is_alive(handle)) return invalid("OBJ-17");
  if (!may_call(process_of(caller), handle)) return refuse(Errno::access_denied, "OBJ-18");
  if (!make_task_ipc(handle)) return refuse(Errno::out_of_memory, "OBJ-19");  // ACC-13

  const ProcessId receiver = process_of(message.target.id);
  if (!tasks_[handle].ipc->callers.contains(receiver)) {
    give_access(receiver, handle);  // OBJ-20
    message.effects.push_back({ObjectEffect::Kind::access, handle, tasks_[handle].generation});
  }
  store32(object, abi_.object_value, handle);
  return {};
}

// Takes back what a message's objects made at its receiver: OBJ-21, OBJ-22.
void Kernel::undo(const Message& message) {
  const ProcessId receiver = process_of(message.target.id);
  for (const ObjectEffect& effect : message.effects) {
    if (effect.kind == ObjectEffect::Kind::descriptor) {
      world_.close_descriptor(receiver, effect.value);
    } else if (effect.kind == ObjectEffect::Kind::buffer) {
      pool_of(message.target.id).release(effect.value);
    } else if (quirks_.undone_access_is_withdrawn && is_live({effect.value, effect.generation})) {
      if (tasks_[effect.value].ipc) withdraw_access(receiver, effect.value);  // OBJ-23
    }
  }
}

}  // namespace touchstone::kernel
