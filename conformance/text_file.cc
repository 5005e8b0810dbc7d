#include "conformance/text_file.h"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>

namespace touchstone {

std::expected<std::string, std::string> read_text_file(const std::filesystem::path& path) {
  // A folder can be opened, and then gives no bytes and no error.
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored)) {
    return std::unexpected(path.string() + ": is a folder");
  }
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  if (file && file.peek() != std::ifstream::traits_type::eof()) text << file.rdbuf();
  if (!file.is_open() || file.bad() || text.bad()) {
    const char* reason = errno != 0 ? std::strerror(errno) : "cannot be read";
    return std::unexpected(path.string() + ": " + reason);
  }
  return std::move(text).str();
}

std::expected<void, std::string> write_text_file(const std::filesystem::path& path,
                                                 std::string_view text) {
  errno = 0;
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file.write(text.data(), static_cast<std::streamsize>(text.size()));
  file.flush();
  if (!file) {
    const char* reason = errno != 0 ? std::strerror(errno) : "cannot be written";
    return std::unexpected(path.string() + ": " + reason);
  }
  return {};
}

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines = split(text, '\n');
  if (lines.back().empty()) lines.pop_back();
  return lines;
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (true) {
    const std::size_t end = text.find(separator);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view space = " \t\r";
  const std::size_t begin = text.find_first_not_of(space);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(space) + 1 - begin);
}

}  // namespace touchstone
