// Operations on a written parcel begin with a byte that says what they are:
//
//   00 to 5f  push: the type, and by its shape a value
//   60        push of null: the type is the next byte; of a type that has none a push
//   61        push of a flat object that begins at the cursor: its size is the next byte
//   62        init again: objects, size of 2 bytes, place of the buffer
//   63        append: bytes, entries of one byte (newer); free the buffers (legacy)
//   64 to 67  copy, use null, show the data, show the table
//   68 to 7f  as 60 to 67
//   80 to bf  pop: the type; c0 to ff: without a place for the count
#include "fuzz/parcel_input.h"

#include <algorithm>
#include <utility>

namespace touchstone::fuzz {
namespace {

using userspace::ParcelApi;
using userspace::ParcelOperation;
using userspace::ParcelSequence;
using userspace::ParcelShape;
using userspace::ParcelType;
using userspace::ParcelVerb;
using Source = ParcelOperation::Source;

constexpr std::uint8_t special = 0x60, special_end = 0x80, without_count = 0x40;
constexpr std::size_t operations_max = 64;
constexpr std::uint64_t usual_objects_end = 9, wild_objects = 0xc0;
constexpr std::uint64_t usual_init_bytes_end = 1025, wild_init_bytes = 0xc000;
constexpr std::uint64_t append_objects = 3, append_bytes_max = 63;
// A length byte from here on is a long one.
constexpr std::uint64_t long_length = 0xf0, long_length_step = 600;

std::uint64_t word_max(DataModel data_model) {
  return data_model == DataModel::lp64 ? UINT64_MAX : UINT32_MAX;
}

bool takes_no_count(ParcelType type, ParcelApi api) {
  return api == ParcelApi::legacy && (type == ParcelType::string || type == ParcelType::flat_obj);
}

// What the contract says of a null argument, where it says one thing.
bool takes_null(ParcelType type) {
  return type == ParcelType::string || type == ParcelType::flat_obj ||
         type == ParcelType::service || type == ParcelType::data_buff;
}

std::size_t service_word(ParcelApi api, DataModel data_model) {
  return api == ParcelApi::legacy ? 4 : userspace::word_bytes(data_model);
}

// Of zero bytes the contract leaves open what the newer API does.
std::uint64_t least_length(ParcelType type) {
  const ParcelShape shape = userspace::info_of(type).shape;
  return asks_for_size(type) || shape == ParcelShape::units ? 1 : 0;
}

class Decoder {
 public:
  Decoder(std::span<const std::uint8_t> bytes, ParcelApi api, DataModel data_model)
      : input_(bytes), api_(api), data_model_(data_model) {}

  ParcelSequence written() {
    const bool is_null = means_null(input_.byte());
    ParcelOperation init{.verb = ParcelVerb::init};
    init.source = is_null ? Source::null : Source::value;
    init.objects = objects();
    init.at = input_.byte() & 0x0f;
    init.size = init_bytes();
    ParcelSequence made{init};
    while (!input_.is_empty() && made.size() < operations_max) made.push_back(operation());
    const bool has_buffers = std::ranges::any_of(
        made, [](const ParcelOperation& operation) { return operation.with_free; });
    made.push_back({.verb = ParcelVerb::show_data});
    made.push_back({.verb = ParcelVerb::show_table});
    if (has_buffers) made.push_back({.verb = ParcelVerb::free_buffers});
    return made;
  }

 private:
  ParcelType type(std::uint8_t byte) const { return parcel_type(api_ == ParcelApi::newer, byte); }

  ParcelOperation operation() {
    const std::uint8_t code = input_.byte();
    if (code >= special_end) return pop(code);
    if (code < special) return push(type(code));
    switch (code & 7) {
      case 0: return push_null(type(input_.byte()));
      case 1: return push_self();
      case 2: return init();
      case 3: return api_ == ParcelApi::newer ? append() : verb(ParcelVerb::free_buffers);
      case 4: return verb(ParcelVerb::copy);
      case 5: return verb(ParcelVerb::use_null);
      case 6: return verb(ParcelVerb::show_data);
      default: return verb(ParcelVerb::show_table);
    }
  }

  static ParcelOperation verb(ParcelVerb verb) { return {.verb = verb}; }

  ParcelOperation pop(std::uint8_t code) {
    ParcelOperation made{.verb = ParcelVerb::pop};
    made.type = type(code & 0x3f);
    made.with_count = (code & without_count) == 0 || !takes_no_count(made.type, api_);
    if (asks_for_size(made.type)) made.size = stretched(input_.byte(), 1, word_max(data_model_));
    return made;
  }

  ParcelOperation push_null(ParcelType type) {
    if (!takes_null(type)) return push(type);
    ParcelOperation made{.verb = ParcelVerb::push, .type = type, .source = Source::null};
    made.size = 4;
    return made;
  }
  ParcelOperation push_self() {
    const std::uint8_t size = input_.byte();
    if (api_ == ParcelApi::newer) return verb(ParcelVerb::show_data);
    ParcelOperation made{.verb = ParcelVerb::push, .type = ParcelType::flat_obj};
    made.source = Source::self;
    made.size = size;
    return made;
  }

