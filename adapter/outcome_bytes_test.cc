#include "adapter/outcome_bytes.h"

#include <gtest/gtest.h>

#include <string>

namespace touchstone {
namespace {

std::vector<std::byte> bytes_of(std::string_view text) {
  std::vector<std::byte> bytes;
  for (const char character : text) bytes.push_back(static_cast<std::byte>(character));
  return bytes;
}

// Every field differs from its default, and from its neighbours.
Outcome full_outcome() {
  ReceivedObject descriptor;
  descriptor.offset = 4;
  descriptor.descriptor = DescriptorName{101};
  descriptor.origin = FileOrigin{ProcessName{2}, DescriptorName{1}};
  ReceivedObject buffer;
  buffer.offset = 20;
  buffer.kind = ObjectKind::ptr;
  buffer.bytes = bytes_of(std::string_view("a\0b", 3));
  ReceivedObject service;
  service.offset = 36;
  service.kind = ObjectKind::svc;
  service.handle = {TaskValue::Kind::self, 0};
  service.token = 11;
  service.cookie = 12;
  ReceivedObject other;
  other.offset = 52;
  other.kind = ObjectKind::other;
  other.type = 77;

  Outcome outcome;
  outcome.kind = Outcome::Kind::message;
  outcome.value = -1234567890123;
  outcome.task = {TaskValue::Kind::task, 9};
  outcome.reason = "because\nof this";
  ReceivedMessage& message = outcome.message;
  message.name = MessageName{3};
  message.type = 2;
  message.to = {TaskValue::Kind::cms, 0};
  message.token = {TaskValue::Kind::task, 5};
  message.cookie = 6;
  message.code = 7;
  message.flag = 1;
  message.from_task = {TaskValue::Kind::kernel, 0};
  message.from_process = {TaskValue::Kind::task, 8};
  message.uid = 1000;
  message.gid = 1001;
  message.time = TimeName{4};
  message.data = bytes_of("data");
  message.objects = {descriptor, buffer, service, other};
  message.defects = {{"RCV-15", "data is not null"}, {"RCV-16", "outside the pool"}};
  return outcome;
}

void expect_same(const Outcome& left, const Outcome& right) {
  EXPECT_EQ(left.kind, right.kind);
  EXPECT_EQ(left.value, right.value);
  EXPECT_EQ(left.task, right.task);
  EXPECT_EQ(left.message, right.message);
  EXPECT_EQ(left.reason, right.reason);
}

TEST(OutcomeBytes, GiveBackEveryField) {
  const auto decoded = decode_outcome(encode_outcome(full_outcome()));
  ASSERT_TRUE(decoded);
  expect_same(*decoded, full_outcome());
}

TEST(OutcomeBytes, GiveBackEveryKind) {
  for (auto kind = 0u; kind <= static_cast<unsigned>(Outcome::Kind::lost); ++kind) {
    Outcome outcome;
    outcome.kind = static_cast<Outcome::Kind>(kind);
    const auto decoded = decode_outcome(encode_outcome(outcome));
    ASSERT_TRUE(decoded);
    expect_same(*decoded, outcome);
  }
}

TEST(OutcomeBytes, AreRefusedWhenCutShortOrTooLong) {
  const std::string bytes = encode_outcome(full_outcome());
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    EXPECT_FALSE(decode_outcome(std::string_view(bytes).substr(0, length))) << length;
  }
  EXPECT_FALSE(decode_outcome(bytes + '\0'));
}

TEST(OutcomeBytes, AreRefusedWhenAKindIsUnknown) {
  std::string bytes = encode_outcome(full_outcome());
  bytes[0] = 100;
  EXPECT_FALSE(decode_outcome(bytes));
}

TEST(OutcomeBytes, NeverMakeTheReaderFallOver) {
  const std::string bytes = encode_outcome(full_outcome());
  int refused = 0;
  for (std::size_t index = 0; index < bytes.size(); ++index) {
    for (const char value : {'\0', '\x7f', '\xff'}) {
      std::string spoilt = bytes;
      spoilt[index] = value;
      if (!decode_outcome(spoilt)) ++refused;
    }
  }
  EXPECT_GT(refused, 0);
}

}  // namespace
}  // namespace touchstone
