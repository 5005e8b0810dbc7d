#include "conformance/select.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <fnmatch.h>

namespace touchstone {
namespace {

namespace fs = std::filesystem;

std::string without_extension(fs::path path) { return path.replace_extension().generic_string(); }

std::vector<fs::path> case_files_in(const fs::path& folder) {
  std::vector<fs::path> paths;
  std::error_code error;
  for (const auto& entry : fs::recursive_directory_iterator(folder, error)) {
    if (entry.is_regular_file() && entry.path().extension() == ".case") {
      paths.push_back(entry.path());
    }
  }
  std::ranges::sort(paths);
  return paths;
}

// A case of the suite keeps its id by whatever path it is named.
FoundCase found_at(const fs::path& path, const fs::path& suite) {
  std::error_code error;
  const fs::path relative = fs::relative(path, suite, error);
  const bool is_inside = !error && !relative.empty() && *relative.begin() != "..";
  if (is_inside) return {without_extension(relative), path, true};
  return {without_extension(path.lexically_normal()), path, false};
}

template <typename Range, typename Value>
bool contains(const Range& range, const Value& value) {
  return std::ranges::find(range, value) != range.end();
}

bool has_level(const CaseHeader& header, const std::vector<std::string>& levels,
               const SpecCatalogue& catalogue) {
  return std::ranges::any_of(header.clauses, [&](const std::string& id) {
    const Clause* clause = catalogue.find(id);
    return clause != nullptr && contains(levels, level_word(clause->level));
  });
}

}  // namespace

bool matches_glob(const std::string& glob, const std::string& id) {
  const std::string name = fs::path(id).filename().string();
  return fnmatch(glob.c_str(), id.c_str(), 0) == 0 || fnmatch(glob.c_str(), name.c_str(), 0) == 0;
}

std::vector<FoundCase> cases_of_suite(const fs::path& suite_folder) {
  std::vector<FoundCase> suite;
  for (const fs::path& path : case_files_in(suite_folder)) {
    suite.push_back({without_extension(path.lexically_relative(suite_folder)), path, true});
  }
  return suite;
}

std::expected<std::vector<FoundCase>, std::string> cases_named(
    const std::vector<std::string>& names, const std::vector<FoundCase>& suite,
    const fs::path& suite_folder) {
  if (names.empty()) return suite;
  std::vector<FoundCase> found;
  const auto add = [&found](FoundCase one) {
    if (std::ranges::find(found, one.id, &FoundCase::id) == found.end())
      found.push_back(std::move(one));
  };
  for (const std::string& name : names) {
    std::error_code error;
    std::vector<FoundCase> here;
    if (fs::is_directory(name, error)) {
      for (const fs::path& path : case_files_in(name)) here.push_back(found_at(path, suite_folder));
    } else if (fs::exists(name, error)) {
      here.push_back(found_at(name, suite_folder));
    } else {
      std::ranges::copy_if(suite, std::back_inserter(here),
                           [&name](const FoundCase& one) { return matches_glob(name, one.id); });
    }
    if (here.empty()) {
      return std::unexpected(fmt::format("`{}` is no file and matches no case", name));
    }
    for (FoundCase& one : here) add(std::move(one));
  }
  return found;
}

std::string chapter_of(const CaseHeader& header, const fs::path& path,
                       const SpecCatalogue& catalogue) {
  for (const std::string& id : header.clauses) {
    if (const Clause* clause = catalogue.find(id)) return clause->chapter;
  }
  return path.parent_path().filename().string();
}

fs::path from_here(const fs::path& path) {
  std::error_code error;
  const fs::path relative = path.lexically_proximate(fs::current_path(error));
  const bool is_below = !error && path.is_absolute() && *relative.begin() != "..";
  return is_below ? relative : path;
}

bool is_wanted(const std::string& id, const std::string& chapter, const CaseHeader& header,
               const SelectionOptions& options, const SpecCatalogue& catalogue) {
  const auto names_clause = [&options](const std::string& clause) {
    return contains(options.clauses, clause);
  };
  if (!options.chapters.empty() && !contains(options.chapters, chapter)) return false;
  if (!options.clauses.empty() && std::ranges::none_of(header.clauses, names_clause)) {
    return false;
  }
  if (!options.levels.empty() && !has_level(header, options.levels, catalogue)) return false;
  if (options.ids && !contains(*options.ids, id)) return false;
  return !options.shard || is_in_shard(id, *options.shard);
}

std::expected<void, std::string> check_words(const SelectionOptions& options,
                                             const SpecCatalogue& catalogue) {
  for (const std::string& chapter : options.chapters) {
    if (!contains(catalogue.chapters(), chapter)) {
      return std::unexpected(fmt::format("no chapter `{}`; there are {}", chapter,
                                         fmt::join(catalogue.chapters(), ", ")));
    }
  }
  for (const std::string& id : options.clauses) {
    if (catalogue.find(id) == nullptr) return std::unexpected(fmt::format("no clause `{}`", id));
  }
  for (const std::string& level : options.levels) {
    if (!level_from_word(level)) {
      return std::unexpected(
          fmt::format("no level `{}`; there are must, may, quirk, unspecified", level));
    }
  }
  return {};
}

}  // namespace touchstone
