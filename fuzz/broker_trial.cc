#include "fuzz/broker_trial.h"

#include <touchstone/lite_ipc_abi.h>

#include <array>
#include <cstddef>
#include <cstring>
#include <optional>
#include <utility>
#include <vector>

#include "daemon/broker.h"

namespace touchstone::fuzz {
namespace {

using namespace daemon;

// Two threads of one process, and two processes of one.
struct Thread {
  pid_t pid;
  pid_t number;
};
constexpr std::array<Thread, 4> threads{{{100, 100}, {100, 101}, {200, 200}, {300, 300}}};
constexpr std::uint64_t argument_at = 0x10000000, message_at = 0x10001000, data_at = 0x10002000,
                        offsets_at = 0x10003000, pool_at = 0x70000000;
constexpr std::size_t data_bytes_max = 64;

enum class Event : std::uint8_t {
  join,
  open,
  map,
  raw_ioctl,
  exchange,
  word,
  leave,
  end,
  cms,
  post
};

template <typename Structure>
std::span<const std::byte> bytes_of(const Structure& structure) {
  return std::as_bytes(std::span(&structure, 1));
}

// Takes numbers off the input; zeroes once it is over.
class Input {
 public:
  explicit Input(std::span<const std::uint8_t> bytes) : rest_(bytes) {}
  bool is_over() const { return rest_.empty(); }
  std::uint8_t byte() {
    if (rest_.empty()) return 0;
    const std::uint8_t first = rest_.front();
    rest_ = rest_.subspan(1);
    return first;
  }
  std::uint32_t word() {
    std::uint32_t value = 0;
    for (int i = 0; i < 4; ++i) value = value << 8 | byte();
    return value;
  }
  std::span<const std::byte> bytes(std::size_t count) {
    const auto taken = rest_.first(std::min(count, rest_.size()));
    rest_ = rest_.subspan(taken.size());
    return std::as_bytes(taken);
  }

 private:
  std::span<const std::uint8_t> rest_;
};

class Trial final : public Answers {
 public:
  explicit Trial(std::span<const std::uint8_t> input) : input_(input) {}

  BrokerVerdict run() {
    while (!input_.is_over() && verdict_.broken_law.empty()) {
      const std::uint8_t what = input_.byte();
      play(static_cast<Event>(what & 15u), (what >> 4u) % threads.size());
      if (const auto broken = broker_.kernel().broken_invariant()) fail(*broken);
      for (std::size_t i = 0; i < threads.size(); ++i) {
        if (is_posted_[i] && !broker_.would_wait(*tasks_[i])) fail("a posted receive is left over");
      }
    }
    for (const Thread& thread : threads) broker_.end_process(thread.pid);
    if (!broker_.processes().empty()) fail("a process outlives its end");
    if (broker_.world().file_count() != 0) fail("a descriptor outlives all processes");
    if (broker_.next_deadline()) fail("a sleep outlives all processes");
    return verdict_;
  }

  void answer(kernel::TaskId task, CallAnswer answer) override {
    const auto index = index_of(task);
    if (!index) return fail("an answer for a task that is not there");
    if (!std::exchange(calls_[*index], false)) fail("an answer to a thread that has made no call");
    std::uint64_t at = 0;
    std::memcpy(&at, answer.written.bytes.data(), sizeof at);
    if (answer.value == 0 && answer.written.count == sizeof at) {
      last_[*index] = at;
      verdict_.is_received = true;
    }
  }

  std::optional<kernel::Address> take_posted(kernel::TaskId task) override {
    const auto index = index_of(task);
    if (!index || !std::exchange(is_posted_[*index], false)) return std::nullopt;
    return argument_at;
  }

 private:
  void fail(const std::string& law) {
    if (verdict_.broken_law.empty()) verdict_.broken_law = law;
  }
  std::optional<std::size_t> index_of(kernel::TaskId task) const {
    for (std::size_t i = 0; i < threads.size(); ++i) {
      if (tasks_[i] == task && broker_.has(task)) return i;
    }
    return std::nullopt;
  }

  void play(Event event, std::size_t index) {
    const Thread& thread = threads[index];
    if (event == Event::end) return end_process(thread.pid);
    if (event == Event::join && !tasks_[index]) return join(index);
    if (!tasks_[index] || !broker_.has(*tasks_[index])) return;
    if (event == Event::leave) {
      if (thread.number == thread.pid) return end_process(thread.pid);
      broker_.leave(*tasks_[index]);
      return forget(index);
    }
    if (calls_[index]) return;  // it waits for its answer
    call(event, index, *tasks_[index]);
  }

