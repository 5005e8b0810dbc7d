#include "conformance/case_file.h"

#include <utility>

#include "adapter/case_text.h"
#include "adapter/case_words.h"
#include "conformance/text_file.h"

namespace touchstone {

CaseResult unjudged(std::string id, std::string file, std::string chapter,
                    const CaseHeader& header) {
  CaseResult result;
  result.id = std::move(id);
  result.name = header.name;
  result.title = header.title;
  result.file = std::move(file);
  result.chapter = std::move(chapter);
  result.case_class = word_of(case_class_words, header.case_class);
  result.clauses = header.clauses;
  return result;
}

std::expected<Program, std::string> read_case(const std::filesystem::path& path) {
  const auto text = read_text_file(path);
  if (!text) return std::unexpected(text.error());
  auto program = parse_case(*text);
  if (!program) return std::unexpected(to_string(program.error(), path.string()));
  return std::move(*program);
}

}  // namespace touchstone
