// test_support.h: what the tests of this room share: cases from text, folders that go away, the
// real contract, and the command line called as a function.  For tests only.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "adapter/case_text.h"
#include "conformance/cli.h"
#include "conformance/profile.h"
#include "conformance/spec_catalogue.h"
#include "conformance/text_file.h"

namespace touchstone {

inline Program case_of(const std::string& text) {
  auto program = parse_case(text);
  if (!program) {
    ADD_FAILURE() << to_string(program.error(), "case");
    return {};
  }
  return *program;
}

// A header that says nothing special, before steps.
inline std::string plain_case(const std::string& steps, const std::string& more_header = "") {
  return "case: sample\ntitle: a sample\nclauses: MSG-31\nabi: any\n" + more_header + "\n" + steps;
}

// A CMS of T1, and T2 of another process, both ready.
inline const std::string two_processes =
    "P1 spawn T1 uid=0 gid=0\n"
    "T1 open\n"
    "T1 mmap 65536 prot=read flags=private\n"
    "T1 set_cms 200\n"
    "P2 spawn T2 uid=1000 gid=1000\n"
    "T2 open\n"
    "T2 mmap 65536 prot=read flags=private\n";

inline std::filesystem::path source_folder() { return TOUCHSTONE_SOURCE_DIR; }

inline const SpecCatalogue& real_catalogue() {
  static const SpecCatalogue catalogue = [] {
    auto loaded = SpecCatalogue::load(source_folder() / "spec");
    if (!loaded) ADD_FAILURE() << loaded.error();
    return loaded ? *std::move(loaded) : SpecCatalogue();
  }();
  return catalogue;
}

inline Profile real_profile(const std::string& name) {
  auto profile = load_profile(source_folder() / "spec", name, real_catalogue());
  if (!profile) ADD_FAILURE() << profile.error();
  return profile ? *std::move(profile) : Profile{};
}

class TempFolder {
 public:
  TempFolder() {
    static std::atomic<int> count = 0;
    path_ = std::filesystem::path(testing::TempDir()) /
            ("touchstone-" + std::to_string(getpid()) + "-" + std::to_string(count++));
    std::filesystem::create_directories(path_);
  }
  ~TempFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }
  std::string write(const std::string& name, std::string_view text) const {
    const std::filesystem::path file = path_ / name;
    std::filesystem::create_directories(file.parent_path());
    const auto written = write_text_file(file, text);
    EXPECT_TRUE(written) << written.error();
    return file.string();
  }
  std::string read(const std::string& name) const {
    const auto text = read_text_file(path_ / name);
    EXPECT_TRUE(text) << text.error();
    return text.value_or("");
  }

 private:
  std::filesystem::path path_;
};

// A suite with the real contract and cases of its own.
class SampleSuite {
 public:
  SampleSuite() {
    std::filesystem::create_directories(folder_.path() / "conformance/cases");
    std::filesystem::create_directory_symlink(source_folder() / "spec", folder_.path() / "spec");
  }
  std::string add(const std::string& id, std::string_view text) const {
    return folder_.write("conformance/cases/" + id + ".case", text);
  }
  const TempFolder& folder() const { return folder_; }
  std::string path(const std::string& name) const { return (folder_.path() / name).string(); }

 private:
  TempFolder folder_;
};

struct CliResult {
  int status = -1;
  std::string out;
  std::string err;
};

inline CliResult touchstone_in(const SampleSuite& suite,
                               const std::vector<std::string>& arguments) {
  std::ostringstream out;
  std::ostringstream err;
  const std::string data = suite.folder().path().string();
  const World world{out, err, "2026-06-15", data.c_str(), {}};
  const int status = run_cli(arguments, world);
  return {status, out.str(), err.str()};
}

}  // namespace touchstone
