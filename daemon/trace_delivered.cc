#include "daemon/trace_delivered.h"

#include <algorithm>
#include <span>

namespace touchstone::daemon {
namespace {

class DeliveredReader {
 public:
  DeliveredReader(const kernel::Abi& abi, kernel::Pool& pool, const kernel::Message& message,
                  TraceNames& names)
      : abi_(abi),
        pool_(pool),
        header_(message.header),
        sender_(message.sender),
        data_at_(abi.limits.message_header_bytes),
        table_at_(data_at_ + message.padded_data_bytes()),
        block_at_(message.block),
        block_(pool.block(message.block)),
        names_(names) {}

  Delivered read(kernel::ProcessId process) {
    read_header();
    const auto data = block_.subspan(data_at_, header_.data_bytes);
    got_.message.data.assign(data.begin(), data.end());
    for (std::uint32_t i = 0; i < header_.object_count; ++i) {
      read_object(kernel::load32(block_, table_at_ + i * kernel::offset_bytes));
    }
    got_.sender_is_ambiguous = names_.is_ambiguous(sender_);
    where_.address = pool_.address() + block_at_;
    where_.data = header_.data;
    where_.timestamp = header_.timestamp;
    got_.message.name = names_.deliver(process, where_);
    return std::move(got_);
  }

 private:
  void read_header() {
    const bool is_notice = header_.type == kernel::death_notify;
    ReceivedMessage& message = got_.message;
    message.type = header_.type;
    message.to = header_.handle == kernel::handle_cms ? TaskValue{TaskValue::Kind::cms, 0}
                                                      : names_.task_value(header_.handle);
    message.token = is_notice ? names_.task_value(header_.token)
                              : TaskValue{TaskValue::Kind::number, header_.token};
    message.cookie = header_.cookie;
    message.code = header_.code;
    message.flag = header_.flag;
    message.from_task = names_.task_value(header_.task_id);
    message.from_process = names_.process_value(header_.process_id);
    message.uid = header_.user_id;
    message.gid = header_.group_id;
    message.time = names_.time(header_.timestamp);
  }

  void read_object(std::uint32_t offset) {
    const auto bytes = block_.subspan(data_at_ + offset, abi_.object_bytes);
    const std::uint32_t value = kernel::load32(bytes, abi_.object_value);
    ReceivedObject object;
    object.offset = offset;
    switch (kernel::load32(bytes, 0)) {
      case kernel::object_fd:
        object.kind = ObjectKind::fd;
        object.descriptor = names_.next_received();
        got_.descriptors.emplace_back(
            data_at_ + offset + static_cast<std::uint32_t>(abi_.object_value), object.descriptor);
        break;
      case kernel::object_ptr: {
        const kernel::Address at = kernel::load_pointer(abi_, bytes, abi_.object_pointer);
        object.kind = ObjectKind::ptr;
        object.bytes.resize(value);
        pool_.read(static_cast<kernel::PoolOffset>(at - pool_.address()), object.bytes);
        where_.buffers.push_back(at);
        break;
      }
      default:  // the kernel delivers no others (OBJ-6)
        object.kind = ObjectKind::svc;
        object.handle = names_.task_value(value);
        object.token = kernel::load32(bytes, abi_.object_value + 4);
        object.cookie = kernel::load32(bytes, abi_.object_value + 8);
    }
    std::fill_n(got_.message.data.begin() + offset, abi_.object_bytes, std::byte{0});
    got_.message.objects.push_back(std::move(object));
  }

  const kernel::Abi& abi_;
  kernel::Pool& pool_;
  const kernel::Header& header_;
  const kernel::Sender& sender_;
  const std::uint32_t data_at_;
  const std::uint32_t table_at_;
  const kernel::PoolOffset block_at_;
  const std::span<std::byte> block_;
  TraceNames& names_;
  Delivered got_;
  TraceNames::Received where_;
};

}  // namespace

Delivered delivered_message(const kernel::Abi& abi, const kernel::Kernel& kernel,
                            kernel::ProcessId process, const kernel::Message& message,
                            TraceNames& names) {
  return DeliveredReader(abi, *kernel.process(process).ipc->pool, message, names).read(process);
}

}  // namespace touchstone::daemon
