#include "reference/services/fields.h"

#include "reference/parcel/parcel_reader.h"
#include "reference/parcel/parcel_writer.h"
#include "reference/services/check.h"

namespace touchstone::services {

using parcel::ParcelReader;
using parcel::ParcelWriter;
using parcel::Refusal;

FieldReader::FieldReader(DataModel model, std::span<const std::byte> data,
                         std::span<const std::uint32_t> offsets)
    : table_(offsets.size() * parcel::word_bytes(model)), parcel_(model) {
  std::byte* entry = table_.data();
  for (const std::uint32_t offset : offsets) {
    parcel::store_word(model, entry, offset);
    entry += parcel::word_bytes(model);
  }
  parcel_.init_from_message(data, table_);
}

std::uint32_t FieldReader::number() {
  const auto value = ParcelReader(parcel_).pop_uint32();
  is_whole_ = is_whole_ && value;
  return is_whole_ ? *value : 0;
}

bool FieldReader::truth() {
  const auto value = ParcelReader(parcel_).pop_uint8();  // what else is in the slot does not count
  is_whole_ = is_whole_ && value;
  return is_whole_ && *value != 0;
}

std::string FieldReader::text() {
  const parcel::PoppedBytes popped = ParcelReader(parcel_).pop_string();
  is_whole_ = is_whole_ && popped.done();
  if (!is_whole_) return {};
  const auto* const first = reinterpret_cast<const char*>(popped.bytes.data());
  const std::string text(first, popped.bytes.size());
  // What ends a string is in the message too (PCL-60).
  is_whole_ = !text.contains('\0') && first[text.size()] == '\0';  // SMG-12
  return is_whole_ ? text : std::string();
}

ServiceObject FieldReader::service() {
  const auto value = ParcelReader(parcel_).pop_service();
  is_whole_ = is_whole_ && value;
  return is_whole_ ? ServiceObject{value->handle, value->token} : ServiceObject{};
}

FieldWriter::FieldWriter(DataModel model) : buffer_(answer_bytes_max), parcel_(model) {
  const Refusal made = parcel_.init(buffer_, answer_objects_max);
  CHECK(made == Refusal::none, "SMG-5");
}

FieldWriter& FieldWriter::number(std::uint32_t value) {
  ParcelWriter(parcel_).push_uint32(value);
  return *this;
}

FieldWriter& FieldWriter::signed_number(std::int32_t value) {
  ParcelWriter(parcel_).push_int32(value);
  return *this;
}

FieldWriter& FieldWriter::truth(bool value) {
  ParcelWriter(parcel_).push_bool(value);
  return *this;
}

FieldWriter& FieldWriter::text(std::string_view value) {
  ParcelWriter(parcel_).push_string(value);
  return *this;
}

FieldWriter& FieldWriter::service(const ServiceObject& object) {
  ParcelWriter(parcel_).push_service({object.handle, object.token, 0});
  return *this;
}

Parcel FieldWriter::finish() const {
  CHECK(parcel_.available(), "SMG-5");
  Parcel sent;
  sent.data.assign(parcel_.data().begin(), parcel_.data().end());
  for (std::size_t index = 0; index < parcel_.entries_used(); ++index) {
    sent.offsets.push_back(static_cast<std::uint32_t>(parcel_.entry(index)));
  }
  return sent;
}

}  // namespace touchstone::services
