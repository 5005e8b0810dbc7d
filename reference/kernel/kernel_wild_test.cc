// Wild bytes as command words, arguments and structures: whatever a process does, the kernel
// answers with what the spec knows and all its laws hold.  User memory is random, and read anew
// each time.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "reference/kernel/kernel.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define TOUCHSTONE_IS_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define TOUCHSTONE_IS_SANITIZED 1
#endif
#endif

namespace touchstone::kernel {
namespace {

class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next() {
    std::uint64_t mixed = state_ += 0x9e3779b97f4a7c15;
    mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9;
    mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111eb;
    return mixed ^ (mixed >> 31);
  }
  std::uint32_t below(std::uint32_t limit) { return static_cast<std::uint32_t>(next() % limit); }
  bool one_in(std::uint32_t count) { return below(count) == 0; }

 private:
  std::uint64_t state_;
};

constexpr Address data_address = 0x02002000;
constexpr Address offsets_address = 0x02003000;

// Knows what the kernel is about to read by size or address, and mostly makes it look plausible, so
// that calls get past the first checks.
class WildWorld : public World {
 public:
  WildWorld(Random& random, DataModel model) : random_(random), abi_(abi_of(model)) {}

  void set_kernel(const Kernel& kernel) { kernel_ = &kernel; }

  bool read_user(ProcessId process, Address from, std::span<std::byte> to) override {
    if (random_.one_in(32)) return false;
    fill_words(to);
    if (from == data_address) fill_objects(to);
    if (from == offsets_address) fill_offsets(to);
    if (to.size() == abi_.content_bytes) fill_content(process, to);
    if (to.size() == abi_.limits.message_header_bytes) fill_header(process, to);
    if (to.size() == cms_content_bytes) fill_command(to);
    return true;
  }
  bool write_user(ProcessId, Address, std::span<const std::byte>) override {
    return !random_.one_in(8);
  }
  bool descriptor_is_open(ProcessId, Descriptor descriptor) const override {
    return descriptor % 3 != 0;
  }
  Descriptor copy_descriptor(ProcessId, Descriptor descriptor, ProcessId to,
                             Descriptor lowest) override {
    EXPECT_TRUE(descriptor_is_open(0, descriptor));
    while (copies_[to].contains(lowest)) ++lowest;
    copies_[to].insert(lowest);
    return lowest;
  }
  void close_descriptor(ProcessId process, Descriptor descriptor) override {
    EXPECT_EQ(copies_[process].erase(descriptor), 1u) << "closed twice, or never made";
  }
  std::uint64_t read_clock() override { return ++clock_; }
  bool allocation_succeeds() override { return !random_.one_in(64); }
  PoolMemory map_pool(ProcessId process, std::uint32_t bytes) override {
    if (!allocation_succeeds()) return {};
    return {std::shared_ptr<std::byte[]>(new std::byte[bytes]()), 0x20000000 + 0x100000 * process};
  }

  void advance(std::uint64_t nanoseconds) { clock_ += nanoseconds; }
  void forget_descriptors(ProcessId process) { copies_.erase(process); }

  std::uint32_t any_task() {
    if (random_.one_in(8)) return static_cast<std::uint32_t>(random_.next());
    return random_.one_in(6) ? handle_cms : first_user_task + random_.below(24);
  }

