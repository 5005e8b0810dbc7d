// The commands parcel, dispatch and services through the command line.
#include <gtest/gtest.h>

#include <filesystem>
#include <sstream>
#include <string>
#include <vector>

#include "conformance/result_json.h"
#include "conformance/test_support.h"

namespace touchstone {
namespace {

constexpr int all_held = 0;
constexpr int unexpected_result = 1;
constexpr int wrong_usage = 2;
constexpr int backend_unusable = 3;
constexpr int harness_broken = 4;

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

const std::string first_post =
    "client camera pid=10 tid=15 uid=3\ncamera post -> answered handle=15\n";

class UserspaceCliTest : public testing::Test {
 protected:
  UserspaceCliTest() {
    add("parcel/fits", "PCL-1", "init 8 objects=0 -> flag=1\n");
    add("newer-parcel/fits-too", "NPC-1", "init 8 objects=0 -> flag=1\n");
    add("dispatch/opens", "DSP-1", "open 1 -> pointer\n");
    add("services/posts", "SMG-1", first_post);
  }

  void add(const std::string& id, const std::string& clause, const std::string& steps) {
    const std::string name = id.substr(id.find('/') + 1);
    suite_.folder().write(
        "conformance/userspace/cases/" + id + ".case",
        "case: " + name + "\ntitle: the title\nclauses: " + clause + "\n\n" + steps);
  }
  CliResult touchstone(const std::vector<std::string>& arguments) const {
    return touchstone_in(suite_, arguments);
  }

