// What a call is found to read: bad pointers, sizes that wrap, objects in every disorder.
#include "daemon/client/capture.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <memory>
#include <vector>

#include "daemon/client/testing/messages.h"

namespace touchstone::client {
namespace {

// Addresses at which nothing can be read, whatever its size.
std::vector<std::uintptr_t> bad_addresses(const GuardedPage& page) {
  return {16, address_of(page.end()), address_of(page.end()) - 1, UINTPTR_MAX - 4095, UINTPTR_MAX};
}

class Capture : public testing::Test {
 protected:
  void capture(std::uint32_t command, std::uintptr_t argument) {
    memory_.frame = address_of(__builtin_frame_address(0));
    lite_ipc_capture(call_.get(), &memory_, pool_, command, argument);
  }
  void capture(const Send& send) { capture(LITE_IPC_SEND_RECEIVE, address_of(&send.content)); }

  const liteipcd_ioctl& ioctl() const { return call_->tables.ioctl; }
  std::vector<std::uint64_t> segments() const {
    std::vector<std::uint64_t> addresses;
    for (std::uint32_t i = 0; i < ioctl().segment_count; ++i) {
      addresses.push_back(call_->tables.segments[i].address);
    }
    return addresses;
  }
  std::vector<std::uint32_t> numbers() const {
    return {call_->numbers, call_->numbers + ioctl().descriptor_count};
  }
  // The bytes that go for a segment.
  std::vector<std::byte> bytes(std::uint32_t segment) const {
    const iovec& part = call_->parts[lite_ipc_part_bytes + segment];
    const auto* from = static_cast<const std::byte*>(part.iov_base);
    return {from, from + part.iov_len};
  }