 private:
  void fill_words(std::span<std::byte> to) {
    for (std::size_t at = 0; at + 4 <= to.size(); at += 4) store32(to, at, word());
    for (std::size_t at = to.size() / 4 * 4; at < to.size(); ++at) to[at] = std::byte{0x5a};
  }
  std::uint32_t word() {
    switch (random_.below(8)) {
      case 0: return static_cast<std::uint32_t>(random_.next());
      case 1: return handle_self;
      case 2: return any_task();
      case 3: return 0x02004000 + random_.below(4096);
      default: return random_.below(4);
    }
  }
  void fill_objects(std::span<std::byte> to) {
    for (std::size_t at = 0; at + abi_.object_bytes <= to.size(); at += abi_.object_bytes) {
      const std::uint32_t type = random_.one_in(32) ? word() : random_.below(3);
      store32(to, at, type);
      if (random_.one_in(8)) continue;
      if (type == object_ptr) {
        store32(to, at + abi_.object_value, random_.below(random_.one_in(8) ? 9000 : 90));
        store_pointer(abi_, to, at + abi_.object_pointer, 0x02004000);
      } else {
        const bool is_self = random_.one_in(4);
        store32(to, at + abi_.object_value, is_self ? handle_self : any_task());
        store32(to, at + abi_.object_value + 4, random_.one_in(8) ? 0 : token_self);
      }
    }
  }
  void fill_offsets(std::span<std::byte> to) {
    for (std::size_t at = 0; at + 4 <= to.size(); at += 4) {
      if (random_.one_in(16)) continue;
      store32(to, at, static_cast<std::uint32_t>(at / 4 * abi_.object_bytes));
    }
  }
  void fill_content(ProcessId process, std::span<std::byte> to) {
    store32(to, 0,
            random_.one_in(16) ? static_cast<std::uint32_t>(random_.next()) : random_.below(8));
    store_pointer(abi_, to, abi_.out_message, random_.one_in(16) ? 0 : 0x02001000);
    store_pointer(abi_, to, abi_.buffer, any_buffer(process));
  }
  Address any_buffer(ProcessId process) {
    const auto& delivered = kernel_->process(process).ipc->delivered;
    const Address pool = 0x20000000 + Address{process} * 0x100000;
    if (delivered.empty() || random_.one_in(8)) return pool + random_.below(8192);
    return pool + delivered.begin()->first;
  }
  void fill_header(ProcessId process, std::span<std::byte> to) {
    Header header{.type = random_.one_in(16) ? random_.below(6) : random_.below(2),
                  .handle = any_task(),
                  .token = random_.below(4),
                  .flag = random_.below(3),
                  .timestamp = random_.next(),
                  .data_bytes = random_.below(200),
                  .data = random_.one_in(16) ? 0 : data_address,
                  .object_count = random_.one_in(2) ? 0 : random_.below(5),
                  .offsets = random_.one_in(16) ? 0 : offsets_address};
    if (random_.one_in(16)) header.data_bytes = static_cast<std::uint32_t>(random_.next());
    if (random_.one_in(16)) header.object_count = static_cast<std::uint32_t>(random_.next());
    if (header.type != request) answer_delivered(process, header);
    encode_header(abi_, header, to);
  }
  void answer_delivered(ProcessId process, Header& header) {
    const auto& delivered = kernel_->process(process).ipc->delivered;
    if (delivered.empty() || !delivered.begin()->second || random_.one_in(8)) return;
    header.timestamp = delivered.begin()->second->header.timestamp;
    header.handle = delivered.begin()->second->sender.task.id;
  }
  void fill_command(std::span<std::byte> to) {
    store32(to, 0,
            random_.one_in(16) ? static_cast<std::uint32_t>(random_.next()) : random_.below(4));
    store32(to, 4, any_task());
    store32(to, 8, any_task());
  }

