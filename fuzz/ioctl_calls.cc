#include "fuzz/ioctl_calls.h"

#include <fmt/format.h>

#include <utility>
#include <vector>

#include "adapter/abi.h"
#include "adapter/operation.h"
#include "fuzz/input_bytes.h"

namespace touchstone::fuzz {
namespace {

constexpr std::size_t calls_max = 64;
constexpr std::uint64_t pool_bytes = 8192;
constexpr std::uint64_t message_bytes_max = 512;  // of the CMS

enum class Word : std::uint8_t {
  send_receive,
  send_receive_of_the_other_model,
  set_cms,
  cms_command,
  set_ipc_thread,
  get_version,
  raw,
  time_passes,  // no call
};

enum class Place : std::uint8_t {
  memory,
  memory_end,
  null,
  bad,
  kernel,
  pool,
  raw,
  memory_of_the_first_task,
};

// What is told of a call if an invariant is broken.
struct Call {
  std::uint32_t task = 0;
  std::uint64_t command = 0;
  std::uint64_t argument = 0;  // of no task: nanoseconds that pass
  std::span<const std::byte> bytes{};
  Completion answer{};
};
constexpr std::uint32_t no_task = 0xffffffff;

class Calls {
 public:
  Calls(Backend& backend, const BrokenInvariant& broken_invariant,
        std::span<const std::uint8_t> input)
      : backend_(backend), invariant_(broken_invariant), input_(input) {}

  IoctlVerdict run() {
    input_.byte();  // the data model
    if (!boot()) return std::move(verdict_);
    for (std::size_t count = 0; count < calls_max && !input_.is_empty(); ++count) {
      if (!call_one() || !is_well()) break;
    }
    return std::move(verdict_);
  }

 private:
  bool boot() {
    for (std::uint32_t user = 0; user < 3; ++user) {
      const auto made = backend_.spawn(user * 1000, user * 1000);
      tasks_.push_back(made->task);
      static_cast<void>(backend_.open(made->task));
      const auto pool = backend_.mmap(made->task, pool_bytes, protection_read, map_private);
      pools_.push_back(pool.value_or(0));
      if (user != 0) continue;
      static_cast<void>(backend_.ioctl(made->task, word_set_cms, message_bytes_max));
      // A second task of the CMS's process.
      tasks_.push_back(backend_.create_thread(made->process).value_or(made->task));
      pools_.push_back(pools_.back());
    }
    return is_well();
  }

  bool is_well() {
    verdict_.broken_invariant = invariant_();
    if (!verdict_.broken_invariant) return true;
    verdict_.story = story();
    return false;
  }

  // False once every task sleeps for good.
  bool call_one() {
    std::vector<std::size_t> awake;
    for (std::size_t index = 0; index < tasks_.size(); ++index) {
      if (!backend_.poll(tasks_[index]).blocked) awake.push_back(index);
    }
    const std::uint8_t head = input_.byte();
    const auto word = static_cast<Word>(head >> 2 & 7);
    if (awake.empty() || word == Word::time_passes) return advance(awake.empty());
    const std::size_t index = awake[(head & 3) % awake.size()];
    const std::uint32_t task = tasks_[index];
    const std::uint64_t command = command_word(word);
    const std::uint64_t argument = address(static_cast<Place>(head >> 5), index);
    const auto bytes = std::as_bytes(input_.take(input_.byte()));
    backend_.write(task, backend_.scratch(task).address, bytes);
    const Completion answer = backend_.ioctl(task, command, argument);
    note({task, command, argument, bytes, answer});
    return true;
  }

  bool advance(bool is_over_unless_someone_wakes) {
    const std::uint64_t nanoseconds = input_.number(4) << 4;
    backend_.advance(nanoseconds);
    calls_.push_back({.task = no_task, .argument = nanoseconds});
    if (!is_over_unless_someone_wakes) return true;
    for (const std::uint32_t task : tasks_) {
      if (!backend_.poll(task).blocked) return true;
    }
    return false;
  }

  void note(const Call& call) {
    const bool is_refused = !call.answer.blocked && call.answer.value < 0;
    if (!is_refused) verdict_.is_any_taken = true;
    verdict_.digest = verdict_.digest * 0x100000001b3 +
                      static_cast<std::uint64_t>(call.answer.value) + (call.answer.blocked ? 1 : 0);
    calls_.push_back(call);
  }

  std::string story() const {
    std::string text;
    for (const Call& call : calls_) {
      if (call.task == no_task) {
        text += fmt::format("{} ns pass\n", call.argument);
        continue;
      }
      text += fmt::format("task {}: ioctl {:#x} at {:#x}: {} {}, with in its memory ", call.task,
                          call.command, call.argument,
                          call.answer.blocked ? "sleeps" : std::to_string(call.answer.value),
                          call.answer.clause);
      for (const std::byte byte : call.bytes) {
        text += fmt::format("{:02x}", static_cast<unsigned>(byte));
      }
      text += "\n";
    }
    return text;
  }

  std::uint64_t command_word(Word word) {
    const DataModel model = backend_.info().data_model;
    const DataModel other = model == DataModel::lp64 ? DataModel::ilp32 : DataModel::lp64;
    switch (word) {
      case Word::send_receive: return layout_of(model).send_receive;
      case Word::send_receive_of_the_other_model: return layout_of(other).send_receive;
      case Word::set_cms: return word_set_cms;
      case Word::cms_command: return word_cms_command;
      case Word::set_ipc_thread: return word_set_ipc_thread;
      case Word::get_version: return word_get_version;
      case Word::raw:
      case Word::time_passes: break;
    }
    return input_.number(8);
  }

  std::uint64_t address(Place place, std::size_t caller) {
    const Region memory = backend_.scratch(tasks_[caller]);
    switch (place) {
      case Place::memory: return memory.address;
      case Place::memory_end: return memory.address + memory.bytes - input_.byte();
      case Place::null: return 0;
      case Place::bad: return backend_.info().bad_address;
      case Place::kernel: return backend_.info().kernel_address;
      case Place::pool: return pools_[caller] + input_.number(2) % (pool_bytes + 1);
      case Place::memory_of_the_first_task: return backend_.scratch(tasks_.front()).address;
      case Place::raw: break;
    }
    return input_.number(8);
  }

  Backend& backend_;
  const BrokenInvariant& invariant_;
  InputBytes input_;
  std::vector<std::uint32_t> tasks_;
  std::vector<std::uint64_t> pools_;  // of the process of each task
  std::vector<Call> calls_;
  IoctlVerdict verdict_;
};

}  // namespace

IoctlVerdict call_ioctls(Backend& backend, const BrokenInvariant& broken_invariant,
                         std::span<const std::uint8_t> input) {
  return Calls(backend, broken_invariant, input).run();
}

}  // namespace touchstone::fuzz
