// The reference alone: what one ioctl costs, argument bytes decoded.  Items are ioctls.
#include <benchmark/benchmark.h>

#include <array>
#include <cstring>
#include <memory>
#include <vector>

#include "reference/kernel/kernel.h"

namespace touchstone::kernel {
namespace {

constexpr Address memory_start = 0x02000000;
constexpr std::size_t memory_bytes = 0x10000;

// One flat piece of memory for all processes; no descriptors; a clock that counts its readings.
class FlatWorld final : public World {
 public:
  FlatWorld() : memory_(memory_bytes) {}
  std::byte* at(Address address) { return memory_.data() + (address - memory_start); }

  bool read_user(ProcessId, Address from, std::span<std::byte> to) override {
    if (from < memory_start || from - memory_start > memory_bytes - to.size()) return false;
    std::memcpy(to.data(), at(from), to.size());
    return true;
  }
  bool write_user(ProcessId, Address to, std::span<const std::byte> from) override {
    if (to < memory_start || to - memory_start > memory_bytes - from.size()) return false;
    std::memcpy(at(to), from.data(), from.size());
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
    return {std::make_shared<std::byte[]>(bytes), 0x20000000 + Address{process} * 0x100000};
  }

 private:
  std::vector<std::byte> memory_;
  std::uint64_t clock_ = 0;
};

// A CMS, clients and services, with calls written as the bytes that a user program would write.
class System {
 public:
  System() : kernel_(world_, abi_of(DataModel::ilp32), {}) {
    cms_ = make_process();
    call(cms_, set_cms_word, 4096);
  }

  TaskId make_process() {
    const TaskId task = kernel_.spawn(0, 0)->task;
    check(kernel_.open(task).has_value());
    check(kernel_.mmap(task, {.bytes = pool_bytes_max, .read = true, .private_copy = true})
              .has_value());
    return task;
  }

  TaskId make_thread(TaskId of) { return *kernel_.create_thread(kernel_.process_of(of)); }
  TaskId cms() const { return cms_; }

  // One ioctl each.  A message's address is that in the receiver's pool; 0 where there is none.
  void request(TaskId from, std::uint32_t handle) {
    send(from, flag_send, {.type = MessageType::request, .handle = handle}, 0);
  }
  void call_and_wait(TaskId from, std::uint32_t handle, Address free) {
    const std::uint32_t frees = free != 0 ? flag_buffer_free : 0;
    send(from, flag_send | flag_receive | frees, {.type = MessageType::request, .handle = handle},
         free);
  }
  Address receive(TaskId task) {
    exchange(task, flag_receive, 0, 0);
    return received();
  }
  void free(TaskId task, Address buffer) { exchange(task, flag_buffer_free, 0, buffer); }
  // Gives the address of the reply at the task that waited for it.
  Address reply(TaskId from, Address request_message) {
    std::array<std::byte, 64> bytes;
    check(kernel_.read_user(kernel_.process_of(from), request_message, bytes));
    const Header asked = decode_header(abi_, bytes);
    send(from, flag_send | flag_buffer_free,
         {.type = MessageType::reply, .handle = asked.task_id, .timestamp = asked.timestamp},
         request_message);
    return received();
  }
  void give_access(TaskId subject, TaskId service) {
    std::array<std::byte, cms_content_bytes> bytes;
    store32(bytes, 0, add_access_command);
    store32(bytes, 4, subject);
    store32(bytes, 8, service);
    check(world_.write_user(0, memory_start, bytes));
    call(cms_, cms_command_word, memory_start);
  }

 private:
  static constexpr Address message_at = memory_start + 0x1000;

  static void check(bool condition) {
    if (!condition) std::abort();
  }
  void call(TaskId task, std::uint32_t word, Address argument) {
    check(kernel_.ioctl(task, word, argument).value == 0);
  }
  void send(TaskId from, std::uint32_t flags, const Header& header, Address buffer) {
    encode_header(abi_, header, {world_.at(message_at), 64});
    exchange(from, flags, message_at, buffer);
  }
  void exchange(TaskId task, std::uint32_t flags, Address message, Address buffer) {
    const std::span<std::byte> content{world_.at(memory_start), 16};
    store32(content, 0, flags);
    store_pointer(abi_, content, abi_.out_message, message);
    store_pointer(abi_, content, abi_.buffer, buffer);
    call(task, abi_.send_receive_word, memory_start);
  }
  Address received() { return load_pointer(abi_, {world_.at(memory_start), 16}, abi_.in_message); }

  const Abi& abi_ = abi_of(DataModel::ilp32);
  FlatWorld world_;
  Kernel kernel_;
  TaskId cms_ = 0;
};

// Request, receive, reply, receive, in three ioctls: the client's one sends and waits, and the
// reply ends its wait.
void BM_Call(benchmark::State& state) {
  System system;
  const TaskId client = system.make_process();
  Address answer = 0;
  for (auto _ : state) {
    system.call_and_wait(client, handle_cms, answer);
    answer = system.reply(system.cms(), system.receive(system.cms()));
  }
  state.SetItemsProcessed(state.iterations() * 3);
}
BENCHMARK(BM_Call);
// Two fixed counts, so that the difference of two runs under callgrind is 10,000 rounds and no
// start-up.
BENCHMARK(BM_Call)->Name("BM_CallCounted/1000")->Iterations(1000);
BENCHMARK(BM_Call)->Name("BM_CallCounted/11000")->Iterations(11000);

// The same between a client and one of N services that are all there and that it may all call.
void BM_CallAmongServices(benchmark::State& state) {
  System system;
  const TaskId client = system.make_process();
  const TaskId first = system.make_process();
  std::vector<TaskId> services{first};
  for (std::int64_t i = 1; i < state.range(0); ++i) services.push_back(system.make_thread(first));
  for (const TaskId service : services) {
    system.request(service, service);
    system.free(service, system.receive(service));
    system.give_access(client, service);
  }
  Address answer = 0;
  std::size_t next = 0;
  for (auto _ : state) {
    const TaskId service = services[next++ % services.size()];
    system.call_and_wait(client, service, answer);
    answer = system.reply(service, system.receive(service));
  }
  state.SetItemsProcessed(state.iterations() * 3);
}
BENCHMARK(BM_CallAmongServices)->Arg(2)->Arg(10)->Arg(100);

// Request, receive, free, over a queue that always holds N messages.
void BM_RequestOverQueue(benchmark::State& state) {
  System system;
  const TaskId client = system.make_process();
  for (std::int64_t i = 0; i < state.range(0); ++i) system.request(client, handle_cms);
  for (auto _ : state) {
    system.request(client, handle_cms);
    system.free(system.cms(), system.receive(system.cms()));
  }
  state.SetItemsProcessed(state.iterations() * 3);
}
BENCHMARK(BM_RequestOverQueue)->Arg(1)->Arg(10)->Arg(100)->Arg(1000);

}  // namespace
}  // namespace touchstone::kernel
