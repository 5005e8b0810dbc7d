// IPC_SEND_RECV_MSG up to the receive: give back, send.  Spec 4, in the order of its clauses.
#include <array>

#include "reference/kernel/kernel.h"

namespace touchstone::kernel {

Result<Answer> Kernel::send_receive(TaskId caller, Address argument) {
  const ProcessId process = process_of(caller);
  if (argument == 0) return invalid("MSG-1");
  if (!cms_) return invalid("MSG-2");
  std::array<std::byte, 32> buffer;
  const auto bytes = std::span(buffer).first(abi_.content_bytes);
  if (!read_user(process, argument, bytes)) return invalid("MSG-3");
  const std::uint32_t flags = load32(bytes, 0);  // MSG-4
  const bool sends = (flags & flag_send) != 0;

  Delivered given_back;
  if ((flags & flag_buffer_free) != 0) {
    Result<Delivered> taken = take_back(process, load_pointer(abi_, bytes, abi_.buffer));
    if (!taken) return std::unexpected(taken.error());
    given_back = std::move(*taken);  // MSG-7
  }
  Result<std::uint64_t> sent = 0;
  if (sends)
    sent = send(caller, load_pointer(abi_, bytes, abi_.out_message), given_back);  // MSG-19
  if (given_back) pool_of(caller).release(given_back.key());                       // MSG-8
  if (!sent) return std::unexpected(sent.error());                                 // MSG-37
  if ((flags & flag_receive) != 0) {
    if (!make_task_ipc(caller)) return refuse(Errno::out_of_memory, "RCV-1");  // ACC-11
    return take_or_sleep(caller, {argument, sends ? std::optional(*sent) : std::nullopt});
  }
  return Answer{.clause = sends ? "MSG-36" : given_back ? "MSG-9" : "MSG-4"};
}

Result<Kernel::Delivered> Kernel::take_back(ProcessId process, Address buffer) {
  ProcessIpc& ipc = *processes_[process].ipc;
  const Address start = pool_address(process);                                           // MSG-10
  const Address end = start + ipc.pool->bytes() + (quirks_.pool_end_is_inside ? 1 : 0);  // Q4
  if (buffer < start || buffer >= end) return invalid("MSG-5");
  Delivered taken = ipc.delivered.extract(static_cast<PoolOffset>(buffer - start));
  if (!taken) return refuse(Errno::bad_address, "MSG-6");
  return taken;
}

// Gives the timestamp of the message sent.
Result<std::uint64_t> Kernel::send(TaskId caller, Address address, const Delivered& given_back) {
  Result<Header> header = read_header(caller, address);
  if (!header) return std::unexpected(header.error());
  const bool is_request = header->type == request;
  const Result<TaskRef> target =
      is_request ? validate_request(caller, *header) : validate_reply(caller, *header, given_back);
  if (!target) return std::unexpected(target.error());
  if (is_request) header->timestamp = world_.read_clock();  // MSG-20
  if (const auto valid = validate_target(*target); !valid) return std::unexpected(valid.error());

  auto message = std::make_unique<Message>(Message{*header, sender_of(caller), *target, 0, {}});
  if (const auto filled = fill(caller, *message); !filled) return std::unexpected(filled.error());
  queue(std::move(message));
  return header->timestamp;  // MSG-38
}

Result<Header> Kernel::read_header(TaskId caller, Address address) {
  std::array<std::byte, 80> buffer;
  const auto bytes = std::span(buffer).first(abi_.limits.message_header_bytes);
  if (address == 0 || !read_user(process_of(caller), address, bytes)) return invalid("MSG-11");
  const Header header = decode_header(abi_, bytes);
  const std::uint32_t size = header.data_bytes;
  const std::uint32_t count = header.object_count;
  if (header.type > failed_reply) return invalid("MSG-12");
  if (size > 0 && header.data == 0) return invalid("MSG-13");  // MSG-18
  if (count > 0 && header.offsets == 0) return invalid("MSG-14");
  if (size > abi_.limits.data_bytes_max) return invalid("MSG-15");  // LIM-1
  if (count > abi_.limits.objects_max) return invalid("MSG-16");    // LIM-2
  if (size < count * abi_.object_bytes) return invalid("MSG-17");
  return header;
}

Result<TaskRef> Kernel::validate_request(TaskId caller, const Header& header) const {
  if (header.handle == handle_cms) return cms_->task;  // ACC-1
  if (!may_call(process_of(caller), header.handle)) {  // ACC-3, ACC-9, LIM-5
    const bool by_exec = is_alive(header.handle) && tasks_[header.handle].access_ended_by_exec;
    return refuse(Errno::access_denied, by_exec ? "LIF-15" : "ACC-3");
  }
  return ref(header.handle);
}

Result<TaskRef> Kernel::validate_reply(TaskId caller, const Header& header,
                                       const Delivered& given_back) {
  if (!given_back) return invalid("MSG-21");
  const Message* request = given_back.mapped().get();
  if (!request || request->header.type != MessageType::request) return invalid("MSG-22");
  if (request->header.flag == message_flag_oneway) return invalid("MSG-23");
  if (request->header.timestamp != header.timestamp) return invalid("MSG-24");
  if (request->sender.task.id != header.handle) return invalid("MSG-25");
  if (!is_live(request->target) || process_of(request->target.id) != process_of(caller)) {
    return invalid("MSG-26");
  }
  if (world_.read_clock() > header.timestamp + reply_time_limit_ns) {  // LIM-4
    return refuse(Errno::timed_out, "MSG-27");
  }
  return request->sender.task;
}

Result<void> Kernel::validate_target(const TaskRef& target) const {
  if (!is_live(target)) {
    const char* clause = target == cms_->task ? "LIF-17" : "LIF-18";
    return invalid(is_alive(target.id) ? clause : "MSG-28");
  }
  const std::optional<ProcessIpc>& ipc = processes_[process_of(target.id)].ipc;
  if (!ipc) return invalid("MSG-29");
  if (!ipc->pool) return refuse(Errno::out_of_memory, "MSG-30");
  return {};
}

// Takes room in the target's pool and carries data and objects over; on failure leaves no trace.
Result<void> Kernel::fill(TaskId caller, Message& message) {
  Pool& pool = pool_of(message.target.id);
  const auto block = pool.allocate(data_at() + message.padded_data_bytes() +
                                   offset_bytes * message.header.object_count);
  if (!block) return refuse(Errno::out_of_memory, "MSG-30");
  message.block = *block;
  const Result<void> filled = fill_block(caller, message);
  if (!filled) {
    undo(message);
    pool.release(*block);
  }
  return filled;
}

Result<void> Kernel::fill_block(TaskId caller, Message& message) {
  const ProcessId process = process_of(caller);
  const Header& header = message.header;
  const auto data = data_of(message);  // MSG-40
  const auto offsets = offsets_of(message);
  if (!data.empty() && !read_user(process, header.data, data)) {
    return refuse_copy("MSG-31", data.size());
  }
  if (!offsets.empty() && !read_user(process, header.offsets, offsets)) {
    return refuse_copy("MSG-32", offsets.size());
  }
  const bool is_limited = quirks_.cms_limit_only_for_handle_0 ? header.handle == handle_cms
                                                              : message.target == cms_->task;
  if (header.type == request && is_limited) {
    if (const auto valid = validate_cms_limit(message); !valid) return valid;
  }
  if (!make_task_ipc(message.target.id)) return refuse(Errno::out_of_memory, "MSG-35");
  return carry_objects(caller, message);
}

// Writes the header as the receiver reads it, with addresses of its pool, and queues the message.
void Kernel::queue(std::unique_ptr<Message> message) {
  const TaskId target = message->target.id;
  Header& header = message->header;
  const Address data = pool_address(process_of(target)) + message->block + data_at();
  header.data = header.data_bytes > 0 ? data : 0;  // RCV-15
  header.offsets = header.object_count > 0 ? data + message->padded_data_bytes() : 0;
  header.process_id = message->sender.process;  // MSG-39
  header.task_id = message->sender.task.id;
  header.user_id = message->sender.user;
  header.group_id = message->sender.group;
  encode_header(abi_, header, pool_of(target).block(message->block).first(data_at()));
  tasks_[target].ipc->queue.push_back(std::move(message));  // MSG-36
  if (!sleeps(target)) return world_.message_waits(target);
  woken_.push_back(target);
}

std::span<std::byte> Kernel::data_of(const Message& message) {
  const auto block = pool_of(message.target.id).block(message.block);
  return block.subspan(data_at(), message.header.data_bytes);
}

std::span<std::byte> Kernel::offsets_of(const Message& message) {
  const auto block = pool_of(message.target.id).block(message.block);
  return block.subspan(data_at() + message.padded_data_bytes());
}

}  // namespace touchstone::kernel
