#include "conformance/reproduce/minimize.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "adapter/backends/plugin_backend.h"
#include "adapter/backends/reference_backend.h"
#include "conformance/generator/plan_draw.h"
#include "conformance/generator/program_writer.h"
#include "conformance/test_support.h"

namespace touchstone {
namespace {

// To the contract, an implementation with a quirk is a wrong one.
std::unique_ptr<BackendFactory> wrong_backend(Quirk quirk) {
  return make_reference_factory({.quirks = static_cast<std::uint32_t>(quirk)});
}

const Judge& plain_judge() {
  static const Profile none;
  static const Judge judge(real_catalogue(), none);
  return judge;
}

// The first random Program that the backend gets wrong.
Program wrong_program(BackendFactory& backend) {
  for (std::uint64_t seed = 1; seed <= 3000; ++seed) {
    Program program = write_program(draw_plan(seed, {}, 100)).program;
    if (find_difference(program, backend, plain_judge())) return program;
  }
  ADD_FAILURE() << "no Program is wrong";
  return {};
}

std::string self_test_plugin(const std::string& name) {
  return std::string(TOUCHSTONE_SELF_TEST_PLUGINS) + "/" + name + ".so";
}

CliResult minimize_case(const SampleSuite& suite, const std::string& name,
                        const std::string& backend, std::vector<std::string> more = {}) {
  std::vector<std::string> words{"minimize", name, "--backend", backend};
  words.insert(words.end(), more.begin(), more.end());
  return touchstone_in(suite, words);
}

class MinimizedProgram : public testing::TestWithParam<Quirk> {};

TEST_P(MinimizedProgram, HasAtMostFifteenStepsAndFailsByTheSameClause) {
  const auto backend = wrong_backend(GetParam());
  const Program program = wrong_program(*backend);
  const auto wrong = find_difference(program, *backend, plain_judge());
  const auto minimized = minimize(program, *backend, plain_judge());
  ASSERT_TRUE(wrong && minimized);
  EXPECT_LE(minimized->program.steps.size(), 15u) << print_case(minimized->program);
  EXPECT_LT(minimized->attempts, 1000u);
  const auto again = find_difference(minimized->program, *backend, plain_judge());
  ASSERT_TRUE(again) << print_case(minimized->program);
  EXPECT_EQ(again->signature, minimized->wrong.signature);
  const auto clause_of = [](const Wrong& one) {
    return one.signature.substr(0, one.signature.find(' ', one.signature.find(' ') + 1));
  };
  EXPECT_EQ(clause_of(*again), clause_of(*wrong));
}

TEST_P(MinimizedProgram, CanLoseNoStep) {
  const auto backend = wrong_backend(GetParam());
  const auto minimized = minimize(wrong_program(*backend), *backend, plain_judge());
  ASSERT_TRUE(minimized);
  const Program& program = minimized->program;
  for (std::size_t step = 0; step < program.steps.size(); ++step) {
    Program shorter = program;
    shorter.steps.erase(shorter.steps.begin() + static_cast<std::ptrdiff_t>(step));
    const auto wrong = find_difference(shorter, *backend, plain_judge());
    EXPECT_TRUE(!wrong || wrong->signature != minimized->wrong.signature)
        << "without step " << step + 1 << "\n"
        << print_case(program);
  }
}

INSTANTIATE_TEST_SUITE_P(Quirks, MinimizedProgram,
                         testing::Values(Quirk::copy_failure_gives_count, Quirk::pool_end_is_inside,
                                         Quirk::refused_mmap_drops_pool, Quirk::ids_inherit,
                                         Quirk::cms_limit_only_for_handle_0,
                                         Quirk::exec_keeps_service),
                         [](const auto& instance) {
                           std::string name = quirk_word(instance.param);
                           std::erase(name, '_');
                           return name;
                         });

TEST(Minimize, GivesNothingForAProgramThatIsRight) {
  const auto backend = make_reference_factory({});
  const Program program = case_of(plain_case(two_processes));
  EXPECT_FALSE(minimize(program, *backend, plain_judge()));
}

TEST(Minimize, NamesTheClauseAndWhatCame) {
  const auto backend = wrong_backend(Quirk::exec_keeps_service);
  Program program = wrong_program(*backend);
  program.header.name = "mine";
  program.header.case_class = CaseClass::quirk;
  const auto minimized = minimize(program, *backend, plain_judge());
  ASSERT_TRUE(minimized);
  const CaseHeader& header = minimized->program.header;
  EXPECT_EQ(header.name, "mine");
  EXPECT_EQ(header.case_class, CaseClass::contract);
  ASSERT_EQ(header.clauses.size(), 1u);
  EXPECT_NE(minimized->wrong.signature.find(header.clauses.front()), std::string::npos);
  EXPECT_NE(header.title.find(" expected, got "), std::string::npos) << header.title;
  EXPECT_NE(std::ranges::find(header.needs, "exec"), header.needs.end());
}

TEST(MinimizeCommand, PrintsACaseThatFailsAsTheOneGivenDid) {
  const SampleSuite suite;
  const std::string mine =
      suite.folder().write("mine.case", plain_case("P3 spawn T8 uid=7 gid=7\n"
                                                   "P4 spawn T2 uid=7 gid=7\n"
                                                   "T2 open\n"
                                                   "T8 open\n"
                                                   "T8 get_version -> 0 version=2\n"));
  const auto crashes = minimize_case(suite, mine, "plugin:" + self_test_plugin("crashes_in_ioctl"));
  EXPECT_EQ(crashes.status, 0) << crashes.err;
  EXPECT_NE(crashes.out.find("P1 spawn T1 uid=0 gid=0"), std::string::npos) << crashes.out;
  EXPECT_EQ(crashes.out.find("T2"), std::string::npos) << crashes.out;
  EXPECT_NE(crashes.out.find("got crash"), std::string::npos) << crashes.out;
  EXPECT_NE(crashes.err.find("5 steps are"), std::string::npos) << crashes.err;
  EXPECT_TRUE(parse_case(crashes.out));
}

TEST(MinimizeCommand, WaitsForEachHangForAShortTime) {
  const SampleSuite suite;
  const std::string mine = suite.folder().write(
      "mine.case", plain_case(two_processes + "T2 get_version\nT1 get_version\n"));
  const auto hangs = minimize_case(suite, mine, "plugin:" + self_test_plugin("hangs_in_ioctl"),
                                   {"--timeout", "0.2"});
  EXPECT_EQ(hangs.status, 0) << hangs.err;
  EXPECT_NE(hangs.out.find("got hang"), std::string::npos) << hangs.out << hangs.err;
}

TEST(MinimizeCommand, WritesTheCaseIntoAFile) {
  const SampleSuite suite;
  const std::string mine =
      suite.folder().write("mine.case", plain_case(two_processes + "T2 get_version\n"));
  const auto result = minimize_case(suite, mine, "plugin:" + self_test_plugin("crashes_in_ioctl"),
                                    {"-o", suite.path("out.case")});
  EXPECT_EQ(result.status, 0) << result.err;
  EXPECT_EQ(result.out, "");
  EXPECT_TRUE(parse_case(suite.folder().read("out.case")));
}

TEST(MinimizeCommand, RefusesACaseThatHolds) {
  const SampleSuite suite;
  suite.add("device/mine", plain_case(two_processes));
  const auto result = minimize_case(suite, "device/mine", "reference");
  EXPECT_EQ(result.status, 2);
  EXPECT_EQ(result.out, "");
  EXPECT_EQ(result.err, "touchstone: device/mine holds on reference: nothing to minimise\n");
}

TEST(MinimizeCommand, RefusesABackendThatCannotBeUsed) {
  const SampleSuite suite;
  suite.add("device/mine", plain_case(two_processes));
  EXPECT_EQ(minimize_case(suite, "device/mine", "plugin:" + self_test_plugin("no_symbol")).status,
            3);
  EXPECT_EQ(minimize_case(suite, "device/mine", "nonsense").status, 2);
  EXPECT_EQ(minimize_case(suite, "device/other", "reference").status, 2);
}

}  // namespace
}  // namespace touchstone
