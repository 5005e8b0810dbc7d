// fields.h: the fields of the manager's messages, over parcels: a reader that notices what is cut
// off, and a writer of one answer.  Knows no message.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "reference/parcel/parcel.h"
#include "reference/services/protocol.h"

namespace touchstone::services {

using parcel::DataModel;

// What is sent: data, and the offsets of its objects.
struct Parcel {
  std::vector<std::byte> data;
  std::vector<std::uint32_t> offsets;
};

struct ServiceObject {
  Handle handle = 0;
  Token token = 0;
};

// Fields in order.  From the first one that is cut off or broken on, each is 0 or empty (SMG-9).
class FieldReader {
 public:
  // `data` outlives this.
  FieldReader(DataModel model, std::span<const std::byte> data,
              std::span<const std::uint32_t> offsets = {});
  FieldReader(const FieldReader&) = delete;
  FieldReader& operator=(const FieldReader&) = delete;

  std::uint32_t number();
  std::int32_t signed_number() { return static_cast<std::int32_t>(number()); }
  bool truth();
  std::string text();  // SMG-12: one with a NUL in it is broken
  ServiceObject service();
  bool is_whole() const { return is_whole_; }

 private:
  std::vector<std::byte> table_;  // the offsets as words of the data model
  parcel::Parcel parcel_;
  bool is_whole_ = true;
};

// One parcel of at most answer_bytes_max bytes with its table (SMG-5).  Requests of clients are
// written with it too: they are smaller.
class FieldWriter {
 public:
  explicit FieldWriter(DataModel model);
  FieldWriter(FieldWriter&&) = default;  // the buffer stays where it is
  FieldWriter& operator=(FieldWriter&&) = default;
  FieldWriter(const FieldWriter&) = delete;
  FieldWriter& operator=(const FieldWriter&) = delete;

  FieldWriter& number(std::uint32_t value);
  FieldWriter& signed_number(std::int32_t value);
  FieldWriter& truth(bool value);
  FieldWriter& text(std::string_view value);
  FieldWriter& service(const ServiceObject& object);
  std::size_t bytes_left() const { return parcel_.left(); }
  Parcel finish() const;

 private:
  std::vector<std::byte> buffer_;
  parcel::Parcel parcel_;
};

}  // namespace touchstone::services
