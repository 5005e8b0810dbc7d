#include "fuzz/target.h"

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <set>

#include "conformance/data_dir.h"
#include "conformance/fuzzing/finding.h"
#include "conformance/fuzzing/live_counts.h"
#include "conformance/fuzzing/live_input.h"
#include "fuzz/input_bytes.h"

namespace touchstone::fuzz {
namespace {

using fuzzing::LiveCounts;
using fuzzing::LiveInput;

// What a process remembers beside its inputs: none of it has a say in what the next one does.
struct Counts {
  std::uint64_t executions = 0;
  std::uint64_t useful = 0;
  Counts() { std::atexit(&Counts::print); }
  static void print();
};

TOUCHSTONE_UNWATCHED Counts& counts() {
  static Counts all;
  return all;
}

void Counts::print() {
  std::fprintf(stderr, "touchstone: %llu executions, %llu useful\n",
               static_cast<unsigned long long>(counts().executions),
               static_cast<unsigned long long>(counts().useful));
}

// Where whoever watches this process can read the counts at any time; null if nobody does.
TOUCHSTONE_UNWATCHED LiveCounts* watched_counts() {
  static const std::unique_ptr<LiveCounts> watched = [] {
    const auto file = environment("TOUCHSTONE_FUZZ_COUNTS");
    return file ? LiveCounts::open(*file).value_or(nullptr) : nullptr;
  }();
  return watched.get();
}

void write(const std::filesystem::path& path, std::string_view text) {
  std::ofstream(path, std::ios::binary)
      .write(text.data(), static_cast<std::streamsize>(text.size()));
}

std::string story_of(const Finding& finding) {
  std::string story = "touchstone finding\nkind: " + std::string(finding.kind) +
                      "\nsignature: " + finding.signature + "\n\n" + finding.text;
  if (!story.ends_with('\n')) story += '\n';
  return story;
}

// Others write into the same folder: whoever makes the text file first has found it.
void keep(const std::filesystem::path& folder, const Finding& finding,
          std::span<const std::uint8_t> input) {
  const std::string name = fuzzing::name_of_finding(std::string(finding.kind), finding.signature);
  const std::filesystem::path text = folder / (name + ".txt");
  std::FILE* const made = std::fopen(text.c_str(), "wx");
  if (made == nullptr) return;
  std::fclose(made);
  write(folder / (name + ".input"), {reinterpret_cast<const char*>(input.data()), input.size()});
  if (!finding.extension.empty()) write(folder / (name + "." + finding.extension), finding.file);
  write(text, story_of(finding));
}

std::set<std::string> read_skipped() {
  std::set<std::string> hashes;
  if (const auto path = environment("TOUCHSTONE_FUZZ_SKIP")) {
    std::ifstream file(*path);
    for (std::string line; std::getline(file, line);) hashes.insert(line);
  }
  return hashes;
}

// What whoever started this process wants to be done with each input.
struct Order {
  std::set<std::string> skipped = read_skipped();
  std::unique_ptr<LiveInput> live;  // null if nobody watches

  Order() {
    if (const auto file = environment("TOUCHSTONE_FUZZ_INPUT")) {
      live = LiveInput::open(*file).value_or(nullptr);
    }
  }
};

}  // namespace

void report(const Finding& finding, std::span<const std::uint8_t> input) {
  if (const auto folder = environment("TOUCHSTONE_FUZZ_FINDINGS")) {
    return keep(*folder, finding, input);
  }
  std::fputs(story_of(finding).c_str(), stderr);
  std::fflush(stderr);
  std::abort();
}

TOUCHSTONE_UNWATCHED void count_input(bool is_useful) {
  ++counts().executions;
  if (is_useful) ++counts().useful;
  if (LiveCounts* watched = watched_counts()) watched->add(is_useful);
}

TOUCHSTONE_UNWATCHED bool begins(std::span<const std::uint8_t> input) {
  static const Order order;
  if (!order.skipped.empty() && order.skipped.contains(hash_of(input))) return false;
  if (order.live) order.live->begin(input);
  return true;
}

std::string hash_of(std::span<const std::uint8_t> bytes) {
  return fuzzing::hash_of({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

void give_up(std::string_view target, const std::string& reason) {
  std::fprintf(stderr, "%.*s: %s\n", static_cast<int>(target.size()), target.data(),
               reason.c_str());
  std::exit(3);
}

std::optional<std::string> environment(const char* name) {
  const char* value = std::getenv(name);
  if (value == nullptr || *value == '\0') return std::nullopt;
  return value;
}

std::expected<std::string, std::string> library_path(const char* variable,
                                                     const std::string& file) {
  if (auto given = environment(variable)) return *std::move(given);
  const std::filesystem::path beside = folder_of_this_program();
  for (const char* folder : {"../../lib/touchstone", "../lib/touchstone", "."}) {
    const auto path = beside / folder / file;
    if (std::filesystem::exists(path)) return path.string();
  }
  return std::unexpected("no " + file + " beside it: set " + variable + " to the path of one");
}

}  // namespace touchstone::fuzz
