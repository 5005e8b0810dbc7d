// c_program_words.h: values of a Program as C writes them, and the names that a printed program
// gives to tasks, messages and times.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "adapter/program.h"

namespace touchstone {

std::string c_name(TaskName task);
std::string c_name(ProcessName process);
std::string c_name(DescriptorName descriptor);
std::string c_name(TimeName time);
// "nobody" where the message has none.
std::string c_name(MessageName message, const Program& program);

std::string c_number(std::uint64_t number);
// The id that the device uses: `handle_of(T2)`.
std::string c_handle(const TaskValue& value);
// null, bad, kernel; `valid` where it is none of these.
std::string c_pointer(Pointer pointer, std::string_view valid);
// `(void *)(uintptr_t)0x10u`
std::string c_address(std::uint64_t address);
std::string c_errno(std::int64_t number);

// A constant array: "static const unsigned char NAME[] = {...};", indented by two.
std::string c_bytes(std::string_view name, std::span<const std::byte> bytes);
std::string c_words(std::string_view name, std::span<const std::uint32_t> words);

// Between double quotes, or between the marks of a comment; cut where it is longer.
std::string c_quoted(std::string_view text, std::size_t letters_max);
std::string c_comment(std::string_view text, std::size_t letters_max);

}  // namespace touchstone
