// parcel.h: the state of a parcel: where the next value goes or comes from, how much is left, and
// the marks.  Spec 11.  It knows no types of values: those are in parcel_writer.h, parcel_reader.h,
// and for the newer API in newer_writer.h, newer_reader.h, which all move this one cursor (PCL-7).
//
//   Parcel parcel(DataModel::ilp32);
//   parcel.init(buffer, 2);                    // two objects at most
//   ParcelWriter(parcel).push_int32(5);
//   parcel.data();                             // 05 00 00 00
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "reference/parcel/data_model.h"
#include "reference/parcel/refusal.h"

namespace touchstone::parcel {

// PCL-74.
inline constexpr std::size_t parcel_bytes_max = 8192;  // data and table
inline constexpr std::size_t objects_max = 32;
inline constexpr std::size_t buffer_bytes_max = 65536;
inline constexpr std::size_t flat_bytes_max = 8192;
inline constexpr std::size_t pushed_string_bytes_max = 8191;
inline constexpr std::size_t popped_string_bytes_max = 8192;

// The marks.
inline constexpr std::uint32_t flag_initialised = 1;
inline constexpr std::uint32_t flag_overflowed = 2;

// The fields that an IpcIo has, as plain values.
struct ParcelState {
  const std::byte* data = nullptr;
  std::size_t used = 0, left = 0;  // bytes before and behind the cursor
  const std::byte* table = nullptr;
  std::size_t entries_used = 0, entries_left = 0;
  std::uint32_t flag = 0;
  std::byte* writable_data = nullptr;  // null in a received parcel: what was received is read-only
  std::byte* writable_table = nullptr;
};

class Parcel {
 public:
  // Not available until an init.
  explicit Parcel(DataModel model) : model_(model) {}
  Parcel(DataModel model, const ParcelState& state) : model_(model), state_(state) {}

  // The table at the start of `buffer`, the data behind it (PCL-1 to PCL-4).  `buffer` outlives
  // this.
  Refusal init(std::span<std::byte> buffer, std::size_t objects);
  // What was sent, to read (PCL-5).  Both outlive this.
  void init_from_message(std::span<const std::byte> data, std::span<const std::byte> table);

  DataModel model() const { return model_; }
  const ParcelState& state() const { return state_; }
  std::size_t used() const { return state_.used; }
  std::size_t left() const { return state_.left; }
  std::size_t entries_used() const { return state_.entries_used; }
  std::size_t entries_left() const { return state_.entries_left; }
  std::uint32_t flag() const { return state_.flag; }
  // PCL-73.
  bool available() const {
    return (state_.flag & (flag_initialised | flag_overflowed)) == flag_initialised;
  }

  // PCL-75: what is sent, or what was read: the bytes up to the cursor, the used entries.
  std::span<const std::byte> data() const { return {state_.data, state_.used}; }
  std::span<const std::byte> table() const {
    return {state_.table, state_.entries_used * word_bytes(model_)};
  }
  // `index` < entries_used() + entries_left().
  std::uint64_t entry(std::size_t index) const {
    return load_word(model_, state_.table + index * word_bytes(model_));
  }

  // For writers and readers, from here on.

  // Whether `bytes` and what fills them up to whole words are left.  PCL-13: who takes more than is
  // left would reach beyond the buffer, so everyone asks before.
  bool has_whole(std::size_t bytes) const {
    return bytes <= state_.left && padding_of(bytes) <= state_.left - bytes;
  }
  // The cursor's place; the cursor moves on by `bytes` <= left().
  const std::byte* take(std::size_t bytes) {
    const std::byte* place = state_.data + state_.used;
    advance(bytes);
    return place;
  }
  // The same, to write there.  Only if why_no_push() is none.
  std::byte* take_to_write(std::size_t bytes) {
    std::byte* place = state_.writable_data + state_.used;
    advance(bytes);
    return place;
  }

  // What stops every push.
  Refusal why_no_push() const {
    if (!available()) return Refusal::not_available;                // PCL-34
    if (state_.writable_data == nullptr) return Refusal::received;  // PCL-6
    return Refusal::none;
  }

  bool has_entry() const { return state_.entries_left > 0 && state_.table != nullptr; }
  void skip_entry() {
    ++state_.entries_used;
    --state_.entries_left;
  }
  // PCL-31, PCL-32.  Only if has_entry() and why_no_push() is none.
  void push_entry(std::uint64_t offset) {
    store_word(model_, state_.writable_table + state_.entries_used * word_bytes(model_), offset);
    skip_entry();
  }

  // A failure that stays (PCL-36).  `left` is kept.
  Refusal fail(Refusal refusal) {
    state_.flag |= flag_overflowed;
    return refusal;
  }
  // The same, of a pop that finds too few bytes (PCL-54).
  Refusal fail_cut_off(Refusal refusal) {
    state_.left = 0;
    return fail(refusal);
  }

 private:
  void advance(std::size_t bytes) {
    state_.used += bytes;
    state_.left -= bytes;
  }

  DataModel model_;
  ParcelState state_;
};

inline Refusal Parcel::init(std::span<std::byte> buffer, std::size_t objects) {
  state_ = {};  // PCL-4, and for a refusal PCL-2
  if (buffer.data() == nullptr || buffer.empty() || buffer.size() > parcel_bytes_max ||
      objects > objects_max) {
    return Refusal::bad_init;  // PCL-2
  }
  const std::size_t table_bytes = objects * word_bytes(model_);
  if (table_bytes > buffer.size()) return fail(Refusal::table_too_large);  // PCL-3
  state_.writable_table = buffer.data();                                   // PCL-1
  state_.table = buffer.data();
  state_.entries_left = objects;
  state_.writable_data = buffer.data() + table_bytes;
  state_.data = state_.writable_data;
  state_.left = buffer.size() - table_bytes;
  state_.flag = flag_initialised;
  return Refusal::none;
}

inline void Parcel::init_from_message(std::span<const std::byte> data,
                                      std::span<const std::byte> table) {
  state_ = {.data = data.data(),
            .left = data.size(),
            .table = table.data(),
            .entries_left = table.size() / word_bytes(model_),
            .flag = flag_initialised};
}

}  // namespace touchstone::parcel
