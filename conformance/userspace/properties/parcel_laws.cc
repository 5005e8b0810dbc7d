#include "conformance/userspace/properties/parcel_laws.h"

#include <algorithm>

namespace touchstone::userspace {
namespace {

using Result = ParcelShown::Result;

std::uint64_t whole(std::uint64_t bytes) { return (bytes + 3) / 4 * 4; }

bool is_unaligned(ParcelType type) {
  return type >= ParcelType::char_unaligned && type <= ParcelType::uint16_unaligned;
}

std::uint64_t object_bytes(ParcelApi api, DataModel data_model) {
  if (data_model == DataModel::ilp32) return 16;
  return api == ParcelApi::legacy ? 24 : 32;
}

std::uint64_t low_word(std::uint64_t number, DataModel data_model) {
  return data_model == DataModel::ilp32 ? number & 0xffffffff : number;
}

}  // namespace

bool is_object(ParcelType type) {
  return type == ParcelType::descriptor || type == ParcelType::service ||
         type == ParcelType::data_buff;
}

std::uint64_t slot_bytes(const ParcelOperation& push, ParcelApi api, DataModel data_model) {
  const std::uint64_t bytes = push.bytes.size();
  const ParcelTypeInfo& info = info_of(push.type);
  switch (info.shape) {
    case ParcelShape::number: {
      const std::uint64_t value = value_bytes(push.type, data_model);
      return is_unaligned(push.type) ? value : whole(value);
    }
    case ParcelShape::string: return 4 + whole(bytes + 1);
    case ParcelShape::bytes: return (push.type == ParcelType::buffer ? 0 : 4) + whole(bytes);
    case ParcelShape::units: return 4 + whole(bytes + 2);
    case ParcelShape::vector:
      if (push.type == ParcelType::bool_vector) return 4 + 4 * bytes;
      if (push.type == ParcelType::int16_vector) return 4 + 2 * bytes;
      return 4 + bytes;
    case ParcelShape::descriptor:
    case ParcelShape::service:
    case ParcelShape::buffer: break;
  }
  return object_bytes(api, data_model);
}

ParcelOperation init_of(std::uint64_t size, std::uint64_t objects) {
  ParcelOperation init;
  init.verb = ParcelVerb::init;
  init.size = size;
  init.objects = objects;
  return init;
}

ParcelOperation pop_of(const ParcelOperation& push) {
  ParcelOperation pop;
  pop.verb = ParcelVerb::pop;
  pop.type = push.type;
  if (push.type == ParcelType::buffer || push.type == ParcelType::raw) pop.size = push.bytes.size();
  return pop;
}

ParcelOperation message_of(ParcelPort& parcel) {
  ParcelOperation message;
  message.verb = ParcelVerb::show_data;
  message.bytes = parcel.perform(message).bytes;
  message.verb = ParcelVerb::show_table;
  message.offsets = parcel.perform(message).numbers;
  message.verb = ParcelVerb::message;
  return message;
}

bool gives_back(const ParcelOperation& push, const ParcelShown& popped, ParcelApi api,
                DataModel data_model) {
  switch (info_of(push.type).shape) {
    case ParcelShape::number:
      return popped.result == Result::number &&
             popped.number == as_value(push.type, push.number, data_model);
    case ParcelShape::descriptor:
      return popped.result == Result::number &&
             static_cast<std::uint32_t>(popped.number) == push.number;
    case ParcelShape::service: {
      ParcelService sent = push.service;
      if (api == ParcelApi::legacy) sent.cookie = popped.service.cookie;
      return popped.result == Result::service && popped.service == sent;
    }
    case ParcelShape::buffer:
      return popped.result == Result::buffer && popped.size == push.size &&
             popped.address == low_word(push.address, data_model);
    case ParcelShape::string:
    case ParcelShape::bytes:
    case ParcelShape::units:
    case ParcelShape::vector: break;
  }
  const bool has_count = push.type != ParcelType::buffer && push.type != ParcelType::raw;
  const std::uint64_t count = push.bytes.size() / info_of(push.type).bytes;
  return popped.result == Result::place && popped.bytes == push.bytes &&
         (!has_count || popped.count == count);
}

bool gives_nothing(const ParcelOperation& pop, const ParcelShown& popped) {
  if (popped.result == Result::untouched || popped.result == Result::null) return true;
  if (pop.type == ParcelType::descriptor) return static_cast<std::int32_t>(popped.number) == -1;
  return popped.result == Result::number && popped.number == 0;
}

bool lies_in(const std::vector<std::byte>& data, const ParcelOperation& pop,
             const ParcelShown& popped) {
  if (!popped.at) return true;
  if (is_object(pop.type)) return *popped.at < data.size();
  if (*popped.at > data.size() || popped.bytes.size() > data.size() - *popped.at) return false;
  return std::equal(popped.bytes.begin(), popped.bytes.end(),
                    data.begin() + static_cast<std::ptrdiff_t>(*popped.at));
}

}  // namespace touchstone::userspace
