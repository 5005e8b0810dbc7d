// text_file.h: whole files as text, and the small cuts that our line-based files need.  Knows none
// of their formats.
#pragma once

#include <expected>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace touchstone {

// Or a sentence that names the file and what went wrong.
std::expected<std::string, std::string> read_text_file(const std::filesystem::path& path);
std::expected<void, std::string> write_text_file(const std::filesystem::path& path,
                                                 std::string_view text);

// Views into `text`; a newline at the end makes no empty last part.
std::vector<std::string_view> lines_of(std::string_view text);
std::vector<std::string_view> split(std::string_view text, char separator);
// Without the spaces, tabs and carriage returns around.
std::string_view trimmed(std::string_view text);

}  // namespace touchstone
