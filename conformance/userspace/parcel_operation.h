// parcel_operation.h: one thing that can be done to a parcel of either API, and what is seen
// afterwards, as plain data.  The common language of vectors, scripts, properties and reproducers;
// performs nothing (parcel_port.h) and knows no text (parcel_text.h).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "adapter/backend.h"

namespace touchstone::userspace {

enum class ParcelApi : std::uint8_t { legacy, newer };

// The order is that of the table in spec 11, then of the one in spec 12.
enum class ParcelType : std::uint8_t {
  character,
  boolean,
  int8,
  uint8,
  int16,
  uint16,
  int32,
  uint32,
  int64,
  uint64,
  intptr,
  uintptr,
  float32,
  float64,
  char_unaligned,
  bool_unaligned,
  int8_unaligned,
  uint8_unaligned,
  int16_unaligned,
  uint16_unaligned,
  string,
  flat_obj,
  descriptor,
  service,
  data_buff,
  pointer,
  buffer,
  raw,
  string16,
  token,
  bool_vector,
  int8_vector,
  uint8_vector,
  int16_vector,
  uint16_vector,
  int32_vector,
  uint32_vector,
  int64_vector,
  uint64_vector,
  float_vector,
  double_vector,
};

enum class ParcelShape : std::uint8_t {
  number,  // also floating point, as its IEEE bits
  string,  // bytes up to a NUL
  bytes,   // flat_obj, buffer, raw
  units,   // string16, token: 2 bytes each
  vector,  // elements of `bytes` bytes each
  descriptor,
  service,
  buffer,  // data_buff
};

struct ParcelTypeInfo {
  ParcelType type;
  std::string_view word;  // "int8_unaligned", as in scripts and vectors
  ParcelShape shape;
  // Of the C value, or of one element; 0 for a pointer-sized one, and where there is none.
  std::uint32_t bytes;
  bool is_signed;
  bool is_legacy;
  bool is_newer;
  std::string_view name;  // the end of its functions' names: IpcIoPush..., Read...
};

const ParcelTypeInfo& info_of(ParcelType type);
std::optional<ParcelType> parcel_type_from_word(std::string_view word);
bool is_in(ParcelType type, ParcelApi api);
std::vector<ParcelType> parcel_types_of(ParcelApi api);

struct ParcelService {
  std::uint32_t handle = 0;
  std::uint64_t token = 0;
  std::uint64_t cookie = 0;
  friend bool operator==(const ParcelService&, const ParcelService&) = default;
};

enum class ParcelVerb : std::uint8_t {
  init,          // size, objects, at; source null: over no buffer
  message,       // bytes, offsets; source null: null pointers
  push,          // type, and by its shape number, bytes and source, service, or size and address
  pop,           // type; with_count; size for buffer and raw
  append,        // newer: size, objects, bytes, offsets
  free_buffers,  // legacy
  copy,          // what follows uses a copy of the structure
  use_null,      // what follows uses a null parcel
  show_data,
  show_table,
};

struct ParcelOperation {
  // What stands for the argument of a push, init or message.
  enum class Source : std::uint8_t {
    value,  // what this structure says
    null,   // a null pointer; `size` is the length that goes with it
    self,   // `size` bytes that begin at the cursor (flat_obj, buffer, raw)
  };

  ParcelVerb verb = ParcelVerb::push;
  ParcelType type = ParcelType::int32;
  Source source = Source::value;
  // A number in two's complement of 64 bits, IEEE bits, a descriptor.
  std::uint64_t number = 0;
  // A string without its NUL, what a flat object, buffer, raw data, string16 or vector holds (in
  // memory order), the data of a message or of the parcel to append.
  std::vector<std::byte> bytes{};
  // init, append: of the buffer; data_buff: of the buffer; a pop of buffer or raw: asked for; with
  // a null or self source the length.  Of string16, token and vectors in units or elements.  Of a
  // vector with elements, if not 0, a count that they do not have.
  std::uint64_t size = 0;
  std::uint64_t objects = 0;
  std::uint32_t at = 0;  // init: bytes of the buffer's start past a multiple of 16
  std::vector<std::uint64_t> offsets{};
  ParcelService service{};
  std::uint64_t address = 0;  // data_buff: goes into the parcel, nothing looks there
  bool with_free = false;     // data_buff: with a free callback
  bool with_count = true;     // pop of string, flat_obj: false passes a null pointer

  friend bool operator==(const ParcelOperation&, const ParcelOperation&) = default;
};

// The length that a push of bytes, units or elements says it has, in these.
std::uint64_t stated_length(const ParcelOperation& push);

// The state that every step shows.  With a null parcel all is that of the parcel left aside, but
// for `is_available`.
struct ParcelState {
  std::uint64_t used = 0;
  std::uint64_t left = 0;
  std::uint64_t entries = 0;
  std::uint64_t entries_left = 0;
  std::uint32_t flag = 0;
  bool is_available = false;
  friend bool operator==(const ParcelState&, const ParcelState&) = default;
};

struct ParcelShown {
  enum class Result : std::uint8_t {
    nothing,    // the call tells nothing
    truth,      // `number` is 0 or 1
    number,     // in two's complement of 64 bits, or IEEE bits; as wide as its type
    untouched,  // a read left its place as it was
    null,
    place,    // `bytes` of a string, flat object, ..., at `at` of the data (none for vectors)
    service,  // `service`, `at`
    buffer,   // `size`, `address`, `at`
    bytes,    // show_data
    numbers,  // show_table: entries; free_buffers: addresses in the order of the calls
  };

  Result result = Result::nothing;
  std::uint64_t number = 0;
  std::vector<std::byte> bytes{};
  std::optional<std::uint64_t> at{};
  // What the call told of a string, flat object, vector, ...: none where the place for it was left
  // as it was, or there was none.
  std::optional<std::uint64_t> count{};
  ParcelService service{};
  std::uint64_t size = 0;
  std::uint64_t address = 0;
  std::vector<std::uint64_t> numbers{};
  ParcelState state{};
  // Not empty: the implementation has no function of this name, and nothing else here counts.
  std::string lacks{};

  friend bool operator==(const ParcelShown&, const ParcelShown&) = default;
};

// The name of the C function that an operation calls; empty where it calls none.
std::string function_of(const ParcelOperation& operation, ParcelApi api);

constexpr std::uint32_t word_bytes(DataModel data_model) {
  return data_model == DataModel::ilp32 ? 4 : 8;
}

// Bytes of the C value of a number, pointer-sized ones included.
std::uint32_t value_bytes(ParcelType type, DataModel data_model);
// The lowest bytes of `number` as a value of the type, extended to 64 bits as its sign asks.
std::uint64_t as_value(ParcelType type, std::uint64_t number, DataModel data_model);

}  // namespace touchstone::userspace
