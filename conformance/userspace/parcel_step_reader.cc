// Reads the steps of scripts about parcels.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "conformance/userspace/parcel_text.h"

namespace touchstone::userspace {
namespace {

constexpr std::uint64_t buffer_bytes_max = 1u << 20;
constexpr std::uint64_t length_max = 1u << 20;
constexpr std::uint64_t no_limit = ~std::uint64_t{0};
constexpr std::uint64_t uint32_max = 0xffffffff;

class OperationReader {
 public:
  OperationReader(const ScriptStep& step, ParcelApi api, DataModel data_model)
      : reader_(step), api_(api), data_model_(data_model) {}

  std::expected<ParcelOperation, StepError> read() {
    read_verb();
    if (auto error = reader_.finish()) return std::unexpected(*error);
    return std::move(operation_);
  }

 private:
  using Source = ParcelOperation::Source;

  void read_verb() {
    constexpr std::array<std::pair<std::string_view, ParcelVerb>, 5> plain{{
        {"free", ParcelVerb::free_buffers},
        {"copy", ParcelVerb::copy},
        {"null", ParcelVerb::use_null},
        {"data", ParcelVerb::show_data},
        {"table", ParcelVerb::show_table},
    }};
    const std::string& verb = reader_.verb();
    const auto found =
        std::ranges::find(plain, verb, &std::pair<std::string_view, ParcelVerb>::first);
    const bool is_known =
        found != plain.end() && (found->second != ParcelVerb::free_buffers || is_legacy());
    if (is_known) {
      operation_.verb = found->second;
    } else if (verb == "init") {
      read_init();
    } else if (verb == "message") {
      read_message();
    } else if (verb == "push") {
      read_push();
    } else if (verb == "pop") {
      read_pop();
    } else if (verb == "append" && !is_legacy()) {
      read_append();
    } else {
      reader_.fail({verb, 1, false}, is_legacy() ? "a step of parcels" : "a step of newer parcels");
    }
  }

  bool is_legacy() const { return api_ == ParcelApi::legacy; }
  std::uint64_t size_max() const { return data_model_ == DataModel::ilp32 ? uint32_max : no_limit; }

  void read_init() {
    operation_.verb = ParcelVerb::init;
    const Word& size = reader_.word("a size in bytes, or null");
    if (is_null(size)) {
      operation_.source = Source::null;
      operation_.size = reader_.unsigned_argument("size", size_max()).value_or(64);
    } else {
      operation_.size = reader_.unsigned_number(size, buffer_bytes_max);
    }
    operation_.objects = reader_.unsigned_argument("objects", size_max()).value_or(0);
    operation_.at = static_cast<std::uint32_t>(reader_.unsigned_argument("at", 15).value_or(0));
  }

  void read_message() {
    operation_.verb = ParcelVerb::message;
    const Word& data = reader_.word("bytes, or null");
    if (is_null(data)) {
      operation_.source = Source::null;
    } else {
      operation_.bytes = reader_.bytes(data);
    }
    read_offsets();
  }

  void read_append() {
    operation_.verb = ParcelVerb::append;
    operation_.size = reader_.unsigned_number(reader_.word("a size in bytes"), buffer_bytes_max);
    operation_.objects = reader_.unsigned_argument("objects", 32).value_or(0);
    const Word& bytes = reader_.word("bytes");
    operation_.bytes = reader_.bytes(bytes);
    read_offsets();
    const std::uint64_t table = operation_.objects * word_bytes(data_model_);
    if (operation_.size < table || operation_.bytes.size() > operation_.size - table) {
      reader_.fail(bytes, "no more bytes than the buffer has behind its table");
    } else if (operation_.offsets.size() > operation_.objects) {
      reader_.fail(bytes, "no more offsets than objects");
    }
  }

  void read_offsets() {
    const Word* list = reader_.argument("offsets");
    if (list == nullptr || list->text.empty()) return;
    std::string_view rest = list->text;
    while (true) {
      const std::size_t comma = std::min(rest.find(','), rest.size());
      const std::string one(rest.substr(0, comma));
      operation_.offsets.push_back(
          reader_.unsigned_number({one, list->column, list->is_quoted}, size_max()));
      if (comma == rest.size()) return;
      rest.remove_prefix(comma + 1);
    }
  }

  void read_type() {
    const Word& word = reader_.word("a type");
    const auto type = parcel_type_from_word(word.text);
    if (type && is_in(*type, api_)) {
      operation_.type = *type;
    } else if (!reader_.has_failed()) {
      reader_.fail(word, "a type of this API");
    }
  }

  void read_pop() {
    operation_.verb = ParcelVerb::pop;
    read_type();
    if (reader_.has_failed()) return;
    if (operation_.type == ParcelType::buffer || operation_.type == ParcelType::raw) {
      operation_.size = reader_.unsigned_number(reader_.word("how many bytes"), size_max());
    }
    const bool has_count =
        operation_.type == ParcelType::string || operation_.type == ParcelType::flat_obj;
    const Word* word = has_count ? reader_.optional_word() : nullptr;
    if (word == nullptr) return;
    operation_.with_count = false;
    if (word->text != "no_count") reader_.fail(*word, "no_count");
  }

