#include "conformance/reproduce/minimize_cast.h"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <optional>
#include <utility>
#include <variant>

#include "adapter/operation_names.h"
#include "conformance/cast.h"

namespace touchstone {
namespace {

// A step that makes a task, and with it perhaps a process.
struct Maker {
  std::size_t step = 0;
  TaskName task{};
  ProcessName process{};  // that the task is in
  bool makes_process = false;
};

std::vector<Maker> makers_of(const Program& program) {
  std::vector<Maker> makers;
  for (std::size_t step = 0; step < program.steps.size(); ++step) {
    const Operation& operation = program.steps[step].operation;
    const Made made = made_by(operation);
    if (!made.task) continue;
    const auto* thread = std::get_if<CreateThread>(&operation);
    makers.push_back({step, *made.task, thread != nullptr ? thread->process : *made.process,
                      made.process.has_value()});
  }
  return makers;
}

bool sets_up(const Operation& operation) {
  return std::holds_alternative<Open>(operation) || std::holds_alternative<Mmap>(operation) ||
         std::holds_alternative<SetCms>(operation) ||
         std::holds_alternative<SetIpcThread>(operation);
}

// The first step of that kind that the task makes.
template <typename Kind>
void insert_first(const Program& program, TaskName task, StepSet& steps) {
  for (std::size_t step = 0; step < program.steps.size(); ++step) {
    const auto* one = std::get_if<Kind>(&program.steps[step].operation);
    if (one == nullptr || one->caller != task) continue;
    steps.insert(step);
    return;
  }
}

StepSet opening_of(const Program& program, TaskName task) {
  StepSet steps;
  insert_first<Open>(program, task, steps);
  insert_first<Mmap>(program, task, steps);
  return steps;
}

template <typename Wanted>
StepSet steps_of(const Program& program, TaskName task, const Wanted& is_wanted) {
  StepSet steps;
  for (std::size_t step = 0; step < program.steps.size(); ++step) {
    const Operation& operation = program.steps[step].operation;
    if (caller_of(operation) == task && is_wanted(operation)) steps.insert(step);
  }
  return steps;
}

// --- recasts ---

struct Swap {
  TaskName left{};
  TaskName right{};
  bool left_is_cms = false;

  void operator()(TaskName& task) const {
    if (task == left || task == right) task = task == left ? right : left;
  }
  void operator()(TaskValue& value) const {
    if (value.kind != TaskValue::Kind::task) return;
    TaskName task{value.value};
    (*this)(task);
    value.value = std::to_underlying(task);
    if (left_is_cms && task == left) value = {TaskValue::Kind::cms, 0};
  }
  template <typename Other>
  void operator()(Other&) const {}
};

struct Replacement {
  TaskName old_task{};
  TaskName new_task{};
  std::optional<TaskValue> value;  // what takes the place of the old task as a value
  std::optional<ProcessName> old_process;
  ProcessName new_process{};