  void join(std::size_t index) {
    const Thread& thread = threads[index];
    const liteipcd_hello hello{LITEIPCD_PROTOCOL_VERSION, 8,
                               static_cast<std::uint32_t>(thread.number), 0, 0};
    const std::int64_t task = broker_.join({thread.pid, 0, 0}, hello);
    if (task >= 0) tasks_[index] = static_cast<kernel::TaskId>(task);
  }
  void forget(std::size_t index) {
    tasks_[index].reset();
    calls_[index] = false;
    is_posted_[index] = false;
    last_[index] = 0;
  }
  void end_process(pid_t pid) {
    broker_.end_process(pid);
    for (std::size_t i = 0; i < threads.size(); ++i) {
      if (threads[i].pid == pid) forget(i);
    }
  }

  void call(Event event, std::size_t index, kernel::TaskId task) {
    if (event == Event::open) {
      broker_.open(task);
    } else if (event == Event::map) {
      UniqueFd pool;
      broker_.mmap(task, {1u + input_.word() % 300000, pool_at, input_.byte(), input_.byte()},
                   pool);
    } else if (event == Event::raw_ioctl) {
      IoctlRequest request;
      const auto body = input_.bytes(input_.word() % 4096);
      if (!decode_ioctl(body, 0, request)) ioctl(index, task, request);
    } else if (event == Event::exchange) {
      exchange(index, task);
    } else if (event == Event::post && broker_.would_wait(task)) {
      calls_[index] = is_posted_[index] = true;
    } else if (event == Event::word) {
      constexpr std::array words{TOUCHSTONE_IPC_SET_IPC_THREAD, TOUCHSTONE_IPC_GET_VERSION, 0u};
      ioctl(index, task, {words[input_.byte() % words.size()], argument_at, true, {}, {}});
    } else if (event == Event::cms) {
      const touchstone_cms_command command{input_.byte(), input_.byte(), input_.byte()};
      ioctl(index, task,
            {TOUCHSTONE_IPC_CMS_CMD, argument_at, true, {{argument_at, bytes_of(command)}}, {}});
      ioctl(index, task, {TOUCHSTONE_IPC_SET_CMS, 4096, true, {}, {}});
    }
  }

  // A message with up to three objects, all of it there, or not all.
  void exchange(std::size_t index, kernel::TaskId task) {
    touchstone_message64 message{};
    const touchstone_content64 content{input_.byte(), 0, message_at, 0, last_[index]};
    message.type = input_.byte() % 4u;
    message.target_handle = input_.byte() % 16u;
    message.flag = input_.byte() % 2u;
    message.timestamp = input_.byte() % 2u == 0 ? 0 : timestamp_behind(index);
    const auto data = input_.bytes(input_.byte() % data_bytes_max);
    message.data_size = static_cast<std::uint32_t>(data.size());
    message.data = data_at;
    message.object_count = input_.byte() % 4u;
    message.offsets = offsets_at;
    const std::array<std::uint32_t, 3> offsets{input_.byte() % 40u, input_.byte() % 64u, 48};
    IoctlRequest request{TOUCHSTONE_IPC_SEND_RECV_MSG_64,
                         argument_at,
                         input_.byte() % 8u != 0,
                         {{argument_at, bytes_of(content)},
                          {message_at, bytes_of(message)},
                          {data_at, data},
                          {offsets_at, std::as_bytes(std::span(offsets))}},
                         {}};
    if (input_.byte() % 8u == 0) request.segments.pop_back();
    ioctl(index, task, request);
  }

  // Of the message that a thread has received last, for a reply that can be right.
  std::uint64_t timestamp_behind(std::size_t index) {
    const auto& ipc = broker_.kernel().process(broker_.kernel().process_of(*tasks_[index])).ipc;
    if (last_[index] == 0 || !ipc || !ipc->pool) return 1;
    const auto at = ipc->delivered.find(static_cast<kernel::PoolOffset>(last_[index] - pool_at));
    return at == ipc->delivered.end() || !at->second ? 1 : at->second->header.timestamp;
  }

  void ioctl(std::size_t index, kernel::TaskId task, const IoctlRequest& request) {
    if (calls_[index]) return;
    calls_[index] = true;
    broker_.ioctl(task, request, {});
    const bool sleeps = broker_.kernel().sleeps(task);
    if (calls_[index] != sleeps) fail("a call is answered while it sleeps, or is not");
  }

  Input input_;
  BrokerVerdict verdict_;
  std::array<std::optional<kernel::TaskId>, threads.size()> tasks_{};
  std::array<bool, threads.size()> calls_{};          // it has made a call that is not answered
  std::array<bool, threads.size()> is_posted_{};      // that one is a receive that it has posted
  std::array<std::uint64_t, threads.size()> last_{};  // the message that it received last
  Broker broker_{kernel::DataModel::lp64, {.tasks = 16, .processes = 6}, *this};
};

}  // namespace

BrokerVerdict try_broker(std::span<const std::uint8_t> input) { return Trial(input).run(); }

}  // namespace touchstone::fuzz
