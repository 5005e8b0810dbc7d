// Every recording of the observed driver, judged: where corpora/golden/kernel/differences.tsv names
// no step it holds exactly, and where it does, just that step differs.
#include <gtest/gtest.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "conformance/case_file.h"
#include "conformance/judge.h"
#include "conformance/play.h"
#include "conformance/runner.h"
#include "conformance/test_support.h"

namespace touchstone {
namespace {

struct Row {
  std::string recorded;
  std::string right;
  std::string by;
  bool follows = false;
};
using Rows = std::map<std::uint32_t, Row>;  // by line

std::filesystem::path corpus() { return source_folder() / "corpora" / "golden" / "kernel"; }

// By recording, e.g. "quirk/free-pool-end".
const std::map<std::string, Rows>& expected_differences() {
  static const std::map<std::string, Rows> all = [] {
    std::map<std::string, Rows> rows;
    const auto text = read_text_file(corpus() / "differences.tsv");
    EXPECT_TRUE(text) << text.error();
    if (!text) return rows;
    for (const std::string_view line : lines_of(*text)) {
      if (line.starts_with('#')) continue;
      const auto columns = split(line, '\t');
      EXPECT_EQ(columns.size(), 6u) << line;
      if (columns.size() != 6) continue;
      std::uint32_t number = 0;
      std::from_chars(columns[1].data(), columns[1].data() + columns[1].size(), number);
      rows[std::string(columns[0])][number] = {std::string(columns[2]), std::string(columns[3]),
                                               std::string(columns[4]), columns[5] == "follows"};
    }
    return rows;
  }();
  return all;
}

Rows rows_of(const std::string& name) {
  const auto found = expected_differences().find(name);
  return found == expected_differences().end() ? Rows{} : found->second;
}

struct Recording {
  std::string name;
  Program program;
};

std::vector<Recording> recordings_in(const std::string& folder) {
  std::vector<Recording> recordings;
  for (const auto& entry : std::filesystem::directory_iterator(corpus() / folder)) {
    auto program = read_case(entry.path());
    EXPECT_TRUE(program) << program.error();
    if (!program) continue;
    recordings.push_back({folder + "/" + entry.path().stem().string(), std::move(*program)});
  }
  std::ranges::sort(recordings, {}, &Recording::name);
  return recordings;
}

Ruling judged(const Recording& recording, const std::string& profile_name) {
  const Profile profile = real_profile(profile_name);
  return Judge(real_catalogue(), profile).judge_recording(recording.program);
}

Ruling run_on_reference(const Recording& recording, const Profile& profile) {
  const auto backend = open_backend("reference", DataModel::ilp32);
  const Judge judge(real_catalogue(), profile);
  return play_and_judge(recording.program, *backend->factory, judge, true, {}).ruling;
}

// A whole outcome, or a part of the message that it holds.
bool is_or_has(const std::string& outcome, const std::string& part) {
  return outcome == part || outcome.find(' ' + part) != std::string::npos;
}

void expect_just_the_rows(const Recording& recording, const Ruling& ruling) {
  const Rows rows = rows_of(recording.name);
  std::set<std::uint32_t> differing;
  for (const Difference& difference : ruling.differences) {
    differing.insert(difference.line);
    const auto row = rows.find(difference.line);
    ASSERT_NE(row, rows.end()) << recording.name << ":" << difference.line << " expected "
                               << difference.expected << ", got " << difference.got;
    EXPECT_TRUE(is_or_has(difference.got, row->second.recorded)) << difference.got;
    EXPECT_TRUE(is_or_has(difference.expected, row->second.right)) << difference.expected;
  }
  for (const auto& [line, row] : rows) {
    EXPECT_TRUE(differing.contains(line)) << recording.name << ":" << line << " does not differ";
  }
}

TEST(Recordings, AreAllThere) {
  EXPECT_EQ(recordings_in("contract").size(), 245u);
  EXPECT_EQ(recordings_in("random").size(), 400u);
  EXPECT_EQ(recordings_in("quirk").size(), 30u);
  EXPECT_EQ(recordings_in("bug").size(), 13u);
}

TEST(Recordings, DifferencesNameRecordingsThatExist) {
  for (const auto& [name, rows] : expected_differences()) {
    EXPECT_TRUE(std::filesystem::exists(corpus() / (name + ".case"))) << name;
  }
}

TEST(Recordings, DifferInJustTheStepsThatTheFactsName) {
  for (const std::string folder : {"contract", "random", "quirk", "bug"}) {
    for (const Recording& recording : recordings_in(folder)) {
      const Ruling ruling = judged(recording, "");
      const bool differs = !rows_of(recording.name).empty();
      EXPECT_EQ(ruling.verdict == Verdict::pass, !differs) << recording.name << ruling.reason;
      expect_just_the_rows(recording, ruling);
    }
  }
}

TEST(Recordings, OfTheContractHoldWhenRunOnTheReference) {
  const Profile none = real_profile("");
  const Profile profile = real_profile("openharmony-2.0");
  for (const std::string folder : {"contract", "random"}) {
    for (const Recording& recording : recordings_in(folder)) {
      const bool relies_on_quirk = !rows_of(recording.name).empty();
      const Ruling plain = run_on_reference(recording, none);
      EXPECT_EQ(plain.verdict, relies_on_quirk ? Verdict::fail : Verdict::pass)
          << recording.name << plain.reason;
      const Ruling with_profile = run_on_reference(recording, profile);
      EXPECT_EQ(with_profile.verdict, Verdict::pass) << recording.name << with_profile.reason;
    }
  }
}

TEST(Recordings, OfQuirksHoldWithTheProfileAndNameTheirRow) {
  for (const std::string folder : {"contract", "random", "quirk"}) {
    for (const Recording& recording : recordings_in(folder)) {
      const Rows rows = rows_of(recording.name);
      const Ruling ruling = judged(recording, "openharmony-2.0");
      EXPECT_EQ(ruling.verdict, rows.empty() ? Verdict::pass : Verdict::quirk) << recording.name;
      for (const Tolerated& tolerated : ruling.tolerated) {
        ASSERT_FALSE(rows.empty()) << recording.name;
        EXPECT_EQ(tolerated.quirk, rows.begin()->second.by) << recording.name;
      }
    }
  }
}

TEST(Recordings, OfBugsFailWithAnyProfileAtAClause) {
  for (const std::string profile : {"", "openharmony-2.0"}) {
    for (const Recording& recording : recordings_in("bug")) {
      const Rows rows = rows_of(recording.name);
      const Ruling ruling = judged(recording, profile);
      if (rows.empty()) {
        EXPECT_EQ(ruling.verdict, Verdict::pass) << recording.name;
        continue;
      }
      EXPECT_TRUE(fails_the_run(ruling.verdict)) << recording.name;
      ASSERT_FALSE(ruling.differences.empty()) << recording.name;
      const std::string clause = ruling.differences.front().clause;
      EXPECT_NE(real_catalogue().find(clause), nullptr) << recording.name << ": " << clause;
    }
  }
}

TEST(Reference, NamesAClauseForEveryAnswer) {
  std::set<std::string> unnamed;
  for (const std::string folder : {"contract", "random", "quirk", "bug"}) {
    for (const Recording& recording : recordings_in(folder)) {
      const auto outcomes = run_reference(recording.program, DataModel::ilp32, 0);
      for (std::size_t step = 0; step < outcomes.size(); ++step) {
        if (outcomes[step].kind == Outcome::Kind::not_run) continue;
        if (real_catalogue().find(outcomes[step].clause) != nullptr) continue;
        unnamed.insert(print_operation(recording.program.steps[step].operation, recording.program));
      }
    }
  }
  EXPECT_TRUE(unnamed.empty()) << testing::PrintToString(unnamed);
}

}  // namespace
}  // namespace touchstone
