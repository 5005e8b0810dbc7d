#include "fuzz/target.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <set>

#include "conformance/fuzzing/live_counts.h"
#include "fuzz/input_bytes.h"

namespace touchstone::fuzz {
namespace {

using fuzzing::LiveCounts;

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
    const char* file = std::getenv("TOUCHSTONE_FUZZ_COUNTS");
    return file == nullptr || *file == '\0' ? nullptr : LiveCounts::open(file).value_or(nullptr);
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
  const std::string_view signature = finding.signature;
  const std::string name =
      std::string(finding.kind) + "-" +
      hash_of({reinterpret_cast<const std::uint8_t*>(signature.data()), signature.size()});
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
  if (const char* path = std::getenv("TOUCHSTONE_FUZZ_SKIP")) {
    std::ifstream file(path);
    for (std::string line; std::getline(file, line);) hashes.insert(line);
  }
  return hashes;
}

}  // namespace

void report(const Finding& finding, std::span<const std::uint8_t> input) {
  const char* folder = std::getenv("TOUCHSTONE_FUZZ_FINDINGS");
  if (folder != nullptr && *folder != '\0') return keep(folder, finding, input);
  std::fputs(story_of(finding).c_str(), stderr);
  std::fflush(stderr);
  std::abort();
}

TOUCHSTONE_UNWATCHED void count_input(bool is_useful) {
  ++counts().executions;
  if (is_useful) ++counts().useful;
  if (LiveCounts* watched = watched_counts()) watched->add(is_useful);
}

TOUCHSTONE_UNWATCHED bool is_skipped(std::span<const std::uint8_t> input) {
  static const std::set<std::string> hashes = read_skipped();
  return !hashes.empty() && hashes.contains(hash_of(input));
}

std::string hash_of(std::span<const std::uint8_t> bytes) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const std::uint8_t byte : bytes) hash = (hash ^ byte) * 0x100000001b3;
  std::array<char, 17> text{};
  std::snprintf(text.data(), text.size(), "%016llx", static_cast<unsigned long long>(hash));
  return text.data();
}

}  // namespace touchstone::fuzz
