#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "conformance/test_support.h"
#include "conformance/userspace/parcel_judge.h"
#include "conformance/userspace/vector_file.h"
#include "conformance/userspace/vector_reader.h"

namespace touchstone::userspace {
namespace {

constexpr std::size_t all_vectors = 3095;

std::filesystem::path golden() { return source_folder() / "corpora/golden/marshalling"; }

std::vector<ParcelVector> vectors_of(ParcelApi api, DataModel data_model) {
  auto vectors = load_parcel_vectors(golden(), api, data_model);
  if (!vectors) ADD_FAILURE() << vectors.error();
  return vectors.value_or(std::vector<ParcelVector>{});
}

std::vector<ParcelVector> every_vector() {
  std::vector<ParcelVector> all;
  for (const ParcelApi api : {ParcelApi::legacy, ParcelApi::newer}) {
    for (const DataModel data_model : {DataModel::ilp32, DataModel::lp64}) {
      for (ParcelVector& vector : vectors_of(api, data_model)) all.push_back(std::move(vector));
    }
  }
  return all;
}

TEST(ParcelVectors, AllHoldOnTheReference) {
  const std::vector<ParcelVector> all = every_vector();
  EXPECT_EQ(all.size(), all_vectors);
  const LegacyProfile none;
  const ParcelJudge judge(real_catalogue(), none);
  for (const ParcelVector& vector : all) {
    const ParcelCase one{vector.api, vector.data_model, vector.operations, vector.expected};
    const ParcelSource reference{.api = vector.api, .data_model = vector.data_model};
    CaseResult result;
    judge.judge(one, play_parcel(reference, one.operations), vector.line, result);
    EXPECT_EQ(result.verdict, Verdict::pass)
        << vector.file << ':' << vector.line << ' ' << vector.name << ": " << result.reason;
  }
}

// What the recordings measured as never written is what the contract leaves open.
TEST(ParcelVectors, HaveTheMaskOfTheContract) {
  for (const ParcelVector& vector : every_vector()) {
    const ParcelStory story = tell_story(vector.api, vector.data_model, vector.operations);
    for (std::size_t index = 0; index < vector.operations.size(); ++index) {
      if (vector.operations[index].verb != ParcelVerb::show_data) continue;
      EXPECT_EQ(vector.expected[index].front().mask, mask_of(story))
          << vector.file << ' ' << vector.name;
    }
  }
}

TEST(ParcelVectors, ThatNoCaseNamesAreNone) {
  for (const ParcelVector& vector : every_vector()) {
    const ParcelCase one{vector.api, vector.data_model, vector.operations, vector.expected};
    for (const std::string& clause : clauses_of(one)) {
      EXPECT_NE(real_catalogue().find(clause), nullptr) << clause << " of " << vector.name;
    }
  }
}

TEST(ParcelVectors, ObservedDefectsHaveWhatIsRight) {
  const std::vector<ParcelVector> vectors = vectors_of(ParcelApi::newer, DataModel::ilp32);
  std::size_t found = 0;
  for (const char* name : {"buffer_fffffffd", "buffer_fffffffe", "buffer_ffffffff"}) {
    const auto vector = std::ranges::find(vectors, name, &ParcelVector::name);
    ASSERT_NE(vector, vectors.end()) << name;
    const ParcelExpectation& right = vector->expected[1].front();
    EXPECT_EQ(right.shown.result, ParcelShown::Result::null);
    EXPECT_EQ(right.shown.state.flag, 3u);
    ++found;
  }
  EXPECT_EQ(found, 3u);
}

// A library that does what was observed, wrong as it is, in the first of those.
CaseResult judged_as_observed(const LegacyProfile& profile) {
  const std::vector<ParcelVector> vectors = vectors_of(ParcelApi::newer, DataModel::ilp32);
  const auto vector = std::ranges::find(vectors, "buffer_fffffffd", &ParcelVector::name);
  if (vector == vectors.end()) return {};
  const ParcelCase one{vector->api, vector->data_model, vector->operations, vector->expected};
  PlayedParcel played = play_parcel({.api = one.api, .data_model = one.data_model}, one.operations);
  played.shown[1] = {.result = ParcelShown::Result::place,
                     .at = 0,
                     .state = {.left = 8, .flag = 1, .is_available = true}};
  CaseResult result;
  ParcelJudge(real_catalogue(), profile).judge(one, played, vector->line, result);
  return result;
}

// A later init makes the data anew; what stood there before is judged by what had filled it.
TEST(CaseOfReference, MasksWhatIsShownByWhatWasThereThen) {
  ParcelOperation init{.verb = ParcelVerb::init};
  init.size = 64;
  ParcelOperation push{.verb = ParcelVerb::push, .type = ParcelType::int32};
  push.number = 7;
  const ParcelOperation show{.verb = ParcelVerb::show_data};
  const ParcelCase one =
      case_of_reference(ParcelApi::newer, DataModel::lp64, {init, push, show, init, show});
  ASSERT_EQ(one.expected[2].size(), 1u);
  EXPECT_EQ(one.expected[2].front().mask.size(), one.expected[2].front().shown.bytes.size());
  EXPECT_EQ(one.expected[4].front().mask.size(), one.expected[4].front().shown.bytes.size());
}

TEST(ParcelJudge, DoesNotPassWhatWasNotPlayedToItsEnd) {
  const ParcelVector vector = every_vector().front();
  const ParcelCase one{vector.api, vector.data_model, vector.operations, vector.expected};
  const LegacyProfile none;
  for (const std::size_t kept : {std::size_t{0}, one.operations.size() - 1}) {
    PlayedParcel played =
        play_parcel({.api = vector.api, .data_model = vector.data_model}, one.operations);
    played.shown.resize(kept);
    CaseResult result;
    ParcelJudge(real_catalogue(), none).judge(one, played, vector.line, result);
    EXPECT_EQ(result.verdict, Verdict::broken) << kept;
    EXPECT_NE(result.reason.find("operations were played"), std::string::npos);
  }
}

TEST(ParcelJudge, FailsWhatIsWrongAsObserved) {
  const CaseResult result = judged_as_observed({});
  EXPECT_EQ(result.verdict, Verdict::fail);
  EXPECT_EQ(deciding_clause(result), "NPC-8");
}

TEST(ParcelJudge, ToleratesWhatTheProfileLists) {
  const TempFolder folder;
  const std::string file =
      folder.write("wraps.tsv", "NPC-8\twraps\t\"\" flag=1\tbuffer_fffffffd\twhy\tfact 2 M\n");
  const auto profile = load_legacy_profile(source_folder() / "spec", file, real_catalogue());
  ASSERT_TRUE(profile) << profile.error();
  const CaseResult result = judged_as_observed(*profile);
  EXPECT_EQ(result.verdict, Verdict::quirk) << result.reason;
  ASSERT_EQ(result.tolerated.size(), 1u);
  EXPECT_EQ(result.tolerated.front().quirk, "wraps");
}

std::string vector_line(const std::string& more) {
  return R"({"name":"one","abi":"ilp32","data":"11223344","offsets":[],"available":true,"flag":1,)"
         R"("left":{"buffer":0,"offsets":0},)" +
         more + "}";
}

std::string error_of(const std::string& line) {
  const auto vector = read_parcel_vector(line, false, ParcelApi::legacy, DataModel::ilp32);
  return vector ? "" : vector.error();
}

TEST(ParcelVectorReader, ReadsPops) {
  const auto vector =
      read_parcel_vector(vector_line(R"("pop":["char"],"results":[255],"trace":[[4,0,0,1]])"),
                         false, ParcelApi::legacy, DataModel::ilp32);
  ASSERT_TRUE(vector) << vector.error();
  ASSERT_EQ(vector->operations.size(), 2u);
  EXPECT_EQ(vector->operations[1].type, ParcelType::character);
  EXPECT_EQ(vector->expected[1].front().shown.number, ~std::uint64_t{0});
}

TEST(ParcelVectorReader, RefusesAnOperationThatItDoesNotKnow) {
  const std::string error =
      error_of(vector_line(R"("pop":["int128"],"results":[0],"trace":[[4,0,0,1]])"));
  EXPECT_NE(error.find("int128"), std::string::npos) << error;
}

TEST(ParcelVectorReader, RefusesATypeOfTheOtherApi) {
  EXPECT_NE(error_of(vector_line(R"("pop":["raw"],"results":[0],"trace":[[4,0,0,1]])")), "");
}

TEST(ParcelVectorReader, RefusesAKeyThatItDoesNotKnow) {
  const std::string error = error_of(
      vector_line(R"("pop":["int32"],"results":[0],"trace":[[4,0,0,1]],"comment":"hello")"));
  EXPECT_NE(error.find("comment"), std::string::npos) << error;
}

TEST(ParcelVectorReader, RefusesATraceThatIsTooShort) {
  EXPECT_NE(error_of(vector_line(R"("pop":["int32"],"results":[0],"trace":[])")), "");
}

TEST(ParcelVectorReader, RefusesAnEndThatIsNotThatOfTheTrace) {
  EXPECT_NE(error_of(vector_line(R"("pop":["int32"],"results":[0],"trace":[[4,0,0,3]])")), "");
}

TEST(ParcelVectorReader, RefusesWhatIsNoJson) { EXPECT_NE(error_of("{"), ""); }

TEST(ParcelVectorFile, NamesFileAndLineOfAnError) {
  const TempFolder folder;
  folder.write("push.jsonl", "");
  folder.write("pop.jsonl", "\n{}\n");
  const auto vectors = load_parcel_vectors(folder.path(), ParcelApi::legacy, DataModel::ilp32);
  ASSERT_FALSE(vectors);
  EXPECT_NE(vectors.error().find("pop.jsonl:2: "), std::string::npos) << vectors.error();
}

TEST(ParcelVectorFile, RefusesADifferenceOfNoVector) {
  const TempFolder folder;
  folder.write("push.jsonl", "");
  folder.write("pop.jsonl",
               vector_line(R"("pop":["int32"],"results":[1144201745],"trace":[[4,0,0,1]])"));
  folder.write("differences.tsv", "pop.jsonl\tother\t1\tPCL-54\tnull used=0\twhy\n");
  const auto vectors = load_parcel_vectors(folder.path(), ParcelApi::legacy, DataModel::ilp32);
  ASSERT_FALSE(vectors);
  EXPECT_NE(vectors.error().find("differences.tsv:1: "), std::string::npos) << vectors.error();
}

TEST(ParcelVectorFile, NamesAFileThatIsNotThere) {
  const TempFolder folder;
  const auto vectors = load_parcel_vectors(folder.path(), ParcelApi::newer, DataModel::lp64);
  ASSERT_FALSE(vectors);
  EXPECT_NE(vectors.error().find("new_push_lp64.jsonl"), std::string::npos) << vectors.error();
}

}  // namespace
}  // namespace touchstone::userspace
