// The legacy C API: what it adds to ParcelWriter and ParcelReader.
#include <gtest/gtest.h>
#include <serializer.h>

#include <array>
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "reference/parcel/hex_for_test.h"
#include "reference/parcel/liteipc/c_program_test.h"

namespace {

using touchstone::parcel::bytes;
using touchstone::parcel::hex;

std::string data_of(const IpcIo& io) {
  const auto* base = reinterpret_cast<const std::byte*>(io.bufferBase);
  return hex({base, static_cast<std::size_t>(io.bufferCur - io.bufferBase)});
}

// An IpcIo full of what nobody wrote.
IpcIo garbage() {
  IpcIo io;
  std::memset(&io, 0xaa, sizeof io);
  return io;
}

// The buffers that were freed, by number, in order.
std::vector<std::uintptr_t>& freed() {
  static std::vector<std::uintptr_t> addresses;
  return addresses;
}
void note_free(void* buffer) { freed().push_back(reinterpret_cast<std::uintptr_t>(buffer)); }

void push_buffer(IpcIo& io, std::uintptr_t address, std::uint32_t size = 8) {
  const BuffPtr buffer{size, reinterpret_cast<void*>(address)};
  IpcIoPushDataBuffWithFree(&io, &buffer, note_free);
}

class LegacySerializer : public testing::Test {
 protected:
  LegacySerializer() { freed().clear(); }