  void operator()(TaskName& task) const {
    if (task == old_task) task = new_task;
  }
  void operator()(ProcessName& process) const {
    if (old_process == process) process = new_process;
  }
  void operator()(TaskValue& task) const {
    if (task.kind != TaskValue::Kind::task || TaskName{task.value} != old_task) return;
    task = value.value_or(TaskValue{TaskValue::Kind::task, std::to_underlying(new_task)});
  }
  void operator()(MessageName&) const {}
};

// The program with `gone` replaced in every step but the one that makes it, which is to go.
Program replaced(const Program& program, const Maker& gone, const Replacement& replacement) {
  Program changed = program;
  for (std::size_t step = 0; step < changed.steps.size(); ++step) {
    if (step != gone.step) visit_names(changed.steps[step].operation, replacement);
  }
  return changed;
}

// Without the steps, and without those that open and map beside them.
void add_without(const Program& program, const StepSet& steps, const StepSet& opening,
                 std::vector<Program>& programs) {
  if (!opening.empty()) {
    StepSet both = steps;
    both.insert(opening.begin(), opening.end());
    programs.push_back(without_steps(program, both));
  }
  programs.push_back(without_steps(program, steps));
}

// `kept` does what `gone` did, which is no longer made.
void add_mergers(const Program& program, const Maker& kept, const Maker& gone,
                 std::vector<Program>& programs) {
  const StepSet opening = opening_of(program, gone.task);
  Replacement replacement{gone.task, kept.task, {}, {}, kept.process};
  if (gone.makes_process) replacement.old_process = gone.process;
  Program merged = replaced(program, gone, replacement);
  add_without(merged, {gone.step}, opening, programs);
  // Made as `gone` was, with its user.
  const auto* right = std::get_if<Spawn>(&program.steps[gone.step].operation);
  auto* made = std::get_if<Spawn>(&merged.steps[kept.step].operation);
  if (right != nullptr && made != nullptr) {
    made->uid = right->uid;
    made->gid = right->gid;
    add_without(merged, {gone.step}, opening, programs);
  }
  replacement.value = TaskValue{TaskValue::Kind::cms, 0};
  add_without(replaced(program, gone, replacement), {gone.step}, opening, programs);
}

// `process` gets a thread in place of a process with one task.
void add_thread(const Program& program, ProcessName process, const Maker& gone,
                std::vector<Program>& programs) {
  Replacement replacement{};
  replacement.old_process = gone.process;
  replacement.new_process = process;
  Program changed = replaced(program, gone, replacement);
  changed.steps[gone.step].operation = CreateThread{process, gone.task};
  add_without(changed, {}, opening_of(program, gone.task), programs);
}

void add_triples(const StepSet& steps, std::vector<StepSet>& triples) {
  for (auto first = steps.begin(); first != steps.end(); ++first) {
    for (auto second = std::next(first); second != steps.end(); ++second) {
      for (auto third = std::next(second); third != steps.end(); ++third) {
        triples.push_back({*first, *second, *third});
      }
    }
  }
}

void add_swapped(const Program& program, const Swap& swap, std::vector<Program>& programs) {
  Program& swapped = programs.emplace_back(program);
  for (Step& step : swapped.steps) {
    const bool stays = made_by(step.operation).task || sets_up(step.operation);
    if (!stays) visit_names(step.operation, swap);
  }
}

bool is_any(const Operation&) { return true; }

// --- joined calls ---

// The last call of the task before the step.
std::optional<std::size_t> call_before(const Program& program, std::size_t step, TaskName task) {
  while (step-- > 0) {
    const auto* call = std::get_if<SendReceive>(&program.steps[step].operation);
    if (call != nullptr && call->caller == task) return step;
  }
  return std::nullopt;
}

void add_call_in_place_of_poll(const Program& program, std::size_t step,
                               std::vector<Program>& programs) {
  const auto* poll = std::get_if<Poll>(&program.steps[step].operation);
  if (poll == nullptr) return;
  const auto call = call_before(program, step, poll->task);
  if (!call) return;
  Program joined = program;
  joined.steps[step].operation = program.steps[*call].operation;
  programs.push_back(without_steps(joined, {*call}));
}

void add_joined_times(const Program& program, std::size_t first, std::vector<Program>& programs) {
  const auto* one = std::get_if<Advance>(&program.steps[first].operation);
  for (std::size_t step = first + 1; one != nullptr && step < program.steps.size(); ++step) {
    const auto* other = std::get_if<Advance>(&program.steps[step].operation);
    if (other == nullptr) continue;
    Program joined = program;
    const Advance both{one->milliseconds + other->milliseconds};
    joined.steps[first].operation = joined.steps[step].operation = both;
    programs.push_back(without_steps(joined, {first}));
    programs.push_back(without_steps(joined, {step}));
    return;
  }
}

// The failure is asked for just before a later step, where it counts fewer allocations.
void add_later_failures(const Program& program, std::size_t at, std::vector<Program>& programs) {
  const auto* failure = std::get_if<InjectAllocFailure>(&program.steps[at].operation);
  for (std::size_t step = at + 1; failure != nullptr && step < program.steps.size(); ++step) {
    for (std::uint32_t after = 0; after < std::min(failure->after, 2u); ++after) {
      Program moved = without_steps(program, {at});
      Step later = program.steps[at];
      later.operation = InjectAllocFailure{after};
      moved.steps.insert(moved.steps.begin() + static_cast<std::ptrdiff_t>(step - 1), later);
      programs.push_back(std::move(moved));
    }
  }
}

// One message takes the room of two.
void add_joined_sizes(const Program& program, std::size_t first, std::size_t second,
                      std::vector<Program>& programs) {
  const auto& one = std::get<SendReceive>(program.steps[first].operation);
  const auto& other = std::get<SendReceive>(program.steps[second].operation);
  if (!one.message || !other.message || one.message->to != other.message->to) return;
  const auto size_of = [](const OutgoingMessage& message) {
    return message.data_size.value_or(static_cast<std::uint32_t>(message.data.size()));
  };
  // Of a header, in either data model, and what an allocator may add.
  for (const std::uint32_t header : {64u, 80u, 96u}) {
    Program joined = program;
    OutgoingMessage& message = *std::get<SendReceive>(joined.steps[second].operation).message;
    message.data_size = size_of(*one.message) + size_of(*other.message) + header;
    message.data.clear();
    programs.push_back(without_steps(joined, {first}));
  }
}

// A waiting request does for its sender and for its target what a call of each did.
void add_joined_calls(const Program& program, std::size_t first, std::size_t second,
                      std::vector<Program>& programs) {
  const std::vector<Maker> makers = makers_of(program);
  for (const Maker& caller : makers) {
    SendReceive call;
    call.caller = caller.task;
    call.flags = flag_send | flag_receive;
    call.message.emplace();
    call.message->to = TaskValue{TaskValue::Kind::cms, 0};
    Program joined = without_steps(program, {first});
    joined.steps[second - 1].operation = call;
    programs.push_back(joined);
    for (const Maker& target : makers) {
      if (target.task == caller.task) continue;
      call.message->to = TaskValue{TaskValue::Kind::task, std::to_underlying(target.task)};
      joined.steps[second - 1].operation = call;
      programs.push_back(joined);
    }
  }
}

bool is_call(const Operation& operation) { return std::holds_alternative<SendReceive>(operation); }

}  // namespace

Program without_steps(const Program& program, const StepSet& steps) {
  Program rest;
  rest.header = program.header;
  rest.message_names = program.message_names;
  for (std::size_t step = 0; step < program.steps.size(); ++step) {
    if (!steps.contains(step)) rest.steps.push_back(program.steps[step]);
  }
  return rest;
}

std::vector<StepSet> groups_of(const Program& program) {
  std::vector<StepSet> groups;
  for (const Maker& maker : makers_of(program)) {
    groups.push_back(steps_of(program, maker.task, is_any));
    groups.push_back(steps_of(program, maker.task, sets_up));
    groups.push_back(opening_of(program, maker.task));
  }
  std::erase_if(groups, [](const StepSet& steps) { return steps.size() < 2; });
  return groups;
}

std::vector<StepSet> triples_of(const Program& program) {
  constexpr std::size_t steps_max = 12;  // of one task
  std::vector<StepSet> triples;
  for (const Maker& maker : makers_of(program)) {
    const StepSet steps = steps_of(program, maker.task, is_any);
    if (steps.size() <= steps_max) add_triples(steps, triples);
  }
  return triples;
}

std::vector<Program> recasts_of(const Program& program) {
  std::vector<Program> programs;
  const std::vector<Maker> makers = makers_of(program);
  for (std::size_t late = makers.size(); late-- > 0;) {
    const Maker& gone = makers[late];
    for (std::size_t early = 0; early < late; ++early) {
      add_mergers(program, makers[early], gone, programs);
    }
    if (!gone.makes_process) continue;
    for (std::size_t early = 0; early < late; ++early) {
      const Maker& other = makers[early];
      if (other.makes_process) add_thread(program, other.process, gone, programs);
    }
    if (std::holds_alternative<Fork>(program.steps[gone.step].operation)) {
      Program spawned = program;
      spawned.steps[gone.step].operation = Spawn{gone.process, gone.task, 0, 0};
      programs.push_back(std::move(spawned));
    }
  }
  return programs;
}

std::vector<Program> swaps_of(const Program& program) {
  std::vector<Program> programs;
  const std::vector<Maker> makers = makers_of(program);
  for (std::size_t right = makers.size(); right-- > 1;) {
    for (std::size_t left = 0; left < right; ++left) {
      for (const bool left_is_cms : {true, false}) {
        add_swapped(program, {makers[left].task, makers[right].task, left_is_cms}, programs);
      }
    }
  }
  return programs;
}

std::vector<Program> joined_calls_of(const Program& program) {
  constexpr std::size_t steps_min = 12;  // there is little to gain in shorter ones
  std::vector<Program> programs;
  if (program.steps.size() < steps_min) return programs;
  for (std::size_t second = 1; second < program.steps.size(); ++second) {
    for (std::size_t first = 0; first < second; ++first) {
      const bool are_calls =
          is_call(program.steps[first].operation) && is_call(program.steps[second].operation);
      if (!are_calls) continue;
      add_joined_sizes(program, first, second, programs);
      add_joined_calls(program, first, second, programs);
    }
  }
  return programs;
}

std::vector<Program> joined_steps_of(const Program& program) {
  std::vector<Program> programs;
  for (std::size_t step = 0; step < program.steps.size(); ++step) {
    add_call_in_place_of_poll(program, step, programs);
    add_joined_times(program, step, programs);
    add_later_failures(program, step, programs);
  }
  return programs;
}

}  // namespace touchstone
