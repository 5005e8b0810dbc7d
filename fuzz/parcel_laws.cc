#include "fuzz/parcel_laws.h"

#include <iterator>

#include "fuzz/parcel_input.h"

namespace touchstone::fuzz {
namespace {

using parcel::DataModel;
using parcel::ParcelState;
using parcel::Refusal;
using userspace::ParcelType;

// How a type lies in a message, from the tables of spec 11 and 12.
struct Slot {
  enum class Kind : std::uint8_t { number, word, truth, counted, plain, object };
  Kind kind = Kind::number;
  std::uint8_t bytes = 0;        // the whole slot of a number; what one element takes
  std::uint8_t value_bytes = 0;  // of a number
  bool is_signed = false;
  std::uint8_t end = 0;    // bytes behind the elements
  bool is_padded = false;  // up to whole words
  std::uint32_t count_max = UINT32_MAX;
};

constexpr Slot number(std::uint8_t bytes, std::uint8_t value_bytes, bool is_signed) {
  return {.bytes = bytes, .value_bytes = value_bytes, .is_signed = is_signed};
}
constexpr Slot truth(std::uint8_t bytes) {
  return {.kind = Slot::Kind::truth, .bytes = bytes, .value_bytes = 1};
}
constexpr Slot word(bool is_signed) { return {.kind = Slot::Kind::word, .is_signed = is_signed}; }
// Elements of a vector are not padded, and there are no bytes behind them.
constexpr Slot counted(std::uint8_t element, std::uint8_t end, std::uint32_t count_max) {
  return {.kind = Slot::Kind::counted,
          .bytes = element,
          .end = end,
          .is_padded = true,
          .count_max = count_max};
}
constexpr Slot vector(std::uint8_t element, std::uint32_t count_max) {
  return {.kind = Slot::Kind::counted, .bytes = element, .count_max = count_max};
}

// In the order of ParcelType.
constexpr Slot slots[] = {number(4, 1, true),
                          truth(4),
                          number(4, 1, true),
                          number(4, 1, false),
                          number(4, 2, true),
                          number(4, 2, false),
                          number(4, 4, true),
                          number(4, 4, false),
                          number(8, 8, true),
                          number(8, 8, false),
                          word(true),
                          word(false),
                          number(4, 4, false),
                          number(8, 8, false),
                          number(1, 1, true),
                          truth(1),
                          number(1, 1, true),
                          number(1, 1, false),
                          number(2, 2, true),
                          number(2, 2, false),
                          counted(1, 1, 8192),
                          counted(1, 0, 8192),
                          Slot{.kind = Slot::Kind::object},
                          Slot{.kind = Slot::Kind::object},
                          Slot{.kind = Slot::Kind::object},
                          word(false),
                          Slot{.kind = Slot::Kind::plain},
                          counted(1, 0, UINT32_MAX),
                          counted(2, 2, 4095),
                          counted(2, 2, 4095),
                          vector(4, 2048),
                          vector(1, UINT32_MAX),
                          vector(1, UINT32_MAX),
                          vector(4, 4096),
                          vector(2, 4096),
                          vector(4, 2048),
                          vector(4, 2048),
                          vector(8, 1024),
                          vector(8, 1024),
                          vector(4, 2048),
                          vector(8, 1024)};
static_assert(std::size(slots) == static_cast<std::size_t>(ParcelType::double_vector) + 1);

TOUCHSTONE_UNWATCHED constexpr bool sets_mark(Refusal refusal) {
  switch (refusal) {
    case Refusal::not_available:
    case Refusal::cut_off:
    case Refusal::string_cut_off:
    case Refusal::flat_cut_off:
    case Refusal::no_place_for_count:
    case Refusal::no_such_object:
    case Refusal::object_cut_off:
    case Refusal::bytes_cut_off:
    case Refusal::vector_cut_off: return true;
    default: return false;
  }
}

// Extended to 64 bits as its sign asks.
TOUCHSTONE_UNWATCHED std::uint64_t value_at(const std::byte* from, std::size_t bytes,
                                            bool is_signed) {
  std::uint64_t value = 0;
  std::memcpy(&value, from, bytes);
  if constexpr (std::endian::native == std::endian::big) value = std::byteswap(value);
  const bool is_negative = is_signed && bytes < 8 && (value >> (8 * bytes - 1) & 1) != 0;
  return is_negative ? value | ~std::uint64_t{0} << 8 * bytes : value;
}

// Up to whole words of 4 bytes.
TOUCHSTONE_UNWATCHED std::uint64_t padding_of(std::uint64_t bytes) { return (0 - bytes) & 3; }

class DonePop {
 public:
  TOUCHSTONE_UNWATCHED DonePop(const PopAsked& asked, const PopSeen& seen,
                               const ParcelState& before, const ParcelState& after, DataModel model)
      : asked_(asked), seen_(seen), before_(before), after_(after), model_(model) {}

