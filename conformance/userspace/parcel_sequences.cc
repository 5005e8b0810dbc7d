#include "conformance/userspace/parcel_sequences.h"

#include <algorithm>
#include <array>

#include "conformance/userspace/parcel_reference.h"

namespace touchstone::userspace {
namespace {

using Source = ParcelOperation::Source;

constexpr std::uint64_t buffer_bytes_max = 8192;
constexpr std::size_t operations_max = 14;

// SplitMix64: small, and the same everywhere.
class Chance {
 public:
  explicit Chance(std::uint64_t seed) : state_(seed) {}

  std::uint64_t bits() {
    state_ += 0x9e3779b97f4a7c15;
    std::uint64_t mixed = state_;
    mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9;
    mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111eb;
    return mixed ^ (mixed >> 31);
  }
  std::uint64_t below(std::uint64_t end) { return bits() % end; }
  bool one_in(std::uint64_t count) { return below(count) == 0; }
  template <typename Values>
  auto one_of(const Values& values) {
    return values[below(std::size(values))];
  }

 private:
  std::uint64_t state_;
};

class Maker {
 public:
  Maker(ParcelApi api, DataModel data_model, const HasFunction& has_function, std::uint64_t seed)
      : api_(api), data_model_(data_model), has_function_(has_function), chance_(seed) {
    for (const ParcelType type : parcel_types_of(api)) {
      if (has_function({.verb = ParcelVerb::push, .type = type})) pushed_.push_back(type);
      if (has_function({.verb = ParcelVerb::pop, .type = type})) popped_.push_back(type);
    }
  }

  // None where there is nothing to push or pop.
  ParcelSequence make(ParcelProperty property) {
    if (pushed_.empty() || popped_.empty()) return {};
    switch (property) {
      case ParcelProperty::pushes: return pushes(false);
      case ParcelProperty::round_trip: return round_trip(false);
      case ParcelProperty::truncated: return round_trip(true);
      case ParcelProperty::any_bytes: return any_bytes();
    }
    return {};
  }

 private:
  ParcelSequence pushes(bool fits);
  ParcelSequence round_trip(bool is_cut);
  ParcelSequence any_bytes();

  ParcelOperation push();
  ParcelOperation append();
  ParcelOperation pop_of(ParcelType type, std::uint64_t size);
  void add_null(ParcelOperation& push);
  std::uint64_t number() {
    constexpr std::array edges{0ull,
                               1ull,
                               0x7full,
                               0x80ull,
                               0xffull,
                               0x7fffull,
                               0x8000ull,
                               0x7fffffffull,
                               0x80000000ull,
                               ~0ull,
                               0x8000000000000000ull};
    return chance_.one_in(2) ? chance_.one_of(edges) : chance_.bits();
  }
  std::vector<std::byte> bytes(std::uint64_t count, bool has_nul) {
    std::vector<std::byte> made(count);
    for (std::byte& byte : made) {
      byte = static_cast<std::byte>(has_nul ? chance_.bits() : 1 + chance_.below(255));
    }
    return made;
  }
  std::uint64_t length() { return chance_.one_in(12) ? chance_.below(1500) : chance_.below(14); }

