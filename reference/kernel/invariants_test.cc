// Each law of Kernel::broken_invariant is seen to break.  No call of the kernel's can get there, so
// the state is reached into: the kernel here is no constant, whatever its accessors say.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "reference/kernel/kernel.h"

namespace touchstone::kernel {
namespace {

constexpr Address memory_start = 0x02000000;

// 4 KiB of user memory that all processes share.
class SharedMemoryWorld : public World {
 public:
  bool read_user(ProcessId, Address from, std::span<std::byte> to) override {
    if (!is_mapped(from, to.size())) return false;
    std::ranges::copy(std::span(memory_).subspan(from - memory_start, to.size()), to.begin());
    return true;
  }
  bool write_user(ProcessId, Address to, std::span<const std::byte> from) override {
    if (!is_mapped(to, from.size())) return false;
    std::ranges::copy(from, std::span(memory_).subspan(to - memory_start).begin());
    return true;
  }
  bool descriptor_is_open(ProcessId, Descriptor) const override { return false; }
  Descriptor copy_descriptor(ProcessId, Descriptor, ProcessId, Descriptor lowest) override {
    return lowest;
  }
  void close_descriptor(ProcessId, Descriptor) override {}
  std::uint64_t read_clock() override { return ++clock_; }
  bool allocation_succeeds() override { return true; }
  PoolMemory map_pool(ProcessId process, std::uint32_t bytes) override {
    return {std::shared_ptr<std::byte[]>(new std::byte[bytes]()), 0x20000000 + 0x100000 * process};
  }

 private:
  bool is_mapped(Address address, std::size_t bytes) const {
    return address >= memory_start && address + bytes <= memory_start + memory_.size();
  }

  std::array<std::byte, 4096> memory_{};
  std::uint64_t clock_ = 0;
};

// A CMS and a client; the client has sent two requests to the CMS, which received the first.
class BrokenInvariant : public testing::Test {
 protected:
  void SetUp() override {
    cms_ = make_process();
    client_ = make_process();
    ASSERT_EQ(kernel_.ioctl(cms_.task, set_cms_word, 4096).value, 0);
    send(client_.task, handle_cms);
    send(client_.task, handle_cms);
    receive(cms_.task);
    ASSERT_EQ(kernel_.broken_invariant(), std::nullopt);
    ASSERT_EQ(queue(cms_.task).size(), 1u);
    ASSERT_EQ(process(cms_.process).ipc->delivered.size(), 1u);
  }

  Spawned make_process() {
    const Spawned made = kernel_.spawn(0, 0).value();
    EXPECT_TRUE(kernel_.open(made.task));
    EXPECT_TRUE(kernel_.mmap(made.task, {.bytes = 4096, .read = true, .private_copy = true}));
    return made;
  }

  void send(TaskId sender, std::uint32_t handle) {
    std::array<std::byte, 64> message;
    encode_header(abi_of(DataModel::ilp32), {.handle = handle}, message);
    world_.write_user(0, memory_start + 64, message);
    call(sender, flag_send);
  }
  void receive(TaskId receiver) { call(receiver, flag_receive); }

  void call(TaskId caller, std::uint32_t flags) {
    std::array<std::byte, 16> content{};
    store32(content, 0, flags);
    store32(content, 4, memory_start + 64);
    world_.write_user(0, memory_start, content);
    const Answer answer =
        kernel_.ioctl(caller, abi_of(DataModel::ilp32).send_receive_word, memory_start);
    EXPECT_EQ(answer.value, 0) << answer.clause;
  }

  Task& task(TaskId id) { return const_cast<Task&>(kernel_.task(id)); }
  Process& process(ProcessId id) { return const_cast<Process&>(kernel_.process(id)); }
  std::deque<std::unique_ptr<Message>>& queue(TaskId id) { return task(id).ipc->queue; }
  Message& delivered() { return *process(cms_.process).ipc->delivered.begin()->second; }

