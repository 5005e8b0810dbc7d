// findings.h: looks for a Program that breaks a law, shrinks it, and keeps it as a `.case` file
// with all that it takes to see it again.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "conformance/generator/plan.h"
#include "conformance/properties/laws.h"

namespace touchstone {

struct Search {
  std::string law;  // its name, also the file's: words with hyphens
  // Some times as many without a sanitizer; RC_PARAMS="max_success=N" overrides it.
  std::size_t programs = 1000;
  PlanDomain domain = {};
  WriteOptions options = {};
  std::string replayed_on = "reference";  // the backend named in the line that replays it
  // For searches that shall fail: this seed, no progress on the terminal.
  std::optional<std::uint64_t> fixed_seed = {};
};

struct Finding {
  Program program;
  std::string reason;
  std::size_t programs_tried = 0;
  std::uint64_t seed = 0;
  std::filesystem::path file;
  std::string text;  // what to tell: the case in full, the reason, the seed, the line to replay it
};

// Where findings go: $TOUCHSTONE_FINDINGS, else ./findings.
std::filesystem::path findings_folder();

// None if the law held for every Program tried.
std::optional<Finding> find_counterexample(const Search& search, const Law& law);

}  // namespace touchstone
