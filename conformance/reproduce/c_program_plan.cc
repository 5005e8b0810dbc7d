#include "conformance/reproduce/c_program_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <variant>

#include "adapter/case_text.h"
#include "conformance/cast.h"

namespace touchstone {
namespace {

constexpr std::uint64_t seconds_max = 600;
constexpr std::uint32_t words_of_32_bits_max = 0xffffffff;

bool may_be(const Step& step, Outcome::Kind kind) {
  return std::ranges::any_of(step.expected,
                             [kind](const Outcome& outcome) { return outcome.kind == kind; });
}

// Whether the operation can have been carried out.
bool may_succeed(const Step& step) {
  return step.expected.empty() || std::ranges::any_of(step.expected, [](const Outcome& outcome) {
           return outcome.kind != Outcome::Kind::error;
         });
}

class Planner {
 public:
  explicit Planner(const Program& program) : program_(program), cast_(program) {}

  std::expected<CPlan, std::string> plan();

 private:
  struct Task {
    ProcessName process{};
    std::uint32_t id = 0;  // in the order in which ids are first given
    bool has_ended = false;
    bool has_called = false;
    bool may_sleep = false;
  };
  struct Process {
    TaskName main_task{};
    bool has_ended = false;
    bool has_device = false;
    bool has_pool = false;
  };

  void refuse(std::string why) {
    if (problem_.empty()) problem_ = std::move(why);
  }

  void add(TaskName task, ProcessName process, bool is_main);
  void give_id(TaskName task);
  void end(TaskName task);
  void end(ProcessName process);
  void end(const std::vector<TaskName>& tasks);
  Task* living(TaskName name);
  Process* living(ProcessName name);
  std::vector<TaskName> living_in(ProcessName process) const;
  // A task of the process that does not sleep; none: its keeper.
  std::optional<TaskName> player_in(ProcessName process);
  void uses_device(TaskName caller);
  void made_by(TaskName caller);
  void needs(const TaskValue& value);
  void needs(MessageName message);
  void needs_free(const SendReceive& step);
  void look_at(std::uint64_t word);
  void count_arena(const SendReceive& step);

  void plan(const Spawn& step);
  void plan(const Fork& step);
  void plan(const CreateThread& step);
  void plan(const ExitTask& step);
  void plan(const ExitProcess& step);
  void plan(const Exec& step);
  void plan(const Open& step);
  void plan(const Close& step);
  void plan(const Mmap& step);
  void plan(const Munmap& step) { made_by(step.caller); }
  void plan(const SetCms& step) {
    uses_device(step.caller);
    look_at(step.message_bytes_max);
  }
  void plan(const CmsCommand& step);
  void plan(const SetIpcThread& step) { uses_device(step.caller); }
  void plan(const GetVersion& step);
  void plan(const RawIoctl& step);
  void plan(const SendReceive& step);
  void plan(const Poll& step);
  void plan(const Advance& step);
  void plan(const InjectAllocFailure&) {}
  void plan(const CountDescriptors& step);

  void find_notices();

