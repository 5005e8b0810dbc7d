#include "adapter/backends/agent_backend.h"

#include <algorithm>
#include <bit>
#include <map>
#include <optional>
#include <utility>

#include "adapter/printable_text.h"
#include "touchstone/plugin.h"

namespace touchstone {
namespace {

constexpr std::int64_t errno_max = 4095;
constexpr std::uint64_t ids_max = 1u << 16;
constexpr ErrnoNumber gone = 5;  // EIO; nobody looks at it, as the backend is lost

// --- hello ---

std::uint64_t address_max(DataModel model) {
  return model == DataModel::ilp32 ? UINT32_MAX : UINT64_MAX;
}

// What it states that cannot be, by the name of the first such field.
std::optional<std::string> nonsense_in(const AgentAnswer& answer) {
  const auto& words = answer.words;
  const auto is_within = [&words](int at, std::uint64_t least, std::uint64_t most) {
    return words[static_cast<std::size_t>(at)] >= least &&
           words[static_cast<std::size_t>(at)] <= most;
  };
  if (answer.value() != 0) return "the value " + std::to_string(answer.value());
  if (!is_within(TOUCHSTONE_AGENT_HELLO_DATA_MODEL, 0, 1)) return "its data model";
  if (!is_within(TOUCHSTONE_AGENT_HELLO_CAPABILITIES, 0, every_capability)) {
    return "its capabilities";
  }
  const std::uint64_t addresses =
      address_max(words[TOUCHSTONE_AGENT_HELLO_DATA_MODEL] == TOUCHSTONE_LP64 ? DataModel::lp64
                                                                              : DataModel::ilp32);
  if (!is_within(TOUCHSTONE_AGENT_HELLO_TASK_LIMIT, 8, ids_max)) return "its task limit";
  if (!is_within(TOUCHSTONE_AGENT_HELLO_PROCESS_LIMIT, 4, ids_max)) return "its process limit";
  if (!is_within(TOUCHSTONE_AGENT_HELLO_PAGE_BYTES, 64, 1u << 20) ||
      !std::has_single_bit(words[TOUCHSTONE_AGENT_HELLO_PAGE_BYTES])) {
    return "its page size";
  }
  if (!is_within(TOUCHSTONE_AGENT_HELLO_BAD_ADDRESS, 1, addresses)) return "its bad address";
  if (!is_within(TOUCHSTONE_AGENT_HELLO_KERNEL_ADDRESS, 1, addresses)) {
    return "its kernel address";
  }
  if (!is_within(TOUCHSTONE_AGENT_HELLO_KERNEL_TASK, 0, UINT32_MAX) ||
      !is_within(TOUCHSTONE_AGENT_HELLO_KERNEL_PROCESS, 0, UINT32_MAX)) {
    return "its ids of the kernel";
  }
  return std::nullopt;
}

AgentHello hello_in(const AgentAnswer& answer) {
  const auto number = [&answer](int at) {
    return static_cast<std::uint32_t>(answer.words[static_cast<std::size_t>(at)]);
  };
  AgentHello hello;
  BackendInfo& info = hello.info;
  const std::string text =
      printable_text({reinterpret_cast<const char*>(answer.bytes.data()), answer.bytes.size()});
  const std::size_t name_bytes = std::min(text.find('\n'), text.size());
  info.name = text.substr(0, name_bytes);
  info.version = text.substr(std::min(name_bytes + 1, text.size()));
  info.data_model = number(TOUCHSTONE_AGENT_HELLO_DATA_MODEL) == TOUCHSTONE_LP64 ? DataModel::lp64
                                                                                 : DataModel::ilp32;
  info.capabilities = number(TOUCHSTONE_AGENT_HELLO_CAPABILITIES);
  info.task_limit = number(TOUCHSTONE_AGENT_HELLO_TASK_LIMIT);
  info.process_limit = number(TOUCHSTONE_AGENT_HELLO_PROCESS_LIMIT);
  info.page_bytes = number(TOUCHSTONE_AGENT_HELLO_PAGE_BYTES);
  info.scratch_bytes_max = TOUCHSTONE_AGENT_BYTES_MAX;  // of one `write`
  info.bad_address = answer.words[TOUCHSTONE_AGENT_HELLO_BAD_ADDRESS];
  info.kernel_address = answer.words[TOUCHSTONE_AGENT_HELLO_KERNEL_ADDRESS];
  info.kernel_task = number(TOUCHSTONE_AGENT_HELLO_KERNEL_TASK);
  info.kernel_process = number(TOUCHSTONE_AGENT_HELLO_KERNEL_PROCESS);
  const std::uint32_t flags = number(TOUCHSTONE_AGENT_HELLO_FLAGS);
  info.real_time = (flags & TOUCHSTONE_AGENT_REAL_TIME) != 0;
  hello.fresh = (flags & TOUCHSTONE_AGENT_FRESH) != 0;
  return hello;
}

// --- the backend ---

class AgentBackend : public Backend {
 public:
  AgentBackend(std::unique_ptr<AgentSession> session, const BackendInfo& info)
      : session_(std::move(session)), info_(info) {}