  TOUCHSTONE_UNWATCHED const char* broken_law() const {
    if (after_.flag != before_.flag) return "a pop that succeeded set a mark";
    const Slot& slot = slots[static_cast<std::size_t>(asked_.type)];
    switch (slot.kind) {
      case Slot::Kind::number: return broken_number(slot.bytes, slot.value_bytes, slot.is_signed);
      case Slot::Kind::word: {
        const std::size_t bytes = is_lp64() ? 8 : 4;
        return broken_number(bytes, bytes, slot.is_signed);
      }
      case Slot::Kind::truth: return broken_truth(slot);
      case Slot::Kind::counted: return broken_counted(slot);
      case Slot::Kind::plain:
        return broken_place(0, asked_.size, asked_.size + padding_of(asked_.size));
      case Slot::Kind::object: return broken_object();
    }
    return nullptr;
  }

 private:
  TOUCHSTONE_UNWATCHED bool is_lp64() const { return model_ == DataModel::lp64; }
  TOUCHSTONE_UNWATCHED const std::byte* cursor() const { return before_.data + before_.used; }
  TOUCHSTONE_UNWATCHED std::size_t taken() const { return after_.used - before_.used; }
  TOUCHSTONE_UNWATCHED std::size_t entries_taken() const {
    return after_.entries_used - before_.entries_used;
  }

  TOUCHSTONE_UNWATCHED const char* broken_number(std::size_t bytes, std::size_t value_bytes,
                                                 bool is_signed) const {
    if (entries_taken() != 0) return "a number took an entry";
    if (taken() != bytes) return "a number took another count of bytes";
    if (seen_.value != value_at(cursor(), value_bytes, is_signed)) return "another number";
    return nullptr;
  }
  TOUCHSTONE_UNWATCHED const char* broken_truth(const Slot& slot) const {
    if (entries_taken() != 0) return "a truth took an entry";
    if (taken() != slot.bytes) return "a truth took another count of bytes";
    const bool is_true = *cursor() != std::byte{0};  // PCL-55, PCL-56
    if (seen_.value != (is_true ? 1u : 0u)) return "another truth";
    return nullptr;
  }
  TOUCHSTONE_UNWATCHED const char* broken_counted(const Slot& slot) const {
    if (before_.left < 4) return "a count that is not there was read";
    const std::uint64_t count = value_at(cursor(), 4, false);
    if (count > slot.count_max) return "more elements than there may be";
    const std::uint64_t all = count * slot.bytes + slot.end;
    const bool has_end_unit = slot.end == 2;  // NPC-13; PCL-61 leaves that of a string open
    if (has_end_unit && all <= before_.left - 4 &&
        value_at(cursor() + 4 + 2 * count, 2, false) != 0) {
      return "units without their end";
    }
    return broken_place(4, count * slot.bytes, slot.is_padded ? all + padding_of(all) : all);
  }
  TOUCHSTONE_UNWATCHED const char* broken_place(std::size_t counter, std::uint64_t bytes,
                                                std::uint64_t whole) const {
    if (entries_taken() != 0) return "bytes took an entry";
    if (taken() != counter + whole) return "bytes took another count of bytes";
    if (seen_.place != cursor() + counter) return "bytes of another place";
    if (seen_.place_bytes != bytes) return "another count of bytes is given";
    return nullptr;
  }
  TOUCHSTONE_UNWATCHED const char* broken_object() const {
    const auto layout =
        asked_.is_newer ? parcel::newer_layout(model_) : parcel::legacy_layout(model_);
    if (entries_taken() != 1) return "an object took no entry, or more than one";
    if (taken() != layout.bytes) return "an object took another count of bytes";
    const std::size_t word = is_lp64() ? 8 : 4;
    if (value_at(before_.table + before_.entries_used * word, word, false) != before_.used) {
      return "an object at another place";
    }
    const bool is_descriptor = asked_.type == ParcelType::descriptor;
    const bool is_service = asked_.type == ParcelType::service;
    const std::size_t at = is_descriptor ? layout.descriptor
                           : is_service  ? layout.handle
                                         : layout.size;
    const std::uint64_t type = is_descriptor ? 0 : is_service ? 2 : 1;
    if (value_at(cursor(), 4, false) != type) return "an object of another type";
    if (seen_.value != value_at(cursor() + at, 4, is_descriptor)) return "another object";
    return nullptr;
  }

