#include "adapter/case_reader.h"

#include <algorithm>
#include <functional>
#include <utility>

namespace touchstone {
namespace {

constexpr std::size_t small_numbers_max = 1024;
constexpr std::size_t linear_names_max = 8;
constexpr std::uint32_t first_received_descriptor = 101;
constexpr std::uint32_t number32_max = std::numeric_limits<std::uint32_t>::max();

constexpr const char* task_expected = "a task name such as T1";
constexpr const char* process_expected = "a process name such as P1";

bool is_name_letter(char letter) {
  return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') || letter == '_';
}

bool is_digit(char digit) { return digit >= '0' && digit <= '9'; }

bool is_message_name(std::string_view text) {
  return !text.empty() && text != "_" && is_name_letter(text[0]) &&
         std::ranges::all_of(text, [](char c) { return is_name_letter(c) || is_digit(c); });
}

bool starts_as_name(std::string_view text, char letter) {
  return text.size() >= 2 && text[0] == letter && is_digit(text[1]);
}

}  // namespace

bool NumberSet::contains(std::uint32_t number) const {
  if (number < small_numbers_max) return number < small_.size() && small_[number];
  return large_.contains(number);
}

void NumberSet::insert(std::uint32_t number) {
  if (number >= small_numbers_max) {
    large_.insert(number);
    return;
  }
  if (number >= small_.size()) small_.resize(std::max<std::size_t>(64, number * 2u));
  small_[number] = true;
}

std::size_t MessageNames::Hash::operator()(std::string_view name) const {
  return std::hash<std::string_view>{}(name);
}
std::size_t MessageNames::Hash::operator()(std::uint32_t index) const {
  return (*this)(std::string_view((*names)[index]));
}
bool MessageNames::Equal::operator()(std::string_view left, std::uint32_t right) const {
  return left == (*names)[right];
}
bool MessageNames::Equal::operator()(std::uint32_t left, std::string_view right) const {
  return (*names)[left] == right;
}

std::optional<MessageName> MessageNames::find(std::string_view name) {
  if (names_.size() <= linear_names_max) {
    const auto found = std::ranges::find(names_, name);
    if (found == names_.end()) return std::nullopt;
    return MessageName{static_cast<std::uint32_t>(found - names_.begin())};
  }
  for (std::size_t index = indices_.size(); index < names_.size(); ++index) {
    indices_.insert(static_cast<std::uint32_t>(index));
  }
  const auto found = indices_.find(name);
  if (found == indices_.end()) return std::nullopt;
  return MessageName{*found};
}

MessageName MessageNames::find_or_add(std::string_view name) {
  if (const std::optional<MessageName> known = find(name)) return *known;
  names_.emplace_back(name);
  return MessageName{static_cast<std::uint32_t>(names_.size() - 1)};
}

Parts cut(std::string_view word, char separator) {
  const std::size_t place = word.find(separator);
  if (place == std::string_view::npos) return {word, word.substr(word.size()), false};
  return {word.substr(0, place), word.substr(place + 1), true};
}

CaseReader::CaseReader(std::string_view text, Program& program, Names names)
    : lexer_(text), program_(program), messages_(program.message_names), names_(names) {}

std::string_view CaseReader::operation_word() {
  return lexer_.peek() == "->" ? std::string_view{} : lexer_.next();
}

std::string_view CaseReader::required_word(const char* expected) {
  const std::string_view word = operation_word();
  if (word.empty()) lexer_.fail_at_next(expected);
  return word;
}

std::uint64_t CaseReader::number(std::string_view text, std::uint64_t largest) {
  const bool is_hex = text.size() > 2 && text[0] == '0' && text[1] == 'x';
  const std::uint64_t base = is_hex ? 16 : 10;
  std::uint64_t value = 0;
  bool is_number = !text.empty();
  bool is_in_range = true;
  for (const char character : text.substr(is_hex ? 2 : 0)) {
    const int digit = hex_digit_value(character);
    if (digit < 0 || static_cast<std::uint64_t>(digit) >= base) {
      is_number = false;
      break;
    }
    const auto addend = static_cast<std::uint64_t>(digit);
    if (value > (largest - addend) / base) is_in_range = false;
    value = value * base + addend;
  }
  if (is_number && is_in_range) return value;
  fail(text, is_number ? "a number of at most " + std::to_string(largest) : "a number");
  return 0;
}

std::uint32_t CaseReader::number32(std::string_view text) {
  return static_cast<std::uint32_t>(number(text, number32_max));
}

std::uint32_t CaseReader::name_number(std::string_view text, char letter, const char* expected) {
  const bool has_one_spelling = starts_as_name(text, letter) &&
                                (text[1] != '0' || text.size() == 2) &&
                                std::ranges::all_of(text.substr(1), is_digit);
  if (!has_one_spelling) {
    fail(text, expected);
    return 0;
  }
  return number32(text.substr(1));
}

TaskName CaseReader::task(std::string_view text) {
  const std::uint32_t number = name_number(text, 'T', task_expected);
  if (names_ == Names::checked && !tasks_.contains(number)) {
    fail(text, "a task made by an earlier step (spawn, fork or thread)");
  }
  return TaskName{number};
}

ProcessName CaseReader::process(std::string_view text) {
  const std::uint32_t number = name_number(text, 'P', process_expected);
  if (names_ == Names::checked && !processes_.contains(number)) {
    fail(text, "a process made by an earlier step (spawn or fork)");
  }
  return ProcessName{number};
}

TaskName CaseReader::new_task(std::string_view text) {
  const std::uint32_t number = name_number(text, 'T', task_expected);
  if (tasks_.contains(number)) fail(text, "a task name that no earlier step has made");
  if (!has_failed()) tasks_.insert(number);
  return TaskName{number};
}

ProcessName CaseReader::new_process(std::string_view text) {
  const std::uint32_t number = name_number(text, 'P', process_expected);
  if (processes_.contains(number)) fail(text, "a process name that no earlier step has made");
  if (!has_failed()) processes_.insert(number);
  return ProcessName{number};
}

TimeName CaseReader::time(std::string_view text) {
  return TimeName{name_number(text, 't', "a time name such as t1")};
}

DescriptorName CaseReader::sent_descriptor(std::string_view text) {
  const std::uint32_t number = name_number(text, 'F', "a descriptor such as F1, or a number");
  const bool is_received = number >= first_received_descriptor;
  if (names_ == Names::checked && is_received && !descriptors_.contains(number)) {
    fail(text, "a descriptor that an earlier outcome has received, or one below F101");
  }
  return DescriptorName{number};
}

DescriptorName CaseReader::received_descriptor(std::string_view text) {
  const std::uint32_t number = name_number(text, 'F', "a descriptor name such as F101");
  if (!has_failed()) descriptors_.insert(number);
  return DescriptorName{number};
}

TaskValue CaseReader::task_value(std::string_view text) {
  if (starts_as_name(text, 'T')) {
    return {TaskValue::Kind::task, static_cast<std::uint32_t>(task(text))};
  }
  if (text == "cms") return {TaskValue::Kind::cms, 0};
  if (text == "self") return {TaskValue::Kind::self, 0};
  if (!starts_as_number(text)) {
    fail(text, "a task name such as T1, cms, self or a number");
    return {};
  }
  return {TaskValue::Kind::number, number32(text)};
}

TaskValue CaseReader::received_task_value(std::string_view text) {
  if (text == "KERNEL") return {TaskValue::Kind::kernel, 0};
  return task_value(text);
}

TaskValue CaseReader::received_process_value(std::string_view text) {
  if (text == "KERNEL") return {TaskValue::Kind::kernel, 0};
  if (starts_as_number(text)) return {TaskValue::Kind::number, number32(text)};
  return {TaskValue::Kind::task, static_cast<std::uint32_t>(process(text))};
}

MessageName CaseReader::message(std::string_view text) {
  const std::optional<MessageName> known =
      is_message_name(text) ? messages_.find(text) : std::nullopt;
  if (!known) fail(text, "the name of a message that an earlier outcome has received");
  return known.value_or(unnamed_message);
}

MessageName CaseReader::bind_message(std::string_view text) {
  if (text == "_") return unnamed_message;
  if (!is_message_name(text)) {
    fail(text, "a name for the message: letters, digits and _, no digit first");
  }
  if (std::ranges::find(reserved_names, text) != reserved_names.end()) {
    fail(text, "a message name that is no word of the format");
  }
  return has_failed() ? unnamed_message : messages_.find_or_add(text);
}

Pointer CaseReader::pointer(std::string_view text) {
  const std::optional<Pointer> pointer = find_word(pointer_words, text);
  if (!pointer) fail(text, "null, bad or kernel");
  return pointer.value_or(Pointer::null);
}

Argument CaseReader::argument(std::string_view text) {
  if (text.starts_with("data:")) {
    return {.pointer = Pointer::received_data, .message = message(text.substr(5))};
  }
  const std::optional<Pointer> pointer = find_word(pointer_words, text);
  if (!pointer) fail(text, "null, bad, kernel or data:MESSAGE");
  return {.pointer = pointer.value_or(Pointer::null)};
}

std::vector<std::byte> CaseReader::bytes(std::string_view text) {
  std::vector<std::byte> bytes(text.size() / 2);
  int digits_or_minus = 0;
  for (std::size_t index = 0; index < bytes.size(); ++index) {
    const int high = hex_digit_value(text[2 * index]);
    const int low = hex_digit_value(text[2 * index + 1]);
    digits_or_minus |= high | low;
    bytes[index] = static_cast<std::byte>((high << 4 | low) & 0xff);
  }
  if (digits_or_minus < 0 || text.size() % 2 != 0) {
    const auto wrong =
        std::ranges::find_if(text, [](char digit) { return hex_digit_value(digit) < 0; });
    if (wrong == text.end()) {
      fail(text, "an even number of hexadecimal digits");
    } else {
      fail(text.substr(static_cast<std::size_t>(wrong - text.begin())), "a hexadecimal digit");
    }
    bytes.clear();
  }
  return bytes;
}

void SeenKeys::add(CaseReader& reader, std::string_view word, std::uint32_t key) {
  if (has(key)) {
    reader.fail(word, "no second `" + std::string(cut(word, '=').head) + "`");
  }
  bits_ |= 1u << key;
}

}  // namespace touchstone
