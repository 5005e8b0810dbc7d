#include "daemon/trace_call.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "daemon/trace_sent.h"

namespace touchstone::daemon {
namespace {

class CallReader {
 public:
  CallReader(const TracedCall& call, TraceNames& names)
      : call_(call),
        request_(call.request),
        process_(call.kernel.process_of(call.task)),
        caller_(names.task(call.task)),
        names_(names) {}

  CallStep read() {
    if (request_.command == call_.abi.send_receive_word) return read_send_receive();
    switch (request_.command) {
      case kernel::set_cms_word: return {SetCms{caller_, request_.argument}, {}};
      case kernel::cms_command_word: return read_cms_command();
      case kernel::set_ipc_thread_word: return {SetIpcThread{caller_}, {}};
      case kernel::get_version_word: return {GetVersion{caller_, version_argument()}, {}};
      default: return {RawIoctl{caller_, request_.command, request_.argument}, {}};
    }
  }

 private:
  using Bytes = std::vector<std::byte>;

  Argument no_argument() const {
    return {.pointer = request_.argument == 0 ? Pointer::null : Pointer::bad};
  }
  // The bytes that the argument points to.
  std::optional<Bytes> content(std::size_t bytes) const {
    Bytes content(bytes);
    if (request_.argument == 0 || !call_.read(request_.argument, content)) return std::nullopt;
    return content;
  }

  Argument version_argument() const {
    const bool is_valid = request_.argument != 0 && request_.argument_is_writable;
    return is_valid ? Argument{} : no_argument();
  }

  // An argument that is read and cannot be written: as data of a message in the caller's pool.
  const char* take_read_only(Argument& argument) const {
    const auto message = names_.with_data(process_, request_.argument);
    if (!message) return "its argument can be read and not written";
    argument = {Pointer::received_data, *message};
    return "";
  }

  CallStep read_cms_command() const {
    CmsCommand command;
    command.caller = caller_;
    const auto bytes = content(kernel::cms_content_bytes);
    if (!bytes) {
      command.argument = no_argument();
      return {command, {}};
    }
    command.command = kernel::load32(*bytes, 0);
    command.subject = names_.task_value(kernel::load32(*bytes, 4));
    command.service = names_.task_value(kernel::load32(*bytes, 8));
    const bool is_written = command.command == kernel::gen_handle_command;
    const char* unsayable = "";
    if (is_written && !request_.argument_is_writable) unsayable = take_read_only(command.argument);
    return {command, {}, unsayable};
  }

  CallStep read_send_receive() {
    SendReceive step;
    step.caller = caller_;
    step.flags_are_raw = true;
    const auto bytes = content(call_.abi.content_bytes);
    if (!bytes) {
      step.argument = no_argument();
      return {step, {}};
    }
    CallStep read;
    step.flags = kernel::load32(*bytes, 0);
    constexpr std::uint32_t known = flag_send | flag_receive | flag_buffer_free;
    step.flags_are_raw = step.flags == 0 || (step.flags & ~known) != 0;
    if ((step.flags & flag_buffer_free) != 0) {
      const kernel::Address buffer = kernel::load_pointer(call_.abi, *bytes, call_.abi.buffer);
      step.free = free_target(buffer);
      using Kind = FreeTarget::Kind;
      if (step.free.kind == Kind::message || step.free.kind == Kind::ptr) read.given_back = buffer;
    }
    if ((step.flags & flag_send) != 0) {
      read_sent(step, kernel::load_pointer(call_.abi, *bytes, call_.abi.out_message));
    }
    if ((step.flags & flag_receive) != 0 && !request_.argument_is_writable) {
      read.unsayable = take_read_only(step.argument);
    }
    read.operation = std::move(step);
    return read;
  }

  void read_sent(SendReceive& step, kernel::Address address) {
    if (address == 0) return;
    Bytes header(call_.abi.limits.message_header_bytes);
    if (!call_.read(address, header)) {
      step.out = Pointer::bad;
      return;
    }
    const bool gives_message = step.free.kind == FreeTarget::Kind::message;
    step.message = sent_message(call_, kernel::decode_header(call_.abi, header), names_,
                                gives_message ? std::optional(step.free.message) : std::nullopt);
  }

  // Where the address is no block that was delivered, another one with the same answer (MSG-5,
  // MSG-6).
  FreeTarget free_target(kernel::Address address) {
    using Kind = FreeTarget::Kind;
    const auto& ipc = call_.kernel.process(process_).ipc;
    if (address == 0) return {.kind = Kind::null};
    if (!ipc || !ipc->pool) return {.kind = Kind::address, .address = address};
    const kernel::Address start = ipc->pool->address();
    const kernel::Address end = start + ipc->pool->bytes();
    if (address == end) return {.kind = Kind::pool_end};
    if (address < start || address > end) return {.kind = Kind::outside};
    const auto delivered = ipc->delivered.find(static_cast<kernel::PoolOffset>(address - start));
    if (delivered == ipc->delivered.end()) return {.kind = Kind::pool_start};
    const auto block = names_.find(process_, address);
    if (!block) return {.kind = Kind::message, .message = adopt(address, delivered->second.get())};
    if (!block->buffer) return {.kind = Kind::message, .message = block->message};
    return {.kind = Kind::ptr, .message = block->message, .index = *block->buffer};
  }

  // It came before the trace began.
  MessageName adopt(kernel::Address address, const kernel::Message* message) {
    const std::uint64_t timestamp = message == nullptr ? 0 : message->header.timestamp;
    return names_.deliver(process_, {address, 0, timestamp, {}});
  }

  const TracedCall& call_;
  const IoctlRequest& request_;
  const kernel::ProcessId process_;
  const TaskName caller_;
  TraceNames& names_;
};

}  // namespace

CallStep step_of(const TracedCall& call, TraceNames& names) {
  return CallReader(call, names).read();
}

}  // namespace touchstone::daemon
