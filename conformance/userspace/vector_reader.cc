#include "conformance/userspace/vector_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "adapter/case_lexer.h"

namespace touchstone::userspace {
namespace {

using Json = nlohmann::json;
using Result = ParcelShown::Result;
using Source = ParcelOperation::Source;

// What is wrong with a vector; JSON that has another type than expected throws the library's own.
struct Malformed {
  std::string what;
};

// These say where a vector comes from and what it is about, and change nothing in it.
constexpr std::array<std::string_view, 6> informative_keys{"seed",      "armv7", "misaligned",
                                                           "from_push", "base",  "char"};
constexpr std::array<std::string_view, 8> common_keys{"name",    "abi",       "api",  "data",
                                                      "offsets", "available", "flag", "left"};
constexpr std::array<std::string_view, 9> push_keys{"trace",       "capacity",   "max_objects",
                                                    "push",        "init",       "mask",
                                                    "table_bytes", "free_order", "returns"};
constexpr std::array<std::string_view, 4> pop_keys{"trace", "pop", "results", "ub"};

constexpr ParcelAspects trace_aspects{ParcelAspect::used,    ParcelAspect::left,
                                      ParcelAspect::entries, ParcelAspect::entries_left,
                                      ParcelAspect::flag,    ParcelAspect::available};

std::vector<std::byte> bytes_of(const Json& hex) {
  const auto& text = hex.get_ref<const std::string&>();
  std::vector<std::byte> bytes;
  for (std::size_t at = 0; at < text.size(); at += 2) {
    const int high = hex_digit_value(text[at]);
    const int low = at + 1 < text.size() ? hex_digit_value(text[at + 1]) : -1;
    if (high < 0 || low < 0) throw Malformed{fmt::format("expected bytes, found `{}`", text)};
    bytes.push_back(static_cast<std::byte>(high * 16 + low));
  }
  return bytes;
}

std::vector<std::byte> letters_of(const Json& text) {
  const auto& letters = text.get_ref<const std::string&>();
  const auto* first = reinterpret_cast<const std::byte*>(letters.data());
  return {first, first + letters.size()};
}

// A JSON number, true or false, or IEEE bits as "0x...", in two's complement.
std::uint64_t number_of(const Json& json) {
  if (json.is_number_unsigned()) return json.get<std::uint64_t>();
  if (json.is_number_integer()) return static_cast<std::uint64_t>(json.get<std::int64_t>());
  if (json.is_boolean()) return json.get<bool>() ? 1 : 0;
  const auto& text = json.get_ref<const std::string&>();
  std::uint64_t bits = 0;
  const char* const end = text.data() + text.size();
  const bool is_bits =
      text.starts_with("0x") && std::from_chars(text.data() + 2, end, bits, 16).ptr == end;
  if (!is_bits) throw Malformed{fmt::format("expected bits, found `{}`", text)};
  return bits;
}

ParcelService service_of(const Json& json) {
  return {static_cast<std::uint32_t>(number_of(json.at("handle"))), number_of(json.at("token")),
          number_of(json.at("cookie"))};
}

// Reads one vector.  `line` outlives this.
class VectorReader {
 public:
  VectorReader(const Json& line, bool is_push, ParcelApi api, DataModel data_model)
      : line_(line), is_push_(is_push) {
    vector_.api = api;
    vector_.data_model = data_model;
  }

  ParcelVector read() {
    check_keys();
    vector_.name = line_.at("name").get<std::string>();
    is_push_ ? read_push_vector() : read_pop_vector();
    return std::move(vector_);
  }

 private:
  bool is_newer() const { return vector_.api == ParcelApi::newer; }
  std::uint32_t word() const { return word_bytes(vector_.data_model); }