  SampleSuite suite_;
};

TEST_F(UserspaceCliTest, EachCommandPlaysTheCasesOfItsChapterInBothModels) {
  for (const std::string command : {"dispatch", "services"}) {
    const CliResult result = touchstone({command});
    EXPECT_EQ(result.status, all_held) << command << result.out << result.err;
    EXPECT_TRUE(has(result.out, command + " 2 cases on reference")) << result.out;
    EXPECT_TRUE(has(result.out, "\n2 passed\n")) << result.out;
    EXPECT_EQ(result.err, "");
  }
}

TEST_F(UserspaceCliTest, ParcelPlaysBothApisOfTheReferenceUnlessOneIsChosen) {
  const CliResult both = touchstone({"parcel", "fits*"});
  EXPECT_EQ(both.status, all_held) << both.out << both.err;
  EXPECT_TRUE(has(both.out, "\n4 passed\n")) << both.out;
  EXPECT_TRUE(has(touchstone({"parcel", "fits*", "--api", "legacy"}).out, "\n2 passed\n"));
  EXPECT_TRUE(has(touchstone({"parcel", "fits-too", "--api", "new"}).out, "\n2 passed\n"));
  EXPECT_EQ(touchstone({"parcel", "fits-too", "--api", "legacy"}).status, wrong_usage);
}

TEST_F(UserspaceCliTest, ParcelPlaysVectorsAndPropertiesByName) {
  std::filesystem::create_directory_symlink(source_folder() / "corpora", suite_.path("corpora"));
  const CliResult one = touchstone({"parcel", "vectors/push*/int32_0", "--sequences", "1"});
  EXPECT_EQ(one.status, all_held) << one.out << one.err;
  EXPECT_TRUE(has(one.out, "\n2 passed\n")) << one.out;
  EXPECT_TRUE(has(one.out, "no seed\n"));
  const CliResult absent = touchstone({"parcel", "vectors/absent", "--sequences", "1"});
  EXPECT_EQ(absent.status, wrong_usage);
  EXPECT_TRUE(has(absent.err, "`vectors/absent` matches no case"));
  const CliResult nowhere = touchstone({"parcel", "--vectors", suite_.path("none")});
  EXPECT_EQ(nowhere.status, wrong_usage);
  EXPECT_TRUE(has(nowhere.err, suite_.path("none"))) << nowhere.err;
}

TEST_F(UserspaceCliTest, OptionsChooseCasesModelsAndReports) {
  add("dispatch/opens-again", "DSP-2", "open 1 -> pointer\n");
  EXPECT_TRUE(has(touchstone({"dispatch", "opens"}).out, "dispatch 2 cases on"));
  EXPECT_TRUE(has(touchstone({"dispatch", "dispatch/opens*"}).out, "dispatch 4 cases on"));
  EXPECT_TRUE(has(touchstone({"dispatch", "--clause", "DSP-2"}).out, "dispatch 2 cases on"));
  EXPECT_TRUE(has(touchstone({"dispatch", "--level", "must"}).out, "dispatch 4 cases on"));
  const std::string report = suite_.path("r.json");
  ASSERT_EQ(touchstone({"dispatch", "opens", "--abi", "lp64", "--report", "json:" + report}).status,
            all_held);
  const auto result = result_from_json(suite_.folder().read("r.json"));
  ASSERT_TRUE(result) << result.error();
  ASSERT_EQ(result->cases.size(), 1u);
  EXPECT_EQ(result->cases[0].id, "dispatch/opens@lp64");
  EXPECT_EQ(result->provenance.command, "dispatch");
  EXPECT_EQ(result->provenance.backend, "reference");
  EXPECT_EQ(result->provenance.flags.front(), "dispatch");
}

TEST_F(UserspaceCliTest, ListNamesTheCasesOfTheCommand) {
  const CliResult result = touchstone({"services", "--list"});
  EXPECT_EQ(result.status, all_held);
  EXPECT_TRUE(has(result.out, "services/posts "));
  EXPECT_FALSE(has(result.out, "dispatch/"));
}

TEST_F(UserspaceCliTest, AFailureIsExitOne) {
  add("dispatch/fails", "DSP-1", "open 1 -> null\n");
  const CliResult result = touchstone({"dispatch", "--abi", "ilp32"});
  EXPECT_EQ(result.status, unexpected_result);
  EXPECT_TRUE(has(result.out, "dispatch/fails.case:5   DSP-1  "));
  EXPECT_TRUE(has(result.out, "replay    touchstone dispatch dispatch/fails --abi ilp32\n"));
}

TEST_F(UserspaceCliTest, AnEmptySelectionIsExitTwo) {
  EXPECT_EQ(touchstone({"dispatch", "absent"}).status, wrong_usage);
  EXPECT_EQ(touchstone({"dispatch", "--clause", "DSP-9"}).status, wrong_usage);
  EXPECT_EQ(touchstone({"dispatch", "services/posts"}).status, wrong_usage);
  EXPECT_EQ(touchstone({"services", "--level", "quirk"}).status, wrong_usage);
  EXPECT_EQ(touchstone({"services", "--list", "--level", "quirk"}).status, wrong_usage);
}

TEST_F(UserspaceCliTest, AMalformedCaseIsExitTwoWithItsPlace) {
  add("dispatch/wrong", "DSP-1", "open one -> pointer\n");
  add("services/wrong-too", "SMG-1", "client camera -> -> 1\n");
  const CliResult step = touchstone({"dispatch"});
  EXPECT_EQ(step.status, wrong_usage);
  EXPECT_TRUE(has(step.out, "dispatch/wrong.case:5:6: expected")) << step.out;
  EXPECT_TRUE(has(step.out, "2 passed"));
  const CliResult text = touchstone({"services"});
  EXPECT_EQ(text.status, wrong_usage);
  EXPECT_TRUE(has(text.out, "services/wrong-too.case:5:18: expected")) << text.out;
}

TEST_F(UserspaceCliTest, WrongUsageIsExitTwo) {
  for (const std::vector<std::string>& arguments :
       std::vector<std::vector<std::string>>{{"dispatch", "--library", "x.so"},
                                             {"dispatch", "--abi", "lp31"},
                                             {"dispatch", "--timeout", "0"},
                                             {"dispatch", "--profile", "absent"},
                                             {"dispatch", "--waivers", "absent"},
                                             {"dispatch", "--report", "html:x"},
                                             {"services", "--api", "new"},
                                             {"parcel", "--api", "old"}}) {
    const CliResult result = touchstone(arguments);
    EXPECT_EQ(result.status, wrong_usage) << testing::PrintToString(arguments) << result.out;
    EXPECT_NE(result.err, "") << testing::PrintToString(arguments);
  }
}

TEST_F(UserspaceCliTest, ALibraryThatCannotBeLoadedIsExitThreeAndNamed) {
  const std::string absent = suite_.path("absent.so");
  const std::string text = suite_.folder().write("text.so", "no library\n");
  for (const std::string command : {"parcel", "services"}) {
    for (const std::string& library : {absent, text}) {
      const CliResult result = touchstone({command, "--library", library});
      EXPECT_EQ(result.status, backend_unusable) << command;
      EXPECT_TRUE(has(result.err, library + ": cannot be loaded")) << result.err;
    }
  }
}

TEST_F(UserspaceCliTest, AContractThatCannotBeReadIsExitFour) {
  const TempFolder folder;
  folder.write("spec/README.md", "");
  std::filesystem::create_directories(folder.path() / "conformance/cases");
  for (const std::string command : {"parcel", "dispatch", "services"}) {
    std::ostringstream out;
    std::ostringstream err;
    const World world{out, err, "2026-06-15", folder.path().c_str(), {}};
    EXPECT_EQ(run_cli({command}, world), harness_broken) << command;
    EXPECT_TRUE(has(err.str(), "no chapter of the contract"));
  }
}

TEST_F(UserspaceCliTest, SpecShowsTheCasesOfAClause) {
  const CliResult one = touchstone({"spec", "DSP-1"});
  EXPECT_EQ(one.status, all_held) << one.err;
  EXPECT_TRUE(has(one.out, "dispatch/opens "));
  EXPECT_TRUE(has(touchstone({"spec"}).out, "DSP-1   must          1 case "));
  add("dispatch/wrong", "DSP-1", "->\n");
  const CliResult wrong = touchstone({"spec", "DSP-1"});
  EXPECT_EQ(wrong.status, wrong_usage);
  EXPECT_TRUE(has(wrong.err, "dispatch/wrong.case:5:1: expected a verb"));
}

TEST_F(UserspaceCliTest, HelpNamesTheCommands) {
  const std::string help = touchstone({"--help"}).out;
  for (const std::string command : {"parcel", "dispatch", "services"}) {
    EXPECT_TRUE(has(help, "  " + command)) << help;
    EXPECT_EQ(touchstone({command, "--help"}).status, all_held);
  }
}

}  // namespace
}  // namespace touchstone
