// spec_catalogue.h: the clauses of spec/*.md as data, in the order of the text: what each says,
// where its check stands, which other outcomes are right.  Judges nothing.
#pragma once

#include <cstdint>
#include <expected>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "adapter/outcome.h"

namespace touchstone {

enum class ClauseLevel : std::uint8_t { must, may, quirk, unspecified };

std::string_view level_word(ClauseLevel level);
std::optional<ClauseLevel> level_from_word(std::string_view word);

struct Clause {
  std::string id;       // "DEV-7"
  std::string chapter;  // "device", of spec/1-device.md
  ClauseLevel level = ClauseLevel::must;
  std::string title;
  std::string sentence;
  std::string order;
  std::string state;
  std::vector<std::string> also;       // as written
  std::vector<Outcome> also_outcomes;  // right as well
  std::string source;
};

class SpecCatalogue {
 public:
  // Reads every chapter N-NAME.md of the folder.  Errors name file and line: no chapter, a heading
  // that is none, an id given twice, an `Also:` that is no outcome, a clause without a sentence.
  static std::expected<SpecCatalogue, std::string> load(const std::filesystem::path& folder);

  const std::vector<Clause>& clauses() const { return clauses_; }
  const std::vector<std::string>& chapters() const { return chapters_; }

  // Null where there is none.
  const Clause* find(std::string_view id) const;

  // Ids of the clauses whose sentence has one of the words ("SEND") and fails with this errno
  // ("EINVAL"), in the order of the text.
  std::vector<std::string> failing_with(std::string_view errno_word,
                                        const std::vector<std::string_view>& words) const;

 private:
  std::expected<void, std::string> read_chapter(const std::filesystem::path& path,
                                                const std::string& chapter);

  std::vector<Clause> clauses_;
  std::vector<std::string> chapters_;
  std::unordered_map<std::string, std::size_t> places_;
};

}  // namespace touchstone