  std::unique_ptr<lite_ipc_call> call_ = std::make_unique<lite_ipc_call>();
  lite_ipc_memory memory_ = lite_ipc_memory_of_thread();
  lite_ipc_pool pool_{};
  GuardedPage page_;
};

using Addresses = std::vector<std::uint64_t>;

TEST_F(Capture, TakesArgumentMessageAndData) {
  const Send send(std::vector<std::byte>(64, std::byte{7}));
  capture(send);
  EXPECT_EQ(segments(), (Addresses{address_of(&send.content), address_of(&send.message),
                                   address_of(send.data.data())}));
  EXPECT_EQ(bytes(2), send.data);
  EXPECT_EQ(call_->tables.segments[1].bytes, sizeof send.message);
  EXPECT_EQ(ioctl().command, LITE_IPC_SEND_RECEIVE);
  EXPECT_EQ(ioctl().argument, address_of(&send.content));
}

TEST_F(Capture, TakesNothingOfAnArgumentThatCannotBeRead) {
  for (const std::uintptr_t bad : bad_addresses(page_)) {
    capture(LITE_IPC_SEND_RECEIVE, bad);
    EXPECT_EQ(ioctl().segment_count, 0u) << bad;
    capture(TOUCHSTONE_IPC_CMS_CMD, bad);
    EXPECT_EQ(ioctl().segment_count, 0u) << bad;
  }
  capture(LITE_IPC_SEND_RECEIVE, 0);
  EXPECT_EQ(ioctl().segment_count, 0u);
}

TEST_F(Capture, TakesTheArgumentAloneWhereTheMessageCannotBeRead) {
  Send send(std::vector<std::byte>(64));
  for (const std::uintptr_t bad : bad_addresses(page_)) {
    send.content.out_message = bad;
    capture(send);
    EXPECT_EQ(segments(), Addresses{address_of(&send.content)}) << bad;
  }
}

TEST_F(Capture, StopsAtDataWithObjectsThatCannotBeRead) {
  Send send({descriptor_object(1)});
  for (const std::uintptr_t bad : bad_addresses(page_)) {
    send.message.data = bad;
    capture(send);
    EXPECT_EQ(ioctl().segment_count, 2u) << bad;
    EXPECT_EQ(ioctl().descriptor_count, 0u);
  }
}

TEST_F(Capture, StopsAtOffsetsThatCannotBeRead) {
  Send send({descriptor_object(1)});
  for (const std::uintptr_t bad : bad_addresses(page_)) {
    send.message.offsets = bad;
    capture(send);
    EXPECT_EQ(segments(), (Addresses{address_of(&send.content), address_of(&send.message),
                                     address_of(send.data.data())}));
    EXPECT_EQ(ioctl().descriptor_count, 0u);
  }
}

TEST_F(Capture, TakesWhatEndsWithThePage) {
  Send send(std::vector<std::byte>(8));
  GuardedPage messages;
  GuardedPage data;
  send.message.data = word_of(data.end() - 8);
  send.content.out_message = word_of(messages.at_end(send.message));
  capture(LITE_IPC_SEND_RECEIVE, address_of(page_.at_end(send.content)));
  EXPECT_EQ(ioctl().segment_count, 3u);
  EXPECT_EQ(bytes(2), std::vector<std::byte>(8));
}

TEST_F(Capture, TakesNothingThatGoesRoundTheEndOfMemory) {
  Send send(std::vector<std::byte>(64));
  send.message.data = UINTPTR_MAX - 10;
  capture(send);
  EXPECT_EQ(ioctl().segment_count, 2u);
}

TEST_F(Capture, ReadsNoDataOfAMessageThatItsHeaderRefuses) {
  const auto refused = [this](auto change) {
    Send send({descriptor_object(1)});
    change(send.message);
    capture(send);
    return ioctl().segment_count == 2 && ioctl().descriptor_count == 0;
  };
  EXPECT_TRUE(refused([](lite_ipc_message& m) { m.type = TOUCHSTONE_MT_DEATH_NOTIFY; }));
  EXPECT_TRUE(refused([](lite_ipc_message& m) { m.data = 0; }));
  EXPECT_TRUE(refused([](lite_ipc_message& m) { m.offsets = 0; }));
  EXPECT_TRUE(refused([](lite_ipc_message& m) { m.data_size = LITE_IPC_DATA_BYTES_MAX + 1; }));
  EXPECT_TRUE(refused([](lite_ipc_message& m) { m.object_count = LITE_IPC_OBJECTS_MAX + 1; }));
  EXPECT_TRUE(refused([](lite_ipc_message& m) { m.data_size = sizeof(lite_ipc_object) - 1; }));
  EXPECT_TRUE(refused([](lite_ipc_message& m) { m.object_count = UINT32_MAX; }));
}

TEST_F(Capture, LooksAtNoPointerThatHasNoSize) {
  Send send;
  send.message.data = 1;
  send.message.offsets = 1;
  capture(send);
  EXPECT_EQ(ioctl().segment_count, 2u);
}

TEST_F(Capture, TakesEveryBufferOfAFullMessage) {
  const std::vector<std::byte> buffer(600, std::byte{3});
  std::vector<lite_ipc_object> objects;
  for (std::uint32_t i = 0; i < LITE_IPC_OBJECTS_MAX; ++i) {
    objects.push_back(buffer_object(buffer.data() + i, 1 + i % 100));
  }
  capture(Send(objects));
  ASSERT_EQ(ioctl().segment_count, 4u + LITE_IPC_OBJECTS_MAX);
  EXPECT_EQ(call_->tables.segments[4].bytes, 1u);
  EXPECT_EQ(segments().back(), address_of(buffer.data()) + LITE_IPC_OBJECTS_MAX - 1);
}

TEST_F(Capture, StopsAtBuffersThatNoPoolHasRoomFor) {
  const std::vector<std::byte> buffer(TOUCHSTONE_POOL_BYTES_MAX);
  capture(Send({buffer_object(buffer.data(), 262144), buffer_object(buffer.data(), 1)}));
  EXPECT_EQ(ioctl().segment_count, 5u);
  capture(Send({buffer_object(buffer.data(), 0xffffffff), buffer_object(buffer.data(), 2)}));
  EXPECT_EQ(ioctl().segment_count, 4u);
}

TEST_F(Capture, StopsAtTheFirstObjectThatIsRefused) {
  const std::byte buffer{};
  // Of three buffers, of which `change` spoils the second or third.
  const auto buffers_taken = [&](auto change) {
    Send send(std::vector<lite_ipc_object>(3, buffer_object(&buffer, 1)));
    change(send);
    capture(send);
    return ioctl().segment_count - 4;
  };
  const auto with_second = [&](const lite_ipc_object& second) {
    return buffers_taken(
        [&](Send& send) { std::memcpy(send.data.data() + sizeof second, &second, sizeof second); });
  };
  EXPECT_EQ(buffers_taken([](Send&) {}), 3u);
  EXPECT_EQ(buffers_taken([](Send& send) { send.offsets[1] = 0; }), 1u);
  EXPECT_EQ(buffers_taken([](Send& send) { send.offsets[1] -= 1; }), 1u);
  EXPECT_EQ(buffers_taken([](Send& send) { std::swap(send.offsets[1], send.offsets[2]); }), 2u);
  EXPECT_EQ(buffers_taken([](Send& send) { send.offsets[1] = UINT32_MAX; }), 1u);
  EXPECT_EQ(buffers_taken([](Send& send) { send.offsets[2] += 1; }), 2u);
  EXPECT_EQ(with_second(buffer_object(nullptr, 1)), 1u);
  EXPECT_EQ(with_second(buffer_object(&buffer, 0)), 1u);
  EXPECT_EQ(with_second(descriptor_object(0xffffffff)), 1u);
  lite_ipc_object unknown{};
  unknown.type = 3;
  EXPECT_EQ(with_second(unknown), 1u);
  unknown.type = TOUCHSTONE_OBJ_SVC;
  EXPECT_EQ(with_second(unknown), 2u);
}

TEST_F(Capture, NamesEachDescriptorOnce) {
  capture(Send({descriptor_object(5), descriptor_object(0), descriptor_object(5)}));
  EXPECT_EQ(numbers(), (std::vector<std::uint32_t>{5, 0}));
}

TEST_F(Capture, SendsNothingThatLiesInTheOwnPool) {
  const std::vector<std::byte> pool(4096);
  pool_ = {address_of(pool.data()), pool.size()};
  Send send(std::vector<std::byte>(64));
  send.message.data = word_of(pool.data());
  capture(send);
  EXPECT_EQ(ioctl().segment_count, 2u);
  send.message.data = word_of(pool.data() + 4096 - 64);
  capture(send);
  EXPECT_EQ(ioctl().segment_count, 2u);
  send.message.data = word_of(pool.data() + 4096 - 63);
  capture(send);
  EXPECT_EQ(ioctl().segment_count, 3u);
}

TEST_F(Capture, TellsWhetherTheCallCanWriteItsArgument) {
  auto* const content = page_.at_end(lite_ipc_content{});
  content->flag = TOUCHSTONE_RECV;
  capture(LITE_IPC_SEND_RECEIVE, address_of(content));
  EXPECT_EQ(ioctl().argument_is_writable, 1u);
  capture(TOUCHSTONE_IPC_CMS_CMD, address_of(page_.start()));
  EXPECT_EQ(ioctl().argument_is_writable, 1u);
  page_.make_read_only();
  capture(LITE_IPC_SEND_RECEIVE, address_of(content));
  EXPECT_EQ(ioctl().argument_is_writable, 0u);
  EXPECT_EQ(ioctl().segment_count, 1u);
  capture(TOUCHSTONE_IPC_CMS_CMD, address_of(page_.start()));
  EXPECT_EQ(ioctl().argument_is_writable, 0u);
  capture(TOUCHSTONE_IPC_GET_VERSION, address_of(page_.start()));
  EXPECT_EQ(ioctl().argument_is_writable, 0u);
  EXPECT_EQ(ioctl().segment_count, 0u);
}

TEST_F(Capture, LeavesTheArgumentOfAnyOtherCommandAlone) {
  for (const std::uint32_t command : {TOUCHSTONE_IPC_SET_CMS, TOUCHSTONE_IPC_SET_IPC_THREAD, 77u}) {
    capture(command, UINTPTR_MAX);
    EXPECT_EQ(ioctl().segment_count, 0u);
    EXPECT_EQ(ioctl().argument, UINTPTR_MAX);
    EXPECT_EQ(ioctl().argument_is_writable, 1u);
  }
}

}  // namespace
}  // namespace touchstone::client