  Random& random_;
  const Abi& abi_;
  const Kernel* kernel_ = nullptr;
  std::map<ProcessId, std::set<Descriptor>> copies_;
  std::uint64_t clock_ = 1;
};

constexpr std::int64_t minus(Errno error) { return -static_cast<std::int64_t>(error); }

// What is told by the spec of any answer without looking into memory; none where it is not.
std::optional<std::int64_t> certain_answer(const Kernel& kernel, const Abi& abi, TaskId caller,
                                           std::uint64_t word, Address argument) {
  const auto& ipc = kernel.process(kernel.process_of(caller)).ipc;
  if (!ipc) return minus(Errno::invalid_argument);     // DEV-16
  if (!ipc->pool) return minus(Errno::out_of_memory);  // DEV-17
  if (word == set_cms_word) {
    if (argument < abi.limits.message_header_bytes) return minus(Errno::invalid_argument);
    return kernel.cms() ? minus(Errno::exists) : 0;  // CMS-1, CMS-2
  }
  if (word == set_ipc_thread_word) {
    const bool is_refused = !kernel.cms() || ipc->ipc_thread;  // CMS-23, CMS-24
    return is_refused ? minus(Errno::invalid_argument) : std::int64_t{caller};
  }
  const bool is_known =
      word == cms_command_word || word == get_version_word || word == abi.send_receive_word;
  if (!is_known || argument == 0) return minus(Errno::invalid_argument);  // DEV-18, DEV-20
  return std::nullopt;
}

bool is_possible(std::uint64_t word, const Abi& abi, const Answer& answer) {
  const auto is_one_of = [&](std::initializer_list<Errno> errors) {
    return answer.value == 0 ||
           std::ranges::any_of(errors, [&](Errno error) { return answer.value == minus(error); });
  };
  using enum Errno;
  if (word == get_version_word) return is_one_of({bad_address});
  if (word == cms_command_word) return is_one_of({access_denied, invalid_argument, bad_address});
  if (word != abi.send_receive_word) return true;  // certain_answer has judged it
  return is_one_of({invalid_argument, bad_address, access_denied, out_of_memory, bad_descriptor,
                    timed_out, not_found});
}

class WildRun {
 public:
  WildRun(std::uint64_t seed, DataModel model)
      : random_(seed), abi_(abi_of(model)), world_(random_, model), kernel_(world_, abi_, {}) {
    world_.set_kernel(kernel_);
    if (random_.one_in(2)) kernel_.reuse_ids();
  }

  // One random call; false once a law is broken or an answer is none that the spec knows.
  bool step() {
    const std::vector<TaskId> tasks = awake_tasks();
    if (tasks.size() < 3 || random_.one_in(200)) return is_well(spawn());
    const TaskId caller = tasks[random_.below(static_cast<std::uint32_t>(tasks.size()))];
    if (random_.one_in(60)) return is_well(change_life(caller));
    if (random_.one_in(100)) return is_well(map(caller));
    return is_well(call(caller));
  }

  std::uint64_t answered() const { return answered_; }
  // The clauses that decided the calls.
  const std::set<std::string>& clauses() const { return clauses_; }

 private:
  std::vector<TaskId> awake_tasks() const {
    std::vector<TaskId> tasks;
    for (TaskId id = 0; id < task_limit; ++id) {
      if (kernel_.is_alive(id) && !kernel_.sleeps(id)) tasks.push_back(id);
    }
    return tasks;
  }

  bool spawn() {
    const auto made = kernel_.spawn(random_.below(3), random_.below(3));
    if (!made) return end_someone();
    if (kernel_.open(made->task)) map(made->task);
    if (random_.one_in(2)) (void)kernel_.ioctl(made->task, set_cms_word, 8192);
    return true;
  }
  bool end_someone() {
    for (TaskId id = 0; id < task_limit; ++id) {
      if (kernel_.is_alive(id) && random_.one_in(4)) exit_process(kernel_.process_of(id));
    }
    return true;
  }
  void exit_process(ProcessId process) {
    kernel_.exit_process(process);
    world_.forget_descriptors(process);
  }

  bool change_life(TaskId caller) {
    switch (random_.below(8)) {
      case 0:
        random_.one_in(2) ? kernel_.exec(caller) : exit_process(kernel_.process_of(caller));
        break;
      case 1:
        world_.advance(random_.next() % 2000000000);
        kernel_.wake_expired();
        break;
      case 2: {
        const ProcessId process = kernel_.process_of(caller);
        kernel_.exit_task(caller);
        if (!kernel_.process(process).alive) world_.forget_descriptors(process);
        break;
      }
      case 3: (void)kernel_.fork(caller); break;
      case 4:
      case 5: (void)kernel_.create_thread(kernel_.process_of(caller)); break;
      default:
        world_.advance(random_.next() % 6000000000);
        kernel_.wake_expired();
        break;
    }
    return true;
  }