  const PopAsked& asked_;
  const PopSeen& seen_;
  const ParcelState& before_;
  const ParcelState& after_;
  DataModel model_;
};

TOUCHSTONE_UNWATCHED const char* broken_failure(const PopAsked& asked, const PopSeen& seen,
                                                const ParcelState& before,
                                                const ParcelState& after) {
  const std::uint32_t mark = sets_mark(seen.refusal) ? parcel::flag_overflowed : 0;
  if (after.flag != (before.flag | mark)) return "a failed pop left other marks";
  if (seen.place_bytes != 0 || seen.value != 0) return "a failed pop gave something";
  const bool was_available =
      (before.flag & (parcel::flag_initialised | parcel::flag_overflowed)) == 1;
  const bool asks_for_nothing = asks_for_size(asked.type) && asked.size == 0;
  const bool may_fail_so =
      seen.refusal == Refusal::not_available
          ? !was_available
          : was_available || (asks_for_nothing && seen.refusal == Refusal::no_bytes_asked_for);
  if (!may_fail_so) return "failed for another reason";
  const bool has_moved = after.used != before.used || after.left != before.left ||
                         after.entries_used != before.entries_used;
  if (!was_available && has_moved) return "the cursor of an overflowed parcel moved";
  return nullptr;
}

}  // namespace

TOUCHSTONE_UNWATCHED const char* broken_pop_law(const PopAsked& asked, const PopSeen& seen,
                                                const ParcelState& before, const ParcelState& now,
                                                DataModel model) {
  if (now.data != before.data || now.table != before.table) return "the parcel lies elsewhere";
  if (now.used < before.used) return "the cursor went back";
  const std::size_t taken = now.used - before.used;
  if (taken > before.left) return "the cursor went behind the end";
  const bool is_cut_off = now.left == 0 && (now.flag & parcel::flag_overflowed) != 0;
  if (now.left != before.left - taken && !is_cut_off) return "what is left is wrong";
  const std::size_t entries = now.entries_used - before.entries_used;
  if (entries > 1 || entries > before.entries_left) return "entries were used that are not there";
  if (now.entries_left != before.entries_left - entries) return "entries were lost";
  if (seen.is_done != (seen.refusal == Refusal::none)) return "success and refusal at once";
  if (!seen.is_done) return broken_failure(asked, seen, before, now);
  return DonePop(asked, seen, before, now, model).broken_law();
}

}  // namespace touchstone::fuzz
