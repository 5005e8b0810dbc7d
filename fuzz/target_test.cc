// Targets as programs, with the stand-alone main: exit statuses, what is printed, what is kept of a
// finding; and that a library that is wrong on purpose is found by a small input.
#include "fuzz/target.h"

#include <gtest/gtest.h>
#include <sys/wait.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <string>
#include <vector>

#include "adapter/child_process.h"
#include "conformance/fuzzing/live_input.h"
#include "conformance/test_support.h"
#include "conformance/userspace/parcel_library.h"
#include "fuzz/parcel_input.h"

namespace touchstone::fuzz {
namespace {

using userspace::ParcelApi;
using userspace::ParcelOperation;
using userspace::ParcelSequence;
using userspace::ParcelType;
using userspace::ParcelVerb;

struct Ended {
  int status = -1;  // above 128: by that signal
  std::string printed;
};

// `environment` stands before the program: "NAME=value ".
Ended run(const std::string& target, const std::string& arguments,
          const std::string& environment = "") {
  const auto program = std::filesystem::path(TOUCHSTONE_RUNNER).parent_path() / "replay" / target;
  const std::string command = environment + " '" + program.string() + "' " + arguments + " 2>&1";
  Ended ended;
  std::FILE* const pipe = ::popen(command.c_str(), "r");
  if (pipe == nullptr) return ended;
  for (int letter = std::fgetc(pipe); letter != EOF; letter = std::fgetc(pipe)) {
    ended.printed += static_cast<char>(letter);
  }
  const int status = ::pclose(pipe);
  ended.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return ended;
}

bool has(const Ended& ended, const std::string& text) {
  return ended.printed.find(text) != std::string::npos;
}

TEST(Hash, IsFnv1a) {
  const std::vector<std::uint8_t> a{'a'};
  EXPECT_EQ(hash_of({}), "cbf29ce484222325");
  EXPECT_EQ(hash_of(a), "af63dc4c8601ec8c");
}

TEST(Report, AbortsWithoutAFolder) {
  ASSERT_EQ(std::getenv("TOUCHSTONE_FUZZ_FINDINGS"), nullptr);
  const ChildEnd end = run_in_child(
      {}, [](FrameSender&) { report({.kind = "law", .signature = "one", .text = "two"}, {}); },
      [](std::string_view) { return true; });
  EXPECT_EQ(end.kind, ChildEnd::Kind::died);
  EXPECT_EQ(end.reason, "SIGABRT");
  EXPECT_NE(end.captured.find("signature: one"), std::string::npos) << end.captured;
}

TEST(StandaloneMain, EndsWith2IfThereIsNothingToRun) {
  const TempFolder folder;
  EXPECT_EQ(run("case_text", "").status, 2);
  EXPECT_EQ(run("case_text", "'" + folder.path().string() + "'").status, 2);
  EXPECT_EQ(run("case_text", "'" + folder.path().string() + "/none'").status, 2);
}

TEST(StandaloneMain, RunsFilesAndCountsThem) {
  const TempFolder folder;
  folder.write("a", "case: a\nT1");
  folder.write("b", "case: a\n\nP1 spawn T1 uid=0 gid=0\n");
  const Ended once = run("case_text", "'" + folder.path().string() + "'");
  EXPECT_EQ(once.status, 0);
  EXPECT_TRUE(has(once, "2 inputs")) << once.printed;
  EXPECT_TRUE(has(once, "touchstone: 2 executions, 1 useful")) << once.printed;
  const Ended twice = run("case_text", "--twice '" + folder.path().string() + "'");
  EXPECT_TRUE(has(twice, "4 executions, 2 useful")) << twice.printed;
}

// $TOUCHSTONE_FUZZ_INPUT, where it is clear what the input is.
TEST(EveryTarget, KeepsItsInputForWhoeverWatchesIt) {
  const TempFolder folder;
  const std::string watched = (folder.path() / "watched").string();
  const std::string one = folder.write("one", "case: a\nT1");
  const std::string two = folder.write("two", std::string("\0two", 4));
  for (const char* target :
       {"ioctl_bytes", "parcel_parse", "parcel_differential", "case_text", "service_manager"}) {
    const auto live = fuzzing::LiveInput::open(watched);
    ASSERT_TRUE(live);
    (*live)->clear();
    run(target, one + " " + two, "TOUCHSTONE_FUZZ_INPUT='" + watched + "'");
    EXPECT_EQ((*live)->begun(), 2u) << target;
    EXPECT_EQ((*live)->input(), std::string("\0two", 4)) << target;
  }
}

TEST(EveryTarget, DoesNotBeginWithAnInputThatIsSkipped) {
  const TempFolder folder;
  const std::vector<std::uint8_t> a{'a'};
  const std::string files = folder.write("b", "b") + " " + folder.write("a", "a");
  const auto live = fuzzing::LiveInput::open(folder.path() / "watched");
  ASSERT_TRUE(live);
  run("case_text", files,
      "TOUCHSTONE_FUZZ_SKIP='" + folder.write("skipped", hash_of(a) + "\n") +
          "' TOUCHSTONE_FUZZ_INPUT='" + folder.path().string() + "/watched'");
  EXPECT_EQ((*live)->begun(), 1u);
  EXPECT_EQ((*live)->input(), "b");
}

TEST(EveryTarget, TakesNoBytesAndAnyBytes) {
  const TempFolder folder;
  folder.write("empty", "");
  folder.write("any", std::string("\x07\xff\x00\x41\x02\x80\x01\x01\x01\x01\x01\x01", 12));
  for (const char* target :
       {"ioctl_bytes", "parcel_parse", "parcel_differential", "case_text", "service_manager"}) {
    const Ended ended = run(target, "--twice '" + folder.path().string() + "'");
    EXPECT_EQ(ended.status, 0) << target << ": " << ended.printed;
    EXPECT_TRUE(has(ended, "touchstone: 4 executions")) << ended.printed;
  }
}

std::string library(const std::string& fault) {
  return TOUCHSTONE_SELF_TEST_PLUGINS "/parcel_faults/" + fault + ".so";
}

// A sequence as a file.
std::string input_file(const TempFolder& folder, ParcelApi api, const ParcelSequence& sequence) {
  const auto bytes = encode_parcel_input(api, userspace::host_data_model, sequence);
  EXPECT_TRUE(bytes);
  if (!bytes) return "";
  return folder.write("input", {reinterpret_cast<const char*>(bytes->data()), bytes->size()});
}

const ParcelOperation init{.verb = ParcelVerb::init, .size = 64, .objects = 0};
const ParcelOperation push_minus_one{
    .verb = ParcelVerb::push, .type = ParcelType::int8, .number = ~std::uint64_t{0}};
const ParcelOperation push_int64{.verb = ParcelVerb::push, .type = ParcelType::int64, .number = 1};

// The settings of parcel_differential for a library.
std::string with(const std::string& fault) {
  return "TOUCHSTONE_LIBRARY='" + library(fault) +
         "' TOUCHSTONE_API=" + (fault.starts_with("newer") ? "new" : "legacy");
}

TEST(ParcelDifferential, FindsALibraryThatIsWrong) {
  const TempFolder folder;
  const std::string file =
      input_file(folder, ParcelApi::legacy, {init, push_int64, push_minus_one});
  EXPECT_EQ(run("parcel_differential", file, with("legacy/nothing_wrong")).status, 0);
  const Ended wrong = run("parcel_differential", file, with("legacy/int8_not_extended"));
  EXPECT_NE(wrong.status, 0);
  EXPECT_TRUE(has(wrong, "touchstone finding\nkind: difference")) << wrong.printed;
  EXPECT_TRUE(has(wrong, "PCL-14")) << wrong.printed;
  EXPECT_FALSE(has(wrong, "push int64")) << "what is not needed is left out\n" << wrong.printed;
}

TEST(ParcelDifferential, FindsALibraryOfTheNewerApiThatIsWrong) {
  const TempFolder folder;
  const std::string file = input_file(
      folder, ParcelApi::newer,
      {init, {.verb = ParcelVerb::push, .type = ParcelType::int8_vector, .bytes = {std::byte{1}}}});
  EXPECT_EQ(run("parcel_differential", file, with("newer/nothing_wrong")).status, 0);
  EXPECT_TRUE(has(run("parcel_differential", file, with("newer/vector_padded")), "NPC-17"));
}

TEST(ParcelDifferential, DiesWithALibraryThatWritesBehindItsBuffer) {
  const TempFolder folder;
  ParcelOperation small = init;
  small.size = 4;
  const std::string file = input_file(folder, ParcelApi::legacy, {small, push_int64});
  EXPECT_EQ(run("parcel_differential", file, with("legacy/nothing_wrong")).status, 0);
  EXPECT_NE(run("parcel_differential", file, with("legacy/writes_behind_buffer")).status, 0);
}

TEST(ParcelDifferential, EndsWith3IfTheLibraryCannotBeUsed) {
  const TempFolder folder;
  const std::string file = folder.write("input", "a");
  EXPECT_EQ(run("parcel_differential", file, "TOUCHSTONE_LIBRARY=/nowhere.so").status, 3);
  EXPECT_EQ(run("parcel_differential", file, "TOUCHSTONE_API=other").status, 3);
  EXPECT_EQ(run("service_manager", file, "TOUCHSTONE_LIBRARY=/nowhere.so").status, 3);
}

TEST(ServiceManager, AgreesWithTheReferenceBehindTheCInterface) {
  const TempFolder folder;
  for (int number = 0; number < 20; ++number) {
    folder.write(std::to_string(number),
                 std::string(static_cast<std::size_t>(4 * number), static_cast<char>(7 * number)));
  }
  const Ended ended =
      run("service_manager", "'" + folder.path().string() + "'",
          "TOUCHSTONE_LIBRARY='" TOUCHSTONE_SELF_TEST_PLUGINS "/reference_services.so'");
  EXPECT_EQ(ended.status, 0) << ended.printed;
}

TEST(Findings, AreKeptOnceForEachSignature) {
  const TempFolder folder;
  const TempFolder findings;
  const std::string file = input_file(folder, ParcelApi::legacy, {init, push_minus_one});
  const std::string other = folder.write("other", folder.read("input") + "g");
  const std::string environment = "TOUCHSTONE_FUZZ_FINDINGS='" + findings.path().string() + "' " +
                                  with("legacy/int8_not_extended");
  for (const std::string& arguments : {file + " " + other, other}) {
    EXPECT_EQ(run("parcel_differential", arguments, environment).status, 0);
  }
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(findings.path())) {
    names.push_back(entry.path().filename().string());
  }
  std::ranges::sort(names);
  ASSERT_EQ(names.size(), 3u);
  EXPECT_TRUE(names[0].starts_with("difference-") && names[0].ends_with(".c"));
  EXPECT_EQ(findings.read(names[1]), folder.read("input"));
  EXPECT_NE(findings.read(names[2]).find("expected"), std::string::npos);
  const std::string compile = "cc -std=c11 -Wall -Werror -c -o '" +
                              (findings.path() / "made.o").string() + "' '" +
                              (findings.path() / names[0]).string() + "'";
  EXPECT_EQ(::system(compile.c_str()), 0);
}

TEST(Findings, OfInputsThatAreSkippedAreNotMade) {
  const TempFolder folder;
  const std::string file = input_file(folder, ParcelApi::legacy, {init, push_minus_one});
  const std::string bytes = folder.read("input");
  const std::string skipped = folder.write(
      "skipped", "0000000000000000\n" +
                     hash_of({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()}) +
                     "\n");
  const Ended ended =
      run("parcel_differential", file,
          "TOUCHSTONE_FUZZ_SKIP='" + skipped + "' " + with("legacy/int8_not_extended"));
  EXPECT_EQ(ended.status, 0) << ended.printed;
}

}  // namespace
}  // namespace touchstone::fuzz