  void check_keys() const {
    const auto is_in = [](const auto& keys, const std::string& key) {
      return std::ranges::find(keys, key) != keys.end();
    };
    for (const auto& [key, value] : line_.items()) {
      const bool is_known = is_in(informative_keys, key) || is_in(common_keys, key) ||
                            (is_push_ ? is_in(push_keys, key) : is_in(pop_keys, key));
      if (!is_known) throw Malformed{fmt::format("expected a known key, found `{}`", key)};
    }
    const bool is_lp64 = vector_.data_model == DataModel::lp64;
    if (line_.at("abi") != (is_lp64 ? "lp64" : "ilp32")) {
      throw Malformed{"expected the abi of the file"};
    }
    if (line_.contains("api") != is_newer()) throw Malformed{"expected the api of the file"};
  }

  void add(ParcelOperation operation, ParcelExpectation expected) {
    vector_.operations.push_back(std::move(operation));
    vector_.expected.push_back({std::move(expected)});
  }

  // After an operation: [used, left, entries left, flag].
  void state_from(const Json& trace, ParcelExpectation& expected) const {
    ParcelState& state = expected.shown.state;
    state.used = number_of(trace.at(0));
    state.left = number_of(trace.at(1));
    state.entries_left = number_of(trace.at(2));
    state.entries = entries_ - state.entries_left;
    state.flag = static_cast<std::uint32_t>(number_of(trace.at(3)));
    state.is_available = state.flag == 1;
    expected.stated = trace_aspects;
  }

  void check_end(const ParcelState& last) const {
    const Json& left = line_.at("left");
    const bool is_same = last.flag == number_of(line_.at("flag")) &&
                         last.is_available == line_.at("available").get<bool>() &&
                         last.left == number_of(left.at("buffer")) &&
                         last.entries_left == number_of(left.at("offsets"));
    if (!is_same) throw Malformed{"expected an end as after the last operation"};
  }

  const Json& trace_of(std::size_t count) const {
    const Json& trace = line_.at("trace");
    if (trace.size() != count) throw Malformed{"expected a trace for each operation"};
    return trace;
  }

  void read_push_vector();
  void read_refused_init(const ParcelOperation& init);
  void read_small_init(const ParcelOperation& init);
  void read_pushes(const Json& pushes);
  void add_end(const ParcelState& last);
  ParcelOperation push_of(const Json& json) const;
  void push_value_of(const std::string& word, const Json& value, ParcelOperation& push) const;

  void read_pop_vector();
  ParcelOperation pop_of(const Json& json) const;
  void result_of(const ParcelOperation& pop, const Json& json, ParcelExpectation& expected) const;
  void place_of(const ParcelOperation& pop, const Json& json, ParcelExpectation& expected) const;
  void number_result(const ParcelOperation& pop, const Json& json,
                     ParcelExpectation& expected) const;
  void object_at(ParcelExpectation& expected) const;
  bool lacks_nul(const Json& json) const;
  std::uint64_t claim() const;