  std::array<char, 257> memory_{};
  char* const odd_ = memory_.data() + (reinterpret_cast<std::uintptr_t>(memory_.data()) % 2 == 0);
};

TEST_F(LegacySerializer, IsUsableFromC) { EXPECT_EQ(run_legacy_c_program(), 0); }

TEST_F(LegacySerializer, FillsTheFieldsOfTheStructure) {
  IpcIo io = garbage();
  IpcIoInit(&io, odd_, 256, 2);
  EXPECT_EQ(io.bufferBase, odd_ + 2 * sizeof(std::size_t));
  EXPECT_EQ(io.bufferCur, io.bufferBase);
  EXPECT_EQ(reinterpret_cast<char*>(io.offsetsBase), odd_);
  EXPECT_EQ(io.offsetsCur, io.offsetsBase);
  EXPECT_EQ(io.bufferLeft, 256 - 2 * sizeof(std::size_t));
  EXPECT_EQ(io.offsetsLeft, 2u);
  EXPECT_EQ(io.flag, 1u);
  IpcIoPushFd(&io, 7);
  EXPECT_EQ(io.offsetsCur - io.offsetsBase, 1);
  EXPECT_EQ(io.offsetsLeft, 1u);
}

TEST_F(LegacySerializer, IsNotAvailableAfterARefusedInit) {
  IpcIo io = garbage();
  IpcIoInit(&io, odd_, 0, 0);
  EXPECT_FALSE(IpcIoAvailable(&io));
  io = garbage();
  IpcIoInit(&io, nullptr, 8, 0);
  EXPECT_FALSE(IpcIoAvailable(&io));
  IpcIoFreeDataBuff(&io);
  io = garbage();
  IpcIoInit(&io, odd_, 3, 1);
  EXPECT_EQ(io.flag, 2u);
  IpcIoFreeDataBuff(&io);
  EXPECT_TRUE(freed().empty());
  io = garbage();
  IpcIoInitFromMsg(&io, nullptr);
  EXPECT_FALSE(IpcIoAvailable(&io));
}

TEST_F(LegacySerializer, DoesNothingWithANullParcel) {
  IpcIoInit(nullptr, odd_, 8, 0);
  IpcIoInitFromMsg(nullptr, nullptr);
  IpcIoFreeDataBuff(nullptr);
  IpcIoPushInt32(nullptr, 1);
  IpcIoPushString(nullptr, "a");
  const BuffPtr buffer{8, odd_};
  IpcIoPushDataBuffWithFree(nullptr, &buffer, note_free);
  EXPECT_TRUE(freed().empty());
  std::size_t count = 7;
  std::uint32_t size = 7;
  EXPECT_EQ(IpcIoPopString(nullptr, &count), nullptr);
  EXPECT_EQ(IpcIoPopFlatObj(nullptr, &size), nullptr);
  EXPECT_EQ(count, 0u);
  EXPECT_EQ(size, 0u);
  EXPECT_EQ(IpcIoPopInt32(nullptr), 0);
  EXPECT_EQ(IpcIoPopFd(nullptr), -1);
  EXPECT_EQ(IpcIoPopSvc(nullptr), nullptr);
  EXPECT_EQ(IpcIoPopDataBuff(nullptr), nullptr);
  EXPECT_FALSE(IpcIoAvailable(nullptr));
}

TEST_F(LegacySerializer, ReadsAMessageAtAnyAddress) {
  IpcIo sent = garbage();
  IpcIoInit(&sent, odd_, 256, 2);
  IpcIoPushUint8Unaligned(&sent, 0xee);
  const SvcIdentity service{3, 9, 0};
  IpcIoPushSvc(&sent, &service);
  const BuffPtr buffer{100, odd_};
  IpcIoPushDataBuff(&sent, &buffer);
  IpcIoPushDouble(&sent, -2.0);
  IpcMsg message{};
  message.data = sent.bufferBase;
  message.dataSz = static_cast<std::uint32_t>(sent.bufferCur - sent.bufferBase);
  message.offsets = sent.offsetsBase;
  message.spObjNum = 2;
  IpcIo io = garbage();
  IpcIoInitFromMsg(&io, &message);
  EXPECT_EQ(IpcIoPopUint8Unaligned(&io), 0xee);
  SvcIdentity popped_service;
  std::memcpy(&popped_service, static_cast<void*>(IpcIoPopSvc(&io)), sizeof popped_service);
  EXPECT_EQ(popped_service.handle, 3u);
  EXPECT_EQ(popped_service.token, 9u);
  BuffPtr popped_buffer;
  std::memcpy(&popped_buffer, static_cast<void*>(IpcIoPopDataBuff(&io)), sizeof popped_buffer);
  EXPECT_EQ(popped_buffer.buffSz, 100u);
  EXPECT_EQ(popped_buffer.buff, odd_);
  EXPECT_EQ(IpcIoPopDouble(&io), -2.0);
  EXPECT_TRUE(IpcIoAvailable(&io));
  EXPECT_EQ(io.bufferLeft, 0u);
}

TEST_F(LegacySerializer, TellsTheCountOrTakesNoPlaceForIt) {
  const auto data = bytes("03000000 61626300 01200000 02000000 11220000");
  IpcMsg message{};
  message.data = const_cast<std::byte*>(data.data());
  message.dataSz = static_cast<std::uint32_t>(data.size());
  IpcIo io = garbage();
  IpcIoInitFromMsg(&io, &message);
  EXPECT_STREQ(IpcIoPopString(&io, nullptr), "abc");
  std::size_t count = 7;
  EXPECT_EQ(IpcIoPopString(&io, &count), nullptr);
  EXPECT_EQ(count, 8193u);
  EXPECT_EQ(IpcIoPopFlatObj(&io, nullptr), nullptr);
  EXPECT_EQ(io.flag, 3u);
  EXPECT_EQ(io.bufferLeft, 8u);
}

TEST_F(LegacySerializer, TakesAnObjectsBytesWhereThereIsNoTable) {
  IpcIo io = garbage();
  IpcIoInit(&io, odd_, 256, 2);
  io.offsetsCur = nullptr;
  IpcIoPushFd(&io, 7);
  EXPECT_EQ(io.flag, 3u);
  EXPECT_EQ(io.offsetsLeft, 2u);
  EXPECT_EQ(static_cast<std::size_t>(io.bufferCur - io.bufferBase), sizeof(SpecialObj));
}

TEST_F(LegacySerializer, PushesNothingThatIsNull) {
  IpcIo io = garbage();
  const auto flag_after = [&](auto push) {
    IpcIoInit(&io, odd_, 256, 2);
    push();
    EXPECT_EQ(data_of(io), "");
    return io.flag;
  };
  EXPECT_EQ(flag_after([&] { IpcIoPushSvc(&io, nullptr); }), 3u);
  EXPECT_EQ(flag_after([&] { IpcIoPushString(&io, nullptr); }), 3u);
  EXPECT_EQ(flag_after([&] { IpcIoPushFlatObj(&io, nullptr, 5); }), 3u);
  EXPECT_EQ(flag_after([&] { IpcIoPushDataBuff(&io, nullptr); }), 3u);
  EXPECT_EQ(flag_after([&] { IpcIoPushDataBuffWithFree(&io, nullptr, note_free); }), 3u);
  IpcIoFreeDataBuff(&io);
  EXPECT_TRUE(freed().empty());
}

TEST_F(LegacySerializer, FreesTheNewestFirstAndOnce) {
  IpcIo io = garbage();
  IpcIoInit(&io, odd_, 256, 4);
  push_buffer(io, 0x1000);
  push_buffer(io, 0x2000);
  push_buffer(io, 0x3000, 65537);
  push_buffer(io, 0x4000);
  EXPECT_FALSE(IpcIoAvailable(&io));
  IpcIoFreeDataBuff(&io);
  EXPECT_EQ(freed(), (std::vector<std::uintptr_t>{0x2000, 0x1000}));
  IpcIoFreeDataBuff(&io);
  EXPECT_EQ(freed().size(), 2u);
}

TEST_F(LegacySerializer, FreesThroughACopy) {
  IpcIo io = garbage();
  IpcIoInit(&io, odd_, 256, 4);
  push_buffer(io, 0x1000);
  IpcIo copy = io;
  std::memset(&io, 0xaa, sizeof io);
  push_buffer(copy, 0x2000);
  IpcIoFreeDataBuff(&copy);
  EXPECT_EQ(freed(), (std::vector<std::uintptr_t>{0x2000, 0x1000}));
}

TEST_F(LegacySerializer, NeverCallsANullCallback) {
  IpcIo io = garbage();
  IpcIoInit(&io, odd_, 256, 4);
  const BuffPtr buffer{8, odd_};
  IpcIoPushDataBuffWithFree(&io, &buffer, nullptr);
  EXPECT_TRUE(IpcIoAvailable(&io));
  IpcIoFreeDataBuff(&io);
  EXPECT_EQ(data_of(io).substr(0, 8), "01000000");
}

TEST_F(LegacySerializer, PopsWhatItPushedOfEachNumber) {
  IpcIo io = garbage();
  IpcIoInit(&io, odd_, 256, 0);
  IpcIoPushChar(&io, '\x80');
  IpcIoPushBool(&io, true);
  IpcIoPushInt8(&io, -8);
  IpcIoPushInt16(&io, -16);
  IpcIoPushInt64(&io, -64);
  IpcIoPushUint16(&io, 16);
  IpcIoPushUint64(&io, 64);
  IpcIoPushIntptr(&io, -1);
  IpcIoPushUintptr(&io, 1);
  IpcIoPushFloat(&io, 0.5f);
  IpcIoPushCharUnaligned(&io, 'c');
  IpcIoPushBoolUnaligned(&io, true);
  IpcIoPushInt8Unaligned(&io, -8);
  IpcIoPushInt16Unaligned(&io, -16);
  IpcIoPushUint16Unaligned(&io, 16);
  IpcMsg message{};
  message.data = io.bufferBase;
  message.dataSz = static_cast<std::uint32_t>(io.bufferCur - io.bufferBase);
  IpcIoInitFromMsg(&io, &message);
  EXPECT_EQ(IpcIoPopChar(&io), '\x80');
  EXPECT_EQ(IpcIoPopBool(&io), true);
  EXPECT_EQ(IpcIoPopInt8(&io), -8);
  EXPECT_EQ(IpcIoPopInt16(&io), -16);
  EXPECT_EQ(IpcIoPopInt64(&io), -64);
  EXPECT_EQ(IpcIoPopUint16(&io), 16);
  EXPECT_EQ(IpcIoPopUint64(&io), 64u);
  EXPECT_EQ(IpcIoPopIntptr(&io), -1);
  EXPECT_EQ(IpcIoPopUintptr(&io), 1u);
  EXPECT_EQ(IpcIoPopFloat(&io), 0.5f);
  EXPECT_EQ(IpcIoPopCharUnaligned(&io), 'c');
  EXPECT_EQ(IpcIoPopBoolUnaligned(&io), true);
  EXPECT_EQ(IpcIoPopInt8Unaligned(&io), -8);
  EXPECT_EQ(IpcIoPopInt16Unaligned(&io), -16);
  EXPECT_EQ(IpcIoPopUint16Unaligned(&io), 16);
  EXPECT_EQ(io.bufferLeft, 0u);
}

}  // namespace
