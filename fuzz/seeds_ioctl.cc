#include "fuzz/seeds_ioctl.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

#include "adapter/abi.h"
#include "adapter/backends/reference_backend.h"
#include "adapter/case_text.h"
#include "adapter/executor.h"
#include "adapter/forwarding_backend.h"

namespace touchstone::fuzz {
namespace {

// The kernel as ioctl_calls.cc boots it; what it does is no part of an input.
constexpr std::string_view boot =
    "P1 spawn T1 uid=0 gid=0\n"
    "T1 open\n"
    "T1 mmap 8192 prot=read flags=private\n"
    "T1 set_cms 512\n"
    "P1 thread T2\n"
    "P2 spawn T3 uid=1000 gid=1000\n"
    "T3 open\n"
    "T3 mmap 8192 prot=read flags=private\n"
    "P3 spawn T4 uid=2000 gid=2000\n"
    "T4 open\n"
    "T4 mmap 8192 prot=read flags=private\n";
constexpr std::size_t boot_steps = 11;

struct Story {
  std::string_view name;
  std::string_view steps;
};

constexpr std::array<Story, 8> stories{{
    {"request-and-reply",
     "T3 send+recv request to=cms code=1 data=01020304 -> blocked\n"
     "T1 recv -> 0 m1=request to=cms from=T3/P2 uid=1000 gid=1000 time=t1\n"
     "T1 send+free reply to=T3 time=m1 data=05 free=m1\n"
     "T3 recv\n"},
    {"late-reply",
     "T3 send+recv request to=cms -> blocked\n"
     "T1 recv -> 0 m1=request to=cms from=T3/P2 uid=1000 gid=1000 time=t1\n"
     "advance 5000ms\n"
     "T1 send+free reply to=T3 time=m1 free=m1\n"},
    {"oneway",
     "T3 send request to=cms flag=oneway data=00\n"
     "T2 set_ipc_thread\n"
     "T1 recv -> 0 m1=request to=cms from=T3/P2 uid=1000 gid=1000 time=t1\n"
     "T1 free=m1\n"},
    {"access",
     "T4 send request to=T4\n"
     "T1 cms gen_handle subject=T4\n"
     "T1 cms add_access subject=T3 service=T4\n"
     "T3 send request to=T4 code=2\n"
     "T4 recv -> 0 m1=request to=T4 from=T4/P3 uid=2000 gid=2000 time=t1\n"
     "T1 cms remove_handle service=T4\n"},
    {"objects",
     "T3 send request to=cms obj@0=ptr:01020304 data_size=20\n"
     "T4 send request to=cms obj@0=svc:T4/token=1 obj@16=ptr:05\n"
     "T1 recv\n"
     "T1 recv\n"},
    {"wrong-pointers",
     "T3 get_version\n"
     "T3 get_version arg=null\n"
     "T3 get_version arg=bad\n"
     "T3 cms add_access arg=kernel\n"
     "T3 send request to=cms data=bad data_size=4\n"
     "T3 recv arg=kernel\n"},
    {"wrong-frees",
     "T3 send request to=cms\n"
     "T3 free=pool_start\n"
     "T3 free=pool_end\n"
     "T3 send+free request to=cms free=outside\n"
     "T3 free=null\n"},
    {"sleepers",
     "T2 recv -> blocked\n"
     "T4 recv -> blocked\n"
     "T3 send request to=cms\n"
     "advance 100ms\n"
     "T1 recv\n"},
}};

// Writes down what an input of ioctl_bytes says: the calls, with the memory they are made from.
class CallWriter : public ForwardingBackend {
 public:
  explicit CallWriter(std::unique_ptr<Backend> inner, std::string& input)
      : ForwardingBackend(std::move(inner)), input_(input) {}

  void begin() { has_begun_ = true; }

  OrErrno<NewTask> spawn(std::uint32_t uid, std::uint32_t gid) override {
    const auto made = ForwardingBackend::spawn(uid, gid);
    if (made) tasks_.push_back(made->task);
    return made;
  }
  OrErrno<std::uint32_t> create_thread(std::uint32_t process) override {
    const auto task = ForwardingBackend::create_thread(process);
    if (task) tasks_.push_back(*task);
    return task;
  }
  bool write(std::uint32_t task, std::uint64_t address, std::span<const std::byte> bytes) override {
    if (address == scratch(task).address) written_.assign(bytes.begin(), bytes.end());
    return ForwardingBackend::write(task, address, bytes);
  }
  void advance(std::uint64_t nanoseconds) override {
    put(word_time << word_at, 1);
    put(nanoseconds >> 4, 4);
    ForwardingBackend::advance(nanoseconds);
  }
  Completion ioctl(std::uint32_t task, std::uint64_t command, std::uint64_t argument) override {
    if (has_begun_) put_call(task, command, argument);
    written_.clear();
    return ForwardingBackend::ioctl(task, command, argument);
  }

