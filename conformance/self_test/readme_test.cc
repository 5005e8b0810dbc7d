// Holds what examples/minimal_plugin/README.md promises: every `$ touchstone` command in it is run,
// in their order, and must print the lines that stand below it there.
#include <gtest/gtest.h>
#include <stdio.h>

#include <cstddef>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

namespace touchstone {
namespace {

struct Promise {
  std::string command;
  std::vector<std::string> lines;  // "..." stands for any lines
};

constexpr std::string_view code_indent = "    ";

std::vector<Promise> promises_of(const std::filesystem::path& readme) {
  std::vector<Promise> promises;
  std::ifstream file(readme);
  bool in_promise = false;
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with(code_indent)) {
      in_promise = false;
    } else if (line.starts_with("    $ ")) {
      promises.push_back({line.substr(6), {}});
      in_promise = true;
    } else if (in_promise) {
      promises.back().lines.push_back(line.substr(code_indent.size()));
    }
  }
  return promises;
}

// Runs it where minimal_plugin.so lies, with the runner found first; paths as if in the repository.
std::vector<std::string> lines_printed(const std::string& command,
                                       const std::filesystem::path& folder) {
  const std::string runner_folder = std::filesystem::path(TOUCHSTONE_RUNNER).parent_path();
  const std::string whole = "cd '" + folder.string() + "' && PATH='" + runner_folder +
                            "':$PATH TOUCHSTONE_DATA='" TOUCHSTONE_SOURCE_DIR "' " + command +
                            " 2>&1";
  std::vector<std::string> lines(1);
  FILE* output = ::popen(whole.c_str(), "r");
  if (output == nullptr) return {};
  for (int character = ::fgetc(output); character != EOF; character = ::fgetc(output)) {
    if (character == '\n') {
      lines.emplace_back();
    } else {
      lines.back() += static_cast<char>(character);
    }
  }
  ::pclose(output);
  const std::string root = TOUCHSTONE_SOURCE_DIR "/";
  for (std::string& line : lines) {
    const std::size_t at = line.find(root);
    if (at != std::string::npos) line.erase(at, root.size());
  }
  return lines;
}

// Each promised line starts one of the printed lines, in order.
void expect_kept(const Promise& promise, const std::vector<std::string>& printed) {
  std::size_t next = 0;
  for (const std::string& wanted : promise.lines) {
    if (wanted == "...") continue;
    while (next < printed.size() && !printed[next].starts_with(wanted)) ++next;
    std::string all;
    for (const std::string& line : printed) all += line + "\n";
    ASSERT_LT(next, printed.size()) << promise.command << "\ndid not print\n"
                                    << wanted << "\nbut\n"
                                    << all;
    ++next;
  }
}

TEST(MinimalPluginReadme, PromisesWhatIsPrinted) {
  const std::filesystem::path folder = testing::TempDir() + "touchstone_readme_test";
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder);
  std::filesystem::copy_file(TOUCHSTONE_MINIMAL_PLUGIN, folder / "minimal_plugin.so");
  const std::vector<Promise> promises =
      promises_of(TOUCHSTONE_SOURCE_DIR "/examples/minimal_plugin/README.md");
  ASSERT_GE(promises.size(), 5u);
  for (const Promise& promise : promises) {
    expect_kept(promise, lines_printed(promise.command, folder));
  }
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace touchstone
