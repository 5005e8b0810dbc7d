// Programs that are printed for faulty libraries are compiled, run on the library and run on a
// right one.
#include <dlfcn.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/wait.h>

#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "conformance/test_support.h"
#include "conformance/userspace/parcel_library.h"
#include "conformance/userspace/parcel_run.h"

namespace touchstone::userspace {
namespace {

constexpr int compiled_wrong = 127;

std::filesystem::path library_of(const char* api, const std::string& name) {
  return std::filesystem::path(TOUCHSTONE_SELF_TEST_PLUGINS "/parcel_faults") / api /
         (name + ".so");
}

// The exit status; above 128 for the end by a signal.
int status_of(const std::string& command) {
  const int status = ::system(command.c_str());
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int run_on(const std::filesystem::path& program, const std::filesystem::path& library) {
  const std::string executable = program.string() + ".out";
  const std::string width = sizeof(void*) == 4 ? " -m32" : "";
  const std::string compile = "cc -std=c11 -Wall -Wextra -Werror" + width + " -o '" + executable +
                              "' '" + program.string() + "' '" + library.string() + "'";
  if (status_of(compile) != 0) return compiled_wrong;
  return status_of("'" + executable + "' > /dev/null 2>&1");
}

void write_programs(ParcelApi api, const std::filesystem::path& library,
                    const std::filesystem::path& folder) {
  const LegacyProfile none;
  const OnCase nothing = [](const CaseResult&) {};
  const MoreContext context{real_catalogue(), none, nothing,
                            [](const CaseResult&) { return true; }};
  ParcelRunOptions options;
  options.source = {.api = api, .data_model = host_data_model, .library = library.string()};
  options.vectors = source_folder() / "corpora/golden/marshalling";
  options.sequences = 100;
  options.reproducers = folder;
  RunResult result;
  EXPECT_TRUE(run_parcel_vectors(options, context, result));
  EXPECT_TRUE(run_parcel_properties(options, context, result));
}

void expect_programs_tell(ParcelApi api, const std::string& fault) {
  constexpr std::size_t programs_max = 3;
  const char* const folder_name = api == ParcelApi::legacy ? "legacy" : "newer";
  const TempFolder folder;
  write_programs(api, library_of(folder_name, fault), folder.path());
  std::set<std::filesystem::path> programs;
  for (const auto& entry : std::filesystem::directory_iterator(folder.path())) {
    programs.insert(entry.path());
  }
  ASSERT_FALSE(programs.empty()) << fault;
  std::size_t count = 0;
  for (const std::filesystem::path& program : programs) {
    if (count++ == programs_max) break;
    const int faulty = run_on(program, library_of(folder_name, fault));
    EXPECT_TRUE(faulty == 1 || faulty > 128) << program << " gave " << faulty;
    EXPECT_EQ(run_on(program, library_of(folder_name, "nothing_wrong")), 0) << program;
  }
}

// A library that was built for a sanitizer links with no plain program.
class ParcelReproducer : public testing::Test {
 protected:
  void SetUp() override {
    for (const char* sanitizer : {"__asan_init", "__tsan_init", "__msan_init"}) {
      if (::dlsym(RTLD_DEFAULT, sanitizer) != nullptr) GTEST_SKIP() << "built with " << sanitizer;
    }
  }
};

TEST_F(ParcelReproducer, TellsAWrongPush) {
  expect_programs_tell(ParcelApi::legacy, "string_without_nul");
  expect_programs_tell(ParcelApi::legacy, "service_fields_swapped");
  expect_programs_tell(ParcelApi::legacy, "aligned_cursor");
}

TEST_F(ParcelReproducer, TellsAWrongPop) {
  expect_programs_tell(ParcelApi::legacy, "wrong_type_not_consumed");
  expect_programs_tell(ParcelApi::legacy, "string_count_untold");
  expect_programs_tell(ParcelApi::legacy, "cookie_popped_as_0");
}

TEST_F(ParcelReproducer, TellsWhatIsFreed) {
  expect_programs_tell(ParcelApi::legacy, "free_order");
}

TEST_F(ParcelReproducer, DiesAsTheLibraryDoes) {
  expect_programs_tell(ParcelApi::legacy, "writes_behind_buffer");
}

TEST_F(ParcelReproducer, TellsOfTheNewerApi) {
  expect_programs_tell(ParcelApi::newer, "cookie_not_written");
  expect_programs_tell(ParcelApi::newer, "failed_read_clears");
  expect_programs_tell(ParcelApi::newer, "string16_end_unchecked");
  expect_programs_tell(ParcelApi::newer, "vector_padded");
  expect_programs_tell(ParcelApi::newer, "append_forgets_place");
}

}  // namespace
}  // namespace touchstone::userspace
