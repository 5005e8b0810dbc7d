#include "conformance/case_file.h"

#include "adapter/case_text.h"
#include "conformance/text_file.h"

namespace touchstone {

std::expected<Program, std::string> read_case(const std::filesystem::path& path) {
  const auto text = read_text_file(path);
  if (!text) return std::unexpected(text.error());
  auto program = parse_case(*text);
  if (!program) return std::unexpected(to_string(program.error(), path.string()));
  return std::move(*program);
}

}  // namespace touchstone