 private:
  static constexpr unsigned word_at = 2, place_at = 5;
  static constexpr unsigned word_raw = 6, word_time = 7;
  static constexpr unsigned place_memory = 0, place_null = 2, place_bad = 3, place_kernel = 4,
                            place_raw = 6;
  static constexpr std::size_t written_max = 255;

  void put(std::uint64_t number, std::size_t bytes) {
    for (std::size_t index = 0; index < bytes; ++index) {
      input_ += static_cast<char>(number >> 8 * index);
    }
  }

  void put_call(std::uint32_t task, std::uint64_t command, std::uint64_t argument) {
    const unsigned word = word_of(command);
    const unsigned place = place_of(task, argument);
    put(caller_of(task) | word << word_at | place << place_at, 1);
    if (word == word_raw) put(command, 8);
    if (place == place_raw) put(argument, 8);
    const std::size_t count = std::min(written_.size(), written_max);
    put(count, 1);
    for (std::size_t index = 0; index < count; ++index) {
      input_ += static_cast<char>(written_[index]);
    }
  }

  // Which it is of those that do not sleep.
  unsigned caller_of(std::uint32_t task) {
    unsigned awake = 0;
    for (const std::uint32_t other : tasks_) {
      if (other == task) break;
      if (!poll(other).blocked) ++awake;
    }
    return awake;
  }

  unsigned word_of(std::uint64_t command) const {
    const std::array<std::uint64_t, 6> words{
        layout_of(info().data_model).send_receive,
        layout_of(info().data_model == DataModel::lp64 ? DataModel::ilp32 : DataModel::lp64)
            .send_receive,
        word_set_cms,
        word_cms_command,
        word_set_ipc_thread,
        word_get_version};
    const auto found = std::ranges::find(words, command);
    return found == words.end() ? word_raw : static_cast<unsigned>(found - words.begin());
  }

  unsigned place_of(std::uint32_t task, std::uint64_t argument) {
    if (argument == scratch(task).address) return place_memory;
    if (argument == 0) return place_null;
    if (argument == info().bad_address) return place_bad;
    if (argument == info().kernel_address) return place_kernel;
    return place_raw;
  }

  std::string& input_;
  bool has_begun_ = false;
  std::vector<std::uint32_t> tasks_;
  std::vector<std::byte> written_;
};

std::expected<Seed, std::string> seed_of(const Story& story, DataModel data_model) {
  const bool is_lp64 = data_model == DataModel::lp64;
  const std::string name = fmt::format("{}-{}", story.name, is_lp64 ? "lp64" : "ilp32");
  const auto program = parse_case(fmt::format("case: {}\n\n{}{}", story.name, boot, story.steps));
  if (!program) return std::unexpected(to_string(program.error(), name));
  Seed seed{name, std::string(1, is_lp64 ? '\1' : '\0')};
  CallWriter writer(make_reference({.data_model = data_model}), seed.bytes);
  Executor executor(*program, writer);
  for (std::size_t step = 0; step < program->steps.size(); ++step) {
    if (step == boot_steps) writer.begin();
    const Outcome outcome = executor.run_step(step);
    if (outcome.kind == Outcome::Kind::not_run) {
      return std::unexpected(fmt::format("{}, step {}: {}", name, step + 1, outcome.reason));
    }
  }
  return seed;
}

}  // namespace

std::expected<std::vector<Seed>, std::string> ioctl_seeds() {
  std::vector<Seed> seeds;
  for (const Story& story : stories) {
    for (const DataModel data_model : {DataModel::ilp32, DataModel::lp64}) {
      auto seed = seed_of(story, data_model);
      if (!seed) return std::unexpected(seed.error());
      seeds.push_back(*std::move(seed));
    }
  }
  std::ranges::sort(seeds, {}, &Seed::name);
  return seeds;
}

}  // namespace touchstone::fuzz
