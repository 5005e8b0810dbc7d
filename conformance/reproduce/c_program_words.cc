#include "conformance/reproduce/c_program_words.h"

#include <fmt/format.h>

#include <utility>

namespace touchstone {
namespace {

constexpr std::size_t numbers_in_a_line = 16;

// Whole where it has few numbers, else some to a line.
template <typename Number>
std::string array(std::string_view type, std::string_view name, std::span<const Number> numbers,
                  std::string_view suffix) {
  std::string text = fmt::format("  static const {} {}[] = {{", type, name);
  const bool is_long = numbers.size() > numbers_in_a_line;
  for (std::size_t at = 0; at < numbers.size(); ++at) {
    if (is_long && at % numbers_in_a_line == 0) text += "\n      ";
    const bool is_last = at + 1 == numbers.size();
    const bool ends_line = is_long && at % numbers_in_a_line == numbers_in_a_line - 1;
    text += fmt::format("{}{}{}", static_cast<std::uint32_t>(numbers[at]), suffix,
                        is_last     ? ""
                        : ends_line ? ","
                                    : ", ");
  }
  return text + "};\n";
}

}  // namespace

std::string c_name(TaskName task) { return fmt::format("T{}", std::to_underlying(task)); }
std::string c_name(ProcessName process) { return fmt::format("P{}", std::to_underlying(process)); }
std::string c_name(DescriptorName name) { return fmt::format("F{}", std::to_underlying(name)); }
std::string c_name(TimeName time) { return fmt::format("t{}", std::to_underlying(time)); }

std::string c_name(MessageName message, const Program& program) {
  if (message == unnamed_message) return "nobody";
  return "got_" + program.message_names.at(std::to_underlying(message));
}

std::string c_number(std::uint64_t number) {
  if (number <= 0xffff) return fmt::format("{}u", number);
  if (number <= 0xffffffff) return fmt::format("0x{:x}u", number);
  return fmt::format("0x{:x}ull", number);
}

std::string c_handle(const TaskValue& value) {
  switch (value.kind) {
    case TaskValue::Kind::task: return fmt::format("handle_of(T{})", value.value);
    case TaskValue::Kind::cms: return "0";
    case TaskValue::Kind::self: return "0xffffffffu";
    case TaskValue::Kind::number:
    case TaskValue::Kind::kernel: break;
  }
  return c_number(value.value);
}

std::string c_pointer(Pointer pointer, std::string_view valid) {
  switch (pointer) {
    case Pointer::null: return "NULL";
    case Pointer::bad: return "unmapped";
    case Pointer::kernel: return "kernel_address";
    case Pointer::valid:
    case Pointer::received_data: break;
  }
  return std::string(valid);
}

std::string c_address(std::uint64_t address) {
  return address == 0 ? "NULL" : fmt::format("(void *)(uintptr_t){}", c_number(address));
}

std::string c_errno(std::int64_t number) {
  const std::string name = errno_name(number);
  return name == fmt::format("E{}", number) ? fmt::format("{}", number) : name;
}

std::string c_bytes(std::string_view name, std::span<const std::byte> bytes) {
  return array("unsigned char", name, bytes, "");
}

std::string c_words(std::string_view name, std::span<const std::uint32_t> words) {
  return array("uint32_t", name, words, "u");
}

std::string c_quoted(std::string_view text, std::size_t letters_max) {
  std::string quoted = "\"";
  for (const char letter : text.substr(0, letters_max)) {
    if (letter == '"' || letter == '\\') quoted += '\\';
    // A question mark begins a trigraph, a control character has no place in a literal.
    quoted += letter == '?' ? '.' : static_cast<unsigned char>(letter) < ' ' ? ' ' : letter;
  }
  return quoted + (text.size() > letters_max ? "...\"" : "\"");
}

std::string c_comment(std::string_view text, std::size_t letters_max) {
  std::string comment;
  for (const char letter : text.substr(0, letters_max)) {
    // Nothing in it may end the comment or begin another one.
    const bool is_mark = letter == '/' && !comment.empty() && comment.back() == '*';
    const bool begins = letter == '*' && !comment.empty() && comment.back() == '/';
    if (is_mark || begins) comment += ' ';
    comment += static_cast<unsigned char>(letter) < ' ' ? ' ' : letter;
  }
  return comment + (text.size() > letters_max ? "..." : "");
}

}  // namespace touchstone
