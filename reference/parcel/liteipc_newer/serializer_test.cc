// The newer C API: what it adds to NewerWriter and NewerReader.
#include <gtest/gtest.h>
#include <serializer.h>

#include <array>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>

#include "reference/parcel/hex_for_test.h"
#include "reference/parcel/liteipc_newer/c_program_test.h"

namespace {

using touchstone::parcel::hex;

class NewerSerializer : public testing::Test {
 protected:
  NewerSerializer() { IpcIoInit(&io_, odd_, 256, 2); }

  std::string data() const {
    const auto* base = reinterpret_cast<const std::byte*>(io_.bufferBase);
    return hex({base, static_cast<std::size_t>(io_.bufferCur - io_.bufferBase)});
  }
  // What was written becomes what is read.
  void turn_round() {
    io_.bufferLeft = static_cast<std::size_t>(io_.bufferCur - io_.bufferBase);
    io_.bufferCur = io_.bufferBase;
    io_.offsetsLeft = static_cast<std::size_t>(io_.offsetsCur - io_.offsetsBase);
    io_.offsetsCur = io_.offsetsBase;
  }

  std::array<char, 257> memory_{};
  char* const odd_ = memory_.data() + (reinterpret_cast<std::uintptr_t>(memory_.data()) % 2 == 0);
  IpcIo io_{};
};

TEST_F(NewerSerializer, IsUsableFromC) { EXPECT_EQ(run_newer_c_program(), 0); }

TEST_F(NewerSerializer, IsNotAvailableAfterARefusedInit) {
  IpcIoInit(&io_, odd_, 8193, 0);
  EXPECT_EQ(io_.flag, 0u);
  EXPECT_FALSE(WriteBool(&io_, true));
}

TEST_F(NewerSerializer, DoesNothingWithANullParcel) {
  IpcIoInit(nullptr, odd_, 8, 0);
  EXPECT_FALSE(WriteInt32(nullptr, 1));
  EXPECT_FALSE(WriteString(nullptr, "a"));
  EXPECT_FALSE(WriteBoolVector(nullptr, nullptr, 0));
  EXPECT_FALSE(IpcIoAppend(nullptr, &io_));
  std::int32_t number = 7;
  std::size_t count = 7;
  EXPECT_FALSE(ReadInt32(nullptr, &number));
  EXPECT_EQ(number, 7);
  EXPECT_EQ(ReadString(nullptr, &count), nullptr);
  EXPECT_EQ(ReadPointer(nullptr), 0u);
  EXPECT_EQ(ReadFileDescriptor(nullptr), -1);
  EXPECT_EQ(ReadInt16Vector(nullptr, &count), nullptr);
}

TEST_F(NewerSerializer, LeavesThePlaceAloneWhenAReadFails) {
  turn_round();
  double number = 0.5;
  SvcIdentity service{1, 2, 3};
  std::size_t count = 7;
  EXPECT_FALSE(ReadDouble(&io_, &number));
  EXPECT_EQ(number, 0.5);
  EXPECT_FALSE(ReadRemoteObject(&io_, &service));
  EXPECT_EQ(service.cookie, 3u);
  EXPECT_EQ(ReadString(&io_, &count), nullptr);
  EXPECT_EQ(count, 7u);
  EXPECT_EQ(ReadInt8Vector(&io_, &count), nullptr);
  EXPECT_EQ(count, 0u);
}

TEST_F(NewerSerializer, SaysWhetherAWriteWasDone) {
  const std::array<std::uint16_t, 2> units{1, 2};
  EXPECT_FALSE(WriteString(&io_, nullptr));
  EXPECT_TRUE(WriteString(&io_, "a"));
  EXPECT_TRUE(WriteBuffer(&io_, units.data(), 3));
  EXPECT_TRUE(WriteString16(&io_, units.data(), 2));
  EXPECT_FALSE(WriteString16(&io_, units.data(), 0));
  EXPECT_FALSE(WriteString(&io_, "a"));
}

TEST_F(NewerSerializer, RefusesAVectorWhoseBytesWrap) {
  const std::array<std::int32_t, 1> one{7};
  EXPECT_FALSE(WriteInt32Vector(&io_, one.data(), SIZE_MAX / 4 + 2));
  EXPECT_EQ(io_.flag, 3u);
}

TEST_F(NewerSerializer, RefusesABufferWhoseSizeWraps) {
  ASSERT_TRUE(WriteInt32(&io_, 7));
  turn_round();
  EXPECT_EQ(ReadBuffer(&io_, SIZE_MAX), nullptr);
  EXPECT_EQ(io_.flag, 3u);
}

TEST_F(NewerSerializer, GivesWideVectorsAsMemoryOfTheCaller) {
  const std::array<bool, 2> truths{true, false};
  const std::array<std::int16_t, 2> numbers{-2, 3};
  ASSERT_TRUE(WriteBoolVector(&io_, truths.data(), 2));
  ASSERT_TRUE(WriteInt16Vector(&io_, numbers.data(), 2));
  ASSERT_TRUE(WriteBoolVector(&io_, nullptr, 0));
  turn_round();
  std::size_t count = 7;
  bool* popped_truths = ReadBoolVector(&io_, &count);
  ASSERT_NE(popped_truths, nullptr);
  EXPECT_EQ(count, 2u);
  EXPECT_TRUE(popped_truths[0]);
  EXPECT_FALSE(popped_truths[1]);
  std::int16_t* popped_numbers = ReadInt16Vector(&io_, &count);
  ASSERT_NE(popped_numbers, nullptr);
  EXPECT_EQ(popped_numbers[0], -2);
  bool* none = ReadBoolVector(&io_, nullptr);
  EXPECT_NE(none, nullptr);
  std::free(popped_truths);
  std::free(popped_numbers);
  std::free(none);
}

TEST_F(NewerSerializer, AppendsAParcel) {
  std::array<char, 64> memory{};
  IpcIo other;
  IpcIoInit(&other, memory.data(), memory.size(), 1);
  ASSERT_TRUE(WriteUint8Unaligned(&other, 0xee));
  ASSERT_TRUE(WriteFileDescriptor(&other, 7));
  ASSERT_TRUE(WriteInt32(&io_, 1));
  ASSERT_TRUE(IpcIoAppend(&io_, &other));
  EXPECT_EQ(data().substr(0, 10), "01000000ee");
  EXPECT_EQ(io_.offsetsLeft, 1u);
  EXPECT_FALSE(IpcIoAppend(&io_, nullptr));
}

TEST_F(NewerSerializer, ReadsAnObjectAtAnyAddress) {
  const SvcIdentity service{-1, 5, 6};
  ASSERT_TRUE(WriteBoolUnaligned(&io_, true));
  ASSERT_TRUE(WriteRemoteObject(&io_, &service));
  ASSERT_TRUE(WriteFileDescriptor(&io_, 9));
  ASSERT_TRUE(WritePointer(&io_, 0x1000));
  turn_round();
  bool truth = false;
  SvcIdentity popped{};
  EXPECT_TRUE(ReadBoolUnaligned(&io_, &truth));
  EXPECT_TRUE(ReadRemoteObject(&io_, &popped));
  EXPECT_EQ(popped.handle, -1);
  EXPECT_EQ(popped.token, 5u);
  EXPECT_EQ(popped.cookie, 6u);
  EXPECT_EQ(ReadFileDescriptor(&io_), 9);
  EXPECT_EQ(ReadPointer(&io_), 0x1000u);
}

}  // namespace
