#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "adapter/backends/reference_backend.h"
#include "adapter/executor.h"
#include "adapter/program_bytes.h"
#include "conformance/case_file.h"
#include "conformance/judge.h"
#include "conformance/reproduce/difference_run.h"
#include "conformance/reproduce/minimize_names.h"
#include "conformance/test_support.h"

namespace touchstone {
namespace {

namespace fs = std::filesystem;

std::vector<Outcome> outcomes_on_reference(const Program& program) {
  const auto reference = make_reference({.data_model = data_model_of(program)});
  return execute(program, *reference);
}

void expect_same_outcomes(const Program& program, const Program& back, const std::string& file) {
  const std::vector<Outcome> expected = outcomes_on_reference(program);
  const std::vector<Outcome> got = outcomes_on_reference(back);
  ASSERT_EQ(got.size(), expected.size()) << file;
  for (std::size_t step = 0; step < expected.size(); ++step) {
    EXPECT_TRUE(same_outcome(expected[step], got[step]))
        << file << ", step " << step + 1 << ": " << print_outcome(expected[step], program)
        << " became " << print_outcome(got[step], back);
  }
}

std::vector<fs::path> golden_cases() {
  std::vector<fs::path> files;
  for (const auto& entry :
       fs::recursive_directory_iterator(source_folder() / "corpora/golden/kernel")) {
    if (entry.path().extension() == ".case") files.push_back(entry.path());
  }
  return files;
}

CliResult convert(const SampleSuite& suite, std::vector<std::string> files,
                  const std::string& out) {
  files.insert(files.begin(), "convert");
  files.insert(files.end(), {"-o", out});
  return touchstone_in(suite, files);
}

TEST(ProgramBytes, OfEveryGoldenCaseGiveTheSameOutcomes) {
  std::size_t count = 0;
  for (const fs::path& file : golden_cases()) {
    const auto program = read_case(file);
    ASSERT_TRUE(program) << program.error();
    const Program back = decode_program(encode_program(*program));
    expect_same_outcomes(in_plain_names(*program), back, file.filename().string());
    ++count;
  }
  EXPECT_GT(count, 600u);
}

TEST(ConvertCommand, TurnsACaseIntoBytesAndBack) {
  const SampleSuite suite;
  const std::string mine = suite.folder().write(
      "mine.case", plain_case(two_processes + "T2 send request to=cms code=7 data=0102\n"
                                              "T1 recv -> 0 it=request to=cms code=7 from=T2/P2 "
                                              "uid=1000 gid=1000 time=t1 data=0102\n"
                                              "T1 free=it\n"));
  EXPECT_EQ(convert(suite, {mine}, suite.path("bytes")).status, 0);
  const auto back = convert(suite, {suite.path("bytes")}, suite.path("back.case"));
  EXPECT_EQ(back.status, 0) << back.err;
  const std::string text = suite.folder().read("back.case");
  EXPECT_NE(text.find("case: bytes\n"), std::string::npos) << text;
  EXPECT_NE(text.find("0 m1=request to=cms code=7 from=T2/P2"), std::string::npos) << text;
  EXPECT_NE(text.find("T1 free=m1"), std::string::npos) << text;
  EXPECT_EQ(
      touchstone_in(suite, {"replay", suite.path("back.case"), "--backend", "reference"}).status,
      0);
}

TEST(ConvertCommand, PutsSeveralFilesIntoAFolder) {
  const SampleSuite suite;
  const std::string first = suite.folder().write("first.case", plain_case("advance 1ms\n"));
  const std::string second = suite.folder().write("in/second.case", plain_case("advance 2ms\n"));
  EXPECT_EQ(convert(suite, {first, second}, suite.path("out")).status, 0);
  EXPECT_EQ(convert(suite, {suite.path("out/first"), suite.path("out/second")}, suite.path("cases"))
                .status,
            0);
  EXPECT_NE(suite.folder().read("cases/second.case").find("advance 2ms -> 0"), std::string::npos);
}

TEST(ConvertCommand, RefusesSeveralFilesWithoutAFolder) {
  const SampleSuite suite;
  const std::string mine = suite.folder().write("mine.case", plain_case("advance 1ms\n"));
  const std::string taken = suite.folder().write("taken", "");
  EXPECT_EQ(convert(suite, {mine, mine}, taken).status, 2);
  const auto twice = convert(suite, {mine, mine}, suite.path("folder"));
  EXPECT_EQ(twice.status, 2);
  EXPECT_NE(twice.err.find("two files would become"), std::string::npos) << twice.err;
}

TEST(ConvertCommand, SaysWhereACaseCannotBeRead) {
  const SampleSuite suite;
  const std::string mine = suite.folder().write("mine.case", "case: mine\n\nadvance nonsense\n");
  const auto result = convert(suite, {mine}, suite.path("bytes"));
  EXPECT_EQ(result.status, 2);
  EXPECT_NE(result.err.find("mine.case:3:9: expected"), std::string::npos) << result.err;
  EXPECT_FALSE(fs::exists(suite.path("bytes")));
}

TEST(ConvertCommand, RefusesWhatMeansNoStep) {
  const SampleSuite suite;
  const std::string empty = suite.folder().write("empty", "");
  const auto result = convert(suite, {empty}, suite.path("out.case"));
  EXPECT_EQ(result.status, 2);
  EXPECT_NE(result.err.find("means no step"), std::string::npos) << result.err;
}

TEST(ConvertCommand, RefusesACaseThatIsTooLong) {
  const SampleSuite suite;
  std::string steps;
  for (std::size_t i = 0; i <= program_steps_max; ++i) steps += "advance 1ms\n";
  const std::string mine = suite.folder().write("mine.case", plain_case(steps));
  const auto result = convert(suite, {mine}, suite.path("bytes"));
  EXPECT_EQ(result.status, 2);
  EXPECT_NE(result.err.find("513 steps, of which an input can hold 512"), std::string::npos)
      << result.err;
}

}  // namespace
}  // namespace touchstone