  const Program& program_;
  const Cast cast_;
  CPlan plan_;
  const Step* step_ = nullptr;
  std::string problem_;
  std::uint64_t advanced_ms_ = 0;
  std::unordered_map<TaskName, Task> tasks_;
  std::unordered_map<ProcessName, Process> processes_;
  std::unordered_set<MessageName> messages_;
  std::uint32_t ids_ = 0;        // that were given
  std::vector<TaskName> freed_;  // who had the ids that are given again, the next one last
};

void Planner::add(TaskName task, ProcessName process, bool is_main) {
  plan_.tasks.push_back({task, process});
  if (is_main) plan_.processes.push_back(process);
  if (!may_succeed(*step_)) return;
  tasks_[task] = {.process = process};
  give_id(task);
  if (is_main) processes_[process] = {.main_task = task};
}

// `ids: reused` of the case format.
void Planner::give_id(TaskName task) {
  if (!program_.header.ids_reused || freed_.empty()) {
    tasks_[task].id = ++ids_;
    return;
  }
  tasks_[task].id = tasks_[freed_.back()].id;
  plan_.steps.back().id_of = freed_.back();
  freed_.pop_back();
}

// Those that end together free their ids in the order of these.
void Planner::end(const std::vector<TaskName>& tasks) {
  std::vector<TaskName> ended = tasks;
  std::ranges::sort(ended, {}, [this](TaskName name) { return tasks_[name].id; });
  for (const TaskName name : ended) {
    tasks_[name].has_ended = true;
    freed_.push_back(name);
  }
}

void Planner::end(TaskName task) {
  Task* const ended = living(task);
  if (ended == nullptr) return;
  if (processes_[ended->process].main_task == task) return end(ended->process);
  end(std::vector{task});
}

void Planner::end(ProcessName process) {
  Process* const ended = living(process);
  if (ended == nullptr) return;
  ended->has_ended = true;
  end(living_in(process));
}

std::vector<TaskName> Planner::living_in(ProcessName process) const {
  std::vector<TaskName> living;
  for (const auto& [name, task] : tasks_) {
    if (task.process == process && !task.has_ended) living.push_back(name);
  }
  return living;
}

Planner::Task* Planner::living(TaskName name) {
  const auto found = tasks_.find(name);
  if (found != tasks_.end() && !found->second.has_ended) return &found->second;
  refuse(fmt::format("T{} {}", std::to_underlying(name),
                     found == tasks_.end() ? "was not made by then" : "has ended by then"));
  return nullptr;
}

Planner::Process* Planner::living(ProcessName name) {
  const auto found = processes_.find(name);
  if (found != processes_.end() && !found->second.has_ended) return &found->second;
  refuse(fmt::format("P{} {}", std::to_underlying(name),
                     found == processes_.end() ? "was not made by then" : "has ended by then"));
  return nullptr;
}

std::optional<TaskName> Planner::player_in(ProcessName process) {
  if (living(process) == nullptr) return std::nullopt;
  for (const CTask& task : plan_.tasks) {
    const auto known = tasks_.find(task.name);
    if (task.process != process || known == tasks_.end()) continue;
    if (!known->second.has_ended && !known->second.may_sleep) return task.name;
  }
  plan_.kept.insert(process);
  return std::nullopt;
}

void Planner::made_by(TaskName caller) {
  Task* const task = living(caller);
  plan_.steps.back().player = caller;
  if (task != nullptr) task->may_sleep = false;
}

void Planner::uses_device(TaskName caller) {
  made_by(caller);
  Task* const task = living(caller);
  if (task == nullptr) return;
  task->has_called = true;
  task->may_sleep = step_->expected.empty() || may_be(*step_, Outcome::Kind::blocked);
  if (!processes_[task->process].has_device) plan_.needs_lent = true;
}

void Planner::needs(const TaskValue& value) {
  if (value.kind != TaskValue::Kind::task || tasks_.contains(TaskName{value.value})) return;
  refuse(fmt::format("T{} was not made by then", value.value));
}

void Planner::needs(MessageName message) {
  if (message == unnamed_message || messages_.contains(message)) return;
  refuse(fmt::format("no earlier step expects the message {}",
                     program_.message_names.at(std::to_underlying(message))));
}

void Planner::look_at(std::uint64_t word) {
  if (word <= words_of_32_bits_max) return;
  plan_.has_wide_words = true;
  if (program_.header.abi == CaseAbi::ilp32) refuse("a program of 32 bits has no such number");
}

void Planner::plan(const Spawn& step) { add(step.task, step.process, true); }

void Planner::plan(const Fork& step) {
  made_by(step.caller);
  const Task* const caller = living(step.caller);
  if (caller == nullptr) return;
  const Process parent = processes_[caller->process];
  add(step.child_task, step.child, true);
  // It has its parent's descriptor.
  if (may_succeed(*step_)) processes_[step.child].has_device = parent.has_device;
}

void Planner::plan(const CreateThread& step) {
  plan_.steps.back().player = player_in(step.process);
  add(step.task, step.process, false);
}

// Nobody can end a thread that sleeps in the kernel, but with its whole process.
void Planner::plan(const ExitTask& step) {
  const Task* const task = living(step.caller);
  if (task == nullptr) return;
  const bool is_main = processes_[task->process].main_task == step.caller;
  if (!task->may_sleep) {
    made_by(step.caller);
  } else if (is_main) {
    plan_.steps.back().ends = task->process;
  } else {
    refuse("a program cannot end a thread that sleeps in a call");
  }
  end(step.caller);
}

void Planner::plan(const ExitProcess& step) {
  plan_.steps.back().ends = step.process;
  end(step.process);
}

void Planner::plan(const Exec& step) {
  made_by(step.caller);
  const Task* const caller = living(step.caller);
  if (caller == nullptr) return;
  std::vector<TaskName> others = living_in(caller->process);
  std::erase(others, step.caller);
  end(others);
  Process& process = processes_[caller->process];
  process.main_task = step.caller;
  process.has_pool = false;
}

void Planner::plan(const Open& step) {
  made_by(step.caller);
  const Task* const caller = living(step.caller);
  if (caller != nullptr && may_succeed(*step_)) processes_[caller->process].has_device = true;
}

void Planner::plan(const Close& step) {
  made_by(step.caller);
  const Task* const caller = living(step.caller);
  if (caller == nullptr) return;
  plan_.needs_lent = true;
  processes_[caller->process].has_device = false;
}

void Planner::plan(const Mmap& step) {
  made_by(step.caller);
  const Task* const caller = living(step.caller);
  if (caller == nullptr) return;
  Process& process = processes_[caller->process];
  if (!process.has_device) plan_.needs_lent = true;
  process.has_pool = process.has_pool || may_succeed(*step_);
  look_at(step.bytes);
}

void Planner::plan(const CmsCommand& step) {
  needs(step.subject);
  needs(step.service);
  needs(step.argument.message);
  uses_device(step.caller);
}

void Planner::plan(const GetVersion& step) {
  needs(step.argument.message);
  uses_device(step.caller);
}

void Planner::plan(const RawIoctl& step) {
  uses_device(step.caller);
  look_at(step.argument);
  if (step.command > words_of_32_bits_max) refuse("a command word of the system has 32 bits");
}

void Planner::needs_free(const SendReceive& step) {
  using Kind = FreeTarget::Kind;
  const Kind kind = step.free.kind;
  needs(step.free.message);
  look_at(step.free.address);
  const bool is_of_pool = kind == Kind::outside || kind == Kind::pool_start ||
                          kind == Kind::pool_end || kind == Kind::past_end;
  const Task* const caller = living(step.caller);
  if (!is_of_pool || caller == nullptr || processes_[caller->process].has_pool) return;
  refuse("the process has no pool by then");
}

void Planner::count_arena(const SendReceive& step) {
  constexpr std::uint64_t slack = 8;           // to a multiple of 8
  constexpr std::uint64_t zeroes_max = 16384;  // as adapter/encode.cc
  constexpr std::uint64_t buffer_bytes_max = 262144;
  constexpr std::uint64_t object_growth = 8;
  std::uint64_t bytes = 32 + slack;
  if (step.message) {
    const OutgoingMessage& message = *step.message;
    const std::uint64_t objects = message.objects.size();
    std::uint64_t data = std::max<std::uint64_t>(
        message.data.size(), std::min<std::uint64_t>(message.data_size.value_or(0), zeroes_max));
    for (const OutgoingObject& object : message.objects) {
      if (object.offset > zeroes_max) refuse("an object stands outside any message");
      data = std::max<std::uint64_t>(data, std::uint64_t{object.offset} + 24);
      const std::uint64_t stated = object.stated_size.value_or(0);
      bytes += slack + std::max<std::uint64_t>(object.bytes.size(),
                                               stated <= buffer_bytes_max ? stated : 0);
    }
    const std::uint64_t offsets = std::max<std::uint64_t>(
        {objects, message.offsets ? message.offsets->size() : 0,
         std::min<std::uint64_t>(message.object_count.value_or(0), zeroes_max / 4)});
    bytes += 80 + 8 + data + objects * object_growth + 4 * offsets + 4 * slack;
  }
  plan_.arena_bytes = std::max(plan_.arena_bytes, bytes);
}

void Planner::plan(const SendReceive& step) {
  needs(step.argument.message);
  needs_free(step);
  if (step.message) {
    needs(step.message->to);
    needs(step.message->time.message);
    for (const OutgoingObject& object : step.message->objects) needs(object.handle);
  }
  count_arena(step);
  uses_device(step.caller);
}

void Planner::plan(const Poll& step) {
  Task* const task = living(step.task);
  plan_.steps.back().player = step.task;
  if (task == nullptr) return;
  if (!task->has_called) refuse("the task has made no call by then");
  task->may_sleep =
      step_->expected.empty() ? task->may_sleep : may_be(*step_, Outcome::Kind::blocked);
}

void Planner::plan(const Advance& step) {
  plan_.lets_time_pass = true;
  advanced_ms_ += std::min<std::uint64_t>(step.milliseconds, 1000 * (seconds_max + 1));
  if (advanced_ms_ > 1000 * seconds_max) {
    refuse(fmt::format("the case lasts longer than the {} seconds that a program may wait",
                       seconds_max));
  }
}

void Planner::plan(const CountDescriptors& step) {
  plan_.steps.back().player = player_in(step.process);
}

const ReceivedMessage* notice_of(const Step& step) {
  if (step.expected.size() != 1 || step.expected[0].kind != Outcome::Kind::message) return nullptr;
  const ReceivedMessage& message = step.expected[0].message;
  const bool is_notice = message.type == std::to_underlying(MessageType::death_notify) &&
                         message.token.kind == TaskValue::Kind::task;
  return is_notice ? &message : nullptr;
}

void Planner::find_notices() {
  for (std::size_t one = 0; one < program_.steps.size(); ++one) {
    const ReceivedMessage* const notice = notice_of(program_.steps[one]);
    if (notice == nullptr || !plan_.steps[one].together.empty()) continue;
    std::vector<std::size_t> group{one};
    for (std::size_t other = one + 1; other < program_.steps.size(); ++other) {
      const ReceivedMessage* const later = notice_of(program_.steps[other]);
      const bool is_with_it =
          later != nullptr && later->to == notice->to && later->token != notice->token &&
          cast_.end_together(TaskName{notice->token.value}, TaskName{later->token.value});
      if (is_with_it) group.push_back(other);
    }
    if (group.size() == 1) continue;
    for (const std::size_t index : group) plan_.steps[index].together = group;
  }
}

std::expected<CPlan, std::string> Planner::plan() {
  for (std::size_t index = 0; index < program_.steps.size(); ++index) {
    step_ = &program_.steps[index];
    plan_.steps.emplace_back();
    if (std::holds_alternative<Advance>(step_->operation)) {
      plan_.steps.back().time = time_limits(program_, index);
    }
    std::visit([this](const auto& operation) { plan(operation); }, step_->operation);
    if (!problem_.empty()) {
      const std::string place = step_->line == 0 ? fmt::format("step {}", index + 1)
                                                 : fmt::format("line {}", step_->line);
      return std::unexpected(fmt::format("{}: `{}`: {}", place,
                                         print_operation(step_->operation, program_), problem_));
    }
    for (const Outcome& outcome : step_->expected) {
      if (outcome.kind == Outcome::Kind::message) messages_.insert(outcome.message.name);
    }
  }
  plan_.seconds = advanced_ms_ / 1000;
  find_notices();
  return std::move(plan_);
}

}  // namespace

std::expected<CPlan, std::string> plan_c_program(const Program& program) {
  return Planner(program).plan();
}

}  // namespace touchstone
