#include "conformance/generator/program_grower.h"

#include <type_traits>
#include <utility>
#include <variant>

#include "adapter/operation_names.h"

namespace touchstone {
namespace {

DataModel data_model_of(CaseAbi abi) {
  return abi == CaseAbi::lp64 ? DataModel::lp64 : DataModel::ilp32;
}

// The task that a message can come to by this step.
std::optional<TaskName> receiver_of(const Operation& operation) {
  if (const auto* call = std::get_if<SendReceive>(&operation)) return call->caller;
  if (const auto* poll = std::get_if<Poll>(&operation)) return poll->task;
  return std::nullopt;
}

// Puts this Program's names in the place of another's.
class Translator {
 public:
  Translator(const Translation& names, CastOfPlan& cast) : names_(names), cast_(cast) {}

  bool failed() const { return failed_; }
  void operator()(TaskName& name) {
    const auto old = std::to_underlying(name);
    if (const auto found = names_.tasks.find(old); found != names_.tasks.end()) {
      name = TaskName{found->second};
    } else if (const PlannedTask* task = cast_.living_task(old)) {
      name = task->name;
    } else {
      failed_ = true;
    }
  }
  void operator()(TaskValue& value) {
    if (value.kind != TaskValue::Kind::task) return;
    TaskName name{value.value};
    (*this)(name);
    value.value = std::to_underlying(name);
  }
  void operator()(ProcessName& name) {
    const auto old = std::to_underlying(name);
    if (const auto found = names_.processes.find(old); found != names_.processes.end()) {
      name = ProcessName{found->second};
    } else if (const PlannedProcess* process = cast_.living_process(old)) {
      name = process->name;
    } else {
      failed_ = true;
    }
  }
  void operator()(MessageName& name) {
    const auto old = std::to_underlying(name);
    if (const auto found = names_.messages.find(old); found != names_.messages.end()) {
      name = MessageName{found->second};
    } else if (const PlannedMessage* message = cast_.any_message(old)) {
      name = message->name;
    } else {
      failed_ = true;
    }
  }

