#include "conformance/selection.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <fnmatch.h>

#include <algorithm>
#include <charconv>
#include <tuple>
#include <utility>

#include "conformance/text_file.h"

namespace touchstone {
namespace {

namespace fs = std::filesystem;

// A case's file before it is read.
struct Found {
  std::string id;
  fs::path path;
  bool is_of_suite = false;
};

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
Found found_at(const fs::path& path, const fs::path& suite) {
  std::error_code error;
  const fs::path relative = fs::relative(path, suite, error);
  const bool is_inside = !error && !relative.empty() && *relative.begin() != "..";
  if (is_inside) return {without_extension(relative), path, true};
  return {without_extension(path.lexically_normal()), path, false};
}

bool matches(const std::string& glob, const std::string& id) {
  const std::string name = fs::path(id).filename().string();
  return fnmatch(glob.c_str(), id.c_str(), 0) == 0 || fnmatch(glob.c_str(), name.c_str(), 0) == 0;
}

// What is asked for by name; all of the suite if nothing is.
std::expected<std::vector<Found>, std::string> named(const std::vector<std::string>& names,
                                                     const std::vector<Found>& suite,
                                                     const fs::path& suite_folder) {
  if (names.empty()) return suite;
  std::vector<Found> found;
  const auto add = [&found](Found one) {
    if (std::ranges::find(found, one.id, &Found::id) == found.end())
      found.push_back(std::move(one));
  };
  for (const std::string& name : names) {
    std::error_code error;
    std::vector<Found> here;
    if (fs::is_directory(name, error)) {
      for (const fs::path& path : case_files_in(name)) here.push_back(found_at(path, suite_folder));
    } else if (fs::exists(name, error)) {
      here.push_back(found_at(name, suite_folder));
    } else {
      std::ranges::copy_if(suite, std::back_inserter(here),
                           [&name](const Found& one) { return matches(name, one.id); });
    }
    if (here.empty()) {
      return std::unexpected(fmt::format("`{}` is no file and matches no case", name));
    }
    for (Found& one : here) add(std::move(one));
  }
  return found;
}

std::string chapter_of(const Program& program, const fs::path& path,
                       const SpecCatalogue& catalogue) {
  for (const std::string& id : program.header.clauses) {
    if (const Clause* clause = catalogue.find(id)) return clause->chapter;
  }
  return path.parent_path().filename().string();
}

// As short as it can be opened from here.
fs::path from_here(const fs::path& path) {
  std::error_code error;
  const fs::path relative = path.lexically_proximate(fs::current_path(error));
  const bool is_below = !error && path.is_absolute() && *relative.begin() != "..";
  return is_below ? relative : path;
}

std::expected<CaseFile, std::string> read(const Found& found, const SpecCatalogue& catalogue) {
  const fs::path path = from_here(found.path);
  auto program = read_case(path);
  if (!program) return std::unexpected(program.error());
  const std::string name = found.is_of_suite ? found.id : path.string();
  std::string chapter = chapter_of(*program, path, catalogue);
  return CaseFile{found.id, path.string(), name, std::move(chapter), std::move(*program)};
}

template <typename Range, typename Value>
bool contains(const Range& range, const Value& value) {
  return std::ranges::find(range, value) != range.end();
}

bool has_level(const CaseFile& file, const std::vector<std::string>& levels,
               const SpecCatalogue& catalogue) {
  return std::ranges::any_of(file.program.header.clauses, [&](const std::string& id) {
    const Clause* clause = catalogue.find(id);
    return clause != nullptr && contains(levels, level_word(clause->level));
  });
}

bool is_wanted(const CaseFile& file, const SelectionOptions& options,
               const SpecCatalogue& catalogue) {
  const auto names_clause = [&options](const std::string& id) {
    return contains(options.clauses, id);
  };
  if (!options.chapters.empty() && !contains(options.chapters, file.chapter)) return false;
  if (!options.clauses.empty() && std::ranges::none_of(file.program.header.clauses, names_clause)) {
    return false;
  }
  if (!options.levels.empty() && !has_level(file, options.levels, catalogue)) return false;
  if (options.ids && !contains(*options.ids, file.id)) return false;
  return !options.shard || is_in_shard(file.id, *options.shard);
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

void sort_by_chapter(std::vector<CaseFile>& cases, const SpecCatalogue& catalogue) {
  const auto place = [&catalogue](const CaseFile& file) {
    const auto found = std::ranges::find(catalogue.chapters(), file.chapter);
    return std::tuple(found - catalogue.chapters().begin(), std::string_view(file.chapter),
                      std::string_view(file.id));
  };
  std::ranges::sort(cases, [&place](const CaseFile& left, const CaseFile& right) {
    return place(left) < place(right);
  });
}

std::vector<Found> suite_of(const DataDir& data) {
  std::vector<Found> suite;
  for (const fs::path& path : case_files_in(data.cases())) {
    suite.push_back({without_extension(path.lexically_relative(data.cases())), path, true});
  }
  return suite;
}

}  // namespace

std::expected<Selection, std::string> select_cases(const SelectionOptions& options,
                                                   const DataDir& data,
                                                   const SpecCatalogue& catalogue) {
  if (auto checked = check_words(options, catalogue); !checked) {
    return std::unexpected(checked.error());
  }
  const std::vector<Found> suite = suite_of(data);
  const auto wanted = named(options.names, suite, data.cases());
  if (!wanted) return std::unexpected(wanted.error());
  Selection selection;
  for (const Found& found : *wanted) {
    auto file = read(found, catalogue);
    if (!file) {
      selection.malformed.push_back(file.error());
    } else if (is_wanted(*file, options, catalogue)) {
      selection.cases.push_back(std::move(*file));
    } else if (found.is_of_suite) {
      selection.known.push_back(std::move(*file));
    }
  }
  for (const Found& found : suite) {
    if (std::ranges::find(*wanted, found.id, &Found::id) != wanted->end()) continue;
    // One that cannot be read is the business of a run that asks for it.
    if (auto file = read(found, catalogue)) selection.known.push_back(std::move(*file));
  }
  sort_by_chapter(selection.cases, catalogue);
  return selection;
}

std::expected<CaseFile, std::string> find_case(const std::string& name, const DataDir& data,
                                               const SpecCatalogue& catalogue) {
  const auto found = named({name}, suite_of(data), data.cases());
  if (!found) return std::unexpected(found.error());
  if (found->size() != 1) {
    return std::unexpected(fmt::format("`{}` is {} cases, expected one", name, found->size()));
  }
  return read(found->front(), catalogue);
}

std::expected<Shard, std::string> parse_shard(std::string_view text) {
  Shard shard;
  const char* end = text.data() + text.size();
  const auto index = std::from_chars(text.data(), end, shard.index);
  const bool has_slash = index.ec == std::errc() && index.ptr != end && *index.ptr == '/';
  const auto count = std::from_chars(has_slash ? index.ptr + 1 : end, end, shard.count);
  const bool is_number = has_slash && count.ec == std::errc() && count.ptr == end;
  if (!is_number || shard.index == 0 || shard.index > shard.count) {
    return std::unexpected(fmt::format("expected I/N with I from 1 to N, found `{}`", text));
  }
  return shard;
}

bool is_in_shard(std::string_view id, Shard shard) {
  // FNV-1a, 64 bits.
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char letter : id) {
    hash ^= static_cast<unsigned char>(letter);
    hash *= 0x100000001b3;
  }
  return hash % shard.count == shard.index - 1;
}

}  // namespace touchstone
