#include "conformance/userspace/parcel_reference.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <type_traits>

namespace touchstone::userspace {
namespace {

using parcel::Refusal;
using Result = ParcelShown::Result;
using Source = ParcelOperation::Source;

constexpr parcel::DataModel model_of(DataModel data_model) {
  return data_model == DataModel::ilp32 ? parcel::DataModel::ilp32 : parcel::DataModel::lp64;
}

template <typename Value>
std::uint64_t bits_of(Value value) {
  if constexpr (std::is_same_v<Value, float>) {
    return std::bit_cast<std::uint32_t>(value);
  } else if constexpr (std::is_same_v<Value, double>) {
    return std::bit_cast<std::uint64_t>(value);
  } else {
    return static_cast<std::uint64_t>(value);
  }
}

// What a read of this type gives where it fails.
void show_failure(ParcelApi api, ParcelType type, ParcelShown& shown) {
  const ParcelShape shape = info_of(type).shape;
  const bool is_number = shape == ParcelShape::number || shape == ParcelShape::descriptor;
  const bool gives_value = type == ParcelType::pointer || type == ParcelType::descriptor;
  if (api == ParcelApi::newer && !gives_value && (is_number || shape == ParcelShape::service)) {
    shown.result = Result::untouched;  // NPC-2, NPC-23
  } else if (is_number) {
    shown.result = Result::number;
    shown.number = type == ParcelType::descriptor ? ~std::uint64_t{0} : 0;
  } else {
    shown.result = Result::null;
  }
}

}  // namespace

ParcelReference::ParcelReference(ParcelApi api, DataModel data_model)
    : api_(api), data_model_(data_model), parcel_(model_of(data_model)) {}

ParcelState ParcelReference::state() const {
  return {.used = parcel_.used(),
          .left = parcel_.left(),
          .entries = parcel_.entries_used(),
          .entries_left = parcel_.entries_left(),
          .flag = parcel_.flag(),
          .is_available = parcel_.available() && !is_null_};
}

ParcelShown ParcelReference::perform(const ParcelOperation& operation) {
  ParcelShown shown;
  refusal_ = Refusal::none;
  switch (operation.verb) {
    case ParcelVerb::init: init(operation); break;
    case ParcelVerb::message: init_from_message(operation); break;
    case ParcelVerb::push:
    case ParcelVerb::append:
      if (is_null_) {
        refusal_ = Refusal::not_available;
      } else {
        operation.verb == ParcelVerb::push ? push(operation) : append(operation);
      }
      if (api_ == ParcelApi::legacy) break;
      shown.result = Result::truth;
      shown.number = refusal_ == Refusal::none ? 1 : 0;
      break;
    case ParcelVerb::pop: pop(operation, shown); break;
    case ParcelVerb::free_buffers: free_buffers(shown); break;
    case ParcelVerb::copy: break;
    case ParcelVerb::use_null: is_null_ = true; break;
    case ParcelVerb::show_data:
      shown.result = Result::bytes;
      shown.bytes.assign(parcel_.data().begin(), parcel_.data().end());
      break;
    case ParcelVerb::show_table:
      shown.result = Result::numbers;
      for (std::size_t index = 0; index < parcel_.entries_used(); ++index) {
        shown.numbers.push_back(parcel_.entry(index));
      }
      break;
  }
  shown.state = state();
  return shown;
}

void ParcelReference::init(const ParcelOperation& operation) {
  is_null_ = false;
  to_free_.clear();  // PCL-4
  const bool is_null = operation.source == Source::null;
  buffer_.assign(is_null ? 0 : operation.size, parcel_fill);
  refusal_ = parcel_.init(buffer_, operation.objects);
  data_ = {parcel_.state().data, parcel_.left()};
}

void ParcelReference::init_from_message(const ParcelOperation& operation) {
  is_null_ = false;
  to_free_.clear();
  buffer_ = operation.bytes;
  const std::size_t word = word_bytes(data_model_);
  table_.assign(operation.offsets.size() * word, std::byte{0});
  for (std::size_t index = 0; index < operation.offsets.size(); ++index) {
    parcel::store_word(parcel_.model(), table_.data() + index * word, operation.offsets[index]);
  }
  parcel_.init_from_message(buffer_, table_);
  data_ = buffer_;
}

void ParcelReference::push(const ParcelOperation& operation) {
  switch (info_of(operation.type).shape) {
    case ParcelShape::number: push_number(operation.type, operation.number); break;
    case ParcelShape::string:
    case ParcelShape::bytes:
    case ParcelShape::units:
    case ParcelShape::vector: push_contents(operation); break;
    case ParcelShape::descriptor:
    case ParcelShape::service:
    case ParcelShape::buffer:
      api_ == ParcelApi::legacy ? push_legacy_object(operation) : push_newer_object(operation);
      break;
  }
}

void ParcelReference::push_number(ParcelType type, std::uint64_t number) {
  const auto as_signed = static_cast<std::int64_t>(number);
  const auto refused = [&]() -> Refusal {
    switch (type) {
      case ParcelType::character: return writer_.push_char(static_cast<char>(number));
      case ParcelType::boolean: return writer_.push_bool(number != 0);
      case ParcelType::int8: return writer_.push_int8(static_cast<std::int8_t>(number));
      case ParcelType::uint8: return writer_.push_uint8(static_cast<std::uint8_t>(number));
      case ParcelType::int16: return writer_.push_int16(static_cast<std::int16_t>(number));
      case ParcelType::uint16: return writer_.push_uint16(static_cast<std::uint16_t>(number));
      case ParcelType::int32: return writer_.push_int32(static_cast<std::int32_t>(number));
      case ParcelType::uint32: return writer_.push_uint32(static_cast<std::uint32_t>(number));
      case ParcelType::int64: return writer_.push_int64(as_signed);
      case ParcelType::uint64: return writer_.push_uint64(number);
      case ParcelType::intptr: return writer_.push_intptr(as_signed);
      case ParcelType::uintptr:
      case ParcelType::pointer: return writer_.push_uintptr(number);
      case ParcelType::float32:
        return writer_.push_float(std::bit_cast<float>(static_cast<std::uint32_t>(number)));
      case ParcelType::float64: return writer_.push_double(std::bit_cast<double>(number));
      case ParcelType::char_unaligned:
        return writer_.push_char_unaligned(static_cast<char>(number));
      case ParcelType::bool_unaligned: return writer_.push_bool_unaligned(number != 0);
      case ParcelType::int8_unaligned:
        return writer_.push_int8_unaligned(static_cast<std::int8_t>(number));
      case ParcelType::uint8_unaligned:
        return writer_.push_uint8_unaligned(static_cast<std::uint8_t>(number));
      case ParcelType::int16_unaligned:
        return writer_.push_int16_unaligned(static_cast<std::int16_t>(number));
      case ParcelType::uint16_unaligned:
        return writer_.push_uint16_unaligned(static_cast<std::uint16_t>(number));
      default: return Refusal::none;
    }
  };
  refusal_ = refused();
}

void ParcelReference::push_contents(const ParcelOperation& operation) {
  std::span<const std::byte> bytes = operation.bytes;
  const bool is_null = operation.source == Source::null;
  if (is_null) bytes = {};
  if (operation.source == Source::self) bytes = {data_.data() + parcel_.used(), operation.size};
  const std::size_t units = is_null ? operation.size : bytes.size() / 2;
  switch (operation.type) {
    case ParcelType::string: {
      const std::string text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
      const char* const letters = is_null ? nullptr : text.c_str();
      refusal_ = api_ == ParcelApi::legacy ? writer_.push_c_string(letters)
                                           : newer_writer_.push_c_string(letters);
      break;
    }
    case ParcelType::flat_obj: refusal_ = writer_.push_flat_object(bytes); break;
    case ParcelType::buffer: refusal_ = newer_writer_.push_buffer(bytes); break;
    case ParcelType::raw: refusal_ = newer_writer_.push_raw(bytes); break;
    case ParcelType::string16:
    case ParcelType::token:
      refusal_ = newer_writer_.push_string16(is_null ? nullptr : bytes.data(), units);
      break;
    default: {
      refusal_ = push_vector(operation.type, is_null ? nullptr : bytes.data(),
                             static_cast<std::size_t>(stated_length(operation)));
    }
  }
}

Refusal ParcelReference::push_vector(ParcelType type, const void* elements, std::size_t count) {
  parcel::NewerWriter& writer = newer_writer_;
  // A vector of no elements has an address too.
  const bool is_empty = elements == nullptr && count == 0;
  const void* from = is_empty ? static_cast<const void*>(&count) : elements;
  switch (type) {
    case ParcelType::bool_vector: return writer.push_vector<bool>(from, count);
    case ParcelType::int8_vector: return writer.push_vector<std::int8_t>(from, count);
    case ParcelType::uint8_vector: return writer.push_vector<std::uint8_t>(from, count);
    case ParcelType::int16_vector: return writer.push_vector<std::int16_t>(from, count);
    case ParcelType::uint16_vector: return writer.push_vector<std::uint16_t>(from, count);
    case ParcelType::int32_vector: return writer.push_vector<std::int32_t>(from, count);
    case ParcelType::uint32_vector: return writer.push_vector<std::uint32_t>(from, count);
    case ParcelType::int64_vector: return writer.push_vector<std::int64_t>(from, count);
    case ParcelType::uint64_vector: return writer.push_vector<std::uint64_t>(from, count);
    case ParcelType::float_vector: return writer.push_vector<float>(from, count);
    default: return writer.push_vector<double>(from, count);
  }
}

void ParcelReference::push_legacy_object(const ParcelOperation& operation) {
  const bool is_null = operation.source == Source::null;
  const ParcelService& service = operation.service;
  switch (operation.type) {
    case ParcelType::descriptor:
      refusal_ = writer_.push_descriptor(static_cast<std::int32_t>(operation.number));
      break;
    case ParcelType::service:
      refusal_ =
          is_null ? writer_.push_null_service()
                  : writer_.push_service({service.handle, static_cast<std::uint32_t>(service.token),
                                          static_cast<std::uint32_t>(service.cookie)});
      break;
    default:
      refusal_ = writer_.push_buffer(
          is_null ? parcel::Buffer{}
                  : parcel::Buffer{static_cast<std::uint32_t>(operation.size), operation.address});
      // PCL-46.
      if (operation.with_free && parcel_.available()) to_free_.push_back(operation.address);
  }
}

void ParcelReference::push_newer_object(const ParcelOperation& operation) {
  const ParcelService& service = operation.service;
  if (operation.type == ParcelType::descriptor) {
    refusal_ = newer_writer_.push_descriptor(static_cast<std::int32_t>(operation.number));
  } else if (operation.source == Source::null) {
    refusal_ = newer_writer_.push_null_service();
  } else {
    refusal_ = newer_writer_.push_service({service.handle, service.token, service.cookie});
  }
}

// The parcel to append is made of the bytes by pushes of one byte and of objects, and its entries
// are then as given.
void ParcelReference::append(const ParcelOperation& operation) {
  const std::size_t word = word_bytes(data_model_);
  std::vector<std::byte> table(operation.offsets.size() * word);
  for (std::size_t index = 0; index < operation.offsets.size(); ++index) {
    parcel::store_word(parcel_.model(), table.data() + index * word, operation.offsets[index]);
  }
  const std::size_t room = operation.size - operation.objects * word;
  const parcel::ParcelState state{.data = operation.bytes.data(),
                                  .used = operation.bytes.size(),
                                  .left = room - operation.bytes.size(),
                                  .table = table.data(),
                                  .entries_used = operation.offsets.size(),
                                  .entries_left = operation.objects - operation.offsets.size(),
                                  .flag = parcel::flag_initialised,
                                  .writable_data = nullptr,
                                  .writable_table = nullptr};
  refusal_ = newer_writer_.append(parcel::Parcel(parcel_.model(), state));
}

void ParcelReference::free_buffers(ParcelShown& shown) {
  shown.result = Result::numbers;
  if (is_null_) return;
  shown.numbers.assign(to_free_.rbegin(), to_free_.rend());  // PCL-47
  to_free_.clear();                                          // PCL-48
}

void ParcelReference::pop(const ParcelOperation& operation, ParcelShown& shown) {
  if (is_null_) return pop_nothing(operation, shown);
  switch (info_of(operation.type).shape) {
    case ParcelShape::number: pop_number(operation.type, shown); break;
    case ParcelShape::string:
    case ParcelShape::bytes:
    case ParcelShape::units: pop_place(operation, shown); break;
    case ParcelShape::vector: pop_vector(operation.type, shown); break;
    case ParcelShape::descriptor:
    case ParcelShape::service:
    case ParcelShape::buffer: pop_object(operation.type, shown); break;
  }
}

// PCL-8.
void ParcelReference::pop_nothing(const ParcelOperation& operation, ParcelShown& shown) {
  refusal_ = Refusal::not_available;
  show_failure(api_, operation.type, shown);
  const ParcelShape shape = info_of(operation.type).shape;
  const bool has_count = shape == ParcelShape::string || shape == ParcelShape::units ||
                         shape == ParcelShape::vector || operation.type == ParcelType::flat_obj;
  if (has_count && operation.with_count && api_ == ParcelApi::legacy) shown.count = 0;
}

template <typename Value>
void ParcelReference::take_number(ParcelType type, const parcel::Popped<Value>& popped,
                                  ParcelShown& shown) {
  if (!popped) {
    refusal_ = popped.error();
    show_failure(api_, type, shown);
    return;
  }
  shown.result = Result::number;
  shown.number = as_value(type, bits_of(*popped), data_model_);
}

void ParcelReference::pop_number(ParcelType type, ParcelShown& shown) {
  parcel::ParcelReader& reader = reader_;
  const auto take = [&](const auto& popped) { take_number(type, popped, shown); };
  switch (type) {
    case ParcelType::character: return take(reader.pop_char());
    case ParcelType::boolean: return take(reader.pop_bool());
    case ParcelType::int8: return take(reader.pop_int8());
    case ParcelType::uint8: return take(reader.pop_uint8());
    case ParcelType::int16: return take(reader.pop_int16());
    case ParcelType::uint16: return take(reader.pop_uint16());
    case ParcelType::int32: return take(reader.pop_int32());
    case ParcelType::uint32: return take(reader.pop_uint32());
    case ParcelType::int64: return take(reader.pop_int64());
    case ParcelType::uint64: return take(reader.pop_uint64());
    case ParcelType::intptr: return take(reader.pop_intptr());
    case ParcelType::uintptr:
    case ParcelType::pointer: return take(reader.pop_uintptr());
    case ParcelType::float32: return take(reader.pop_float());
    case ParcelType::float64: return take(reader.pop_double());
    case ParcelType::char_unaligned: return take(reader.pop_char_unaligned());
    case ParcelType::bool_unaligned: return take(reader.pop_bool_unaligned());
    case ParcelType::int8_unaligned: return take(reader.pop_int8_unaligned());
    case ParcelType::uint8_unaligned: return take(reader.pop_uint8_unaligned());
    case ParcelType::int16_unaligned: return take(reader.pop_int16_unaligned());
    case ParcelType::uint16_unaligned: return take(reader.pop_uint16_unaligned());
    default: return;
  }
}

void ParcelReference::take_place(const parcel::PoppedBytes& popped, ParcelShown& shown) {
  refusal_ = popped.refusal;
  if (popped.count) shown.count = *popped.count;
  shown.result = popped.done() ? Result::place : Result::null;
  if (!popped.done()) return;
  shown.bytes.assign(popped.bytes.begin(), popped.bytes.end());
  shown.at = static_cast<std::uint64_t>(popped.bytes.data() - data_.data());
}

void ParcelReference::pop_place(const ParcelOperation& operation, ParcelShown& shown) {
  const bool is_legacy = api_ == ParcelApi::legacy;
  if (operation.type == ParcelType::flat_obj && !operation.with_count) {
    const bool is_available = parcel_.available();
    refusal_ = parcel_.fail(is_available ? Refusal::no_place_for_count  // PCL-66
                                         : Refusal::not_available);
    shown.result = Result::null;
    return;
  }
  switch (operation.type) {
    case ParcelType::string:
      take_place(is_legacy ? reader_.pop_string() : newer_reader_.pop_string(), shown);
      break;
    case ParcelType::flat_obj: take_place(reader_.pop_flat_object(), shown); break;
    case ParcelType::buffer: take_place(newer_reader_.pop_buffer(operation.size), shown); break;
    case ParcelType::raw: take_place(newer_reader_.pop_raw(operation.size), shown); break;
    default: take_place(newer_reader_.pop_string16(), shown); break;
  }
  if (!operation.with_count) shown.count.reset();
}

template <typename Element>
void ParcelReference::take_elements(ParcelShown& shown) {
  const parcel::PoppedBytes popped = newer_reader_.pop_vector<Element>();
  take_place(popped, shown);
  shown.at.reset();
  if (!popped.done()) return;
  shown.bytes.clear();
  for (std::size_t index = 0; index < *popped.count; ++index) {
    const Element element = parcel::vector_element<Element>(popped, index);
    const auto* first = reinterpret_cast<const std::byte*>(&element);
    shown.bytes.insert(shown.bytes.end(), first, first + sizeof element);
  }
}

void ParcelReference::pop_vector(ParcelType type, ParcelShown& shown) {
  switch (type) {
    case ParcelType::bool_vector: return take_elements<bool>(shown);
    case ParcelType::int8_vector: return take_elements<std::int8_t>(shown);
    case ParcelType::uint8_vector: return take_elements<std::uint8_t>(shown);
    case ParcelType::int16_vector: return take_elements<std::int16_t>(shown);
    case ParcelType::uint16_vector: return take_elements<std::uint16_t>(shown);
    case ParcelType::int32_vector: return take_elements<std::int32_t>(shown);
    case ParcelType::uint32_vector: return take_elements<std::uint32_t>(shown);
    case ParcelType::int64_vector: return take_elements<std::int64_t>(shown);
    case ParcelType::uint64_vector: return take_elements<std::uint64_t>(shown);
    case ParcelType::float_vector: return take_elements<float>(shown);
    default: return take_elements<double>(shown);
  }
}

void ParcelReference::pop_object(ParcelType type, ParcelShown& shown) {
  const std::uint64_t at = parcel_.used() + word_bytes(data_model_);
  const auto refuse = [&](Refusal refusal) {
    refusal_ = refusal;
    show_failure(api_, type, shown);
  };
  if (type == ParcelType::descriptor) {
    take_number(
        type, api_ == ParcelApi::legacy ? reader_.pop_descriptor() : newer_reader_.pop_descriptor(),
        shown);
  } else if (type == ParcelType::service && api_ == ParcelApi::newer) {
    const auto service = newer_reader_.pop_service();
    if (!service) return refuse(service.error());
    shown.result = Result::service;
    shown.service = {service->handle, service->token, service->cookie};
  } else if (type == ParcelType::service) {
    const auto service = reader_.pop_service();
    if (!service) return refuse(service.error());
    shown.result = Result::service;
    shown.service = {service->handle, service->token, service->cookie};
    shown.at = at;
  } else {
    const auto buffer = reader_.pop_buffer();
    if (!buffer) return refuse(buffer.error());
    shown.result = Result::buffer;
    shown.size = buffer->size;
    shown.address = buffer->address;
    shown.at = at;
  }
}

}  // namespace touchstone::userspace
