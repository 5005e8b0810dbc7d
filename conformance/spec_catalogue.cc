#include "conformance/spec_catalogue.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "adapter/case_text.h"
#include "conformance/text_file.h"

namespace touchstone {
namespace {

constexpr std::array<std::pair<std::string_view, ClauseLevel>, 4> level_words{{
    {"must", ClauseLevel::must},
    {"may", ClauseLevel::may},
    {"quirk", ClauseLevel::quirk},
    {"unspecified", ClauseLevel::unspecified},
}};

struct ChapterFile {
  int number = 0;
  std::string name;
  std::filesystem::path path;
};

// `4-message.md` is chapter 4, "message"; other files are none.
std::optional<ChapterFile> chapter_file(const std::filesystem::path& path) {
  const std::string stem = path.stem().string();
  const std::size_t dash = stem.find('-');
  if (path.extension() != ".md" || dash == std::string::npos) return std::nullopt;
  ChapterFile chapter{0, stem.substr(dash + 1), path};
  const auto [end, error] = std::from_chars(stem.data(), stem.data() + dash, chapter.number);
  if (error != std::errc() || end != stem.data() + dash) return std::nullopt;
  return chapter;
}

// `### DEV-7 must: Mmap before open`
std::optional<Clause> clause_of_heading(std::string_view line) {
  line.remove_prefix(4);
  const std::size_t space = line.find(' ');
  const std::size_t colon = line.find(": ");
  if (space == std::string_view::npos || colon == std::string_view::npos || colon < space) {
    return std::nullopt;
  }
  const auto level = level_from_word(line.substr(space + 1, colon - space - 1));
  if (!level || line.find('-') > space) return std::nullopt;
  Clause clause;
  clause.id = line.substr(0, space);
  clause.level = *level;
  clause.title = line.substr(colon + 2);
  return clause;
}

void append(std::string& text, std::string_view more) {
  if (!text.empty()) text += ' ';
  text += trimmed(more);
}

// Takes a chapter's lines one by one and fills in the clause they belong to.
class ClauseReader {
 public:
  explicit ClauseReader(Clause& clause) : clause_(clause) {}

  std::expected<void, std::string> take(std::string_view line) {
    constexpr std::string_view also = "- Also:";
    if (line.starts_with(also)) {
      field_ = nullptr;
      return take_also(trimmed(line.substr(also.size())));
    }
    if (line.starts_with("- ")) return take_field(line);
    if (trimmed(line).empty()) {
      field_ = nullptr;
    } else if (field_ != nullptr) {
      append(*field_, line);
    } else if (clause_.sentence.empty()) {
      field_ = &clause_.sentence;
      append(*field_, line);
    }
    return {};
  }

 private:
  std::expected<void, std::string> take_field(std::string_view line) {
    const std::array<std::pair<std::string_view, std::string*>, 3> fields{{
        {"- Order:", &clause_.order},
        {"- State:", &clause_.state},
        {"- Source:", &clause_.source},
    }};
    for (const auto& [word, field] : fields) {
      if (!line.starts_with(word)) continue;
      field_ = field;
      append(*field_, line.substr(word.size()));
      return {};
    }
    return std::unexpected("expected `- Order:`, `- State:`, `- Also:` or `- Source:`");
  }

  // `ENOMEM (the system call makes ENOMEM of every failure)`
  std::expected<void, std::string> take_also(std::string_view text) {
    clause_.also.emplace_back(text);
    Program names;
    for (const std::string_view word : split(text.substr(0, text.find(" (")), '|')) {
      auto outcome = parse_outcome(trimmed(word), names);
      if (!outcome) {
        return std::unexpected(
            fmt::format("`Also:` is no outcome: expected {}", outcome.error().expected));
      }
      clause_.also_outcomes.push_back(std::move(*outcome));
    }
    return {};
  }

  Clause& clause_;
  std::string* field_ = nullptr;  // which text the next line goes on with
};

}  // namespace

std::string_view level_word(ClauseLevel level) {
  return level_words[static_cast<std::size_t>(level)].first;
}

std::optional<ClauseLevel> level_from_word(std::string_view word) {
  for (const auto& [name, level] : level_words) {
    if (name == word) return level;
  }
  return std::nullopt;
}

std::expected<SpecCatalogue, std::string> SpecCatalogue::load(const std::filesystem::path& folder) {
  std::vector<ChapterFile> files;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    if (auto chapter = chapter_file(entry.path())) files.push_back(std::move(*chapter));
  }
  if (error) return std::unexpected(folder.string() + ": " + error.message());
  if (files.empty()) return std::unexpected(folder.string() + ": no chapter of the contract here");
  std::ranges::sort(files, {}, &ChapterFile::number);

  SpecCatalogue catalogue;
  for (const ChapterFile& file : files) {
    catalogue.chapters_.push_back(file.name);
    if (auto read = catalogue.read_chapter(file.path, file.name); !read) {
      return std::unexpected(read.error());
    }
  }
  return catalogue;
}

std::expected<void, std::string> SpecCatalogue::read_chapter(const std::filesystem::path& path,
                                                             const std::string& chapter) {
  const auto text = read_text_file(path);
  if (!text) return std::unexpected(text.error());
  std::size_t number = 0;
  std::optional<ClauseReader> reader;
  const auto fail = [&](const std::string& what) {
    return std::unexpected(fmt::format("{}:{}: {}", path.string(), number, what));
  };
  const std::size_t first = clauses_.size();
  for (const std::string_view line : lines_of(*text)) {
    ++number;
    if (line.starts_with("### ")) {
      auto clause = clause_of_heading(line);
      if (!clause) return fail("not a clause; expected `### DEV-7 must: title`");
      if (find(clause->id) != nullptr) return fail(clause->id + " is given twice");
      clause->chapter = chapter;
      places_.emplace(clause->id, clauses_.size());
      clauses_.push_back(std::move(*clause));
      reader.emplace(clauses_.back());
    } else if (line.starts_with('#')) {
      reader.reset();
    } else if (reader) {
      if (auto taken = reader->take(line); !taken) return fail(taken.error());
    }
  }
  for (std::size_t index = first; index < clauses_.size(); ++index) {
    if (clauses_[index].sentence.empty()) return fail(clauses_[index].id + " has no sentence");
  }
  return {};
}

const Clause* SpecCatalogue::find(std::string_view id) const {
  const auto place = places_.find(std::string(id));
  return place == places_.end() ? nullptr : &clauses_[place->second];
}

std::vector<std::string> SpecCatalogue::failing_with(
    std::string_view errno_word, const std::vector<std::string_view>& words) const {
  const std::string failure = fmt::format("with {}", errno_word);
  std::vector<std::string> ids;
  for (const Clause& clause : clauses_) {
    const bool has_word = std::ranges::any_of(words, [&clause](std::string_view word) {
      return clause.sentence.find(word) != std::string::npos;
    });
    if (has_word && clause.sentence.find(failure) != std::string::npos) ids.push_back(clause.id);
  }
  return ids;
}

}  // namespace touchstone