  SharedMemoryWorld world_;
  Kernel kernel_{world_, abi_of(DataModel::ilp32), {}};
  Spawned cms_;
  Spawned client_;
};

TEST_F(BrokenInvariant, IsNoneInAFreshKernel) {
  const Kernel fresh(world_, abi_of(DataModel::lp64), {});
  EXPECT_EQ(fresh.broken_invariant(), std::nullopt);
}

TEST_F(BrokenInvariant, NamesATaskThatEndedAndHasAQueue) {
  task(cms_.task).alive = false;
  EXPECT_EQ(kernel_.broken_invariant(), "a task that ended has a queue or sleeps");
}

TEST_F(BrokenInvariant, NamesATaskThatEndedAndSleeps) {
  const TaskId ended = kernel_.create_thread(cms_.process).value();
  kernel_.exit_task(ended);
  ASSERT_EQ(kernel_.broken_invariant(), std::nullopt);
  task(ended).wait.emplace();
  EXPECT_EQ(kernel_.broken_invariant(), "a task that ended has a queue or sleeps");
}

TEST_F(BrokenInvariant, NamesATaskThatSleepsOverAMessage) {
  task(cms_.task).wait.emplace();
  EXPECT_EQ(kernel_.broken_invariant(), "a task sleeps over a queued message");
}

TEST_F(BrokenInvariant, NamesAMessageInAnotherTasksQueue) {
  queue(cms_.task).front()->target.id = client_.task;
  EXPECT_EQ(kernel_.broken_invariant(), "a message is in another task's queue");
}

TEST_F(BrokenInvariant, NamesAccessThatOnlyTheServiceKnows) {
  task(cms_.task).ipc->callers.insert(client_.process);
  EXPECT_EQ(kernel_.broken_invariant(), "access is in one table only");
}

TEST_F(BrokenInvariant, NamesAccessThatOnlyTheCallerKnows) {
  process(client_.process).ipc->services.insert(cms_.task);
  EXPECT_EQ(kernel_.broken_invariant(), "access is in one table only");
}

TEST_F(BrokenInvariant, NamesAProcessThatEndedAndHasIpcState) {
  process(client_.process).alive = false;
  EXPECT_EQ(kernel_.broken_invariant(), "a process that ended has IPC state");
}

TEST_F(BrokenInvariant, NamesAccessToATaskWithoutTaskIpcState) {
  process(client_.process).ipc->services.insert(client_.task);
  EXPECT_EQ(kernel_.broken_invariant(), "access is in one table only");
}

TEST_F(BrokenInvariant, NamesADeliveredMessageThatLiesElsewhere) {
  delivered().block += 16;
  EXPECT_EQ(kernel_.broken_invariant(), "a delivered message is not where it lies");
}

TEST_F(BrokenInvariant, NamesABlockInAProcessWithoutAPool) {
  process(cms_.process).ipc->pool.reset();
  EXPECT_EQ(kernel_.broken_invariant(), "a block is owned in a process without a pool");
}

TEST_F(BrokenInvariant, NamesABlockWithTwoOwners) {
  queue(cms_.task).front()->block = delivered().block;
  EXPECT_EQ(kernel_.broken_invariant(), "a block has two owners");
}

TEST_F(BrokenInvariant, CountsTheBuffersOfAQueuedMessage) {
  queue(cms_.task).front()->effects.push_back(
      {ObjectEffect::Kind::buffer, queue(cms_.task).front()->block});
  EXPECT_EQ(kernel_.broken_invariant(), "a block has two owners");
}

TEST_F(BrokenInvariant, NamesAnOwnedBlockThatIsNotInUse) {
  process(cms_.process).ipc->pool->release(delivered().block);
  EXPECT_EQ(kernel_.broken_invariant(), "an owned block is not in use");
}

TEST_F(BrokenInvariant, NamesABlockThatNobodyOwns) {
  process(client_.process).ipc->pool->allocate(16).value();
  EXPECT_EQ(kernel_.broken_invariant(), "a byte of the pool has no owner, or two");
}

TEST_F(BrokenInvariant, NamesABlockThatIsForgottenOnDelivery) {
  process(cms_.process).ipc->delivered.clear();
  EXPECT_EQ(kernel_.broken_invariant(), "a byte of the pool has no owner, or two");
}

}  // namespace
}  // namespace touchstone::kernel