  const BackendInfo& info() const override { return info_; }
  std::optional<std::string> lost() const override { return session_->lost(); }

  void reuse_ids() override { session_->lose("an agent cannot make ids available again"); }

  OrErrno<NewTask> spawn(std::uint32_t uid, std::uint32_t gid) override {
    return new_process(AgentOrder::spawn, session_->give(AgentOrder::spawn, {uid, gid}));
  }
  OrErrno<NewTask> fork(std::uint32_t task) override {
    return new_process(AgentOrder::fork, session_->give(AgentOrder::fork, {task}));
  }
  OrErrno<std::uint32_t> create_thread(std::uint32_t process) override;
  OrErrno<void> exit_task(std::uint32_t task) override {
    return status(AgentOrder::exit_task, task);
  }
  OrErrno<void> exit_process(std::uint32_t process) override {
    return status(AgentOrder::exit_process, process);
  }
  OrErrno<void> exec(std::uint32_t task) override;

  OrErrno<void> open(std::uint32_t task) override { return status(AgentOrder::open, task); }
  OrErrno<void> close(std::uint32_t task) override { return status(AgentOrder::close, task); }
  OrErrno<std::uint64_t> mmap(std::uint32_t task, std::uint64_t bytes, std::uint32_t protection,
                              std::uint32_t flags) override;
  OrErrno<void> munmap(std::uint32_t task) override { return status(AgentOrder::munmap, task); }
  Completion ioctl(std::uint32_t task, std::uint64_t command, std::uint64_t argument) override {
    return completion(session_->give(AgentOrder::ioctl, {task, command, argument}));
  }
  Completion poll(std::uint32_t task) override {
    return completion(session_->give(AgentOrder::poll, {task}));
  }

  Region scratch(std::uint32_t task) override {
    const auto area = areas_.find(task);
    return area == areas_.end() ? Region{} : area->second;
  }
  bool read(std::uint32_t task, std::uint64_t address, std::span<std::byte> bytes) override;
  bool write(std::uint32_t task, std::uint64_t address, std::span<const std::byte> bytes) override;

  void advance(std::uint64_t nanoseconds) override {
    const auto time =
        std::chrono::ceil<std::chrono::milliseconds>(std::chrono::nanoseconds(nanoseconds));
    checked(AgentOrder::advance, session_->give(AgentOrder::advance, {nanoseconds}, {}, time));
  }
  void inject_alloc_failure(std::uint32_t) override {
    session_->lose("an agent cannot make an allocation fail");
  }

  OrErrno<std::uint32_t> open_descriptor(std::uint32_t process) override {
    const auto answer = checked(AgentOrder::open_descriptor,
                                session_->give(AgentOrder::open_descriptor, {process}));
    if (!answer) return std::unexpected(answer.error());
    return static_cast<std::uint32_t>(answer->words[0]);
  }
  std::optional<std::uint64_t> descriptor_identity(std::uint32_t process,
                                                   std::uint32_t descriptor) override {
    const auto answer =
        checked(AgentOrder::descriptor_identity,
                session_->give(AgentOrder::descriptor_identity, {process, descriptor}));
    if (!answer) return std::nullopt;
    return answer->words[1];
  }
  std::uint32_t descriptor_count(std::uint32_t process) override {
    const auto answer = checked(AgentOrder::descriptor_count,
                                session_->give(AgentOrder::descriptor_count, {process}));
    return answer ? static_cast<std::uint32_t>(answer->words[0]) : 0;
  }

 private:
  using Answer = std::optional<AgentAnswer>;

  // An answer whose value is no errno.
  OrErrno<AgentAnswer> checked(AgentOrder order, Answer answer) {
    if (!answer) return std::unexpected(gone);
    if (answer->value() >= 0) return *std::move(answer);
    if (answer->value() < -errno_max) {
      session_->lose("the agent answers `" + std::string(shape_of(order).name) + "` with " +
                     std::to_string(answer->value()) + ", which is minus no errno");
      return std::unexpected(gone);
    }
    return std::unexpected(static_cast<ErrnoNumber>(-answer->value()));
  }
  OrErrno<void> status(AgentOrder order, std::uint32_t whose) {
    const auto answer = checked(order, session_->give(order, {whose}));
    if (!answer) return std::unexpected(answer.error());
    return {};
  }
  Completion completion(const Answer& answer);
  OrErrno<NewTask> new_process(AgentOrder order, Answer given);
  std::uint32_t id_in(std::uint64_t word);
  void keep_area(std::uint32_t task, std::uint64_t address, std::uint64_t bytes);