 private:
  const Translation& names_;
  CastOfPlan& cast_;
  bool failed_ = false;
};

}  // namespace

ProgramGrower::ProgramGrower(const GrowthOptions& options)
    : options_(options),
      reference_(
          make_reference({.data_model = data_model_of(options.abi), .quirks = options.quirks})) {
  Program& program = written_.program;
  program.header.name = "random";
  program.header.abi = options.abi;
  program.header.ids_reused = options.ids_reused;
  // The executor wants to know how many names there can be; those not used go at the end.
  for (std::size_t i = 1; i <= options.messages_max; ++i) {
    program.message_names.push_back("m" + std::to_string(i));
  }
  executor_.emplace(program, *reference_);
}

Written ProgramGrower::take() {
  executor_.reset();
  written_.program.message_names.resize(names_used_);
  return std::move(written_);
}

const Outcome* ProgramGrower::add(const Operation& operation) {
  return run(operation, receiver_of(operation));
}

const Outcome* ProgramGrower::add_translated(const Step& step, Translation& names) {
  Operation operation = step.operation;
  if (!std::holds_alternative<Spawn>(operation)) {  // which names nobody that is there
    Translator translator(names, cast_);
    visit_names(operation, [&translator](auto& name) { translator(name); });
    if (translator.failed()) return nullptr;
  }
  make_names(step.operation, operation, names);
  const Outcome* outcome = add(operation);
  if (outcome == nullptr || outcome->kind != Outcome::Kind::message) return outcome;
  if (const MessageName old = message_named_by(step); old != unnamed_message) {
    names.messages[std::to_underlying(old)] = std::to_underlying(outcome->message.name);
  }
  return outcome;
}

bool ProgramGrower::is_awake(TaskName name) {
  PlannedTask* task = cast_.find(name);
  if (task->has_ended) return false;
  if (task->sleeps && task->may_be_awake) add(Poll{name});
  return !cast_.find(name)->sleeps;
}

const Outcome* ProgramGrower::run(const Operation& operation, std::optional<TaskName> receiver) {
  if (written_.broken_invariant || names_used_ == written_.program.message_names.size()) {
    return nullptr;
  }
  std::vector<Step>& steps = written_.program.steps;
  Step& step = steps.emplace_back(Step{operation, {}, 0});
  if (receiver) {
    Outcome named;
    named.kind = Outcome::Kind::message;
    named.message.name = MessageName{static_cast<std::uint32_t>(names_used_)};
    step.expected.push_back(std::move(named));
  }
  Outcome outcome = executor_->run_step(steps.size() - 1);
  if (outcome.kind == Outcome::Kind::not_run) {
    steps.pop_back();
    return nullptr;
  }
  step.expected = {outcome};
  step.expected.front().clause = "";
  written_.outcomes.push_back(std::move(outcome));
  note(operation, written_.outcomes.back(), receiver);
  if (options_.checks_invariants) written_.broken_invariant = reference_->broken_invariant();
  return &written_.outcomes.back();
}

void ProgramGrower::note(const Operation& operation, const Outcome& outcome,
                         std::optional<TaskName> receiver) {
  std::visit([&](const auto& step) { note_effect(step, outcome); }, operation);
  if (const auto* raw = std::get_if<RawIoctl>(&operation)) receiver = raw->caller;
  if (!receiver) return;
  PlannedTask* task = cast_.find(*receiver);
  task->sleeps = outcome.kind == Outcome::Kind::blocked;
  task->may_be_awake = false;
  if (outcome.kind != Outcome::Kind::message) return;
  ++names_used_;
  cast_.note_received(outcome.message.name, task->process, outcome.message);
}

template <typename T>
void ProgramGrower::note_effect(const T& step, const Outcome& outcome) {
  const bool succeeded = outcome.kind == Outcome::Kind::value;
  if constexpr (std::is_same_v<T, Spawn>) {
    if (succeeded) cast_.add_process(step.process, step.task);
  } else if constexpr (std::is_same_v<T, Fork>) {
    if (succeeded) cast_.add_process(step.child, step.child_task);
  } else if constexpr (std::is_same_v<T, CreateThread>) {
    if (succeeded) cast_.add_task(step.process, step.task, false);
  } else if constexpr (std::is_same_v<T, ExitTask>) {
    if (succeeded) cast_.end_task(step.caller);
    cast_.something_happened();
  } else if constexpr (std::is_same_v<T, ExitProcess>) {
    if (succeeded) cast_.end_process(step.process);
    cast_.something_happened();
  } else if constexpr (std::is_same_v<T, Exec>) {
    if (succeeded) cast_.exec(step.caller);
    cast_.something_happened();
  } else if constexpr (std::is_same_v<T, Advance>) {
    cast_.something_happened();
  } else if constexpr (std::is_same_v<T, SetCms>) {
    if (succeeded) cast_.cms = step.caller;
  } else if constexpr (std::is_same_v<T, SendReceive>) {
    if ((step.flags & flag_send) != 0) cast_.something_happened();
    const bool gives_back = (step.flags & flag_buffer_free) != 0;
    if (gives_back && step.free.kind == FreeTarget::Kind::message) {
      for (PlannedMessage& message : cast_.messages) {
        if (message.name == step.free.message) message.was_given_back = true;
      }
    }
  }
}

// A name is used up also where nothing comes of it: a case makes each only once.
void ProgramGrower::make_names(const Operation& old, Operation& operation, Translation& names) {
  const auto make_task = [&](TaskName known_as, TaskName& task) {
    task = cast_.next_task();
    names.tasks[std::to_underlying(known_as)] = std::to_underlying(task);
  };
  const auto make_process = [&](ProcessName known_as, ProcessName& process) {
    process = cast_.next_process();
    names.processes[std::to_underlying(known_as)] = std::to_underlying(process);
  };
  if (auto* spawn = std::get_if<Spawn>(&operation)) {
    make_process(std::get<Spawn>(old).process, spawn->process);
    make_task(std::get<Spawn>(old).task, spawn->task);
  } else if (auto* fork = std::get_if<Fork>(&operation)) {
    make_process(std::get<Fork>(old).child, fork->child);
    make_task(std::get<Fork>(old).child_task, fork->child_task);
  } else if (auto* thread = std::get_if<CreateThread>(&operation)) {
    make_task(std::get<CreateThread>(old).task, thread->task);
  }
}

}  // namespace touchstone