  bool map(TaskId caller) {
    (void)kernel_.open(caller);
    const bool is_wild = random_.one_in(3);
    const std::uint64_t bytes = is_wild ? random_.next() >> random_.below(64) : 8192;
    const std::uint32_t bits = is_wild ? random_.below(32) : 0x11;
    (void)kernel_.mmap(caller, {bytes, (bits & 1) != 0, (bits & 2) != 0, (bits & 4) != 0,
                                (bits & 8) != 0, (bits & 16) != 0});
    return true;
  }

  bool call(TaskId caller) {
    const std::uint64_t word = any_word();
    const Address argument = random_.one_in(16) ? random_.next() >> random_.below(64) : 0x02000000;
    const auto certain = certain_answer(kernel_, abi_, caller, word, argument);
    const Answer answer = kernel_.ioctl(caller, word, argument);
    ++answered_;
    clauses_.insert(answer.clause);
    if (answer.clause == nullptr || *answer.clause == '\0') return false;
    if (answer.blocked) return !certain && word == abi_.send_receive_word;
    return certain ? answer.value == *certain : is_possible(word, abi_, answer);
  }
  std::uint64_t any_word() {
    switch (random_.below(32)) {
      case 0: return random_.next();
      case 1: return random_.next() & 0xffffffff;
      case 2: return abi_.send_receive_word ^ (std::uint64_t{1} << random_.below(64));
      case 3: return set_cms_word;
      case 4: return set_ipc_thread_word;
      case 5: return get_version_word;
      case 6:
      case 7:
      case 8:
      case 9: return cms_command_word;
      default: return abi_.send_receive_word;
    }
  }

  bool is_well(bool is_answered_well) {
    const auto broken = kernel_.broken_invariant();
    EXPECT_EQ(broken, std::nullopt);
    EXPECT_TRUE(is_answered_well) << "an answer that the spec does not know";
    return is_answered_well && !broken;
  }

  Random random_;
  const Abi& abi_;
  WildWorld world_;
  Kernel kernel_;
  std::uint64_t answered_ = 0;
  std::set<std::string> clauses_;
};

// A sanitizer makes each call some ten times slower.
#ifdef TOUCHSTONE_IS_SANITIZED
constexpr std::uint64_t calls_wanted = 500'000;
#else
constexpr std::uint64_t calls_wanted = 1'500'000;
#endif
constexpr std::uint64_t steps_of_one_kernel = 1000;

class WildCalls : public testing::TestWithParam<DataModel> {};

TEST_P(WildCalls, AreAnsweredByTheSpecAndBreakNoLaw) {
  std::uint64_t answered = 0;
  std::set<std::string> clauses;
  for (std::uint64_t seed = 1; answered < calls_wanted; ++seed) {
    WildRun run(seed, GetParam());
    for (std::uint64_t step = 0; step < steps_of_one_kernel; ++step) {
      ASSERT_TRUE(run.step()) << "seed " << seed << ", step " << step;
    }
    answered += run.answered();
    clauses.insert(run.clauses().begin(), run.clauses().end());
  }
  // The calls got past the first checks of everything.
  for (const char* clause : {"CMS-12", "CMS-21", "DEV-21", "MSG-9", "MSG-24", "MSG-31", "MSG-33",
                             "MSG-36", "OBJ-2", "OBJ-7", "OBJ-9", "OBJ-18", "RCV-3", "RCV-16"}) {
    EXPECT_TRUE(clauses.contains(clause)) << clause;
  }
}

INSTANTIATE_TEST_SUITE_P(BothModels, WildCalls, testing::Values(DataModel::ilp32, DataModel::lp64));

}  // namespace
}  // namespace touchstone::kernel
