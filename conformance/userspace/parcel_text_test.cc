#include "conformance/userspace/parcel_text.h"

#include <gtest/gtest.h>

#include <string>

#include "conformance/userspace/parcel_frame.h"
#include "conformance/userspace/parcel_player.h"
#include "conformance/userspace/parcel_sequences.h"
#include "conformance/userspace/shown.h"

namespace touchstone::userspace {
namespace {

ScriptStep step_of(const std::string& text) {
  const auto script =
      parse_script("case: sample\ntitle: a sample\nclauses: PCL-1\nabi: any\n\n" + text + "\n");
  if (!script) {
    ADD_FAILURE() << script.error().expected << " in " << text;
    return {};
  }
  return script->steps.front();
}

std::expected<ParcelOperation, StepError> read(const std::string& text, ParcelApi api) {
  return read_parcel_step(step_of(text), api, DataModel::lp64);
}

std::string error_of(const std::string& text, ParcelApi api = ParcelApi::legacy) {
  const auto operation = read(text, api);
  return operation ? "" : operation.error().expected;
}

// What is read is printed as it was written.
void expect_same(const std::string& text, ParcelApi api) {
  const auto operation = read(text, api);
  ASSERT_TRUE(operation) << text << ": " << operation.error().expected;
  EXPECT_EQ(print_parcel_operation(*operation, DataModel::lp64), text);
}

TEST(ParcelSteps, AreReadAndPrinted) {
  for (const char* text : {"init 64 objects=2",
                           "init null objects=0",
                           "init 64 objects=0 at=3",
                           "message 0500",
                           "message \"\"",
                           "message null",
                           "message 0500 offsets=0,24",
                           "push char -1",
                           "push bool 1",
                           "push uint64 18446744073709551615",
                           "push int8_unaligned -128",
                           "push float 1065353216",
                           "push string \"a\\\"b\\\\\\x00\"",
                           "push string null",
                           "push string length=100",
                           "push flat_obj 0102",
                           "push flat_obj null length=4",
                           "push flat_obj self length=4",
                           "push fd 7",
                           "push svc handle=1 token=2 cookie=3",
                           "push svc null",
                           "push data_buff size=8 address=4096",
                           "push data_buff size=8 address=4096 free",
                           "push data_buff null free",
                           "pop int32",
                           "pop string",
                           "pop string no_count",
                           "pop flat_obj no_count",
                           "free",
                           "copy",
                           "null",
                           "data",
                           "table"}) {
    expect_same(text, ParcelApi::legacy);
  }
}

TEST(ParcelSteps, OfTheNewerApiAreReadAndPrinted) {
  for (const char* text :
       {"push pointer 18446744073709551615", "push buffer 0102", "push raw length=100",
        "push string16 61006200", "push token null length=1", "push vbool 0100",
        "push vint32 null length=2", "pop buffer 3", "pop raw 18446744073709551615",
        "append 64 objects=1 0102 offsets=0"}) {
    expect_same(text, ParcelApi::newer);
  }
}

TEST(ParcelSteps, AreRefusedWhereTheyAreNone) {
  EXPECT_NE(error_of("shove int8 1"), "");
  EXPECT_NE(error_of("push int8 128"), "");
  EXPECT_NE(error_of("push bool 2"), "");
  EXPECT_NE(error_of("push pointer 1"), "");
  EXPECT_NE(error_of("push string bare"), "");
  EXPECT_NE(error_of("push flat_obj 012"), "");
  EXPECT_NE(error_of("push int8"), "");
  EXPECT_NE(error_of("push int8 1 2"), "");
  EXPECT_NE(error_of("pop int8 no_count"), "");
  EXPECT_NE(error_of("append 64 objects=0 01"), "");
  EXPECT_NE(error_of("push char 1", ParcelApi::newer), "");
  EXPECT_NE(error_of("free", ParcelApi::newer), "");
  EXPECT_NE(error_of("push string16 616263", ParcelApi::newer), "");
  EXPECT_NE(error_of("append 8 objects=1 0102", ParcelApi::newer), "");
  EXPECT_NE(error_of("append 64 objects=1 0102 offsets=0,1", ParcelApi::newer), "");
}

// One line of what the reference shows after a step.
std::string shown_after(Player& player, const std::string& text) {
  const auto shown = player.play(step_of(text));
  return shown ? text_of(*shown) : "error: " + shown.error().expected;
}

TEST(ParcelPlayer, ShowsWhatAStepDoes) {
  const auto player = parcel_subject(ParcelApi::legacy, "").make_player(DataModel::ilp32);
  EXPECT_EQ(shown_after(*player, "init 12 objects=1"),
            "used=0 left=8 entries=0 entries_left=1 flag=1 available=1");
  EXPECT_EQ(shown_after(*player, "push int16 -2"),
            "used=4 left=4 entries=0 entries_left=1 flag=1 available=1");
  EXPECT_EQ(shown_after(*player, "push string \"hello\""),
            "used=8 left=0 entries=0 entries_left=1 flag=3 available=0");
  EXPECT_EQ(shown_after(*player, "data"),
            "feffffff05000000 used=8 left=0 entries=0 entries_left=1 flag=3 available=0");
  EXPECT_EQ(player->describe_state(), "used=8 left=0 entries=0 entries_left=1 flag=3");
}

TEST(ParcelPlayer, ShowsWhatAPopGives) {
  const auto player = parcel_subject(ParcelApi::legacy, "").make_player(DataModel::ilp32);
  shown_after(*player, "message 02000000616200000000000007000000ffffffff00000000 offsets=8");
  EXPECT_EQ(shown_after(*player, "pop string"),
            "ab at=4 count=2 used=8 left=16 entries=0 entries_left=1 flag=1 available=1");
  EXPECT_EQ(shown_after(*player, "pop fd"),
            "7 used=24 left=0 entries=1 entries_left=0 flag=1 available=1");
  EXPECT_EQ(shown_after(*player, "pop flat_obj"),
            "null count=0 used=24 left=0 entries=1 entries_left=0 flag=3 available=0");
}

TEST(ParcelPlayer, ShowsWhatTheNewerApiTells) {
  const auto player = parcel_subject(ParcelApi::newer, "").make_player(DataModel::lp64);
  shown_after(*player, "init 8 objects=0");
  EXPECT_EQ(shown_after(*player, "push string null"),
            "0 used=0 left=8 entries=0 entries_left=0 flag=1 available=1");
  EXPECT_EQ(shown_after(*player, "push vbool 0101"),
            "0 used=4 left=4 entries=0 entries_left=0 flag=3 available=0");
  EXPECT_EQ(shown_after(*player, "pop int32"),
            "none used=4 left=4 entries=0 entries_left=0 flag=3 available=0");
}

TEST(ParcelPlayer, RefusesAPushIntoNoParcel) {
  const auto player = parcel_subject(ParcelApi::legacy, "").make_player(DataModel::lp64);
  EXPECT_EQ(shown_after(*player, "push int8 1"), "error: init, message or null first");
  EXPECT_EQ(shown_after(*player, "copy"), "error: init, message or null first");
}

TEST(ParcelFrame, IsReadAsWritten) {
  ParcelFrame frame{.sequence = 7};
  frame.shown.result = ParcelShown::Result::place;
  frame.shown.bytes = {std::byte{1}, std::byte{2}};
  frame.shown.count = 2;
  frame.shown.numbers = {3, 4, 5};
  frame.shown.service = {1, 2, 3};
  frame.shown.state.used = 9;
  frame.shown.lacks = "IpcIoPopFloat";
  const std::string bytes = encode_frame(frame);
  const auto read_back = decode_frame(bytes);
  ASSERT_TRUE(read_back);
  EXPECT_EQ(read_back->sequence, frame.sequence);
  EXPECT_EQ(read_back->shown, frame.shown);
}

TEST(ParcelFrame, IsRefusedWhereItIsCutOffOrTooLong) {
  const std::string bytes = encode_frame({.sequence = 1});
  for (std::size_t cut = 0; cut < bytes.size(); ++cut) {
    EXPECT_FALSE(decode_frame(std::string_view(bytes).substr(0, cut))) << cut;
  }
  EXPECT_FALSE(decode_frame(bytes + "x"));
}

TEST(ParcelSequences, AreTheSameForTheSameSeed) {
  const HasFunction has_all = [](const ParcelOperation&) { return true; };
  for (const ParcelProperty property : all_parcel_properties) {
    const auto first = make_sequences(property, ParcelApi::newer, DataModel::lp64, has_all, 20, 7);
    EXPECT_EQ(first, make_sequences(property, ParcelApi::newer, DataModel::lp64, has_all, 20, 7));
    EXPECT_NE(first, make_sequences(property, ParcelApi::newer, DataModel::lp64, has_all, 20, 8));
  }
}

TEST(ParcelSequences, DoWithoutFunctionsThatAreNotThere) {
  const HasFunction has_int8 = [](const ParcelOperation& operation) {
    return operation.type == ParcelType::int8 && operation.verb != ParcelVerb::free_buffers;
  };
  for (const ParcelSequence& sequence : make_sequences(ParcelProperty::pushes, ParcelApi::legacy,
                                                       DataModel::lp64, has_int8, 50, 1)) {
    for (const ParcelOperation& operation : sequence) {
      EXPECT_NE(operation.verb, ParcelVerb::free_buffers);
      if (operation.verb != ParcelVerb::push) continue;
      EXPECT_EQ(operation.type, ParcelType::int8);
    }
  }
}

}  // namespace
}  // namespace touchstone::userspace
