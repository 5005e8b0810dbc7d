#include "conformance/userspace/parcel_explain.h"

#include <algorithm>
#include <string_view>

namespace touchstone::userspace {
namespace {

using parcel::Refusal;
using Aspect = ParcelAspect;
using Shape = ParcelShape;
using Type = ParcelType;

constexpr std::uint32_t overflowed = 2;
// From here on what is refused is more likely too long for the library than wrong in another way.
constexpr std::uint64_t long_value = 1024;

constexpr ParcelAspects place_aspects{Aspect::used, Aspect::left};
constexpr ParcelAspects entry_aspects{Aspect::entries, Aspect::entries_left};
constexpr ParcelAspects mark_aspects{Aspect::flag, Aspect::available};

bool is_one_of(Type type, std::initializer_list<Type> types) {
  return std::ranges::find(types, type) != types.end();
}

bool is_unaligned(Type type) {
  return is_one_of(type, {Type::char_unaligned, Type::bool_unaligned, Type::int8_unaligned,
                          Type::uint8_unaligned, Type::int16_unaligned, Type::uint16_unaligned});
}

// Of four bytes only the lowest one or two are the value.
bool is_narrow(Type type) {
  return info_of(type).shape == Shape::number && !is_unaligned(type) &&
         (info_of(type).bytes == 1 || info_of(type).bytes == 2);
}

bool is_object(Type type) {
  const Shape shape = info_of(type).shape;
  return shape == Shape::descriptor || shape == Shape::service || shape == Shape::buffer;
}

class Explainer {
 public:
  explicit Explainer(const ParcelDifference& difference)
      : difference_(difference),
        operation_(difference.operations[difference.index]),
        story_(tell_story(difference.api, difference.data_model,
                          std::span(difference.operations).first(difference.index + 1))),
        moment_(story_.moments.back()) {
    if (difference.got != nullptr) aspects_ = differing(difference.expected, *difference.got);
  }

  std::string clause() const {
    if (difference_.got == nullptr) return death_clause();
    if (aspects_.only({Aspect::available})) return makes_parcel() ? init_clause() : "PCL-73";
    if (moment_.is_null) return "PCL-8";
    switch (operation_.verb) {
      case ParcelVerb::init:
      case ParcelVerb::message: return init_clause();
      case ParcelVerb::push: return is_refused() ? refused_push_clause() : push_clause();
      case ParcelVerb::pop: return is_refused() ? refused_pop_clause() : pop_clause();
      case ParcelVerb::append: return is_refused() ? "NPC-25" : "NPC-24";
      case ParcelVerb::free_buffers: return free_clause();
      case ParcelVerb::copy: return "PCL-50";
      case ParcelVerb::use_null: return "PCL-8";
      case ParcelVerb::show_data: return data_clause();
      case ParcelVerb::show_table: return table_clause();
    }
    return {};
  }

 private:
  bool is_newer() const { return difference_.api == ParcelApi::newer; }
  bool is_refused() const { return moment_.refusal != Refusal::none; }
  const ParcelShown& got() const { return *difference_.got; }
  std::string slot() const {
    const bool is_read_buffer =
        operation_.verb == ParcelVerb::pop && operation_.type == Type::buffer;
    return is_read_buffer ? "NPC-8" : slot_clause(difference_.api, operation_.type);
  }
  Shape shape() const { return info_of(operation_.type).shape; }
  bool makes_parcel() const {
    return operation_.verb == ParcelVerb::init || operation_.verb == ParcelVerb::message;
  }

  // The library refuses what it must not.
  bool is_refused_by_it() const {
    return (got().state.flag & overflowed) != 0 && (moment_.shown.state.flag & overflowed) == 0;
  }
  bool fits_exactly() const { return moment_.shown.state.left == 0; }
  // The four bytes of a narrow number are not what a push would have written.
  bool has_other_upper_bytes() const {
    if (!is_narrow(operation_.type)) return false;
    const std::uint64_t low = as_value(operation_.type, moment_.word_ahead, difference_.data_model);
    return (low & 0xffffffff) != moment_.word_ahead;
  }
  // PCL-10 speaks of what begins at no multiple of 4 and takes whole words.
  bool is_at_odd_place() const {
    return moment_.before.used % 4 != 0 && !is_unaligned(operation_.type);
  }
  std::string not_available_clause() const {
    return (moment_.before.flag & overflowed) != 0 ? "PCL-36" : "PCL-34";
  }