  // Mostly what a parcel can be made with: what it cannot ends the sequence.
  std::uint64_t objects() {
    const std::uint64_t byte = input_.byte();
    return byte < wild_objects ? byte % usual_objects_end : byte - wild_objects;
  }
  std::uint64_t init_bytes() {
    const std::uint64_t number = input_.number(2);
    return number < wild_init_bytes ? number % usual_init_bytes_end : number - wild_init_bytes;
  }

  ParcelOperation init() {
    ParcelOperation made{.verb = ParcelVerb::init};
    made.objects = objects();
    made.size = init_bytes();
    made.at = input_.byte() & 0x0f;
    return made;
  }

  ParcelOperation append() {
    ParcelOperation made{.verb = ParcelVerb::append};
    made.objects = append_objects;
    made.size = append_objects * userspace::word_bytes(data_model_) + append_bytes_max + 1;
    made.bytes = contents(input_.byte() & append_bytes_max);
    const std::uint64_t entries = input_.byte() % (append_objects + 1);
    for (std::uint64_t index = 0; index < entries; ++index) made.offsets.push_back(input_.byte());
    return made;
  }

  ParcelOperation push(ParcelType type) {
    ParcelOperation made{.verb = ParcelVerb::push, .type = type};
    const userspace::ParcelTypeInfo& info = userspace::info_of(type);
    switch (info.shape) {
      case ParcelShape::number: {
        const std::uint32_t bytes = userspace::value_bytes(type, data_model_);
        made.number = userspace::as_value(type, input_.number(bytes), data_model_);
        break;
      }
      case ParcelShape::descriptor: made.number = input_.number(4); break;
      case ParcelShape::service: {
        const std::size_t word = service_word(api_, data_model_);
        made.service.handle = static_cast<std::uint32_t>(input_.number(4));
        made.service.token = input_.number(word);
        made.service.cookie = input_.number(word);
        break;
      }
      case ParcelShape::buffer:
        made.with_free = (input_.byte() & 1) != 0;
        made.size = input_.number(3);
        made.address = input_.number(4);
        break;
      case ParcelShape::string:
      case ParcelShape::bytes:
      case ParcelShape::units:
      case ParcelShape::vector: made.bytes = contents(length(type) * info.bytes); break;
    }
    if (info.shape == ParcelShape::string) {
      std::ranges::replace(made.bytes, std::byte{0}, std::byte{1});
    }
    if (type == ParcelType::bool_vector) {
      for (std::byte& byte : made.bytes) byte &= std::byte{1};
    }
    return made;
  }

  std::uint64_t length(ParcelType type) {
    const std::uint64_t byte = input_.byte();
    const std::uint64_t length =
        byte < long_length ? byte : (byte - long_length + 1) * long_length_step;
    return std::max(length, least_length(type));
  }

  // What the input no longer has is x.
  std::vector<std::byte> contents(std::uint64_t bytes) {
    std::vector<std::byte> made(bytes, std::byte{'x'});
    std::ranges::copy(std::as_bytes(input_.take(bytes)), made.begin());
    return made;
  }

  InputBytes input_;
  ParcelApi api_;
  DataModel data_model_;
};

ParcelSequence message_sequence(const MessageInput& input, bool is_null, ParcelApi api,
                                DataModel data_model) {
  ParcelOperation message{.verb = ParcelVerb::message};
  message.source = is_null ? Source::null : Source::value;
  const auto data = std::as_bytes(input.data);
  message.bytes.assign(data.begin(), data.end());
  InputBytes table(input.table);
  while (!table.is_empty()) {
    message.offsets.push_back(stretched(table.number(2), 2, word_max(data_model)));
  }
  ParcelSequence made{std::move(message)};
  InputBytes pops(input.pops);
  while (!pops.is_empty()) {
    const std::uint8_t byte = pops.byte();
    ParcelOperation pop{.verb = ParcelVerb::pop};
    pop.type = parcel_type(api == ParcelApi::newer, byte);
    pop.with_count = (byte & pop_without_count) == 0 || !takes_no_count(pop.type, api);
    if (asks_for_size(pop.type)) pop.size = stretched(pops.byte(), 1, word_max(data_model));
    made.push_back(std::move(pop));
  }
  return made;
}

}  // namespace

ParcelSequence decode_parcel_input(std::span<const std::uint8_t> bytes, ParcelApi api,
                                   DataModel data_model) {
  const std::uint8_t head = bytes.empty() ? std::uint8_t{0} : bytes.front();
  if ((head & parcel_is_written) != 0) return Decoder(bytes, api, data_model).written();
  return message_sequence(message_input(bytes), means_null(head), api, data_model);
}

}  // namespace touchstone::fuzz
