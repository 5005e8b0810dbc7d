// Memory at any address: what is there is told from what is not, and stays as it is.
#include "daemon/client/own_memory.h"

#include <gtest/gtest.h>

#include <array>
#include <thread>

#include "daemon/client/testing/messages.h"

namespace touchstone::client {
namespace {

lite_ipc_memory memory_here() {
  lite_ipc_memory memory = lite_ipc_memory_of_thread();
  memory.frame = address_of(__builtin_frame_address(0));
  return memory;
}

TEST(OwnMemory, KnowsTheStackOfEachThread) {
  const lite_ipc_memory main_thread = memory_here();
  EXPECT_TRUE(lite_ipc_is_on_stack(&main_thread, main_thread.frame, 16));
  EXPECT_TRUE(lite_ipc_is_on_stack(&main_thread, main_thread.stack_high - 16, 16));
  EXPECT_FALSE(lite_ipc_is_on_stack(&main_thread, main_thread.stack_high - 16, 17));
  EXPECT_FALSE(lite_ipc_is_on_stack(&main_thread, main_thread.stack_high - 16, SIZE_MAX));
  EXPECT_FALSE(lite_ipc_is_on_stack(&main_thread, main_thread.frame - 1, 1));
  std::thread([&] {
    const lite_ipc_memory other = memory_here();
    EXPECT_TRUE(lite_ipc_is_on_stack(&other, other.frame, 16));
    EXPECT_FALSE(lite_ipc_is_on_stack(&other, main_thread.frame, 16));
    // A function that runs on a stack of somebody else's: nothing is known of it.
    lite_ipc_memory borrowed = other;
    borrowed.frame = main_thread.frame;
    EXPECT_FALSE(lite_ipc_is_on_stack(&borrowed, main_thread.frame, 16));
  }).join();
}

TEST(OwnMemory, ReadsAndWritesWhatIsThere) {
  const lite_ipc_memory memory = memory_here();
  const GuardedPage page;
  std::array<std::byte, 16> bytes{};
  bytes.fill(std::byte{9});
  const std::uintptr_t last = address_of(page.end()) - bytes.size();
  EXPECT_TRUE(lite_ipc_write_own(&memory, last, bytes.data(), bytes.size()));
  bytes.fill(std::byte{0});
  EXPECT_TRUE(lite_ipc_read_own(&memory, last, bytes.data(), bytes.size()));
  EXPECT_EQ(bytes[15], std::byte{9});
  EXPECT_FALSE(lite_ipc_read_own(&memory, last + 1, bytes.data(), bytes.size()));
  EXPECT_FALSE(lite_ipc_write_own(&memory, last + 1, bytes.data(), bytes.size()));
  EXPECT_FALSE(lite_ipc_read_own(&memory, UINTPTR_MAX - 7, bytes.data(), bytes.size()));
  EXPECT_FALSE(lite_ipc_write_own(&memory, 0, bytes.data(), bytes.size()));
}

TEST(OwnMemory, TellsWhatCanBeWrittenAndLeavesItAsItIs) {
  const lite_ipc_memory memory = memory_here();
  GuardedPage page;
  std::byte* const last = page.end() - 5;  // at no word's start
  std::fill(last, page.end(), std::byte{0xff});
  EXPECT_TRUE(lite_ipc_is_writable(&memory, address_of(last), 5));
  EXPECT_FALSE(lite_ipc_is_writable(&memory, address_of(last), 6));
  EXPECT_FALSE(lite_ipc_is_writable(&memory, UINTPTR_MAX - 2, 8));
  EXPECT_FALSE(lite_ipc_is_writable(&memory, 8, 8));
  EXPECT_TRUE(std::all_of(last, page.end(), [](std::byte b) { return b == std::byte{0xff}; }));
  page.make_read_only();
  EXPECT_FALSE(lite_ipc_is_writable(&memory, address_of(last), 5));
}

TEST(OwnMemory, KeepsErrnoWhateverItFinds) {
  const lite_ipc_memory memory = memory_here();
  errno = 1234;
  lite_ipc_is_writable(&memory, 8, 8);
  EXPECT_EQ(errno, 1234);
}

}  // namespace
}  // namespace touchstone::client
