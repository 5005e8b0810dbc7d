// Runs a target on files, without a fuzzer: for tests, for debuggers, for machines without clang.
//   TARGET [--twice | --rounds=N] FILE-OR-FOLDER...
// With --twice all are run again in the opposite order, so that state which outlives an input is
// noticed by what a target checks of itself; with --rounds so many times, to see what they cost.
// Ends with 2 if there is no file: running nothing proves nothing.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <string_view>
#include <vector>

#include "fuzz/target.h"

extern "C" int LLVMFuzzerInitialize(int* count, char*** arguments) __attribute__((weak));

namespace {

std::vector<std::filesystem::path> files_in(const std::filesystem::path& path) {
  if (!std::filesystem::is_directory(path)) return {path};
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(path)) {
    if (entry.is_regular_file()) files.push_back(entry.path());
  }
  std::ranges::sort(files);
  return files;
}

using Input = std::vector<std::uint8_t>;

std::optional<std::vector<Input>> read_all(const std::vector<std::filesystem::path>& files) {
  std::vector<Input> inputs;
  for (const std::filesystem::path& path : files) {
    std::ifstream file(path, std::ios::binary);
    if (!file) {
      std::fprintf(stderr, "%s: cannot be read\n", path.c_str());
      return std::nullopt;
    }
    inputs.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
  }
  return inputs;
}

void run(const Input& input) { LLVMFuzzerTestOneInput(input.data(), input.size()); }

}  // namespace

int main(int count, char** arguments) {
  if (LLVMFuzzerInitialize != nullptr) LLVMFuzzerInitialize(&count, &arguments);
  constexpr std::string_view rounds_option = "--rounds=";
  bool is_twice = false;
  unsigned long rounds = 1;
  std::vector<std::filesystem::path> files;
  for (int i = 1; i < count; ++i) {
    const std::string_view word = arguments[i];
    if (word == "--twice") {
      is_twice = true;
    } else if (word.starts_with(rounds_option)) {
      rounds = std::strtoul(arguments[i] + rounds_option.size(), nullptr, 10);
    } else {
      std::ranges::copy(files_in(word), std::back_inserter(files));
    }
  }
  const auto inputs = read_all(files);
  if (!inputs || inputs->empty() || rounds == 0) {
    std::fprintf(stderr, "%s: nothing to run\n", arguments[0]);
    return 2;
  }
  for (unsigned long round = 0; round < rounds; ++round) std::ranges::for_each(*inputs, run);
  if (is_twice) std::for_each(inputs->rbegin(), inputs->rend(), run);
  std::fprintf(stderr, "%zu inputs\n", inputs->size() * (is_twice ? 2 : rounds));
  return 0;
}
