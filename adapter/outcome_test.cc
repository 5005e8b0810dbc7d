#include "adapter/outcome.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <set>
#include <string>

namespace touchstone {
namespace {

Outcome of_kind(Outcome::Kind kind, std::int64_t value = 0) {
  Outcome outcome;
  outcome.kind = kind;
  outcome.value = value;
  return outcome;
}

// A message with every field set, so that changing one shows.
Outcome full_message() {
  Outcome outcome = of_kind(Outcome::Kind::message);
  ReceivedMessage& message = outcome.message;
  message.name = MessageName{3};
  message.type = 1;
  message.data = {std::byte{7}};
  ReceivedObject object;
  object.descriptor = DescriptorName{101};
  object.origin = FileOrigin{ProcessName{2}, DescriptorName{1}};
  message.objects = {object};
  return outcome;
}

TEST(SameOutcome, ComparesTheValueOfNumbersErrorsAndVersions) {
  for (const auto kind : {Outcome::Kind::value, Outcome::Kind::error, Outcome::Kind::version}) {
    EXPECT_TRUE(same_outcome(of_kind(kind, 5), of_kind(kind, 5)));
    EXPECT_FALSE(same_outcome(of_kind(kind, 5), of_kind(kind, 6)));
  }
}

TEST(SameOutcome, IsFalseForDifferentKindsWithEqualValues) {
  EXPECT_FALSE(same_outcome(of_kind(Outcome::Kind::value, 5), of_kind(Outcome::Kind::error, 5)));
  EXPECT_FALSE(same_outcome(of_kind(Outcome::Kind::crash), of_kind(Outcome::Kind::hang)));
}

TEST(SameOutcome, ComparesTheTaskOfTasksAndServices) {
  for (const auto kind : {Outcome::Kind::task, Outcome::Kind::service}) {
    Outcome left = of_kind(kind);
    Outcome right = of_kind(kind);
    EXPECT_TRUE(same_outcome(left, right));
    right.task = {TaskValue::Kind::task, 2};
    EXPECT_FALSE(same_outcome(left, right));
  }
}

TEST(SameOutcome, DoesNotCountReasonsAndClauses) {
  Outcome left = of_kind(Outcome::Kind::not_run);
  Outcome right = left;
  right.reason = "the task sleeps";
  right.clause = "MSG-1";
  EXPECT_TRUE(same_outcome(left, right));
}

TEST(SameOutcome, DoesNotCountTheNameOfAMessage) {
  Outcome renamed = full_message();
  renamed.message.name = unnamed_message;
  EXPECT_TRUE(same_outcome(full_message(), renamed));
}

TEST(SameOutcome, CountsEveryOtherFieldOfAMessage) {
  const TaskValue other{TaskValue::Kind::task, 9};
  void (*const changes[])(ReceivedMessage&, TaskValue) = {
      [](ReceivedMessage& message, TaskValue) { message.type = 9; },
      [](ReceivedMessage& message, TaskValue task) { message.to = task; },
      [](ReceivedMessage& message, TaskValue task) { message.token = task; },
      [](ReceivedMessage& message, TaskValue) { message.cookie = 9; },
      [](ReceivedMessage& message, TaskValue) { message.code = 9; },
      [](ReceivedMessage& message, TaskValue) { message.flag = 9; },
      [](ReceivedMessage& message, TaskValue task) { message.from_task = task; },
      [](ReceivedMessage& message, TaskValue task) { message.from_process = task; },
      [](ReceivedMessage& message, TaskValue) { message.uid = 9; },
      [](ReceivedMessage& message, TaskValue) { message.gid = 9; },
      [](ReceivedMessage& message, TaskValue) { message.time = TimeName{9}; },
      [](ReceivedMessage& message, TaskValue) { message.data.clear(); },
      [](ReceivedMessage& message, TaskValue) { message.objects.clear(); },
      [](ReceivedMessage& message, TaskValue) { message.objects[0].offset = 9; },
      [](ReceivedMessage& message, TaskValue) { message.objects[0].origin->process = {}; },
      [](ReceivedMessage& message, TaskValue) { message.defects = {{"RCV-15", "wrong"}}; },
  };
  for (std::size_t index = 0; index < std::size(changes); ++index) {
    Outcome changed = full_message();
    changes[index](changed.message, other);
    EXPECT_FALSE(same_outcome(full_message(), changed)) << "change " << index;
  }
}

TEST(SameOutcome, DoesNotCountAnOriginThatOneSideCannotTell) {
  Outcome untold = full_message();
  untold.message.objects[0].origin.reset();
  EXPECT_TRUE(same_outcome(full_message(), untold));
  EXPECT_TRUE(same_outcome(untold, full_message()));
}

TEST(ErrnoName, GivesTheTargetsNames) {
  EXPECT_EQ(errno_name(1), "EPERM");
  EXPECT_EQ(errno_name(22), "EINVAL");
  EXPECT_EQ(errno_name(62), "ETIME");
  EXPECT_EQ(errno_name(110), "ETIMEDOUT");
  EXPECT_EQ(errno_name(133), "EHWPOISON");
}

TEST(ErrnoName, IsTheNumberWhereThereIsNoName) {
  EXPECT_EQ(errno_name(41), "E41");
  EXPECT_EQ(errno_name(58), "E58");
  EXPECT_EQ(errno_name(134), "E134");
  EXPECT_EQ(errno_name(999), "E999");
}

TEST(ErrnoNumber, IsGivenBackForEveryName) {
  std::set<std::string> names;
  for (std::int64_t number = 1; number <= 4095; ++number) {
    names.insert(errno_name(number));
    EXPECT_EQ(errno_number(errno_name(number)), number);
    EXPECT_EQ(errno_number("E" + std::to_string(number)), number);
  }
  EXPECT_EQ(names.size(), 4095u);
}

TEST(ErrnoNumber, IsNoneForOtherText) {
  for (const char* text :
       {"", "E", "E0", "E01", "E1x", "EX", "einval", "EINVAL ", "22", "E1234567890123456789"}) {
    EXPECT_EQ(errno_number(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace touchstone
