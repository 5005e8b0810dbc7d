#include "conformance/userspace/interface_description.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <span>
#include <utility>

#include "adapter/case_lexer.h"
#include "adapter/case_words.h"

namespace touchstone::userspace {
namespace {

constexpr std::array<NamedWord<FieldType>, 13> type_words{{
    {"bool", FieldType::boolean},
    {"int8", FieldType::int8},
    {"int16", FieldType::int16},
    {"int32", FieldType::int32},
    {"int64", FieldType::int64},
    {"uint8", FieldType::uint8},
    {"uint16", FieldType::uint16},
    {"uint32", FieldType::uint32},
    {"uint64", FieldType::uint64},
    {"string", FieldType::string},
    {"bytes", FieldType::bytes},
    {"descriptor", FieldType::descriptor},
    {"service", FieldType::service},
}};

constexpr std::int64_t count_max = 1000;
constexpr Bounds text_bounds{0, 64};
constexpr Bounds bytes_bounds{1, 64};

std::optional<std::int64_t> number_of(std::string_view text) {
  const bool is_negative = text.starts_with('-');
  if (is_negative) text.remove_prefix(1);
  const bool is_hex = text.starts_with("0x");
  if (is_hex) text.remove_prefix(2);
  std::int64_t value = 0;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), value, is_hex ? 16 : 10);
  const bool is_whole = error == std::errc() && end == text.data() + text.size();
  if (!is_whole || text.starts_with('-')) return std::nullopt;
  return is_negative ? -value : value;
}

bool is_name(std::string_view text) {
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; };
  return !text.empty() && is_letter(text[0]) &&
         std::ranges::all_of(text, [&](char c) { return is_letter(c) || (c >= '0' && c <= '9'); });
}

bool is_within(std::int64_t value, const Bounds& bounds) {
  return bounds.least <= value && value <= bounds.greatest;
}

bool is_string(FieldType type) { return type == FieldType::string || type == FieldType::bytes; }

class InterfaceParser {
 public:
  explicit InterfaceParser(std::string_view text) : lexer_(text) {}

  std::expected<InterfaceDescription, ParseError> parse() {
    if (!lexer_.next_line() || lexer_.peek() != "interface") {
      lexer_.fail_at_next("`interface NAME` on the first line");
    }
    lexer_.next();
    read_.name = name("a name of small letters, digits and _");
    end_line();
    while (lexer_.next_line()) read_top_line();
    if (!lexer_.has_failed() && read_.requests.empty()) lexer_.fail_at_next("a `request`");
    if (lexer_.has_failed()) return std::unexpected(lexer_.error());
    return std::move(read_);
  }

 private:
  void read_top_line() {
    const std::string_view word = lexer_.next();
    if (word == "target") return read_target();
    if (word == "extra") return read_extra();
    if (word == "request") return read_request();
    lexer_.fail(word, "target, extra or request");
  }

  void read_target() {
    while (!lexer_.peek().empty()) {
      const auto [key, value] = keyed_number(Bounds{0, 0xffffffff});
      if (key == "handle") {
        read_.handle = static_cast<std::uint32_t>(value);
      } else if (key == "token") {
        read_.token = static_cast<std::uint32_t>(value);
      } else if (!lexer_.has_failed()) {
        lexer_.fail(key, "handle= or token=");
      }
    }
  }

  void read_extra() {
    const std::string_view word = lexer_.next();
    read_.extra_is_ignored = word == "ignored";
    if (word != "ignored" && word != "refused") lexer_.fail(word, "ignored or refused");
    end_line();
  }

  void read_request() {
    InterfaceRequest request;
    const std::string_view place = lexer_.peek();
    request.name = name("a name for the request");
    if (read_.find(request.name) != nullptr) lexer_.fail(place, "a request of another name");
    while (!lexer_.peek().empty()) read_request_word(request);
    forget_names();
    const bool has_reply = read_fields(request.fields, /*is_request=*/true);
    forget_names();
    if (has_reply) read_fields(request.reply, /*is_request=*/false);
    read_.requests.push_back(std::move(request));
  }

