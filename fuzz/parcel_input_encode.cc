// The other way: bytes that mean a sequence, so that vectors and scripts become seeds.
#include <algorithm>
#include <initializer_list>

#include "fuzz/parcel_input.h"

namespace touchstone::fuzz {
namespace {

using userspace::ParcelApi;
using userspace::ParcelOperation;
using userspace::ParcelSequence;
using userspace::ParcelShape;
using userspace::ParcelType;
using userspace::ParcelVerb;
using Source = ParcelOperation::Source;

std::uint8_t code_of(ParcelApi api, ParcelType type) {
  if (api == ParcelApi::legacy) return static_cast<std::uint8_t>(type);
  return static_cast<std::uint8_t>(std::ranges::find(newer_types, type) - std::begin(newer_types));
}

class Encoder {
 public:
  Encoder(ParcelApi api, DataModel data_model) : api_(api), data_model_(data_model) {}

  std::vector<std::uint8_t> encode(std::span<const ParcelOperation> sequence) {
    const ParcelOperation& first = sequence.front();
    std::uint8_t head = api_ == ParcelApi::newer ? parcel_is_newer : 0;
    if (data_model_ == DataModel::lp64) head |= parcel_is_lp64;
    if (first.source == Source::null) head |= parcel_is_null;
    if (first.verb == ParcelVerb::message) {
      message(head, first, sequence.subspan(1));
    } else {
      add(head | parcel_is_written, 1);
      add_objects(first.objects);
      add(first.at, 1);
      add_init_bytes(first.size);
      for (const ParcelOperation& operation : sequence.subspan(1)) add(operation);
    }
    return std::move(bytes_);
  }

 private:
  void add(std::uint64_t number, std::size_t bytes) {
    for (std::size_t index = 0; index < bytes; ++index) {
      bytes_.push_back(static_cast<std::uint8_t>(number >> 8 * index));
    }
  }
  void add(const std::vector<std::byte>& contents) {
    for (const std::byte byte : contents) bytes_.push_back(static_cast<std::uint8_t>(byte));
  }
  std::uint64_t greatest() const {
    return data_model_ == DataModel::lp64 ? UINT64_MAX : UINT32_MAX;
  }
  // `number` where stretched() gives it back.
  void add_stretched(std::uint64_t number, std::size_t bytes) {
    const std::uint64_t end = std::uint64_t{1} << 8 * bytes;
    add(number < end - end / 16 ? number : end - 1 - (greatest() - number), bytes);
  }

  void add_objects(std::uint64_t objects) { add(objects < 9 ? objects : 0xc0 + objects, 1); }
  void add_init_bytes(std::uint64_t bytes) { add(bytes < 1025 ? bytes : 0xc000 + bytes, 2); }

  void message(std::uint8_t head, const ParcelOperation& message,
               std::span<const ParcelOperation> pops) {
    add(head, 1);
    add(message.offsets.size(), 1);
    add(0, 1);
    for (const ParcelOperation& operation : pops) {
      add(code_of(api_, operation.type) | (operation.with_count ? 0u : pop_without_count), 1);
      // Behind the last pop stands a zero anyway.
      const bool is_said = &operation != &pops.back() || operation.size != 0;
      if (asks_for_size(operation.type) && is_said) add_stretched(operation.size, 1);
    }
    bytes_[2] = static_cast<std::uint8_t>(bytes_.size() - 3);
    for (const std::uint64_t offset : message.offsets) add_stretched(offset, 2);
    add(message.bytes);
    // Data that is not looked at, so that the rest is no more than half.
    if (message.source == Source::null) bytes_.resize(2 * bytes_.size());
  }

  void add(const ParcelOperation& operation) {
    switch (operation.verb) {
      case ParcelVerb::push: return push(operation);
      case ParcelVerb::pop:
        add(code_of(api_, operation.type) | (operation.with_count ? 0x80u : 0xc0u), 1);
        if (asks_for_size(operation.type)) add_stretched(operation.size, 1);
        return;
      case ParcelVerb::init:
        add(0x62, 1);
        add_objects(operation.objects);
        add_init_bytes(operation.size);
        return add(operation.at, 1);
      case ParcelVerb::append:
        add(0x63, 1);
        add(operation.bytes.size(), 1);
        add(operation.bytes);
        add(operation.offsets.size(), 1);
        for (const std::uint64_t offset : operation.offsets) add(offset, 1);
        return;
      case ParcelVerb::free_buffers: return add(0x63, 1);
      case ParcelVerb::copy: return add(0x64, 1);
      case ParcelVerb::use_null: return add(0x65, 1);
      case ParcelVerb::show_data: return add(0x66, 1);
      case ParcelVerb::show_table: return add(0x67, 1);
      case ParcelVerb::message: return;
    }
  }

  void push(const ParcelOperation& push) {
    if (push.source == Source::self) {
      add(0x61, 1);
      return add(push.size, 1);
    }
    if (push.source == Source::null) add(0x60, 1);
    add(code_of(api_, push.type), 1);
    if (push.source == Source::null) return;
    const std::size_t word = api_ == ParcelApi::legacy ? 4 : userspace::word_bytes(data_model_);
    const userspace::ParcelTypeInfo& info = userspace::info_of(push.type);
    switch (info.shape) {
      case ParcelShape::number:
        return add(push.number, userspace::value_bytes(push.type, data_model_));
      case ParcelShape::descriptor: return add(push.number, 4);
      case ParcelShape::service:
        add(push.service.handle, 4);
        add(push.service.token, word);
        return add(push.service.cookie, word);
      case ParcelShape::buffer:
        add(push.with_free ? 1 : 0, 1);
        add(push.size, 3);
        return add(push.address, 4);
      case ParcelShape::string:
      case ParcelShape::bytes:
      case ParcelShape::units:
      case ParcelShape::vector: break;
    }
    const std::uint64_t length = push.bytes.size() / info.bytes;
    add(length < 0xf0 ? length : 0xf0 + length / 600 - 1, 1);
    add(push.bytes);
  }

  ParcelApi api_;
  DataModel data_model_;
  std::vector<std::uint8_t> bytes_;
};

// What comes last of a written parcel without being said.
std::size_t unsaid(std::span<const ParcelOperation> sequence) {
  const auto ends_in = [&](std::initializer_list<ParcelVerb> verbs) {
    if (sequence.size() <= verbs.size()) return false;
    return std::ranges::equal(verbs, sequence.last(verbs.size()), {}, {}, &ParcelOperation::verb);
  };
  using enum ParcelVerb;
  if (ends_in({show_data, show_table, free_buffers})) return 3;
  return ends_in({show_data, show_table}) ? 2 : 0;
}

}  // namespace

std::optional<std::vector<std::uint8_t>> encode_parcel_input(ParcelApi api, DataModel data_model,
                                                             const ParcelSequence& sequence) {
  if (sequence.empty()) return std::nullopt;
  const bool is_written = sequence.front().verb == ParcelVerb::init;
  if (!is_written && sequence.front().verb != ParcelVerb::message) return std::nullopt;
  std::span<const ParcelOperation> said(sequence);
  if (is_written) said = said.first(said.size() - unsaid(said));
  std::vector<std::uint8_t> bytes = Encoder(api, data_model).encode(said);
  const ParcelSequence meant = decode_parcel_input(bytes, api, data_model);
  const std::size_t added = is_written ? unsaid(meant) : 0;
  if (!std::ranges::equal(said, std::span(meant).first(meant.size() - added))) return std::nullopt;
  return bytes;
}

}  // namespace touchstone::fuzz
