// fake_target.h: builds with fuzz targets that are shell scripts, for tests of what watches
// targets.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "conformance/test_support.h"

namespace touchstone::fuzzing {

class FakeBuild {
 public:
  FakeBuild() { add("make_seeds", "printf seed > \"$2/seed\""); }

  // The script knows `artifacts` (empty when it is run on one input), `state` (a folder that stays)
  // and what libFuzzer's targets are told.
  void add_target(const std::string& name, const std::string& script) const {
    add("fuzz/" + name,
        "state=" + state() +
            "\nfor word; do case $word in -artifact_prefix=*) artifacts=${word#*=};; esac; done\n" +
            script);
  }
  void add(const std::string& name, const std::string& script) const {
    const std::string file = folder_.write("bin/" + name, "#!/bin/sh\n" + script + "\n");
    std::filesystem::permissions(file, std::filesystem::perms::owner_all);
  }
  std::string path() const { return folder_.path().string(); }
  std::string state() const { return folder_.path().string() + "/bin"; }
  std::string findings() const { return folder_.path().string() + "/findings"; }
  std::vector<std::string> found_names() const {
    std::vector<std::string> names;
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator(findings(), error)) {
      names.push_back(entry.path().filename().string());
    }
    return names;
  }
  std::string read(const std::string& name) const { return folder_.read(name); }

  CliResult fuzz(const std::string& target, const std::vector<std::string>& more = {},
                 const std::string& seconds = "0.2") const {
    std::vector<std::string> words{"fuzz",       target,     "--build",   path(),
                                   "--findings", findings(), "--seconds", seconds};
    words.insert(words.end(), more.begin(), more.end());
    return touchstone_in(suite_, words);
  }

 private:
  TempFolder folder_;
  SampleSuite suite_;
};

// What a target prints that took inputs and found nothing.
inline constexpr const char* works =
    "printf '#8\\tINITED cov: 5 ft: 6 corp: 2/9b exec/s: 0 rss: 30Mb\\n' >&2\n"
    "echo 'stat::number_of_executed_units: 20' >&2\n"
    "echo 'touchstone: 20 executions, 15 useful' >&2\n";

// Begins with the input "bad", where whoever watches sees it (live_input.h).
inline constexpr const char* begins_bad =
    "printf '\\001\\0\\0\\0\\0\\0\\0\\0\\003\\0\\0\\0\\0\\0\\0\\0bad'"
    " | dd of=$TOUCHSTONE_FUZZ_INPUT conv=notrunc 2>/dev/null\n";

// A report as it is cut off where the heap is broken, and nothing after it.
inline constexpr const char* hangs_in_report =
    "echo 'free(): invalid pointer' >&2\n"
    "echo '==1== ERROR: libFuzzer: deadly signal' >&2\n"
    "exec tail -f /dev/null\n";

// A report of a sanitizer.
inline constexpr const char* reports =
    "echo '==1==ERROR: AddressSanitizer: heap-use-after-free on address 0x50 at pc 0x51' >&2\n"
    "echo 'READ of size 1 at 0x50 thread T0' >&2\n"
    "echo '    #0 0x51 in mine::receive(int) /src/mine.c:3:4' >&2\n"
    "echo 'SUMMARY: AddressSanitizer: heap-use-after-free' >&2\n";

}  // namespace touchstone::fuzzing