  void read_request_word(InterfaceRequest& request) {
    if (lexer_.peek() == "oneway") {
      lexer_.next();
      request.is_one_way = true;
      return;
    }
    const std::string_view word = lexer_.peek();
    const bool is_refusal = word.starts_with("refusal=");
    const auto [key, value] =
        keyed_number(is_refusal ? bounds_of_type(FieldType::int32) : Bounds{0, 0xffffffff});
    if (key == "refusal") {
      request.refusal = static_cast<std::int32_t>(value);
    } else if (key == "code") {
      request.code = static_cast<std::uint32_t>(value);
    } else if (!lexer_.has_failed()) {
      lexer_.fail(word, "code=, refusal= or oneway");
    }
  }

  // Up to `end`, or up to `reply` where there may be one: then true.
  bool read_fields(std::vector<Field>& fields, bool is_request) {
    while (lexer_.next_line()) {
      const std::string_view word = lexer_.next();
      if (word == "end" || (word == "reply" && is_request)) {
        end_line();
        return word == "reply";
      }
      fields.push_back(word == "repeat" ? group() : field(word));
    }
    lexer_.fail_at_next("a field or `end`");
    return false;
  }

  Field field(std::string_view type_word) {
    Field field;
    const std::optional<FieldType> type = find_word(type_words, type_word);
    if (!type) lexer_.fail(type_word, "a type such as uint32, repeat, or end");
    field.type = type.value_or(FieldType::boolean);
    const std::string_view place = lexer_.peek();
    field.name = name("a name for the field");
    if (std::ranges::find(names_, field.name) != names_.end()) {
      lexer_.fail(place, "a field of another name");
    }
    names_.push_back(field.name);
    while (!lexer_.peek().empty()) read_field_word(field);
    known_.push_back(field);
    return field;
  }

  Field group() {
    Field group;
    group.type = FieldType::repeat;
    const std::string_view count = lexer_.next();
    if (starts_as_number(count)) {
      const auto number = number_of(count);
      if (!number || !is_within(*number, {1, count_max})) lexer_.fail(count, "1 to 1000");
      group.count = static_cast<std::uint32_t>(number.value_or(1));
    } else {
      const Field* const counter = find_known(count);
      const bool can_count = counter != nullptr && is_number(counter->type) &&
                             is_within(bounds_of(*counter).least, {0, count_max}) &&
                             is_within(bounds_of(*counter).greatest, {0, count_max});
      if (!can_count) lexer_.fail(count, "a number, or an integer before it of at most 1000");
      group.count_field = count;
    }
    while (!lexer_.peek().empty()) read_field_word(group);
    const auto outer = static_cast<std::ptrdiff_t>(known_.size());
    read_fields(group.fields, /*is_request=*/false);
    known_.erase(known_.begin() + outer, known_.end());
    return group;
  }

  void read_field_word(Field& field) {
    const std::string_view word = lexer_.next();
    const bool is_group = field.type == FieldType::repeat;
    if (word == "if" && !field.condition) {
      field.condition = condition();
    } else if (word == "else" && !is_group && !field.refusal) {
      field.refusal = static_cast<std::int32_t>(number(bounds_of_type(FieldType::int32)));
    } else if (word == "over" && !is_group && !field.over_refusal) {
      field.over_refusal = static_cast<std::int32_t>(number(bounds_of_type(FieldType::int32)));
    } else if (word == "=" && can_be_constant(field)) {
      field.constant = number(bounds_of(field));
    } else if (word.contains("..") && !field.bounds && !field.constant) {
      read_bounds(field, word);
    } else {
      lexer_.fail(word, is_group ? "if" : "= N, N..M, if, else or over, each once");
    }
  }

  static bool can_be_constant(const Field& field) {
    const bool has_values = is_number(field.type) || field.type == FieldType::boolean;
    return has_values && !field.constant && !field.bounds;
  }

  void read_bounds(Field& field, std::string_view word) {
    const std::size_t dots = word.find("..");
    const auto least = number_of(word.substr(0, dots));
    const auto greatest = number_of(word.substr(dots + 2));
    constexpr Bounds lengths{0, 4096};
    const Bounds possible = is_string(field.type) ? lengths : bounds_of_type(field.type);
    if (!is_string(field.type) && !is_number(field.type)) lexer_.fail(word, "no bounds");
    if (!least || !greatest || *least > *greatest || !is_within(*least, possible) ||
        !is_within(*greatest, possible)) {
      lexer_.fail(word, "bounds such as 1..15 that the type has");
    }
    field.bounds = Bounds{least.value_or(0), greatest.value_or(0)};
    if (field.type == FieldType::bytes && field.bounds->least == 0) {
      lexer_.fail(word, "at least one byte");
    }
  }

