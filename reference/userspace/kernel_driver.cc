#include "reference/userspace/kernel_driver.h"

#include <algorithm>

#include "reference/userspace/client.h"

namespace touchstone::dispatch {
namespace {

// Each task has a page range of its own for its arguments, since a sleeping one's must stay.
constexpr kernel::Address memory_start = 0x02000000;
constexpr kernel::Address task_bytes = 0x6000;
constexpr kernel::Address content_at = 0, header_at = 0x100, data_at = 0x1000, offsets_at = 0x3000;

kernel::Address address_of(Thread task, kernel::Address at) {
  return memory_start + task * task_bytes + at;
}

}  // namespace

void Machine::advance(std::uint64_t nanoseconds) {
  clock_ += nanoseconds;
  kernel_.wake_expired();
}

std::span<std::byte> Machine::memory(kernel::ProcessId process, kernel::Address from,
                                     std::size_t bytes) {
  std::vector<std::byte>& all = memory_[process];
  all.resize(kernel::task_limit * task_bytes);
  CHECK(from >= memory_start && bytes <= all.size() && from - memory_start <= all.size() - bytes,
        "DSP-25");
  return std::span(all).subspan(from - memory_start, bytes);
}

kernel::PoolMemory Machine::map_pool(kernel::ProcessId process, std::uint32_t bytes) {
  return {std::make_shared<std::byte[]>(bytes), 0x20000000 + kernel::Address{process} * 0x100000};
}

bool Machine::read_user(kernel::ProcessId process, kernel::Address from, std::span<std::byte> to) {
  std::ranges::copy(memory(process, from, to.size()), to.begin());
  return true;
}

bool Machine::write_user(kernel::ProcessId process, kernel::Address to,
                         std::span<const std::byte> from) {
  std::ranges::copy(from, memory(process, to, from.size()).begin());
  return true;
}

bool KernelDriver::open(Thread caller) { return machine_.kernel().open(caller).has_value(); }

void KernelDriver::close(Thread caller) { machine_.kernel().close(caller); }

bool KernelDriver::map(Thread caller, std::uint32_t bytes) {
  const kernel::MapRequest request{.bytes = bytes, .read = true, .private_copy = true};
  return machine_.kernel().mmap(caller, request).has_value();
}

std::span<std::byte> KernelDriver::argument(Thread caller, kernel::Address at, std::size_t bytes) {
  return machine_.memory(process_, address_of(caller, at), bytes);
}

Answer KernelDriver::set_cms(Thread caller, std::uint32_t message_bytes_max) {
  return answer_of(caller, machine_.kernel().ioctl(caller, kernel::set_cms_word, message_bytes_max),
                   false);
}

Answer KernelDriver::cms_command(Thread caller, std::uint32_t command, std::uint32_t task,
                                 std::uint32_t service) {
  const std::span<std::byte> content = argument(caller, content_at, kernel::cms_content_bytes);
  kernel::store32(content, 0, command);
  kernel::store32(content, 4, task);
  kernel::store32(content, 8, service);
  Answer answer = answer_of(
      caller,
      machine_.kernel().ioctl(caller, kernel::cms_command_word, address_of(caller, content_at)),
      false);
  answer.value = kernel::load32(content, 8);
  return answer;
}

Answer KernelDriver::gen_handle(Thread caller, std::uint32_t task) {
  return cms_command(caller, kernel::gen_handle_command, task, 0);
}

Answer KernelDriver::add_access(Thread caller, std::uint32_t task, std::uint32_t service) {
  return cms_command(caller, kernel::add_access_command, task, service);
}

Answer KernelDriver::set_ipc_thread(Thread caller) {
  return answer_of(caller, machine_.kernel().ioctl(caller, kernel::set_ipc_thread_word, 0), false);
}

kernel::Address KernelDriver::write_message(Thread caller, const Outgoing& message) {
  const Fields& fields = message.fields;
  CHECK(message.data.size() + message.offsets.size() * kernel::offset_bytes <= parcel_bytes_max,
        "DSP-19");
  kernel::Header header{.type = fields.type,
                        .handle = fields.target.handle,
                        .token = fields.target.token,
                        .cookie = fields.target.cookie,
                        .code = fields.code,
                        .flag = fields.flag,
                        .timestamp = fields.timestamp};
  header.data_bytes = static_cast<std::uint32_t>(message.data.size());
  header.data = address_of(caller, data_at);
  header.object_count = static_cast<std::uint32_t>(message.offsets.size());
  header.offsets = address_of(caller, offsets_at);
  kernel::encode_header(machine_.abi(), header,
                        argument(caller, header_at, machine_.abi().limits.message_header_bytes));
  std::ranges::copy(message.data, argument(caller, data_at, message.data.size()).begin());
  const std::span<std::byte> table =
      argument(caller, offsets_at, message.offsets.size() * kernel::offset_bytes);
  for (std::size_t i = 0; i < message.offsets.size(); ++i) {
    kernel::store32(table, i * kernel::offset_bytes, message.offsets[i]);
  }
  return address_of(caller, header_at);
}

Answer KernelDriver::exchange(Thread caller, const Exchange& exchange) {
  const kernel::Abi& abi = machine_.abi();
  const std::span<std::byte> content = argument(caller, content_at, abi.content_bytes);
  std::ranges::fill(content, std::byte{0});
  std::uint32_t flags = exchange.receives ? kernel::flag_receive : 0;
  if (exchange.send) {
    flags |= kernel::flag_send;
    kernel::store_pointer(abi, content, abi.out_message, write_message(caller, *exchange.send));
  }
  if (exchange.given_back) {
    flags |= kernel::flag_buffer_free;
    kernel::store_pointer(abi, content, abi.buffer, *exchange.given_back);
  }
  kernel::store32(content, 0, flags);
  return answer_of(
      caller,
      machine_.kernel().ioctl(caller, abi.send_receive_word, address_of(caller, content_at)),
      exchange.receives);
}

Answer KernelDriver::poll(Thread caller) {
  return answer_of(caller, machine_.kernel().last_call(caller), true);
}

Answer KernelDriver::answer_of(Thread caller, const kernel::Answer& answer, bool receives) {
  if (answer.blocked) return {.sleeps = true};
  if (answer.value < 0) {
    return {.error = static_cast<std::int32_t>(-answer.value)};
  }
  Answer done{.value = static_cast<std::uint32_t>(answer.value)};
  if (receives) {
    const kernel::Abi& abi = machine_.abi();
    const std::span<const std::byte> content = argument(caller, content_at, abi.content_bytes);
    done.received = read_message(kernel::load_pointer(abi, content, abi.in_message));
  }
  return done;
}

Incoming KernelDriver::read_message(kernel::Address at) {
  const auto read = [this](kernel::Address from, std::size_t count) {
    std::vector<std::byte> bytes(count);
    if (count > 0) CHECK(machine_.kernel().read_user(process_, from, bytes), "RCV-17");
    return bytes;
  };
  const kernel::Abi& abi = machine_.abi();
  const kernel::Header header =
      kernel::decode_header(abi, read(at, abi.limits.message_header_bytes));
  Incoming message{.buffer = at,
                   .fields = {static_cast<kernel::MessageType>(header.type),
                              {header.handle, header.token, header.cookie},
                              header.code,
                              header.flag,
                              header.timestamp},
                   .data = read(header.data, header.data_bytes),
                   .offsets = {},
                   .process_id = header.process_id,
                   .task_id = header.task_id,
                   .user_id = header.user_id,
                   .group_id = header.group_id};
  const std::vector<std::byte> table =
      read(header.offsets, header.object_count * kernel::offset_bytes);
  for (std::size_t i = 0; i < header.object_count; ++i) {
    message.offsets.push_back(kernel::load32(table, i * kernel::offset_bytes));
  }
  return message;
}

std::optional<Thread> KernelDriver::start_thread() {
  const auto task = machine_.kernel().create_thread(process_);
  if (!task) return std::nullopt;
  return *task;
}

void KernelDriver::end_thread(Thread thread) { machine_.kernel().exit_task(thread); }

}  // namespace touchstone::dispatch