  void read_push() {
    operation_.verb = ParcelVerb::push;
    read_type();
    if (reader_.has_failed()) return;
    switch (info_of(operation_.type).shape) {
      case ParcelShape::number: read_number(); break;
      case ParcelShape::string: read_string(); break;
      case ParcelShape::bytes:
      case ParcelShape::units:
      case ParcelShape::vector: read_contents(); break;
      case ParcelShape::descriptor:
        operation_.number = static_cast<std::uint32_t>(
            reader_.number(reader_.word("a descriptor"), -0x80000000ll, 0xffffffffll));
        break;
      case ParcelShape::service: read_service(); break;
      case ParcelShape::buffer: read_data_buff(); break;
    }
  }

  void read_number() {
    const Word& word = reader_.word("a number");
    const ParcelTypeInfo& info = info_of(operation_.type);
    const std::uint32_t bits = 8 * value_bytes(operation_.type, data_model_);
    const bool is_bool = as_value(operation_.type, 2, data_model_) == 1;
    if (info.is_signed) {
      const std::int64_t greatest = static_cast<std::int64_t>(no_limit >> 1 >> (64 - bits));
      operation_.number = static_cast<std::uint64_t>(reader_.number(word, -greatest - 1, greatest));
    } else {
      operation_.number = reader_.unsigned_number(word, is_bool ? 1 : no_limit >> (64 - bits));
    }
  }

  void read_string() {
    const Word* text = reader_.optional_word();
    if (text == nullptr) {
      read_length(std::byte{'x'}, 1);
    } else if (is_null(*text)) {
      operation_.source = Source::null;
    } else if (text->is_quoted) {
      const auto* letters = reinterpret_cast<const std::byte*>(text->text.data());
      operation_.bytes.assign(letters, letters + text->text.size());
    } else {
      reader_.fail(*text, "a text in quotes, null, or length=");
    }
  }

  // What `length=N` stands for where nothing else does: N times a byte, or units of `x`.
  void read_length(std::byte byte, std::uint64_t unit_bytes) {
    const Word* length = reader_.argument("length");
    if (length == nullptr) {
      reader_.word("a value");
      return;
    }
    const std::uint64_t count = reader_.unsigned_number(*length, length_max);
    operation_.bytes.assign(count * unit_bytes, byte);
  }

  void read_contents() {
    const ParcelTypeInfo& info = info_of(operation_.type);
    const Word* word = reader_.optional_word();
    if (word == nullptr) {
      read_length(std::byte{0xab}, info.bytes);
    } else if (is_null(*word) || (word->text == "self" && info.shape == ParcelShape::bytes)) {
      operation_.source = is_null(*word) ? Source::null : Source::self;
      operation_.size = reader_.unsigned_argument("length", uint32_max).value_or(1);
    } else {
      operation_.bytes = reader_.bytes(*word);
      if (operation_.bytes.size() % info.bytes != 0) {
        reader_.fail(*word, fmt::format("a multiple of {} bytes", info.bytes));
      }
      if (info.shape == ParcelShape::vector) {
        operation_.size = reader_.unsigned_argument("length", size_max()).value_or(0);
      }
    }
  }

  void read_service() {
    if (const Word* word = reader_.optional_word()) {
      operation_.source = Source::null;
      if (!is_null(*word)) reader_.fail(*word, "null, or handle=, token=, cookie=");
      return;
    }
    const std::uint64_t greatest = is_legacy() ? uint32_max : size_max();
    if (const Word* handle = reader_.argument("handle")) {
      operation_.service.handle =
          static_cast<std::uint32_t>(reader_.number(*handle, -0x80000000ll, 0xffffffffll));
    }
    operation_.service.token = reader_.unsigned_argument("token", greatest).value_or(0);
    operation_.service.cookie = reader_.unsigned_argument("cookie", greatest).value_or(0);
  }

  void read_data_buff() {
    operation_.size = reader_.unsigned_argument("size", uint32_max).value_or(0);
    operation_.address = reader_.unsigned_argument("address", size_max()).value_or(0);
    while (const Word* word = reader_.optional_word()) {
      if (is_null(*word)) {
        operation_.source = Source::null;
      } else if (word->text == "free") {
        operation_.with_free = true;
      } else {
        reader_.fail(*word, "null, free, size= or address=");
      }
    }
  }

  static bool is_null(const Word& word) { return word.text == "null" && !word.is_quoted; }

  StepReader reader_;
  ParcelApi api_;
  DataModel data_model_;
  ParcelOperation operation_;
};

}  // namespace

std::expected<ParcelOperation, StepError> read_parcel_step(const ScriptStep& step, ParcelApi api,
                                                           DataModel data_model) {
  return OperationReader(step, api, data_model).read();
}

}  // namespace touchstone::userspace