  std::string death_clause() const;
  std::string hang_clause() const;
  std::string init_clause() const;
  std::string refused_push_clause() const;
  std::string push_clause() const;
  std::string push_place_clause() const;
  std::string refused_pop_clause() const;
  std::string failed_result_clause() const;
  std::string count_clause() const;
  std::string pop_clause() const;
  std::string pop_failed_clause() const;
  std::string pop_result_clause() const;
  std::string pop_place_clause() const;
  std::string free_clause() const;
  std::string data_clause() const;
  std::string byte_clause(std::size_t at) const;
  std::size_t first_other_entry() const;
  bool is_appended(std::size_t entry) const;
  std::string table_clause() const;

  const ParcelDifference& difference_;
  const ParcelOperation& operation_;
  const ParcelStory story_;
  const ParcelMoment& moment_;
  ParcelAspects aspects_;
};

std::string Explainer::death_clause() const {
  if (moment_.is_null) return "PCL-8";
  if (difference_.death == "SIGBUS") return "PCL-11";
  if (operation_.verb == ParcelVerb::free_buffers) {
    if (moment_.was_copied) return "PCL-50";
    return (moment_.before.flag & 1) == 0 ? "PCL-52" : "PCL-47";
  }
  if (makes_parcel()) return init_clause();
  if (difference_.end == ChildEnd::Kind::silent) return hang_clause();
  const bool is_null = operation_.source == ParcelOperation::Source::null;
  if (operation_.verb == ParcelVerb::push && is_null && is_refused()) {
    return parcel::clause_of(moment_.refusal);
  }
  if (operation_.verb == ParcelVerb::pop && !operation_.with_count) {
    return operation_.type == Type::flat_obj ? "PCL-66" : "PCL-58";
  }
  return "PCL-13";
}

// It did nothing outside the buffer that we know of.
std::string Explainer::hang_clause() const {
  if (moment_.refusal == Refusal::not_available) return not_available_clause();
  return is_refused() ? parcel::clause_of(moment_.refusal) : slot();
}

std::string Explainer::init_clause() const {
  if (operation_.verb == ParcelVerb::message) return "PCL-5";
  if (moment_.refusal == Refusal::bad_init) return "PCL-2";
  if (moment_.refusal == Refusal::table_too_large) return "PCL-3";
  return moment_.was_made && aspects_.only(mark_aspects) ? "PCL-4" : "PCL-1";
}

std::string Explainer::refused_push_clause() const {
  if (moment_.refusal == Refusal::not_available) return not_available_clause();
  if (moment_.refusal == Refusal::null_string) return "NPC-4";
  if (aspects_.only({Aspect::result})) return "NPC-1";
  return parcel::clause_of(moment_.refusal);
}

std::string Explainer::push_clause() const {
  if (aspects_.only({Aspect::result})) return "NPC-1";
  if (is_refused_by_it()) {
    const bool is_long = operation_.bytes.size() > long_value || operation_.size > long_value;
    const bool is_untouched = got().state.used == moment_.before.used;
    if (is_long && (is_untouched || !fits_exactly())) return "PCL-74";
    if (fits_exactly()) return "PCL-12";
    if (is_object(operation_.type) && aspects_.any(entry_aspects)) return "PCL-31";
    return slot();
  }
  if (aspects_.any(place_aspects)) return push_place_clause();
  if (aspects_.only({Aspect::entries})) return "PCL-32";
  if (aspects_.any(entry_aspects)) return "PCL-31";
  return slot();
}

std::string Explainer::push_place_clause() const {
  if (is_at_odd_place()) return "PCL-10";
  if (is_object(operation_.type)) return is_newer() ? "NPC-27" : "PCL-27";
  if (shape() != Shape::string) return slot();
  // A count of another width moves all that stands behind it.
  const std::uint64_t taken = got().state.used - moment_.before.used;
  const std::uint64_t right = moment_.shown.state.used - moment_.before.used;
  const std::uint64_t unpadded = 4 + operation_.bytes.size() + 1;
  const bool is_padded_wrong = taken == unpadded || (taken > right && taken <= right + 4);
  return is_padded_wrong ? "PCL-24" : "PCL-22";
}

// What a failed pop gives, where nothing but that is wrong.
std::string Explainer::failed_result_clause() const {
  if (!is_newer()) return "PCL-53";
  if (is_one_of(operation_.type, {Type::pointer, Type::descriptor})) return "NPC-3";
  if (operation_.type == Type::service) return "NPC-23";
  return shape() == Shape::number ? "NPC-2" : "PCL-53";
}

std::string Explainer::count_clause() const {
  switch (shape()) {
    case Shape::string: return is_newer() ? "NPC-5" : "PCL-58";
    case Shape::bytes: return is_refused() ? "PCL-65" : "PCL-62";
    case Shape::units: return is_refused() ? "NPC-14" : "NPC-12";
    case Shape::vector: return is_refused() ? "NPC-21" : "NPC-19";
    case Shape::number:
    case Shape::descriptor:
    case Shape::service:
    case Shape::buffer: return slot();
  }
  return {};
}

std::string Explainer::refused_pop_clause() const {
  const bool is_count_only = aspects_.only({Aspect::count});
  const bool is_result_only = aspects_.only({Aspect::result, Aspect::at});
  switch (moment_.refusal) {
    case Refusal::not_available:
      if (is_count_only) return count_clause();
      return is_result_only ? failed_result_clause() : not_available_clause();
    case Refusal::cut_off:
      if (is_count_only) return count_clause();
      return is_result_only ? failed_result_clause() : "PCL-54";
    case Refusal::string_claims_too_much:
    case Refusal::string_cut_off:
      if (is_count_only && shape() == Shape::string) return count_clause();
      break;
    case Refusal::no_such_object:
    case Refusal::object_cut_off:
      if (is_result_only) return failed_result_clause();
      break;
    case Refusal::object_of_another_type:
      // A service of zeroes, or a descriptor 0, is no sign that the type was not looked at.
      if (is_result_only && got().result == ParcelShown::Result::number && got().number == 0) {
        return failed_result_clause();
      }
      break;
    default: break;
  }
  return parcel::clause_of(moment_.refusal);
}

std::string Explainer::pop_clause() const {
  const bool is_null = got().result == ParcelShown::Result::null &&
                       moment_.shown.result != ParcelShown::Result::null;
  if (is_refused_by_it() || is_null) return pop_failed_clause();
  if (!is_object(operation_.type) && aspects_.any(entry_aspects)) return "PCL-72";
  if (aspects_.any(place_aspects)) return pop_place_clause();
  if (aspects_.any({Aspect::result})) return pop_result_clause();
  if (aspects_.any({Aspect::count})) return count_clause();
  switch (shape()) {  // the place, entries or marks
    case Shape::string: return "PCL-57";
    case Shape::bytes: return operation_.type == Type::flat_obj ? "PCL-62" : slot();
    case Shape::descriptor:
    case Shape::service:
    case Shape::buffer: return "PCL-70";
    case Shape::vector: return "NPC-19";
    case Shape::number:
    case Shape::units: return slot();
  }
  return {};
}

// It failed, and it must not.
std::string Explainer::pop_failed_clause() const {
  const bool is_counted = shape() == Shape::string || operation_.type == Type::flat_obj;
  if (is_counted && moment_.word_ahead > long_value && !is_refused_by_it()) return "PCL-74";
  if (operation_.type == Type::flat_obj && moment_.word_ahead == 0) return "PCL-63";
  if (shape() == Shape::number && has_other_upper_bytes()) return "PCL-55";
  // Entries of four bytes: the second one is then the upper half of the first.
  const bool is_second = is_object(operation_.type) && moment_.before.entries > 0;
  if (is_second && difference_.data_model == DataModel::lp64) return "PCL-32";
  if (is_at_odd_place()) return "PCL-10";
  if (fits_exactly() && is_refused_by_it()) return "PCL-12";
  if (is_object(operation_.type))
    return is_newer() && shape() == Shape::service ? "NPC-23" : "PCL-70";
  if (shape() == Shape::string) return "PCL-57";
  return operation_.type == Type::flat_obj ? "PCL-62" : slot();
}

std::string Explainer::pop_place_clause() const {
  // A parcel that was written to is read behind what was written.
  const bool was_pushed = std::ranges::any_of(
      story_.bytes, [](const PushedByte& byte) { return byte.role != ByteRole::anything; });
  if (was_pushed) return "PCL-7";
  if (is_at_odd_place()) return "PCL-10";
  if (is_narrow(operation_.type)) return "PCL-55";
  if (is_object(operation_.type)) {
    if (aspects_.any(entry_aspects)) return "PCL-70";
    return is_newer() ? "NPC-27" : "PCL-27";
  }
  if (shape() == Shape::string) return "PCL-57";
  return operation_.type == Type::flat_obj ? "PCL-62" : slot();
}

std::string Explainer::pop_result_clause() const {
  const ParcelShown& right = difference_.expected.shown;
  switch (shape()) {
    case Shape::number:
      if (difference_.expected.is_any_true) return "PCL-56";
      return has_other_upper_bytes() ? "PCL-55" : slot();
    case Shape::string: return "PCL-57";
    case Shape::bytes:
      if (operation_.type != Type::flat_obj) return slot();
      return moment_.word_ahead == 0 ? "PCL-63" : "PCL-62";
    case Shape::units: return slot();
    case Shape::vector: return "NPC-19";
    case Shape::descriptor: return (right.number >> 31) != 0 ? "PCL-71" : slot();
    case Shape::service:
      if (right.service.handle == got().service.handle &&
          right.service.token == got().service.token) {
        return "PCL-33";
      }
      return is_newer() ? "NPC-23" : "PCL-70";
    case Shape::buffer:
      return right.size == 0 || right.size > 65536 || right.address == 0 ? "PCL-71" : "PCL-70";
  }
  return {};
}

std::string Explainer::free_clause() const {
  if ((moment_.before.flag & 1) == 0) return "PCL-52";
  const std::vector<std::uint64_t>& right = difference_.expected.shown.numbers;
  std::vector<std::uint64_t> called = got().numbers;
  if (difference_.index > 0 && right.empty() &&
      difference_.operations[difference_.index - 1].verb == ParcelVerb::free_buffers) {
    return "PCL-48";
  }
  if (moment_.was_copied) return "PCL-50";
  std::vector<std::uint64_t> wanted = right;
  std::ranges::sort(called);
  std::ranges::sort(wanted);
  if (called == wanted) return "PCL-47";
  // PCL-4: those of the parcel before.
  const auto init = std::ranges::count_if(difference_.operations, [](const auto& operation) {
    return operation.verb == ParcelVerb::init;
  });
  if (init > 1 && right.empty()) return "PCL-4";
  const bool has_overflowed = (moment_.before.flag & overflowed) != 0;
  return has_overflowed && called.empty() ? "PCL-49" : "PCL-46";
}

std::string Explainer::data_clause() const {
  const ParcelExpectation& expected = difference_.expected;
  const std::vector<std::byte>& right = expected.shown.bytes;
  if (got().bytes.size() != right.size()) return "PCL-75";
  for (std::size_t at = 0; at < right.size(); ++at) {
    const bool counts = expected.mask.empty() || expected.mask[at] != std::byte{0};
    if (counts && got().bytes[at] != right[at]) return byte_clause(at);
  }
  return "PCL-75";
}

std::string Explainer::byte_clause(std::size_t at) const {
  if (at >= story_.bytes.size()) return "PCL-75";
  const PushedByte& byte = story_.bytes[at];
  if (difference_.operations[byte.operation].verb == ParcelVerb::append) return "NPC-24";
  const Type type = difference_.operations[byte.operation].type;
  switch (byte.role) {
    case ByteRole::number: {
      std::size_t first = at;
      while (first > 0 && story_.bytes[first - 1].operation == byte.operation) --first;
      std::size_t last = at + 1;
      while (last < story_.bytes.size() && story_.bytes[last].operation == byte.operation) ++last;
      const auto begin = static_cast<std::ptrdiff_t>(first);
      const auto end = static_cast<std::ptrdiff_t>(last);
      const std::vector<std::byte>& right = difference_.expected.shown.bytes;
      const bool is_reversed = std::equal(right.begin() + begin, right.begin() + end,
                                          std::make_reverse_iterator(got().bytes.begin() + end));
      return is_reversed && last - first > 1 ? "PCL-9" : slot_clause(difference_.api, type);
    }
    case ByteRole::length: {
      if (info_of(type).shape == Shape::string) return "PCL-22";
      return slot_clause(difference_.api, type);
    }
    case ByteRole::body:
    case ByteRole::end:
      if (info_of(type).shape == Shape::string) return "PCL-23";
      return slot_clause(difference_.api, type);
    case ByteRole::padding:
      if (info_of(type).shape == Shape::string) return "PCL-24";
      return slot_clause(difference_.api, type);
    case ByteRole::type: return is_newer() ? "NPC-27" : "PCL-27";
    case ByteRole::descriptor:
    case ByteRole::service:
    case ByteRole::buffer: return slot_clause(difference_.api, type);
    case ByteRole::anything: return "PCL-26";
  }
  return {};
}

std::size_t Explainer::first_other_entry() const {
  const std::vector<std::uint64_t>& right = difference_.expected.shown.numbers;
  const auto [wrong, ignored] = std::ranges::mismatch(right, got().numbers);
  return static_cast<std::size_t>(wrong - right.begin());
}

// Whether the entry came with an append.
bool Explainer::is_appended(std::size_t entry) const {
  for (std::size_t index = 0; index < story_.moments.size(); ++index) {
    const ParcelMoment& moment = story_.moments[index];
    const bool is_here = moment.before.entries <= entry && entry < moment.shown.state.entries;
    if (is_here && difference_.operations[index].verb == ParcelVerb::append) return true;
  }
  return false;
}

std::string Explainer::table_clause() const {
  const std::vector<std::uint64_t>& right = difference_.expected.shown.numbers;
  const std::vector<std::uint64_t>& table = got().numbers;
  if (is_appended(first_other_entry())) return "NPC-24";
  if (difference_.data_model == DataModel::ilp32 || table.empty() || right.empty()) {
    return "PCL-31";
  }
  // Entries of four bytes: two of them in the first word, or one below what was there before.
  const std::uint64_t low = table.front() & 0xffffffff;
  const bool is_narrow = low == right.front() && table.front() != right.front();
  return is_narrow ? "PCL-32" : "PCL-31";
}

}  // namespace

std::string clause_of(const ParcelDifference& difference) { return Explainer(difference).clause(); }

std::string slot_clause(ParcelApi api, ParcelType type) {
  switch (type) {
    case Type::character:
    case Type::int8:
    case Type::int16: return "PCL-14";
    case Type::uint8:
    case Type::uint16: return "PCL-15";
    case Type::boolean:
    case Type::bool_unaligned: return "PCL-16";
    case Type::int32:
    case Type::uint32:
    case Type::float32: return "PCL-17";
    case Type::int64:
    case Type::uint64:
    case Type::float64: return "PCL-18";
    case Type::intptr:
    case Type::uintptr:
    case Type::pointer: return "PCL-19";
    case Type::char_unaligned:
    case Type::int8_unaligned:
    case Type::uint8_unaligned: return "PCL-20";
    case Type::int16_unaligned:
    case Type::uint16_unaligned: return "PCL-21";
    case Type::string: return "PCL-22";
    case Type::flat_obj: return "PCL-25";
    case Type::descriptor: return "PCL-28";
    case Type::service: return api == ParcelApi::newer ? "NPC-6" : "PCL-29";
    case Type::data_buff: return "PCL-30";
    case Type::buffer: return "NPC-7";
    case Type::raw: return "NPC-9";
    case Type::string16:
    case Type::token: return "NPC-12";
    case Type::bool_vector:
    case Type::int16_vector: return "NPC-16";
    default: return "NPC-17";
  }
}

}  // namespace touchstone::userspace
