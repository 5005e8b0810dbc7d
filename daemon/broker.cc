#include "daemon/broker.h"

#include <touchstone/lite_ipc_abi.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "daemon/trace_recorder.h"
#include "reference/kernel/errors.h"

namespace touchstone::daemon {
namespace {

// Beyond all that a process can have.
constexpr std::uint64_t widest_user_range_end = 1ull << 56;

std::int64_t value_of(const kernel::Result<void>& result) {
  return result ? 0 : result.error().returned;
}

}  // namespace

Broker::Broker(kernel::DataModel model, const Limits& limits, Answers& answers)
    : abi_(kernel::abi_of(model)),
      model_(model),
      limits_(limits),
      answers_(answers),
      world_(abi_),
      kernel_(world_, abi_, {}, limits.tasks, limits.processes),
      members_(limits.tasks),
      arguments_(limits.tasks),
      queued_(limits.tasks) {}

std::int64_t Broker::join(const Peer& peer, const liteipcd_hello& hello) {
  const auto thread = static_cast<pid_t>(hello.thread);
  if (!processes_.contains(peer.pid)) {
    const std::int64_t made = new_process(peer, hello);
    if (made < 0) return refuse(peer, hello, made);
  }
  Process& process = processes_.at(peer.pid);
  if (thread == peer.pid) {
    if (process.main_is_here) return -EEXIST;
    process.main_is_here = true;
    return process.tasks.at(thread);
  }
  if (process.tasks.contains(thread)) return -EEXIST;
  if (process.tasks.size() >= limits_.threads_per_process) return refuse(peer, hello, -EAGAIN);
  const auto made = kernel_.create_thread(process.id);
  if (!made) return refuse(peer, hello, made.error().returned);
  process.tasks[thread] = *made;
  members_[*made] = {peer.pid, thread};
  if (recorder_ != nullptr) recorder_->thread_came(*made);
  return *made;
}

std::int64_t Broker::refuse(const Peer& peer, const liteipcd_hello& hello,
                            std::int64_t error) const {
  if (recorder_ != nullptr) {
    recorder_->refused(peer.pid, static_cast<pid_t>(hello.thread),
                       "there is no room for one more task");
  }
  return error;
}

// Its main thread is a task from the start, whichever of its threads calls first.
std::int64_t Broker::new_process(const Peer& peer, const liteipcd_hello& hello) {
  const auto made = kernel_.spawn(peer.uid, peer.gid);
  if (!made) return made.error().returned;
  if (hello.is_child != 0) {
    const auto opened = kernel_.open(made->task);  // LIF-3
    CHECK(opened, "the daemon's kernel has memory");
  }
  processes_[peer.pid] = {made->process, peer, {{peer.pid, made->task}}, false};
  members_[made->task] = {peer.pid, peer.pid};
  if (recorder_ != nullptr) {
    recorder_->process_came(made->task);
    if (hello.is_child != 0) recorder_->opened(made->task, 0);
  }
  return 0;
}

void Broker::leave(kernel::TaskId task) {
  const Member member = members_[task];
  if (member.thread == member.pid) return end_process(member.pid);  // LIF-8
  Process& process = processes_.at(member.pid);
  if (recorder_ != nullptr) recorder_->thread_ends(task);
  world_.remove_unwritable(process.id, arguments_[task]);
  kernel_.exit_task(task);
  process.tasks.erase(member.thread);
  members_[task] = {};
  hand_out();
}

void Broker::end_process(pid_t pid) {
  const auto found = processes_.find(pid);
  if (found == processes_.end()) return;
  if (recorder_ != nullptr) recorder_->process_ends(found->second.tasks.at(pid));
  const Process process = std::move(found->second);
  processes_.erase(found);
  for (const auto& [thread, task] : process.tasks) {
    world_.remove_unwritable(process.id, arguments_[task]);
    members_[task] = {};
  }
  kernel_.exit_process(process.id);
  world_.forget_sender(process.id);
  if (resident_ != nullptr) resident_->process_ended(process.id);
  hand_out();
}

std::int64_t Broker::open(kernel::TaskId task) {
  const std::int64_t value = value_of(kernel_.open(task));
  if (recorder_ != nullptr) recorder_->opened(task, value);
  return value;
}

std::int64_t Broker::mmap(kernel::TaskId task, const liteipcd_mmap& request, UniqueFd& pool) {
  const auto has = [](std::uint32_t bits, std::uint32_t bit) { return (bits & bit) != 0; };
  const kernel::MapRequest asked{.bytes = request.bytes,
                                 .read = has(request.protection, TOUCHSTONE_PROT_READ),
                                 .write = has(request.protection, TOUCHSTONE_PROT_WRITE),
                                 .exec = has(request.protection, TOUCHSTONE_PROT_EXEC),
                                 .shared = has(request.flags, TOUCHSTONE_MAP_SHARED),
                                 .private_copy = has(request.flags, TOUCHSTONE_MAP_PRIVATE)};
  const bool is_whole_page = request.address % kernel::page_bytes == 0;
  const bool has_end = request.address <= widest_user_range_end - kernel::pool_bytes_max;
  world_.set_pool_address(is_whole_page && has_end ? request.address : 0);
  const auto mapped = kernel_.mmap(task, asked);
  const std::int64_t value = mapped ? 0 : mapped.error().returned;
  if (recorder_ != nullptr) recorder_->mapped(task, request, value);
  if (!mapped) return value;
  pool = world_.take_pool_file();
  return 0;
}

void Broker::ioctl(kernel::TaskId task, const IoctlRequest& request,
                   std::span<const SharedFd> files) {
  const kernel::ProcessId process = kernel_.process_of(task);
  const bool has_too_many = world_.file_count() >= limits_.descriptors ||
                            world_.file_count(process) >= limits_.descriptors_per_process;
  if (!files.empty() && has_too_many) {
    if (recorder_ != nullptr) {
      recorder_->refused(members_[task].pid, members_[task].thread,
                         "too many descriptors are on their way");
    }
    answers_.answer(task, {-ENOMEM, {}, {}, 0, {}});
    return;
  }
  call(task, request, files);
  hand_out();
}

void Broker::call(kernel::TaskId task, const IoctlRequest& request,
                  std::span<const SharedFd> files) {
  const kernel::ProcessId process = kernel_.process_of(task);
  // Linux gives programs memory also where the contract's boards have none (LIM-10): buffers that a
  // call brought along from there are a user's.
  const std::uint64_t end = kernel::abi_of(model_).limits.user_range_end;
  const auto& ipc = kernel_.process(process).ipc;
  const bool is_beyond = (ipc && ipc->pool && ipc->pool->address() >= end) ||
                         std::ranges::any_of(request.segments, [end](const Segment& segment) {
                           return segment.is_buffer && segment.address >= end;
                         });
  abi_.limits.user_range_end = is_beyond ? widest_user_range_end : end;
  {
    const DaemonWorld::Call call(world_, process, request, files);
    if (recorder_ != nullptr) record_call(task, request);
    kernel_.ioctl(task, request.command, request.argument);
  }
  if (kernel_.last_call(task).blocked) {
    arguments_[task] = request.argument;
    if (!request.argument_is_writable) world_.add_unwritable(process, request.argument);
    drop_ended_sleeps();
    add_sleep(task);
    if (recorder_ != nullptr) recorder_->call_sleeps(task);
  }
}

void Broker::record_call(kernel::TaskId task, const IoctlRequest& request) {
  const auto read = [&](kernel::Address from, std::span<std::byte> to) {
    return kernel_.read_user(kernel_.process_of(task), from, to);
  };
  recorder_->call_begins({task, request, kernel_, abi_, read});
}

bool Broker::would_wait(kernel::TaskId task) const {
  const auto& process = kernel_.process(kernel_.process_of(task)).ipc;
  const auto& own = kernel_.task(task).ipc;
  return kernel_.cms() && process && process->pool && own && own->queue.empty();
}

// Its receive is made now that there is something to receive: nobody can tell it from one that was
// made when it was posted, since it waits for no reply and without a limit.
void Broker::receive_posted(kernel::TaskId task) {
  const auto argument = answers_.take_posted(task);
  if (!argument) return;
  std::array<std::byte, 32> content{};
  kernel::store32(content, 0, kernel::flag_receive);
  IoctlRequest request;
  request.command = abi_.send_receive_word;
  request.argument = *argument;
  request.argument_is_writable = true;
  request.segments = {{*argument, std::span(content).first(abi_.content_bytes)}};
  call(task, request, {});
}

void Broker::add_sleep(kernel::TaskId task) {
  const kernel::Wait& wait = *kernel_.task(task).wait;
  if (!wait.awaited) return;
  const auto at = std::ranges::upper_bound(sleeps_, wait.deadline, {}, &Sleep::deadline);
  sleeps_.insert(at, {wait.deadline, task});
  queued_[task] = wait.deadline;
}

// Those at the front that are over before their time.  A sleep begins anew where the sleeper threw
// a message away (RCV-10), which nobody says: that is seen when its first time is over.
void Broker::drop_ended_sleeps() {
  while (!sleeps_.empty()) {
    const auto [deadline, task] = sleeps_.front();
    const bool sleeps = kernel_.sleeps(task) && kernel_.task(task).wait->awaited;
    if (sleeps && kernel_.task(task).wait->deadline == deadline) return;
    sleeps_.pop_front();
    if (sleeps && kernel_.task(task).wait->deadline != queued_[task]) add_sleep(task);
  }
}

std::optional<std::uint64_t> Broker::next_deadline() {
  drop_ended_sleeps();
  if (sleeps_.empty()) return std::nullopt;
  return sleeps_.front().deadline;
}

void Broker::wake_expired() {
  kernel_.wake_expired();
  hand_out();
}

void Broker::hand_out() {
  answer_all();
  while (!world_.recipients().empty()) {
    const kernel::TaskId task = world_.recipients().front();
    world_.recipients().pop_front();
    if (!has(task) || kernel_.sleeps(task)) continue;
    receive_posted(task);
    answer_all();
  }
  if (resident_ != nullptr) resident_->take_turn();
}

void Broker::answer_all() {
  for (DaemonWorld::Over& over : world_.over()) {
    if (!has(over.task)) continue;
    world_.remove_unwritable(kernel_.process_of(over.task), arguments_[over.task]);
    CallAnswer answer{kernel_.last_call(over.task).value, over.written, {}, 0, {}};
    if (recorder_ != nullptr) recorder_->call_is_over(over.task, over.written);
    if (answer.value == 0 && over.written.count == abi_.pointer_bytes) add_files(over.task, answer);
    if (resident_ != nullptr && over.task == resident_->task()) {
      resident_->answered(std::move(answer));
    } else {
      answers_.answer(over.task, std::move(answer));
    }
  }
  world_.over().clear();
}

// The files of the message that the call delivered, if that is what it did.
void Broker::add_files(kernel::TaskId task, CallAnswer& answer) {
  const auto& ipc = kernel_.process(kernel_.process_of(task)).ipc;
  if (!ipc || !ipc->pool) return;
  const kernel::Address at = kernel::load_pointer(abi_, answer.written.bytes, 0);
  const auto found =
      ipc->delivered.find(static_cast<kernel::PoolOffset>(at - ipc->pool->address()));
  if (found == ipc->delivered.end() || !found->second) return;
  const kernel::Message& message = *found->second;
  const std::uint32_t data = abi_.limits.message_header_bytes;
  const auto block = ipc->pool->block(message.block);
  auto effect = message.effects.begin();
  for (std::uint32_t i = 0; i < message.header.object_count; ++i) {
    const std::uint32_t object =
        data + kernel::load32(block, data + message.padded_data_bytes() + 4 * i);
    if (kernel::load32(block, object) != kernel::object_fd) continue;
    while (effect->kind != kernel::ObjectEffect::Kind::descriptor) ++effect;
    answer.places.push_back(object + static_cast<std::uint32_t>(abi_.object_value));
    answer.files.push_back(world_.take_file((effect++)->value));
  }
  answer.message = message.block;
}

void Broker::place(kernel::TaskId task, kernel::PoolOffset message,
                   std::span<const std::uint32_t> places, std::span<const std::uint32_t> numbers) {
  const auto& ipc = kernel_.process(kernel_.process_of(task)).ipc;
  if (recorder_ != nullptr) recorder_->placed(task, places, numbers);
  // Another thread may have given the message back meanwhile.
  if (!ipc || !ipc->pool || !ipc->pool->is_block(message)) return;
  const auto block = ipc->pool->block(message);
  for (std::size_t i = 0; i < places.size() && i < numbers.size(); ++i) {
    if (places[i] + 4 <= block.size()) kernel::store32(block, places[i], numbers[i]);
  }
}

}  // namespace touchstone::daemon
