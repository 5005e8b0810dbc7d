#include "conformance/fuzzing/finding.h"

#include <gtest/gtest.h>

#include <string>

#include "conformance/fuzzing/findings_folder.h"
#include "conformance/fuzzing/live_counts.h"
#include "conformance/fuzzing/progress.h"
#include "conformance/test_support.h"

namespace touchstone::fuzzing {
namespace {

TEST(FoundList, FoldsWhatHasTheSameKindAndSignature) {
  FoundList list;
  EXPECT_TRUE(list.add({"crash", "SEGV in a", "", "first"}));
  EXPECT_FALSE(list.add({"crash", "SEGV in a", "", "second"}));
  EXPECT_TRUE(list.add({"timeout", "SEGV in a", "", "third"}));
  EXPECT_TRUE(list.add({"crash", "SEGV in b", "", "fourth"}));
  ASSERT_EQ(list.size(), 3u);
  EXPECT_EQ(list.all()[0].count, 2u);
  EXPECT_EQ(list.all()[0].input, "first");
}

TEST(HashOfFinding, IsTheOneThatTargetsUse) {
  EXPECT_EQ(hash_of(""), "cbf29ce484222325");
  EXPECT_EQ(hash_of("a"), "af63dc4c8601ec8c");
}

TEST(FindingsFolder, HoldsAFindingWhole) {
  const TempFolder folder;
  const FindingsFolder findings(folder.path() / "findings");
  EXPECT_FALSE(findings.knows("crash-1"));
  ASSERT_TRUE(findings.keep("crash-1", {{"input", "bytes"}, {"report.txt", "text"}}));
  EXPECT_TRUE(findings.knows("crash-1"));
  EXPECT_EQ(folder.read("findings/crash-1/input"), "bytes");
  EXPECT_FALSE(findings.knows("crash-1.unfinished"));
}

TEST(FindingsFolder, IsNotWrittenOver) {
  const TempFolder folder;
  const FindingsFolder findings(folder.path());
  ASSERT_TRUE(findings.keep("crash-1", {{"input", "old"}}));
  EXPECT_FALSE(findings.keep("crash-1", {{"input", "new"}}));
  EXPECT_EQ(folder.read("crash-1/input"), "old");
}

TEST(FindingsFolder, CountsTheRunsThatSawAFinding) {
  const TempFolder folder;
  const FindingsFolder findings(folder.path());
  ASSERT_TRUE(findings.keep("crash-1", {{"input", "old"}}));
  EXPECT_EQ(findings.note_seen("crash-1", "first"), 1u);
  EXPECT_EQ(findings.note_seen("crash-1", "second"), 2u);
  EXPECT_EQ(folder.read("crash-1/seen.txt"), "first\nsecond\n");
}

TEST(FindingsFolder, SaysWhatCannotBeWritten) {
  const TempFolder folder;
  folder.write("file", "");
  const auto kept = FindingsFolder(folder.path() / "file").keep("crash-1", {});
  ASSERT_FALSE(kept);
  EXPECT_NE(kept.error().find("file"), std::string::npos);
}

TEST(LiveCounts, AreOneForAllWhoHaveTheFile) {
  const TempFolder folder;
  const auto one = LiveCounts::open(folder.path() / "counts");
  const auto other = LiveCounts::open(folder.path() / "counts");
  ASSERT_TRUE(one && other);
  (*one)->add(true);
  (*other)->add(false);
  EXPECT_EQ((*one)->executions(), 2u);
  EXPECT_EQ((*other)->useful(), 1u);
  EXPECT_FALSE(LiveCounts::open(folder.path() / "none" / "counts"));
}

TEST(ProgressLine, HasFiguresThatAPersonCanRead) {
  Figures figures{1234567, 3120, 411, 1000, 982};
  EXPECT_EQ(progress_line(figures, std::chrono::seconds(12), 2),
            "     12 s   1,234,567 executions   102,880/s   3,120 edges   corpus 411   98.2 % "
            "useful   2 findings");
  EXPECT_EQ(progress_line({}, std::chrono::milliseconds(0), 1),
            "      0 s   0 executions   0/s   1 finding");
}

}  // namespace
}  // namespace touchstone::fuzzing
