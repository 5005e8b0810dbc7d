// Laws of what is written about Programs: their text, their outcomes as bytes, and the judge, who
// accepts what the reference did and sees a single outcome that is another.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "adapter/case_text.h"
#include "adapter/outcome_bytes.h"
#include "adapter/recorder.h"
#include "conformance/judge.h"
#include "conformance/properties/findings.h"

namespace touchstone {
namespace {

void expect_law(const Search& search, const Law& law) {
  if (const auto finding = find_counterexample(search, law)) ADD_FAILURE() << finding->text;
}

TEST(RandomPrograms, AreReadAsTheyWerePrinted) {
  expect_law({.law = "text-and-back", .programs = 2500},
             [](const Written& written) { return text_difference(written.program); });
}

TEST(RandomPrograms, AreReadAsTheyWereRecorded) {
  expect_law({.law = "recorded-and-back", .programs = 1000},
             [](const Written& written) -> std::optional<std::string> {
               // As it came from a backend: no name is expected, the recorder gives them.
               Program bare = written.program;
               std::vector<Outcome> outcomes = written.outcomes;
               for (Step& step : bare.steps) step.expected.clear();
               const Program recording = record(bare, outcomes);
               if (recording.steps.size() != written.program.steps.size()) return "steps are lost";
               return text_difference(recording);
             });
}

TEST(RandomOutcomes, ComeBackFromTheirBytes) {
  expect_law({.law = "outcome-bytes-and-back", .programs = 1000},
             [](const Written& written) -> std::optional<std::string> {
               for (const Outcome& outcome : written.outcomes) {
                 const auto back = decode_outcome(encode_outcome(outcome));
                 if (!back) return "an outcome cannot be read back";
                 const bool is_same = same_outcome(*back, outcome) &&
                                      back->message == outcome.message &&
                                      back->reason == outcome.reason;
                 if (!is_same) return print_outcome(outcome, written.program) + " is lost";
               }
               return std::nullopt;
             });
}

TEST(RandomOutcomes, CutShortAreNotRead) {
  expect_law({.law = "outcome-bytes-cut-short", .programs = 100},
             [](const Written& written) -> std::optional<std::string> {
               for (const Outcome& outcome : written.outcomes) {
                 const std::string bytes = encode_outcome(outcome);
                 for (std::size_t cut = 0; cut < bytes.size(); cut += 1 + bytes.size() / 16) {
                   if (decode_outcome(bytes.substr(0, cut))) return "half an outcome is read";
                 }
                 if (decode_outcome(bytes + '\0')) return "an outcome with a tail is read";
               }
               return std::nullopt;
             });
}

class JudgeOfRandomPrograms : public testing::Test {
 protected:
  void SetUp() override {
    const std::filesystem::path folder = TOUCHSTONE_SOURCE_DIR "/spec";
    auto catalogue = SpecCatalogue::load(folder);
    ASSERT_TRUE(catalogue) << catalogue.error();
    catalogue_ = *std::move(catalogue);
    auto profile = load_profile(folder, "", catalogue_);
    ASSERT_TRUE(profile) << profile.error();
    profile_ = *std::move(profile);
  }

  static Judged reference_in(const Program& program) {
    Judged judged;
    judged.data_model = data_model_of(program);
    return judged;
  }

  SpecCatalogue catalogue_;
  Profile profile_;
};

TEST_F(JudgeOfRandomPrograms, AcceptsARunOfTheReference) {
  const Judge judge(catalogue_, profile_);
  expect_law({.law = "judge-accepts-run", .programs = 2000},
             [&](const Written& written) -> std::optional<std::string> {
               const Ruling ruling = judge.judge_run(written.program, written.outcomes,
                                                     reference_in(written.program));
               if (ruling.verdict == Verdict::pass) return std::nullopt;
               return "judged " + std::string(verdict_word(ruling.verdict)) + ": " + ruling.reason;
             });
}

TEST_F(JudgeOfRandomPrograms, AcceptsARecordingOfTheReference) {
  const Judge judge(catalogue_, profile_);
  expect_law({.law = "judge-accepts-recording", .programs = 1500},
             [&](const Written& written) -> std::optional<std::string> {
               const Ruling ruling = judge.judge_recording(written.program);
               if (ruling.verdict == Verdict::pass && ruling.differences.empty()) {
                 return std::nullopt;
               }
               return "judged " + std::string(verdict_word(ruling.verdict)) + ": " + ruling.reason;
             });
}

// A step and the way in which its outcome is altered, from the Program alone.
struct Alteration {
  std::size_t step = 0;
  Outcome outcome;
};

// From an unspecified answer on there is nothing to see.
std::size_t specified_steps(const Written& written, const SpecCatalogue& catalogue) {
  const auto is_unspecified = [&](const Outcome& outcome) {
    const Clause* clause = catalogue.find(outcome.clause);
    return clause != nullptr && clause->level == ClauseLevel::unspecified;
  };
  const auto first = std::ranges::find_if(written.outcomes, is_unspecified);
  return static_cast<std::size_t>(first - written.outcomes.begin());
}

std::optional<Alteration> alter_one(const Written& written, const SpecCatalogue& catalogue) {
  const std::size_t steps = specified_steps(written, catalogue);
  if (steps == 0) return std::nullopt;
  // A number that a smaller Program changes little: its steps and what they gave.
  std::uint32_t number = 17;
  for (const Outcome& outcome : written.outcomes) {
    number = number * 31 + static_cast<std::uint32_t>(outcome.value) +
             static_cast<std::uint32_t>(outcome.kind);
  }
  Alteration alteration;
  alteration.step = number % steps;
  auto wrong = wrong_outcome(written, alteration.step, number / 64);
  if (!wrong) return std::nullopt;
  alteration.outcome = *std::move(wrong);
  return alteration;
}

std::string unseen(const Written& written, const Alteration& alteration) {
  return "step " + std::to_string(alteration.step + 1) + " altered to " +
         print_outcome(alteration.outcome, written.program) + " is not seen";
}

TEST_F(JudgeOfRandomPrograms, SeesAnAlteredOutcomeOfARun) {
  const Judge judge(catalogue_, profile_);
  expect_law({.law = "judge-sees-altered-run", .programs = 2000},
             [&](const Written& written) -> std::optional<std::string> {
               const auto alteration = alter_one(written, catalogue_);
               if (!alteration) return std::nullopt;
               std::vector<Outcome> outcomes = written.outcomes;
               outcomes[alteration->step] = alteration->outcome;
               const Ruling ruling =
                   judge.judge_run(written.program, outcomes, reference_in(written.program));
               if (fails_the_run(ruling.verdict) && !ruling.differences.empty()) {
                 return std::nullopt;
               }
               return unseen(written, *alteration);
             });
}

TEST_F(JudgeOfRandomPrograms, SeesAnAlteredOutcomeOfARecording) {
  const Judge judge(catalogue_, profile_);
  expect_law({.law = "judge-sees-altered-recording", .programs = 1500},
             [&](const Written& written) -> std::optional<std::string> {
               const auto alteration = alter_one(written, catalogue_);
               if (!alteration) return std::nullopt;
               Program recording = written.program;
               recording.steps[alteration->step].expected = {alteration->outcome};
               const Ruling ruling = judge.judge_recording(recording);
               if (fails_the_run(ruling.verdict) && !ruling.differences.empty()) {
                 return std::nullopt;
               }
               return unseen(written, *alteration);
             });
}

}  // namespace
}  // namespace touchstone
