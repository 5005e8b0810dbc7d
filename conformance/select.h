// select.h: what the selection of any kind of case file shares: which files there are, which of
// them the words on the command line name, and which of those the options want.  Reads no case:
// that is `read` of select_files.
#pragma once

#include <algorithm>
#include <expected>
#include <filesystem>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "adapter/program.h"
#include "conformance/selection.h"
#include "conformance/spec_catalogue.h"

namespace touchstone {

// A case's file before it is read.
struct FoundCase {
  std::string id;
  std::filesystem::path path;
  bool is_of_suite = false;
};

// Whether the glob is one of the id, CHAPTER/NAME, or of its name.
bool matches_glob(const std::string& glob, const std::string& id);

// All `.case` files below the folder, sorted; none if it is not there.
std::vector<FoundCase> cases_of_suite(const std::filesystem::path& suite_folder);

// What is asked for by name; all of the suite if nothing is.  An error for a name that is no file
// and matches no case.
std::expected<std::vector<FoundCase>, std::string> cases_named(
    const std::vector<std::string>& names, const std::vector<FoundCase>& suite,
    const std::filesystem::path& suite_folder);

// The chapter of the first clause that there is; else the folder.
std::string chapter_of(const CaseHeader& header, const std::filesystem::path& path,
                       const SpecCatalogue& catalogue);

// As short as it can be opened from here.
std::filesystem::path from_here(const std::filesystem::path& path);

// An unknown chapter, clause or level in words.
std::expected<void, std::string> check_words(const SelectionOptions& options,
                                             const SpecCatalogue& catalogue);

bool is_wanted(const std::string& id, const std::string& chapter, const CaseHeader& header,
               const SelectionOptions& options, const SpecCatalogue& catalogue);

template <typename File>
struct SelectedFiles {
  std::vector<File> cases;  // in the order of chapters, then of ids
  std::vector<File> known;  // the suite's cases that are not among them
  std::vector<std::string> malformed;
};

template <typename File>
void sort_by_chapter(std::vector<File>& files, const SpecCatalogue& catalogue) {
  const auto place = [&catalogue](const File& file) {
    const auto found = std::ranges::find(catalogue.chapters(), file.chapter);
    return std::tuple(found - catalogue.chapters().begin(), std::string_view(file.chapter),
                      std::string_view(file.id));
  };
  std::ranges::sort(
      files, [&place](const File& left, const File& right) { return place(left) < place(right); });
}

// `suite` are the cases of the folder that can be meant.  `read(FoundCase)` gives a File with `id`
// and `chapter`, or what is wrong with its text; `header_of(File)` its header.
template <typename File, typename Read, typename HeaderOf>
std::expected<SelectedFiles<File>, std::string> select_files(
    const SelectionOptions& options, const std::vector<FoundCase>& suite,
    const std::filesystem::path& suite_folder, const SpecCatalogue& catalogue, const Read& read,
    const HeaderOf& header_of) {
  if (auto checked = check_words(options, catalogue); !checked) {
    return std::unexpected(checked.error());
  }
  const auto wanted = cases_named(options.names, suite, suite_folder);
  if (!wanted) return std::unexpected(wanted.error());
  SelectedFiles<File> selection;
  for (const FoundCase& found : *wanted) {
    auto file = read(found);
    if (!file) {
      selection.malformed.push_back(file.error());
    } else if (is_wanted(file->id, file->chapter, header_of(*file), options, catalogue)) {
      selection.cases.push_back(std::move(*file));
    } else if (found.is_of_suite) {
      selection.known.push_back(std::move(*file));
    }
  }
  for (const FoundCase& found : suite) {
    if (std::ranges::find(*wanted, found.id, &FoundCase::id) != wanted->end()) continue;
    // One that cannot be read is the business of a run that asks for it.
    if (auto file = read(found)) selection.known.push_back(std::move(*file));
  }
  sort_by_chapter(selection.cases, catalogue);
  return selection;
}

}  // namespace touchstone
