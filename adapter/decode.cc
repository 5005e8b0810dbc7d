#include "adapter/decode.h"

#include <algorithm>
#include <array>

namespace touchstone {
namespace {

class MessageDecoder {
 public:
  MessageDecoder(const DecodeContext& context, std::uint64_t address)
      : context_(context),
        abi_(context.abi),
        relayout_(context.case_object_bytes, context.abi.object_bytes) {
    binding_.address = address;
    if (const ProcessBinding* process = context.bindings.find(context.receiver.process)) {
      if (process->pool) pool_ = *process->pool;
    }
  }

  DecodedMessage decode() {
    if (decode_header()) {
      if (read_data() && read_offsets()) decode_objects();
    }
    return {std::move(message_), std::move(binding_)};
  }

 private:
  void defect(const char* clause, std::string text) {
    message_.defects.push_back({clause, std::move(text)});
  }

  bool in_pool(std::uint64_t address, std::uint64_t bytes) const {
    return address >= pool_.address && bytes <= pool_.bytes &&
           address - pool_.address <= pool_.bytes - bytes;
  }

  bool read(std::uint64_t address, std::span<std::byte> bytes, const char* what) {
    if (!in_pool(address, bytes.size())) {
      defect("RCV-17", std::string(what) + " does not lie in the receiver's pool");
      return false;
    }
    if (!context_.backend.read(context_.receiver.id, address, bytes)) {
      defect("RCV-17", std::string(what) + " cannot be read");
      return false;
    }
    return true;
  }

  bool decode_header() {
    std::array<std::byte, 80> buffer;
    const std::span bytes = std::span(buffer).first(abi_.header_bytes);
    if (!read(binding_.address, bytes, "the message")) return false;
    const Bindings& bindings = context_.bindings;
    message_.type = load_u32(bytes, 0);
    const bool is_notice = message_.type == static_cast<std::uint32_t>(MessageType::death_notify);
    const std::uint32_t handle = load_u32(bytes, 4);
    const std::uint32_t token = load_u32(bytes, 8);
    message_.to = handle == 0 ? TaskValue{TaskValue::Kind::cms, 0} : bindings.task_value(handle);
    message_.token =
        is_notice ? bindings.task_value(token) : TaskValue{TaskValue::Kind::number, token};
    message_.cookie = load_u32(bytes, 12);
    message_.code = load_u32(bytes, 16);
    message_.flag = load_u32(bytes, 20);
    binding_.timestamp = load_u64(bytes, 24);
    message_.time = context_.bindings.time_name(binding_.timestamp);
    data_bytes_ = load_u32(bytes, 32);
    binding_.data = load_address(abi_, bytes, abi_.data);
    object_count_ = load_u32(bytes, abi_.object_count);
    offsets_ = load_address(abi_, bytes, abi_.offsets);
    message_.from_process = bindings.process_value(load_u32(bytes, abi_.process_id));
    message_.from_task = bindings.task_value(load_u32(bytes, abi_.process_id + 4));
    message_.uid = load_u32(bytes, abi_.process_id + 8);
    message_.gid = load_u32(bytes, abi_.process_id + 12);
    // No task of the Program sent it: a notice that the kernel made on its own account.
    if (is_notice && message_.from_task.kind == TaskValue::Kind::number) {
      message_.from_task = message_.from_process = {TaskValue::Kind::kernel, 0};
    }
    return true;
  }

  bool read_data() {
    if (data_bytes_ == 0) {
      if (binding_.data != 0) defect("RCV-15", "the data pointer is not null though the size is 0");
      binding_.data = 0;
      return true;
    }
    if (data_bytes_ > pool_.bytes) {
      defect("RCV-17", "the size of the data is more than the receiver's pool");
      return false;
    }
    data_.resize(data_bytes_);
    return read(binding_.data, data_, "the data");
  }

  bool read_offsets() {
    if (object_count_ == 0) {
      if (offsets_ != 0) defect("RCV-15", "the offsets pointer is not null though the count is 0");
      message_.data = data_;
      return true;
    }
    if (std::uint64_t{object_count_} * abi_.object_bytes > data_bytes_) {
      defect("RCV-17", "the objects do not fit into the data");
      return false;
    }
    offset_words_.resize(std::size_t{object_count_} * 4);
    return read(offsets_, offset_words_, "the array of offsets");
  }

