// case_reader.h: reads the values that stand in a step's words (numbers, names, pointers, bytes)
// and knows which names have been made so far.  Knows no step and no outcome: those are
// case_operation_parser.h and case_outcome_parser.h.
//
// Every value comes from a view into the lexer's current line.  A wrong one is kept as the lexer's
// error and read as zero.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "adapter/case_lexer.h"
#include "adapter/case_words.h"
#include "adapter/program.h"

namespace touchstone {

// A set of numbers, quick for the small ones that names have.
class NumberSet {
 public:
  bool contains(std::uint32_t number) const;
  void insert(std::uint32_t number);

 private:
  std::vector<bool> small_;
  std::unordered_set<std::uint32_t> large_;
};

// The names of a Program's messages by their text, without a copy of them.
class MessageNames {
 public:
  explicit MessageNames(std::vector<std::string>& names)
      : names_(names), indices_(0, Hash{&names}, Equal{&names}) {}

  std::optional<MessageName> find(std::string_view name);
  MessageName find_or_add(std::string_view name);

 private:
  struct Hash {
    using is_transparent = void;
    const std::vector<std::string>* names;
    std::size_t operator()(std::string_view name) const;
    std::size_t operator()(std::uint32_t index) const;
  };
  struct Equal {
    using is_transparent = void;
    const std::vector<std::string>* names;
    bool operator()(std::uint32_t left, std::uint32_t right) const { return left == right; }
    bool operator()(std::string_view left, std::uint32_t right) const;
    bool operator()(std::uint32_t left, std::string_view right) const;
  };

  std::vector<std::string>& names_;
  std::unordered_set<std::uint32_t, Hash, Equal> indices_;  // filled once there are many names
};

// `word` cut at the first `separator`; without one, all of it is the head.
struct Parts {
  std::string_view head;
  std::string_view tail;
  bool has_separator = false;
};
Parts cut(std::string_view word, char separator);

class CaseReader {
 public:
  // With `unchecked`, tasks, processes and descriptors need not have been made by an earlier step.
  enum class Names : std::uint8_t { checked, unchecked };

  CaseReader(std::string_view text, Program& program, Names names);

  CaseLexer& lexer() { return lexer_; }
  Program& program() { return program_; }
  void fail(std::string_view found, std::string expected) {
    lexer_.fail(found, std::move(expected));
  }
  bool has_failed() const { return lexer_.has_failed(); }

  // The step's next word before `->`, empty where there is none.
  std::string_view operation_word();
  // The same where a word must stand.
  std::string_view required_word(const char* expected);

  // Decimal or 0x and hexadecimal digits, at most `largest`.
  std::uint64_t number(std::string_view text,
                       std::uint64_t largest = std::numeric_limits<std::uint64_t>::max());
  std::uint32_t number32(std::string_view text);

  // Names must have been made by an earlier step; `new_` names must not.
  TaskName task(std::string_view text);
  ProcessName process(std::string_view text);
  TaskName new_task(std::string_view text);
  ProcessName new_process(std::string_view text);
  TimeName time(std::string_view text);
  DescriptorName sent_descriptor(std::string_view text);
  DescriptorName received_descriptor(std::string_view text);

  // A task's name, `cms`, `self`, or a number; from the kernel also `KERNEL`.
  TaskValue task_value(std::string_view text);
  TaskValue received_task_value(std::string_view text);
  TaskValue received_process_value(std::string_view text);

  // A message that an earlier outcome has named; `bind` gives the name to one.
  MessageName message(std::string_view text);
  MessageName bind_message(std::string_view text);

  Pointer pointer(std::string_view text);
  Argument argument(std::string_view text);
  std::vector<std::byte> bytes(std::string_view text);

 private:
  std::uint32_t name_number(std::string_view text, char letter, const char* expected);

  CaseLexer lexer_;
  Program& program_;
  MessageNames messages_;
  Names names_;
  NumberSet tasks_;
  NumberSet processes_;
  NumberSet descriptors_;
};

// Which keys a step or a message already has; each may stand once.
class SeenKeys {
 public:
  // Keeps an error at `word` if the key stood before.
  void add(CaseReader& reader, std::string_view word, std::uint32_t key);
  bool has(std::uint32_t key) const { return (bits_ >> key & 1u) != 0; }

 private:
  std::uint32_t bits_ = 0;
};

}  // namespace touchstone
