#include "daemon/trace_sent.h"

#include <algorithm>
#include <utility>

namespace touchstone::daemon {
namespace {

using Bytes = std::vector<std::byte>;

// What print and parse take the size of a buffer without bytes for.
constexpr std::uint32_t size_of_no_bytes = 9;

class SentReader {
 public:
  SentReader(const TracedCall& call, const kernel::Header& header, TraceNames& names)
      : call_(call),
        abi_(call.abi),
        header_(header),
        process_(call.kernel.process_of(call.task)),
        names_(names) {}

  OutgoingMessage read(std::optional<MessageName> given_back) {
    message_.type = header_.type;
    message_.to = header_.handle == kernel::handle_cms ? TaskValue{TaskValue::Kind::cms, 0}
                                                       : names_.task_value(header_.handle);
    message_.token = header_.token;
    message_.cookie = header_.cookie;
    message_.code = header_.code;
    message_.flag = header_.flag;
    read_time(given_back);
    if (is_sendable()) {
      read_body();
    } else {
      state_sizes();
    }
    return std::move(message_);
  }

 private:
  // The kernel stamps requests (MSG-20).
  void read_time(std::optional<MessageName> given_back) {
    if (header_.type == kernel::request) return;
    if (given_back && names_.timestamp_of(*given_back) == header_.timestamp) {
      message_.time = {TimeValue::Kind::message, 0, *given_back};
    } else {
      message_.time.number = header_.timestamp;
    }
  }

  // What is refused by its header alone, MSG-12 to MSG-17, is not read.
  bool is_sendable() const {
    const std::uint32_t size = header_.data_bytes;
    const std::uint32_t count = header_.object_count;
    return header_.type <= kernel::failed_reply && (size == 0 || header_.data != 0) &&
           (count == 0 || header_.offsets != 0) && size <= abi_.limits.data_bytes_max &&
           count <= abi_.limits.objects_max && size >= count * abi_.object_bytes;
  }

  void state_sizes() {
    if (header_.data_bytes > 0) message_.data_size = header_.data_bytes;
    if (header_.data_bytes > 0 && header_.data == 0) message_.data_pointer = Pointer::null;
    if (header_.object_count > 0) message_.object_count = header_.object_count;
    if (header_.object_count > 0 && header_.offsets == 0) {
      message_.offsets_pointer = Pointer::null;
    }
  }

  void read_body() {
    Bytes data(header_.data_bytes);
    Bytes table(header_.object_count * kernel::offset_bytes);
    const bool has_data = data.empty() || call_.read(header_.data, data);
    const bool has_table = table.empty() || call_.read(header_.offsets, table);
    if (!has_data || !has_table) {
      state_sizes();
      if (!has_data) message_.data_pointer = Pointer::bad;
      if (!has_table) message_.offsets_pointer = Pointer::bad;
      return;
    }
    for (std::size_t at = 0; at < table.size(); at += kernel::offset_bytes) {
      offsets_.push_back(kernel::load32(table, at));
    }
    read_objects(data);
    if (message_.objects.size() < offsets_.size()) state_offsets();
    take_data(std::move(data));
  }

  // In one piece with its caller g++ 12 takes the vector for one that is not there yet.
  [[gnu::noinline]] void state_offsets() { message_.offsets = offsets_; }

  // Up to the first that stands nowhere (OBJ-1, OBJ-2): the array as it is says the rest.
  void read_objects(std::span<const std::byte> data) {
    std::size_t end = 0;
    for (const std::uint32_t offset : offsets_) {
      if (offset < end || offset > data.size() - abi_.object_bytes) return;
      message_.objects.push_back(read_object(offset, data.subspan(offset, abi_.object_bytes)));
      end = offset + abi_.object_bytes;
    }
  }

  OutgoingObject read_object(std::uint32_t offset, std::span<const std::byte> bytes) {
    OutgoingObject object;
    object.offset = offset;
    const std::uint32_t value = kernel::load32(bytes, abi_.object_value);
    switch (kernel::load32(bytes, 0)) {
      case kernel::object_fd:
        object.kind = ObjectKind::fd;
        object.descriptor_is_name =
            std::ranges::find(call_.request.numbers, value) != call_.request.numbers.end();
        object.descriptor = object.descriptor_is_name
                                ? static_cast<std::uint32_t>(names_.descriptor(process_, value))
                                : value;
        break;
      case kernel::object_ptr:
        object.kind = ObjectKind::ptr;
        read_buffer(object, value, kernel::load_pointer(abi_, bytes, abi_.object_pointer));
        break;
      case kernel::object_svc:
        object.kind = ObjectKind::svc;
        object.handle = value == kernel::handle_self ? TaskValue{TaskValue::Kind::self, 0}
                                                     : names_.task_value(value);
        object.token = kernel::load32(bytes, abi_.object_value + 4);
        object.cookie = kernel::load32(bytes, abi_.object_value + 8);
        break;
      default: object.kind = ObjectKind::other; object.type = kernel::load32(bytes, 0);
    }
    return object;
  }

  // In the order of the kernel's checks: OBJ-9 to OBJ-12.  No pool has room for more than the
  // greatest one's bytes.
  void read_buffer(OutgoingObject& object, std::uint32_t size, kernel::Address at) {
    const bool is_outside = at < kernel::user_range_start || at >= abi_.limits.user_range_end;
    buffer_bytes_ += size;
    const bool has_room = buffer_bytes_ <= kernel::pool_bytes_max;
    if (has_room) object.bytes.resize(size);
    if (at == 0) {
      object.pointer = Pointer::null;
    } else if (size == 0) {
      return;
    } else if (is_outside) {
      object.pointer = Pointer::kernel;
    } else if (!has_room || !call_.read(at, object.bytes)) {
      object.pointer = Pointer::bad;
    }
    if (object.pointer == Pointer::valid) return;
    object.bytes.clear();
    if (size != size_of_no_bytes) object.stated_size = size;
  }

  // Without what objects at its end write over it.
  void take_data(Bytes data) {
    for (auto object = message_.objects.rbegin(); object != message_.objects.rend(); ++object) {
      const std::size_t end = object->offset + abi_.object_bytes;
      if (end < data.size()) break;
      data.resize(object->offset);
    }
    for (const OutgoingObject& object : message_.objects) {
      if (object.offset >= data.size()) break;
      std::fill_n(data.begin() + object.offset, abi_.object_bytes, std::byte{0});
    }
    message_.data = std::move(data);
  }

  const TracedCall& call_;
  const kernel::Abi& abi_;
  const kernel::Header& header_;
  const kernel::ProcessId process_;
  TraceNames& names_;
  OutgoingMessage message_;
  std::vector<std::uint32_t> offsets_;
  std::uint64_t buffer_bytes_ = 0;  // of PTR objects so far
};

}  // namespace

OutgoingMessage sent_message(const TracedCall& call, const kernel::Header& header,
                             TraceNames& names, std::optional<MessageName> given_back) {
  return SentReader(call, header, names).read(given_back);
}

}  // namespace touchstone::daemon