  ParcelApi api_;
  DataModel data_model_;
  const HasFunction& has_function_;
  Chance chance_;
  std::vector<ParcelType> pushed_;
  std::vector<ParcelType> popped_;
};

ParcelOperation Maker::push() {
  ParcelOperation made{.verb = ParcelVerb::push};
  made.type = chance_.one_of(pushed_);
  const ParcelTypeInfo& info = info_of(made.type);
  switch (info.shape) {
    case ParcelShape::number: made.number = as_value(made.type, number(), data_model_); break;
    case ParcelShape::string: made.bytes = bytes(length(), false); break;
    case ParcelShape::bytes: made.bytes = bytes(1 + length(), true); break;
    case ParcelShape::units: made.bytes = bytes(2 + 2 * chance_.below(20), true); break;
    case ParcelShape::vector:
      made.bytes = bytes(info.bytes * chance_.below(10), true);
      for (std::byte& byte : made.bytes) {
        if (made.type == ParcelType::bool_vector) byte &= std::byte{1};
      }
      break;
    case ParcelShape::descriptor: made.number = number() & 0xffffffff; break;
    case ParcelShape::service: {
      const std::uint64_t mask = api_ == ParcelApi::legacy || data_model_ == DataModel::ilp32
                                     ? 0xffffffff
                                     : ~std::uint64_t{0};
      made.service = {static_cast<std::uint32_t>(number()), number() & mask, number() & mask};
      break;
    }
    case ParcelShape::buffer:
      made.size = chance_.one_in(8) ? number() & 0xffffffff : 1 + chance_.below(65536);
      made.address = 4096 + chance_.below(1u << 28);
      made.with_free = chance_.one_in(2);
      if (!has_function_(made)) made.with_free = false;
      break;
  }
  return made;
}

// What the contract says of a null argument, where it says one thing.
void Maker::add_null(ParcelOperation& push) {
  const bool is_said = push.type == ParcelType::string || push.type == ParcelType::flat_obj ||
                       push.type == ParcelType::service || push.type == ParcelType::data_buff;
  if (!is_said) return;
  push.source = Source::null;
  push.bytes.clear();
  push.size = 4;
  push.with_free = false;
}

ParcelSequence Maker::pushes(bool fits) {
  ParcelOperation init{.verb = ParcelVerb::init};
  init.objects = chance_.below(fits ? 33 : 6);
  const std::uint64_t table = init.objects * word_bytes(data_model_);
  init.size = fits ? buffer_bytes_max : table + chance_.below(300);
  if (init.size == 0) init.size = 1;
  ParcelSequence made{init};
  const std::size_t count = 1 + chance_.below(operations_max);
  for (std::size_t index = 0; index < count; ++index) {
    made.push_back(push());
    if (fits) continue;
    if (chance_.one_in(24)) add_null(made.back());
    if (chance_.one_in(24)) made.push_back(init);
    const ParcelOperation other = append();
    if (chance_.one_in(8) && has_function_(other) && api_ == ParcelApi::newer) {
      made.push_back(other);
    }
  }
  made.push_back({.verb = ParcelVerb::show_data});
  made.push_back({.verb = ParcelVerb::show_table});
  const ParcelOperation free_buffers{.verb = ParcelVerb::free_buffers};
  if (api_ == ParcelApi::legacy && has_function_(free_buffers)) made.push_back(free_buffers);
  return made;
}

// A parcel of some bytes and entries.
ParcelOperation Maker::append() {
  ParcelOperation made{.verb = ParcelVerb::append};
  made.bytes = bytes(chance_.below(60), true);
  made.objects = 3;
  made.size = made.objects * word_bytes(data_model_) + 64;
  for (std::uint64_t entries = chance_.below(3); entries > 0; --entries) {
    made.offsets.push_back(made.offsets.size() * 32);
  }
  return made;
}

ParcelOperation Maker::pop_of(ParcelType type, std::uint64_t size) {
  ParcelOperation pop{.verb = ParcelVerb::pop, .type = type};
  if (type == ParcelType::buffer || type == ParcelType::raw) pop.size = size;
  return pop;
}

// The pops of what the reference made of pushes.
ParcelSequence Maker::round_trip(bool is_cut) {
  const ParcelSequence pushed = pushes(true);
  ParcelReference port(api_, data_model_);
  ParcelOperation message{.verb = ParcelVerb::message};
  ParcelSequence made{message};
  for (const ParcelOperation& operation : pushed) {
    const ParcelShown shown = port.perform(operation);
    if (operation.verb == ParcelVerb::show_data) made.front().bytes = shown.bytes;
    if (operation.verb == ParcelVerb::show_table) made.front().offsets = shown.numbers;
    if (operation.verb != ParcelVerb::push || port.refusal() != parcel::Refusal::none) continue;
    const ParcelOperation pop = pop_of(operation.type, operation.bytes.size());
    if (has_function_(pop)) made.push_back(pop);
  }
  std::vector<std::byte>& data = made.front().bytes;
  if (is_cut && !data.empty()) data.resize(chance_.below(data.size()));
  return made;
}

ParcelSequence Maker::any_bytes() {
  ParcelOperation message{.verb = ParcelVerb::message};
  message.bytes = bytes(chance_.below(80), true);
  // Counts and types are small numbers.
  for (std::byte& byte : message.bytes) {
    if (chance_.one_in(2)) byte = static_cast<std::byte>(chance_.below(5));
  }
  const std::uint64_t objects = chance_.below(4);
  std::uint64_t offset = 0;
  for (std::uint64_t index = 0; index < objects; ++index) {
    message.offsets.push_back(offset);
    offset += chance_.below(40);
  }
  ParcelSequence made{message};
  const std::size_t count = 1 + chance_.below(operations_max);
  for (std::size_t index = 0; index < count; ++index) {
    // Some sizes are so large that they cannot be rounded up.
    const std::uint64_t word_max = data_model_ == DataModel::ilp32 ? 0xffffffff : ~0ull;
    const std::uint64_t size = chance_.one_in(8) ? word_max - chance_.below(4) : chance_.below(12);
    made.push_back(pop_of(chance_.one_of(popped_), size));
    const bool has_count = made.back().type == ParcelType::flat_obj;
    if (has_count && chance_.one_in(16)) made.back().with_count = false;
  }
  return made;
}

}  // namespace

std::string_view property_word(ParcelProperty property) {
  switch (property) {
    case ParcelProperty::pushes: return "pushes";
    case ParcelProperty::round_trip: return "round-trip";
    case ParcelProperty::truncated: return "truncated";
    case ParcelProperty::any_bytes: return "any-bytes";
  }
  return {};
}

std::vector<ParcelSequence> make_sequences(ParcelProperty property, ParcelApi api,
                                           DataModel data_model, const HasFunction& has_function,
                                           std::size_t count, std::uint64_t seed) {
  std::vector<ParcelSequence> made;
  for (std::size_t index = 0; index < count; ++index) {
    const std::uint64_t own_seed =
        seed * 1000003 + index * 4 + static_cast<std::uint64_t>(property);
    made.push_back(Maker(api, data_model, has_function, own_seed).make(property));
  }
  return made;
}

}  // namespace touchstone::userspace