  Condition condition() {
    Condition condition;
    condition.is_negated = lexer_.peek() == "not";
    if (condition.is_negated) lexer_.next();
    const std::string_view place = lexer_.next();
    condition.field = place;
    const Field* const known = find_known(place);
    const bool can_decide =
        known != nullptr && (is_number(known->type) || known->type == FieldType::boolean);
    if (!can_decide) lexer_.fail(place, "a bool or an integer before this field");
    if (lexer_.peek() != "=") {
      if (can_decide && known->type != FieldType::boolean) lexer_.fail_at_next("= N");
      return condition;
    }
    lexer_.next();
    condition.value = number(bounds_of_type(FieldType::int64));
    return condition;
  }

  void forget_names() {
    known_.clear();
    names_.clear();
  }

  const Field* find_known(std::string_view name) const {
    const auto found = std::ranges::find(known_, name, &Field::name);
    return found == known_.end() ? nullptr : &*found;
  }

  std::string name(const char* expected) {
    const std::string_view word = lexer_.next();
    if (!is_name(word)) lexer_.fail(word, expected);
    return std::string(word);
  }

  std::int64_t number(const Bounds& bounds) {
    const std::string_view word = lexer_.next();
    const auto value = number_of(word);
    if (value && is_within(*value, bounds)) return *value;
    lexer_.fail(word, "a number from " + std::to_string(bounds.least) + " to " +
                          std::to_string(bounds.greatest));
    return 0;
  }

  std::pair<std::string_view, std::int64_t> keyed_number(const Bounds& bounds) {
    const std::string_view word = lexer_.next();
    const std::size_t equals = word.find('=');
    const auto value = equals == word.npos ? std::nullopt : number_of(word.substr(equals + 1));
    if (value && is_within(*value, bounds)) return {word.substr(0, equals), *value};
    lexer_.fail(word, "KEY=NUMBER");
    return {};
  }

  void end_line() {
    if (!lexer_.peek().empty()) lexer_.fail_at_next("the end of the line");
  }

  CaseLexer lexer_;
  InterfaceDescription read_;
  std::vector<Field> known_;        // what conditions can name here
  std::vector<std::string> names_;  // of all fields of the list so far
};

}  // namespace

const InterfaceRequest* InterfaceDescription::find(std::string_view request) const {
  const auto found = std::ranges::find(requests, request, &InterfaceRequest::name);
  return found == requests.end() ? nullptr : &*found;
}

std::expected<InterfaceDescription, ParseError> parse_interface(std::string_view text) {
  return InterfaceParser(text).parse();
}

bool is_signed_number(FieldType type) {
  return type == FieldType::int8 || type == FieldType::int16 || type == FieldType::int32 ||
         type == FieldType::int64;
}

bool is_number(FieldType type) {
  return is_signed_number(type) || type == FieldType::uint8 || type == FieldType::uint16 ||
         type == FieldType::uint32 || type == FieldType::uint64;
}

Bounds bounds_of_type(FieldType type) {
  constexpr std::int64_t least = std::numeric_limits<std::int64_t>::min();
  constexpr std::int64_t greatest = std::numeric_limits<std::int64_t>::max();
  switch (type) {
    case FieldType::boolean: return {0, 1};
    case FieldType::int8: return {-128, 127};
    case FieldType::int16: return {-32768, 32767};
    case FieldType::int32: return {-2147483648LL, 2147483647};
    case FieldType::int64: return {least, greatest};
    case FieldType::uint8: return {0, 255};
    case FieldType::uint16: return {0, 65535};
    case FieldType::uint32: return {0, 4294967295};
    case FieldType::uint64: return {0, greatest};
    case FieldType::string: return text_bounds;
    case FieldType::bytes: return bytes_bounds;
    case FieldType::descriptor:
    case FieldType::service:
    case FieldType::repeat: return {0, 0};
  }
  return {0, 0};
}

Bounds bounds_of(const Field& field) {
  if (field.constant) return {*field.constant, *field.constant};
  return field.bounds.value_or(bounds_of_type(field.type));
}

}  // namespace touchstone::userspace
