// The device file: open, mmap and the checks that every ioctl begins with.  Spec 1.
#include <array>
#include <string_view>

#include "reference/kernel/kernel.h"

namespace touchstone::kernel {

Kernel::Kernel(World& world, const Abi& abi, const Quirks& quirks, TaskId tasks,
               ProcessId processes)
    : world_(world), abi_(abi), quirks_(quirks), tasks_(tasks), processes_(processes) {}

Result<void> Kernel::open(TaskId caller) {
  Process& process = processes_[process_of(caller)];
  if (process.ipc) return {};  // DEV-2
  if (!world_.allocation_succeeds()) return refuse(Errno::out_of_memory, "DEV-3");
  process.ipc.emplace();  // DEV-1
  return {};
}

// The pool's length in whole pages, if this mapping may be made.
Result<std::uint32_t> Kernel::validate_mmap(const Process& process,
                                            const MapRequest& request) const {
  if (request.bytes == 0) return invalid("DEV-5");
  if (request.shared == request.private_copy) return invalid("DEV-6");
  if (!process.ipc) return invalid("DEV-7");
  if (request.bytes > pool_bytes_max) return invalid("DEV-8");
  if (!request.read || request.write || request.exec) return invalid("DEV-9");
  if (request.shared) return invalid("DEV-10");
  if (process.ipc->pool) return refuse(Errno::exists, "DEV-11");
  return static_cast<std::uint32_t>((request.bytes + page_bytes - 1) / page_bytes * page_bytes);
}

Result<Address> Kernel::mmap(TaskId caller, const MapRequest& request) {
  const ProcessId id = process_of(caller);
  Process& process = processes_[id];
  const Result<std::uint32_t> bytes = validate_mmap(process, request);
  if (!bytes) {
    const bool is_a_second = std::string_view(bytes.error().clause) == "DEV-11";
    if (quirks_.refused_mmap_drops_pool && process.ipc && !is_a_second) {  // Q5
      for (const TaskId task : tasks_of(id)) release_queue(task);
      process.ipc->delivered.clear();
      process.ipc->pool.reset();
    }
    return std::unexpected(bytes.error());  // DEV-13
  }
  PoolMemory memory = world_.map_pool(id, *bytes);
  if (!memory.bytes) return refuse(Errno::out_of_memory, "DEV-12");
  process.ipc->pool = std::make_unique<Pool>(std::move(memory), *bytes);  // DEV-14
  return pool_address(id);
}

Answer Kernel::ioctl(TaskId caller, std::uint64_t word, Address argument) {
  CHECK(is_alive(caller) && !sleeps(caller), "LIF-11");
  finish(caller, command(caller, word, argument));
  run_woken();
  return tasks_[caller].last_call;
}

void Kernel::finish(TaskId caller, const Result<Answer>& answer) {
  tasks_[caller].last_call =
      answer ? *answer : Answer{false, answer.error().returned, answer.error().clause};
  if (!tasks_[caller].last_call.blocked) world_.call_is_over(caller);
}

// DEV-19: an implementation may judge the argument first; this one leaves it to each command.
Result<Answer> Kernel::command(TaskId caller, std::uint64_t word, Address argument) {
  const Process& process = processes_[process_of(caller)];
  if (!process.ipc) return invalid("DEV-16");
  if (!process.ipc->pool) return refuse(Errno::out_of_memory, "DEV-17");
  if (word == abi_.send_receive_word) return send_receive(caller, argument);
  switch (word) {
    case set_cms_word: return set_cms(caller, argument);
    case cms_command_word: return cms_command(caller, argument);  // ABI-4
    case set_ipc_thread_word: return set_ipc_thread(caller);
    case get_version_word: return get_version(caller, argument);
    default: return invalid("DEV-18");
  }
}

Result<Answer> Kernel::get_version(TaskId caller, Address argument) {
  if (argument == 0) return invalid("DEV-20");
  std::array<std::byte, version_bytes> bytes{};
  store32(bytes, 0, version_word);  // LIM-8, ABI-5
  if (!world_.write_user(process_of(caller), argument, bytes)) {
    return refuse_copy("DEV-21", bytes.size());
  }
  return Answer{.clause = "DEV-22"};
}

bool Kernel::read_user(ProcessId process, Address from, std::span<std::byte> to) {
  const std::optional<ProcessIpc>& ipc = processes_[process].ipc;
  const Address pool = ipc && ipc->pool ? pool_address(process) : 0;
  if (pool == 0 || from < pool || from >= pool + ipc->pool->bytes()) {
    return world_.read_user(process, from, to);
  }
  if (to.size() > pool + ipc->pool->bytes() - from) return false;
  ipc->pool->read(static_cast<PoolOffset>(from - pool), to);
  return true;
}

// Bytes that cannot be copied from or to user memory.  Q1: the driver returns their count.
std::unexpected<Refusal> Kernel::refuse_copy(const char* clause, std::size_t bytes) const {
  if (!quirks_.copy_failure_gives_count) return refuse(Errno::bad_address, clause);
  return std::unexpected(Refusal{static_cast<std::int64_t>(bytes), clause});
}

}  // namespace touchstone::kernel