  const Json& line_;
  bool is_push_;
  ParcelVector vector_;
  std::uint64_t entries_ = 0;      // of the table
  std::uint64_t used_before_ = 0;  // a pop's
  std::vector<std::byte> data_;    // the message's
};

void VectorReader::read_push_vector() {
  ParcelOperation init{.verb = ParcelVerb::init};
  init.size = number_of(line_.at("capacity"));
  init.objects = number_of(line_.at("max_objects"));
  entries_ = init.objects;
  const std::string how = line_.value("init", "ok");
  if (how == "rejected_untouched") return read_refused_init(init);
  if (how == "overflow") return read_small_init(init);
  if (how != "ok") throw Malformed{fmt::format("expected an init of known kind, found `{}`", how)};
  const std::uint64_t table_bytes = init.objects * word();
  if (line_.contains("table_bytes") && number_of(line_.at("table_bytes")) != table_bytes) {
    throw Malformed{"expected table_bytes of max_objects words"};
  }
  ParcelExpectation expected;
  state_from(Json{0, init.size - table_bytes, init.objects, 1}, expected);
  add(init, expected);
  read_pushes(line_.at("push"));
  const ParcelState last = vector_.expected.back().front().shown.state;
  check_end(last);
  add_end(last);
}

// Judged by what can be asked afterwards: no use is made of what is not available (PCL-2).
void VectorReader::read_refused_init(const ParcelOperation& init) {
  if (!line_.at("push").empty()) throw Malformed{"expected no push after an init that is refused"};
  ParcelExpectation expected;
  expected.shown.state.flag = static_cast<std::uint32_t>(number_of(line_.at("flag")));
  expected.shown.state.is_available = line_.at("available").get<bool>();
  expected.stated = {ParcelAspect::available};
  add(init, expected);
}

void VectorReader::read_small_init(const ParcelOperation& init) {
  ParcelExpectation expected;
  expected.shown.state.flag = static_cast<std::uint32_t>(number_of(line_.at("flag")));
  expected.stated = {ParcelAspect::left, ParcelAspect::entries_left, ParcelAspect::flag,
                     ParcelAspect::available};
  check_end(expected.shown.state);
  add(init, expected);
  for (const Json& push : line_.at("push")) add(push_of(push), expected);
}

void VectorReader::read_pushes(const Json& pushes) {
  const Json& trace = trace_of(pushes.size());
  for (std::size_t index = 0; index < pushes.size(); ++index) {
    ParcelExpectation expected;
    state_from(trace.at(index), expected);
    if (is_newer()) {
      expected.shown.result = Result::truth;
      expected.shown.number = number_of(line_.at("returns").at(index));
      expected.stated.add(ParcelAspect::result);
    }
    add(push_of(pushes.at(index)), expected);
  }
  if (is_newer() && line_.at("returns").size() != pushes.size()) {
    throw Malformed{"expected something returned for each operation"};
  }
}

// What is in the parcel in the end, and what is freed with it, once.
void VectorReader::add_end(const ParcelState& last) {
  ParcelExpectation expected{.shown = {.result = Result::bytes, .state = last},
                             .stated = {ParcelAspect::result}};
  expected.shown.bytes = bytes_of(line_.at("data"));
  expected.mask = bytes_of(line_.at("mask"));
  if (expected.mask.size() != expected.shown.bytes.size() || last.used != expected.mask.size()) {
    throw Malformed{"expected data and mask of what was used"};
  }
  add({.verb = ParcelVerb::show_data}, expected);
  ParcelExpectation table{.shown = {.result = Result::numbers, .state = last},
                          .stated = {ParcelAspect::result}};
  for (const Json& offset : line_.at("offsets")) table.shown.numbers.push_back(number_of(offset));
  add({.verb = ParcelVerb::show_table}, table);
  if (!line_.contains("free_order")) return;
  table.shown.numbers.clear();
  for (const Json& address : line_.at("free_order")) {
    table.shown.numbers.push_back(number_of(address));
  }
  add({.verb = ParcelVerb::free_buffers}, table);
  table.shown.numbers.clear();
  add({.verb = ParcelVerb::free_buffers}, table);  // PCL-48
}

ParcelOperation VectorReader::push_of(const Json& json) const {
  const std::string word = json.at(0).get<std::string>();
  ParcelOperation push;
  constexpr std::string_view null_end = "_null";
  std::string type_word = word;
  if (word.ends_with(null_end)) {
    type_word.resize(word.size() - null_end.size());
    push.source = Source::null;
  } else if (word == "string_hex") {
    type_word = "string";
  } else if (word == "flat_obj_zero") {
    type_word = "flat_obj";
  } else if (word == "data_buff_free") {
    type_word = "data_buff";
    push.with_free = true;
  }
  const auto type = parcel_type_from_word(type_word);
  if (!type || !is_in(*type, vector_.api)) {
    throw Malformed{fmt::format("expected an operation of this API, found `{}`", word)};
  }
  push.type = *type;
  if (json.size() > 2) throw Malformed{fmt::format("expected one argument of `{}`", word)};
  if (json.size() == 2) push_value_of(word, json.at(1), push);
  return push;
}

void VectorReader::push_value_of(const std::string& word, const Json& value,
                                 ParcelOperation& push) const {
  if (push.source == Source::null) {
    push.size = number_of(value);
    return;
  }
  switch (info_of(push.type).shape) {
    case ParcelShape::number:
    case ParcelShape::descriptor: push.number = number_of(value); break;
    case ParcelShape::string:
      push.bytes = word == "string_hex" ? bytes_of(value) : letters_of(value);
      break;
    case ParcelShape::bytes:
    case ParcelShape::units:
    case ParcelShape::vector: push.bytes = bytes_of(value); break;
    case ParcelShape::service: push.service = service_of(value); break;
    case ParcelShape::buffer:
      push.size = number_of(value.at("size"));
      push.address = number_of(value.at("ptr"));
      break;
  }
}

void VectorReader::read_pop_vector() {
  ParcelOperation message{.verb = ParcelVerb::message};
  const Json& data = line_.at("data");
  const Json& offsets = line_.at("offsets");
  if (!data.is_null()) message.bytes = bytes_of(data);
  if (!offsets.is_null()) {
    for (const Json& offset : offsets) message.offsets.push_back(number_of(offset));
  }
  if (data.is_null()) message.source = Source::null;
  entries_ = message.offsets.size();
  data_ = message.bytes;
  ParcelExpectation expected;
  state_from(Json{0, data_.size(), entries_, 1}, expected);
  add(message, expected);

  const Json& pops = line_.at("pop");
  const Json& results = line_.at("results");
  const Json& trace = trace_of(pops.size());
  if (results.size() != pops.size()) throw Malformed{"expected a result for each operation"};
  for (std::size_t index = 0; index < pops.size(); ++index) {
    const ParcelOperation pop = pop_of(pops.at(index));
    ParcelExpectation one;
    state_from(trace.at(index), one);
    one.stated.add(ParcelAspect::result);
    result_of(pop, results.at(index), one);
    used_before_ = one.shown.state.used;
    add(pop, one);
    if (!lacks_nul(results.at(index)) || pop.type != ParcelType::string) continue;
    // PCL-61: a library that looks for the NUL gives null, and has taken the string.
    one.shown.result = Result::null;
    one.shown.at.reset();
    one.shown.bytes.clear();
    vector_.expected.back().push_back(one);
  }
  check_end(vector_.expected.back().front().shown.state);
}

ParcelOperation VectorReader::pop_of(const Json& json) const {
  ParcelOperation pop{.verb = ParcelVerb::pop};
  std::string word = json.is_array() ? json.at(0).get<std::string>() : json.get<std::string>();
  if (word == "string_nolen" || word == "flat_obj_nosize") {
    word = word == "string_nolen" ? "string" : "flat_obj";
    pop.with_count = false;
  }
  const auto type = parcel_type_from_word(word);
  if (!type || !is_in(*type, vector_.api)) {
    throw Malformed{fmt::format("expected an operation of this API, found `{}`", word)};
  }
  pop.type = *type;
  if (json.is_array()) pop.size = number_of(json.at(1));
  return pop;
}

void VectorReader::result_of(const ParcelOperation& pop, const Json& json,
                             ParcelExpectation& expected) const {
  ParcelShown& shown = expected.shown;
  switch (info_of(pop.type).shape) {
    case ParcelShape::number:
    case ParcelShape::descriptor: number_result(pop, json, expected); return;
    case ParcelShape::string:
    case ParcelShape::bytes:
    case ParcelShape::units:
    case ParcelShape::vector: place_of(pop, json, expected); return;
    case ParcelShape::service: {
      const bool is_none = is_newer() ? !json.at(0).get<bool>() : json.is_null();
      shown.result = Result::service;
      if (is_none) shown.result = is_newer() ? Result::untouched : Result::null;
      if (is_none) return;
      shown.service = service_of(is_newer() ? json.at(1) : json);
      if (!is_newer()) object_at(expected);
      return;
    }
    case ParcelShape::buffer:
      shown.result = json.is_null() ? Result::null : Result::buffer;
      if (json.is_null()) return;
      shown.size = number_of(json.at("size"));
      shown.address = number_of(json.at("ptr"));
      object_at(expected);
      return;
  }
}

// PCL-70: what was read lies in the message, behind the object's type.
void VectorReader::object_at(ParcelExpectation& expected) const {
  expected.shown.at = used_before_ + word();
  expected.stated.add(ParcelAspect::at);
}

void VectorReader::number_result(const ParcelOperation& pop, const Json& json,
                                 ParcelExpectation& expected) const {
  // [ok, value], but for a pointer and a descriptor.
  if (json.is_array() && !json.at(0).get<bool>()) {
    expected.shown.result = Result::untouched;
    return;
  }
  const std::uint64_t number = number_of(json.is_array() ? json.at(1) : json);
  expected.shown.result = Result::number;
  const bool is_bool = pop.type == ParcelType::boolean || pop.type == ParcelType::bool_unaligned;
  expected.shown.number = is_bool ? number : as_value(pop.type, number, vector_.data_model);
  expected.is_any_true = is_bool && number > 1;  // PCL-56
  if (expected.is_any_true && !line_.contains("ub")) {
    throw Malformed{"expected `ub` where a truth value is neither 0 nor 1"};
  }
}

// The count that stands in the message at the cursor.
std::uint64_t VectorReader::claim() const {
  if (data_.size() < used_before_ + 4) throw Malformed{"expected a count in the message"};
  std::uint64_t count = 0;
  for (std::size_t at = 4; at-- > 0;) {
    count = count << 8 | std::to_integer<std::uint64_t>(data_[used_before_ + at]);
  }
  return count;
}

void VectorReader::place_of(const ParcelOperation& pop, const Json& json,
                            ParcelExpectation& expected) const {
  ParcelShown& shown = expected.shown;
  const bool is_null = json.is_null() || json.value("null", false) ||
                       (json.contains("off") && json.at("off").is_null());
  shown.result = is_null ? Result::null : Result::place;
  if (!is_null && json.contains("off")) {
    shown.at = number_of(json.at("off"));
    expected.stated.add(ParcelAspect::at);
  }
  const char* key = !json.is_null() && json.contains("len") ? "len" : "size";
  if (!json.is_null() && json.contains(key)) {
    const Json& count = json.at(key);
    if (count == "set") {
      shown.count = claim();
    } else if (!count.is_null() && count != "untouched") {
      shown.count = number_of(count);
    }
    expected.stated.add(ParcelAspect::count);
  }
  if (is_null) return;
  shown.bytes = bytes_of(json.at("bytes"));
  if (info_of(pop.type).shape == ParcelShape::string) {
    // Recorded with the byte behind it, as far as the message goes.
    const std::uint64_t length =
        key == std::string_view("len") && shown.count ? *shown.count : shown.bytes.size() - 1;
    shown.bytes.resize(length);
  } else if (info_of(pop.type).shape == ParcelShape::units) {
    shown.bytes.resize(2 * shown.count.value_or(0));
  }
}

// The byte behind a string is in its padding where it is not its NUL.
bool VectorReader::lacks_nul(const Json& json) const {
  if (!json.is_object() || !json.contains("bytes")) return false;
  if (json.contains("nul_at_len")) return !json.at("nul_at_len").get<bool>();
  const std::string& bytes = json.at("bytes").get_ref<const std::string&>();
  return !bytes.ends_with("00");
}

}  // namespace

std::expected<ParcelVector, std::string> read_parcel_vector(std::string_view line, bool is_push,
                                                            ParcelApi api, DataModel data_model) {
  try {
    return VectorReader(Json::parse(line), is_push, api, data_model).read();
  } catch (const Malformed& malformed) {
    return std::unexpected(malformed.what);
  } catch (const Json::exception& error) {
    return std::unexpected(error.what());
  }
}

}  // namespace touchstone::userspace
