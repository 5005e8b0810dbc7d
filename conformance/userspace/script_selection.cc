#include "conformance/userspace/script_selection.h"

#include <algorithm>
#include <filesystem>
#include <utility>

#include "conformance/text_file.h"

namespace touchstone::userspace {
namespace {

std::expected<ScriptFile, std::string> read(const FoundCase& found,
                                            const SpecCatalogue& catalogue) {
  const std::filesystem::path path = from_here(found.path);
  const auto text = read_text_file(path);
  if (!text) return std::unexpected(text.error());
  auto script = parse_script(*text);
  if (!script) return std::unexpected(to_string(script.error(), path.string()));
  std::string chapter = chapter_of(script->header, found.path, catalogue);
  return ScriptFile{found.id, path.string(), found.is_of_suite ? found.id : path.string(),
                    std::move(chapter), std::move(*script)};
}

}  // namespace

std::expected<ScriptSelection, std::string> select_scripts(const SelectionOptions& options,
                                                           std::span<const std::string> chapters,
                                                           const DataDir& data,
                                                           const SpecCatalogue& catalogue) {
  const auto is_elsewhere = [chapters](const std::string& chapter) {
    return std::ranges::find(chapters, chapter) == chapters.end();
  };
  std::vector<FoundCase> suite = cases_of_suite(data.scripts());
  std::erase_if(suite, [&is_elsewhere](const FoundCase& found) {
    return is_elsewhere(found.path.parent_path().filename().string());
  });
  auto selection = select_files<ScriptFile>(
      options, suite, data.scripts(), catalogue,
      [&catalogue](const FoundCase& found) { return read(found, catalogue); },
      [](const ScriptFile& file) -> const CaseHeader& { return file.script.header; });
  if (!selection) return std::unexpected(selection.error());
  std::erase_if(selection->cases,
                [&is_elsewhere](const ScriptFile& file) { return is_elsewhere(file.chapter); });
  return selection;
}

}  // namespace touchstone::userspace
