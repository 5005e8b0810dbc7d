// case_writer.h: puts the words of one step or outcome together; the mirror of case_reader.h.
// `add` functions go on with the last word, the others begin a new one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "adapter/operation.h"
#include "adapter/program.h"

namespace touchstone {

class CaseWriter {
 public:
  explicit CaseWriter(const Program& program) : program_(program) {}
  std::string take() { return std::move(text_); }

  void word(std::string_view text);
  template <typename Name>
  void name(char letter, Name name) {
    word({&letter, 1});
    add_number(static_cast<std::uint32_t>(name));
  }
  void key(std::string_view key, std::string_view value);
  void key_number(std::string_view key, std::uint64_t value);
  void key_task(std::string_view key, const TaskValue& value);
  void message_type(std::uint32_t type);
  // Nothing for the default.
  void message_flag(std::uint32_t flag);
  void object_start(std::uint32_t offset, ObjectKind kind);
  // In double quotes.
  void quoted(std::string_view text);

  void add(std::string_view text) { text_ += text; }
  void add_number(std::uint64_t number);
  void add_bytes(std::span<const std::byte> bytes);
  // `letter` stands before a name: T, or P where the value is a process.
  void add_task(const TaskValue& value, char letter = 'T');
  // `_` where the message has no name.
  void add_message(MessageName name);
  void add_service(const TaskValue& handle, std::uint32_t token, std::uint32_t cookie);

 private:
  const Program& program_;
  std::string text_;
};

}  // namespace touchstone
