// Plug-ins that are wrong on purpose (plugins/*.c): each is reported as it should be, and the
// harness lives on.  What the judge makes of the outcomes is not this file's.
#include <gtest/gtest.h>
#include <stdlib.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "adapter/backends/plugin_backend.h"
#include "adapter/backends/reference_backend.h"
#include "adapter/case_text.h"
#include "adapter/executor.h"
#include "adapter/isolated_run.h"

namespace touchstone {
namespace {

using Kind = Outcome::Kind;
using namespace std::chrono_literals;

constexpr const char* device_story =
    "case: device\n\n"
    "P1 spawn T1 uid=0 gid=0\n"
    "T1 open\n"
    "T1 mmap 65536 prot=read flags=private\n"
    "T1 set_cms 4096\n"
    "T1 get_version\n";
constexpr std::size_t get_version_step = 4;

constexpr const char* message_story =
    "case: message\n\n"
    "P1 spawn T1 uid=0 gid=0\n"
    "T1 open\n"
    "T1 mmap 65536 prot=read flags=private\n"
    "T1 set_cms 4096\n"
    "P2 spawn T2 uid=7 gid=8\n"
    "T2 open\n"
    "T2 mmap 4096 prot=read flags=private\n"
    "T2 send request to=cms code=5 data=0102030405060708\n"
    "T1 recv\n";

std::string plugin(const std::string& name) {
  return std::string(TOUCHSTONE_SELF_TEST_PLUGINS) + "/" + name + ".so";
}

std::string load_error(const std::string& path) {
  const auto loaded = load_plugin(path);
  return loaded ? "no error" : loaded.error();
}

IsolatedResult run_on(const std::string& path, const std::string& text,
                      const IsolationOptions& options = {}) {
  const auto program = parse_case(text);
  EXPECT_TRUE(program) << to_string(program.error(), "story");
  const auto factory = load_plugin(path);
  EXPECT_TRUE(factory) << (factory ? "" : factory.error());
  if (!program || !factory) return {};
  EXPECT_TRUE((*factory)->needs_isolation());
  return run_isolated(*program, **factory, options);
}

void expect_end_at_get_version(const IsolatedResult& result, Kind kind) {
  ASSERT_EQ(result.outcomes.size(), get_version_step + 1);
  for (std::size_t step = 0; step < get_version_step; ++step) {
    EXPECT_NE(result.outcomes[step].kind, kind) << step;
  }
  EXPECT_EQ(result.outcomes.back().kind, kind);
}

TEST(LoadPlugin, NamesWhatIsWrong) {
  const struct {
    const char* name;
    const char* error;
  } wrongs[] = {
      {"no_symbol", "has no symbol `touchstone_plugin`"},
      {"null_table", "touchstone_plugin() gave no table (NULL)"},
      {"wrong_version", "interface version 7, where version 1 is spoken"},
      {"missing_function", "required function `munmap` is NULL"},
      {"capability_without_function", "capability FORK is stated, but its function `fork` is NULL"},
      {"unknown_data_model", "data model 3 is unknown"},
      {"nonsense_limits", "`page_bytes` is 1000, where a power of two, 64 to 1048576, is wanted"},
  };
  for (const auto& wrong : wrongs) {
    EXPECT_EQ(load_error(plugin(wrong.name)), plugin(wrong.name) + ": " + wrong.error);
  }
}

TEST(LoadPlugin, SaysHowSmallATableIs) {
  const std::string error = load_error(plugin("small_table"));
  EXPECT_NE(error.find("the table is too small: struct_bytes is 64, and version 1 has at least "),
            std::string::npos)
      << error;
}

TEST(LoadPlugin, GivesTheLoadersWordsForWhatIsNoLibrary) {
  const std::string error = load_error(plugin("there_is_none"));
  EXPECT_NE(error.find("cannot be loaded: "), std::string::npos) << error;
  EXPECT_NE(error.find("No such file"), std::string::npos) << error;
}

TEST(LoadPlugin, OutlivesAPluginThatCrashesMeanwhile) {
  const std::string error = load_error(plugin("crashes_when_loaded"));
  EXPECT_NE(error.find("ended the process while it was loaded ("), std::string::npos) << error;
}

TEST(LoadPlugin, KeepsWhatIsPrintedMeanwhileOutOfOurOutput) {
  testing::internal::CaptureStdout();
  const auto loaded = load_plugin(plugin("prints_garbage"));
  EXPECT_EQ(testing::internal::GetCapturedStdout(), "");
  EXPECT_TRUE(loaded);
}

TEST(LoadPlugin, TellsWhatTheMinimalPluginIs) {
  const auto factory = load_plugin(TOUCHSTONE_MINIMAL_PLUGIN);
  ASSERT_TRUE(factory) << factory.error();
  const BackendInfo& info = (*factory)->info();
  EXPECT_EQ(info.name, "minimal");
  EXPECT_EQ(info.data_model, DataModel::ilp32);
  EXPECT_TRUE(info.has(Capability::virtual_time));
  EXPECT_FALSE(info.has(Capability::fork));
}

TEST(WrongPlugin, GivesItsUnknownErrnoAsItIs) {
  const IsolatedResult result = run_on(plugin("unknown_errno"), device_story);
  ASSERT_EQ(result.outcomes.size(), get_version_step + 1);
  EXPECT_EQ(result.outcomes.back().kind, Kind::error);
  EXPECT_EQ(result.outcomes.back().value, 999);
}

TEST(WrongPlugin, HasItsNonsenseNamedWithAClause) {
  for (const char* name : {"message_outside_pool", "data_does_not_fit", "offsets_beyond_data"}) {
    const IsolatedResult result = run_on(plugin(name), message_story);
    ASSERT_EQ(result.outcomes.size(), 9u) << name;
    const Outcome& received = result.outcomes.back();
    EXPECT_EQ(received.kind, Kind::message) << name;
    ASSERT_FALSE(received.message.defects.empty()) << name;
    EXPECT_FALSE(received.message.defects[0].clause.empty()) << name;
  }
}

TEST(WrongPlugin, HasItsCrashReportedAtTheStep) {
  const IsolatedResult result = run_on(plugin("crashes_in_ioctl"), device_story);
  expect_end_at_get_version(result, Kind::crash);
  const std::string& reason = result.outcomes.back().reason;
  EXPECT_TRUE(reason == "SIGSEGV" || reason.find("SUMMARY: ") != std::string::npos) << reason;
}

TEST(WrongPlugin, HasItsHangEndedAtTheStep) {
  const IsolatedResult result =
      run_on(plugin("hangs_in_ioctl"), device_story, {.step_time_max = 400ms});
  expect_end_at_get_version(result, Kind::hang);
}

TEST(WrongPlugin, HasItsExitReportedAsACrash) {
  const IsolatedResult result = run_on(plugin("exits_in_ioctl"), device_story);
  expect_end_at_get_version(result, Kind::crash);
  EXPECT_EQ(result.outcomes.back().reason, "exit status 0");
}

TEST(WrongPlugin, IsLostWhenItBreaksTheInterface) {
  const IsolatedResult result = run_on(plugin("unknown_state"), device_story);
  expect_end_at_get_version(result, Kind::lost);
  EXPECT_NE(result.outcomes.back().reason.find("ioctl returned 42"), std::string::npos)
      << result.outcomes.back().reason;
}

TEST(WrongPlugin, IsLostWhenItHasNoMachine) {
  const IsolatedResult result = run_on(plugin("never_boots"), device_story);
  ASSERT_EQ(result.outcomes.size(), 1u);
  EXPECT_EQ(result.outcomes[0].kind, Kind::lost);
}

TEST(WrongPlugin, DoesNoHarmByPrinting) {
  const IsolatedResult result = run_on(plugin("prints_garbage"), device_story);
  ASSERT_EQ(result.outcomes.size(), get_version_step + 1);
  EXPECT_EQ(result.outcomes.back().kind, Kind::version);
  EXPECT_NE(result.captured_stderr.find("GFEDCBA"), std::string::npos);
}

TEST(MinimalPlugin, ReceivesWhatWasSent) {
  const IsolatedResult result = run_on(TOUCHSTONE_MINIMAL_PLUGIN, message_story);
  ASSERT_EQ(result.outcomes.size(), 9u);
  const ReceivedMessage& message = result.outcomes.back().message;
  EXPECT_EQ(result.outcomes.back().kind, Kind::message);
  EXPECT_TRUE(message.defects.empty());
  EXPECT_EQ(message.code, 5u);
  EXPECT_EQ(message.uid, 7u);
  EXPECT_EQ(message.data.size(), 8u);
}

std::vector<Program> recordings(const std::string& folder) {
  std::vector<Program> programs;
  const std::string path = std::string(TOUCHSTONE_SOURCE_DIR) + "/corpora/golden/kernel/" + folder;
  for (const auto& entry : std::filesystem::directory_iterator(path)) {
    std::ostringstream text;
    text << std::ifstream(entry.path()).rdbuf();
    auto program = parse_case(text.str());
    EXPECT_TRUE(program) << entry.path();
    if (program) programs.push_back(std::move(*program));
  }
  return programs;
}

void expect_plugin_is_reference(DataModel data_model) {
  const auto reference = make_reference_factory({.data_model = data_model});
  const auto loaded = load_plugin(TOUCHSTONE_REFERENCE_PLUGIN);
  ASSERT_TRUE(loaded) << loaded.error();
  ASSERT_EQ((*loaded)->info().data_model, data_model);
  EXPECT_EQ((*loaded)->info().capabilities, reference->info().capabilities);
  const std::vector<Program> programs = recordings("contract");
  ASSERT_GT(programs.size(), 100u);
  for (const Program& program : programs) {
    const std::vector<Outcome> here = execute(program, *reference->create());
    const std::vector<Outcome> there = run_isolated(program, **loaded).outcomes;
    ASSERT_EQ(here.size(), there.size()) << program.header.name;
    for (std::size_t step = 0; step < here.size(); ++step) {
      EXPECT_TRUE(same_outcome(here[step], there[step]) &&
                  here[step].message.defects == there[step].message.defects)
          << program.header.name << ", step " << step;
    }
  }
}

TEST(ReferencePlugin, DiffersInNothingFromTheReference) {
  expect_plugin_is_reference(DataModel::ilp32);
}

// The plug-in reads its environment once, when it is loaded: in a process of its own.
TEST(ReferencePluginDeathTest, DiffersInNothingWithPointersOf64Bits) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(
      {
        ::setenv("TOUCHSTONE_REFERENCE_ABI", "lp64", 1);
        expect_plugin_is_reference(DataModel::lp64);
        std::exit(testing::Test::HasFailure() ? 1 : 0);
      },
      testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace touchstone