  void decode_objects() {
    std::uint64_t end = 0;
    for (std::uint32_t i = 0; i < object_count_; ++i) {
      const std::uint32_t offset = load_u32(offset_words_, std::size_t{i} * 4);
      if (offset < end || offset > data_bytes_ - abi_.object_bytes) {
        defect("RCV-17", "an object does not fit into the data, or overlaps the one before");
        return;
      }
      end = std::uint64_t{offset} + abi_.object_bytes;
      const std::uint32_t case_offset = relayout_.to_case(offset);
      decode_object(std::span(data_).subspan(offset, abi_.object_bytes), case_offset);
      relayout_.add_case_object(case_offset);
    }
    if (object_count_ > 0) lay_out_for_case();
  }

  // The data as the case writes it: zeroes where objects stand, the bytes between them as they are.
  void lay_out_for_case() {
    message_.data.assign(relayout_.to_case(data_bytes_), std::byte{0});
    for (std::uint32_t i = 0; i < message_.data.size(); ++i) {
      message_.data[i] = data_[relayout_.to_backend(i)];
    }
    for (const ReceivedObject& object : message_.objects) {
      std::fill_n(message_.data.begin() + object.offset, context_.case_object_bytes, std::byte{0});
    }
  }

  void decode_object(std::span<const std::byte> bytes, std::uint32_t case_offset) {
    ReceivedObject object;
    object.offset = case_offset;
    switch (load_u32(bytes, 0)) {
      case 0: decode_descriptor(bytes, object); break;
      case 1: decode_buffer(bytes, object); break;
      case 2:
        object.kind = ObjectKind::svc;
        object.handle = context_.bindings.task_value(load_u32(bytes, abi_.object_value));
        object.token = load_u32(bytes, abi_.object_value + 4);
        object.cookie = load_u32(bytes, abi_.object_value + 8);
        break;
      default:
        object.kind = ObjectKind::other;
        object.type = load_u32(bytes, 0);
        defect("OBJ-6", "an object of an unknown type was delivered");
        break;
    }
    message_.objects.push_back(std::move(object));
  }

  void decode_descriptor(std::span<const std::byte> bytes, ReceivedObject& object) {
    object.kind = ObjectKind::fd;
    const std::uint32_t number = load_u32(bytes, abi_.object_value);
    object.descriptor = context_.bindings.next_received();
    const ProcessName process = context_.receiver.process;
    context_.bindings.bind(process, object.descriptor, number);
    if (number < 3) defect("LIM-9", "the received descriptor's number is below 3");
    if (!context_.info.has(Capability::descriptor_identity)) return;
    const ProcessBinding* receiver = context_.bindings.find(process);
    const auto file = context_.backend.descriptor_identity(receiver->id, number);
    if (!file) {
      defect("OBJ-8", "the received descriptor is not open");
      return;
    }
    object.origin = context_.bindings.origin_of(*file, {process, object.descriptor});
  }

  void decode_buffer(std::span<const std::byte> bytes, ReceivedObject& object) {
    object.kind = ObjectKind::ptr;
    const std::uint32_t size = load_u32(bytes, abi_.object_value);
    const std::uint64_t address = load_address(abi_, bytes, abi_.object_pointer);
    binding_.buffers.push_back(address);
    if (size > pool_.bytes) {
      defect("RCV-17", "a buffer is larger than the receiver's pool");
      return;
    }
    object.bytes.resize(size);
    if (!read(address, object.bytes, "a buffer")) object.bytes.clear();
  }

  const DecodeContext& context_;
  const AbiLayout& abi_;
  Relayout relayout_;
  Region pool_;
  MessageBinding binding_;
  ReceivedMessage message_;
  std::uint32_t data_bytes_ = 0;
  std::uint32_t object_count_ = 0;
  std::uint64_t offsets_ = 0;
  std::vector<std::byte> data_;
  std::vector<std::byte> offset_words_;
};

}  // namespace

DecodedMessage decode_message(const DecodeContext& context, std::uint64_t address) {
  return MessageDecoder(context, address).decode();
}

}  // namespace touchstone