  std::unique_ptr<AgentSession> session_;
  const BackendInfo info_;
  std::map<std::uint32_t, Region> areas_;  // of the tasks, by their ids
};

Completion AgentBackend::completion(const Answer& answer) {
  if (!answer) return {};
  if (answer->words[1] > 1 || answer->value() < -errno_max) {
    session_->lose("the agent says neither that a call sleeps nor what it gave");
    return {};
  }
  return {.blocked = answer->words[1] == 1, .value = answer->value(), .clause = ""};
}

std::uint32_t AgentBackend::id_in(std::uint64_t word) {
  if (word == 0 || word > UINT32_MAX) {
    session_->lose("the agent gives the id " + std::to_string(word));
  }
  return static_cast<std::uint32_t>(word);
}

void AgentBackend::keep_area(std::uint32_t task, std::uint64_t address, std::uint64_t bytes) {
  const std::uint64_t most = address_max(info_.data_model);
  if (address == 0 || bytes < scratch_bytes_min || address > most || bytes - 1 > most - address) {
    session_->lose("the agent gives a task memory that cannot be");
  }
  areas_[task] = {address, bytes};
}

OrErrno<NewTask> AgentBackend::new_process(AgentOrder order, Answer given) {
  const auto answer = checked(order, std::move(given));
  if (!answer) return std::unexpected(answer.error());
  const NewTask made{id_in(answer->words[1]), id_in(answer->words[2])};
  keep_area(made.task, answer->words[3], answer->words[4]);
  return made;
}

OrErrno<std::uint32_t> AgentBackend::create_thread(std::uint32_t process) {
  const auto answer =
      checked(AgentOrder::create_thread, session_->give(AgentOrder::create_thread, {process}));
  if (!answer) return std::unexpected(answer.error());
  const std::uint32_t task = id_in(answer->words[1]);
  keep_area(task, answer->words[2], answer->words[3]);
  return task;
}

OrErrno<void> AgentBackend::exec(std::uint32_t task) {
  const auto answer = checked(AgentOrder::exec, session_->give(AgentOrder::exec, {task}));
  if (!answer) return std::unexpected(answer.error());
  keep_area(task, answer->words[1], answer->words[2]);
  return {};
}

OrErrno<std::uint64_t> AgentBackend::mmap(std::uint32_t task, std::uint64_t bytes,
                                          std::uint32_t protection, std::uint32_t flags) {
  const auto answer =
      checked(AgentOrder::mmap, session_->give(AgentOrder::mmap, {task, bytes, protection, flags}));
  if (!answer) return std::unexpected(answer.error());
  return answer->words[0];
}

bool AgentBackend::read(std::uint32_t task, std::uint64_t address, std::span<std::byte> bytes) {
  constexpr std::size_t part_max = TOUCHSTONE_AGENT_BYTES_MAX;
  while (!bytes.empty()) {
    const auto part = bytes.first(std::min(bytes.size(), part_max));
    const auto answer =
        checked(AgentOrder::read, session_->give(AgentOrder::read, {task, address, part.size()}));
    if (!answer) return false;
    if (answer->bytes.size() != part.size()) {
      session_->lose("the agent gives " + std::to_string(answer->bytes.size()) +
                     " bytes of memory, " + std::to_string(part.size()) + " were asked for");
      return false;
    }
    std::ranges::copy(answer->bytes, part.begin());
    bytes = bytes.subspan(part.size());
    address += part.size();
  }
  return true;
}

bool AgentBackend::write(std::uint32_t task, std::uint64_t address,
                         std::span<const std::byte> bytes) {
  // One order, so that nothing is written unless all is.
  if (bytes.size() > TOUCHSTONE_AGENT_BYTES_MAX) return false;
  return checked(AgentOrder::write, session_->give(AgentOrder::write, {task, address}, bytes))
      .has_value();
}

}  // namespace

std::expected<AgentHello, std::string> begin_conversation(AgentSession& session) {
  constexpr std::string_view who = "touchstone";
  const auto answer =
      session.give(AgentOrder::hello, {}, std::as_bytes(std::span(who.data(), who.size())));
  if (!answer) return std::unexpected(*session.lost());
  if (const auto nonsense = nonsense_in(*answer)) {
    session.lose("the agent states what cannot be: " + *nonsense);
    return std::unexpected(*session.lost());
  }
  return hello_in(*answer);
}

std::unique_ptr<Backend> make_agent_backend(std::unique_ptr<AgentSession> session,
                                            const AgentHello& hello) {
  return std::make_unique<AgentBackend>(std::move(session), hello.info);
}

std::unique_ptr<Backend> make_lost_backend(const BackendInfo& info, std::string reason) {
  auto session = std::make_unique<AgentSession>(nullptr, AgentOptions{});
  session->lose(std::move(reason));
  return std::make_unique<AgentBackend>(std::move(session), info);
}

}  // namespace touchstone
