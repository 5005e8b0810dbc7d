// case_words.h: the fixed words of `.case` text and what they stand for, for parser and printer
// alike.  Words with a value after `=` are the parsers' own.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "adapter/operation.h"
#include "adapter/program.h"

namespace touchstone {

template <typename T>
struct NamedWord {
  std::string_view word;
  T value;
};

inline constexpr std::array<NamedWord<MessageType>, 4> message_type_words{{
    {"request", MessageType::request},
    {"reply", MessageType::reply},
    {"failed_reply", MessageType::failed_reply},
    {"death_notify", MessageType::death_notify},
}};

inline constexpr std::array<NamedWord<Pointer>, 3> pointer_words{{
    {"null", Pointer::null},
    {"bad", Pointer::bad},
    {"kernel", Pointer::kernel},
}};

inline constexpr std::array<NamedWord<FreeTarget::Kind>, 5> free_target_words{{
    {"null", FreeTarget::Kind::null},
    {"outside", FreeTarget::Kind::outside},
    {"pool_start", FreeTarget::Kind::pool_start},
    {"pool_end", FreeTarget::Kind::pool_end},
    {"past_end", FreeTarget::Kind::past_end},
}};

inline constexpr std::array<NamedWord<std::uint32_t>, 3> cms_command_words{{
    {"gen_handle", cms_gen_handle},
    {"remove_handle", cms_remove_handle},
    {"add_access", cms_add_access},
}};

inline constexpr std::array<NamedWord<std::uint32_t>, 2> message_flag_words{{
    {"default", 0},
    {"oneway", 1},
}};

inline constexpr std::array<NamedWord<std::uint32_t>, 3> protection_words{{
    {"read", protection_read},
    {"write", protection_write},
    {"exec", protection_exec},
}};

inline constexpr std::array<NamedWord<std::uint32_t>, 2> map_words{{
    {"private", map_private},
    {"shared", map_shared},
}};

// Every sum of the three flags, in the one order in which they are written.
inline constexpr std::array<NamedWord<std::uint32_t>, 7> send_receive_words{{
    {"send", flag_send},
    {"recv", flag_receive},
    {"send+recv", flag_send | flag_receive},
    {"send+free", flag_send | flag_buffer_free},
    {"free", flag_buffer_free},
    {"free+recv", flag_buffer_free | flag_receive},
    {"send+free+recv", flag_send | flag_buffer_free | flag_receive},
}};

inline constexpr std::array<NamedWord<CaseClass>, 5> case_class_words{{
    {"contract", CaseClass::contract},
    {"quirk", CaseClass::quirk},
    {"bug", CaseClass::bug},
    {"unspecified", CaseClass::unspecified},
    {"generated", CaseClass::generated},
}};

inline constexpr std::array<NamedWord<CaseAbi>, 3> case_abi_words{{
    {"any", CaseAbi::any},
    {"ilp32", CaseAbi::ilp32},
    {"lp64", CaseAbi::lp64},
}};

inline constexpr std::array<std::string_view, 9> capability_words{
    "virtual-time", "fork", "exec",     "alloc-fault", "id-reuse",
    "credentials",  "fd",   "fd-count", "user-range"};

// Words that a message cannot be named, since they mean something where a name may stand.
inline constexpr std::array<std::string_view, 7> reserved_names{
    "null", "outside", "pool_start", "pool_end", "past_end", "service", "version"};

template <typename T, std::size_t count>
constexpr std::optional<T> find_word(const std::array<NamedWord<T>, count>& words,
                                     std::string_view word) {
  for (const NamedWord<T>& entry : words) {
    if (entry.word == word) return entry.value;
  }
  return std::nullopt;
}

// The word for a value, empty where it has none.
template <typename T, std::size_t count>
constexpr std::string_view word_of(const std::array<NamedWord<T>, count>& words, T value) {
  for (const NamedWord<T>& entry : words) {
    if (entry.value == value) return entry.word;
  }
  return {};
}

}  // namespace touchstone
