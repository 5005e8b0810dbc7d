#include "conformance/properties/program_writer.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <variant>

#include "adapter/abi.h"
#include "adapter/backends/reference_backend.h"
#include "adapter/executor.h"
#include "conformance/properties/cast_of_plan.h"
#include "conformance/properties/message_writer.h"

namespace touchstone {
namespace {

constexpr std::array<std::uint32_t, 4> user_ids{0, 1000, 7, 65534};

CaseAbi case_abi(PlanAbi abi) {
  switch (abi) {
    case PlanAbi::ilp32: return CaseAbi::ilp32;
    case PlanAbi::lp64: return CaseAbi::lp64;
    case PlanAbi::any: break;
  }
  return CaseAbi::any;
}

class ProgramWriter {
 public:
  ProgramWriter(const Plan& plan, const WriteOptions& options)
      : plan_(plan),
        options_(options),
        reference_(make_reference({.data_model = data_model_of(plan), .quirks = plan.quirks})) {
    Program& program = written_.program;
    program.header.name = "random";
    program.header.abi = case_abi(plan.abi);
    program.header.ids_reused = plan.ids_reused;
    // The executor wants to know how many names there can be; those not used go at the end.
    const std::size_t names = 4 * plan.commands.size() + 1;
    for (std::size_t i = 1; i <= names; ++i) {
      program.message_names.push_back("m" + std::to_string(i));
    }
    executor_.emplace(program, *reference_);
  }

  Written write() {
    for (const Command& command : plan_.commands) {
      write(command);
      if (written_.broken_invariant) break;
    }
    executor_.reset();
    written_.program.message_names.resize(names_used_);
    return std::move(written_);
  }

 private:
  void write(const Command& command) {
    switch (command.verb) {
      case Verb::spawn: return spawn(command);
      case Verb::create_thread: return create_thread(command);
      case Verb::exit_process: return exit_process(command);
      case Verb::exit_task: return exit_task(command);
      case Verb::poll: return poll(command);
      case Verb::answer: return answer(command);
      case Verb::give_back: return give_back(command);
      case Verb::advance:
        run(Advance{milliseconds(command)});
        cast_.something_happened();
        return;
      case Verb::inject: run(InjectAllocFailure{command.object % 4u}); return;
      case Verb::count_descriptors:
        if (const auto* process = cast_.living_process(command.caller)) {
          run(CountDescriptors{process->name});
        }
        return;
      default: break;
    }
    if (const auto caller = awake_task(command)) write_call(command, *caller);
  }

  void write_call(const Command& command, TaskName caller) {
    switch (command.verb) {
      case Verb::open: run(Open{caller}); return;
      case Verb::close: run(Close{caller}); return;
      case Verb::map: run(mapping(command, caller)); return;
      case Verb::unmap: run(Munmap{caller}); return;
      case Verb::set_cms: return set_cms(command, caller);
      case Verb::set_ipc_thread: run(SetIpcThread{caller}); return;
      case Verb::give_access: return cms_command(command, caller);
      case Verb::get_version:
        run(GetVersion{caller, write_argument(command.breakage, caller, cast_, plan_.is_portable)});
        return;
      case Verb::raw_ioctl: return raw_ioctl(command, caller);
      case Verb::request:
        send_receive(write_request(command, caller, cast_, plan_.is_portable));
        return;
      case Verb::receive: return receive(command, caller);
      case Verb::fork: return fork(caller);
      case Verb::exec:
        if (succeeds(Exec{caller})) {
          cast_.exec(caller);
          cast_.something_happened();
        }
        return;
      default: return;
    }
  }

  // --- tasks and processes ---

  void spawn(const Command& command) {
    Digits digits(command.content);
    const std::uint32_t user = user_ids[digits.below(4)];
    const std::uint32_t group = user_ids[digits.below(4)];
    const Spawn step{cast_.next_process(), cast_.next_task(), user, group};
    if (succeeds(step)) cast_.add_process(step.process, step.task);
  }

  void fork(TaskName caller) {
    const Fork step{caller, cast_.next_process(), cast_.next_task()};
    if (succeeds(step)) cast_.add_process(step.child, step.child_task);
  }

  void create_thread(const Command& command) {
    const PlannedProcess* process = cast_.living_process(command.caller);
    if (process == nullptr) return;
    const CreateThread step{process->name, cast_.next_task()};
    if (succeeds(step)) cast_.add_task(step.process, step.task, false);
  }

  void exit_process(const Command& command) {
    const PlannedProcess* process = cast_.living_process(command.caller);
    if (process == nullptr) return;
    const ProcessName name = process->name;
    if (succeeds(ExitProcess{name})) cast_.end_process(name);
    cast_.something_happened();
  }

  void exit_task(const Command& command) {
    const PlannedTask* task = cast_.living_task(command.caller);
    if (task == nullptr) return;
    const TaskName name = task->name;
    if (succeeds(ExitTask{name})) cast_.end_task(name);
    cast_.something_happened();
  }

  // --- the device ---

  Mmap mapping(const Command& command, TaskName caller) const {
    Mmap step{caller, 65536, protection_read, map_private};
    if (command.breakage == 0) {
      constexpr std::array<std::uint64_t, 3> sizes{65536, 4096, 262144};
      step.bytes = plan_.is_portable ? 262144 : sizes[command.object % sizes.size()];
      return step;
    }
    Digits digits(command.breakage - 1u);
    switch (digits.below(3)) {
      case 0: {
        constexpr std::array<std::uint64_t, 6> sizes{0,      1,           262145,
                                                     262144, 0x100000000, 0xffffffffffffffff};
        step.bytes = sizes[digits.below(sizes.size())];
        break;
      }
      case 1: step.protection = digits.below(8); break;
      default: step.flags = digits.below(4); break;
    }
    if (plan_.is_portable && step.bytes == 1) step.bytes = 0;
    return step;
  }

  void set_cms(const Command& command, TaskName caller) {
    constexpr std::array<std::uint64_t, 9> sizes{4096, 65536, 0xffffffff, 200, 80, 79, 64, 63, 0};
    constexpr std::array<std::uint64_t, 4> portable_sizes{65536, 0x100000000, 63, 0};
    const std::uint64_t size = plan_.is_portable ? portable_sizes[command.object % 4]
                                                 : sizes[command.object % sizes.size()];
    if (succeeds(SetCms{caller, size})) cast_.cms = caller;
  }

  void cms_command(const Command& command, TaskName caller) {
    Digits manner(command.manner);
    // Mostly by the one task that may.
    if (cast_.cms && !manner.one_in(6)) {
      if (const auto awake = look_at(*cast_.cms)) caller = *awake;
    }
    constexpr std::array<std::uint32_t, 6> commands{
        cms_add_access, cms_add_access, cms_add_access, cms_gen_handle, cms_remove_handle, 3};
    CmsCommand step;
    step.caller = caller;
    step.command = commands[manner.below(commands.size())];
    step.subject = write_task_value(command.object, cast_);
    step.service = write_task_value(command.content, cast_);
    step.argument = write_argument(command.breakage, caller, cast_, plan_.is_portable);
    run(step);
  }

  void raw_ioctl(const Command& command, TaskName caller) {
    constexpr std::array<std::uint64_t, 8> words{
        word_get_version, word_set_cms, word_set_ipc_thread, word_cms_command,
        0x6905,           0xc0106905,   0xffffffffc0106904,  0};
    constexpr std::array<std::uint64_t, 8> arguments{0,          1,          63,         200,
                                                     0x02a00000, 0x3e000000, 0xc0000000, 0x10000};
    Digits digits(command.object);
    RawIoctl step{caller, words[digits.below(words.size())],
                  arguments[command.content % arguments.size()]};
    if (digits.one_in(3) && !plan_.is_portable) {
      step.command =
          layout_of(digits.below(2) == 0 ? DataModel::ilp32 : DataModel::lp64).send_receive;
    }
    // Between the sizes of a header, and in the scratch area of a task that may be there.
    const bool differs = step.argument == 0x02a00000 || step.argument == 0xc0000000;
    if (plan_.is_portable && differs) step.argument = 0;
    run(step);
  }

  // --- messages ---

  void receive(const Command& command, TaskName caller) {
    SendReceive step;
    step.caller = caller;
    step.flags = flag_receive;
    if (command.breakage > 0)
      step.argument = write_argument(command.breakage, caller, cast_, plan_.is_portable);
    if (command.manner % 8 == 7) {
      step.flags_are_raw = true;
      step.flags = (command.manner / 8u) % 2 == 0 ? flag_receive : 0xfffffff8 | flag_receive;
    }
    send_receive(step);
  }

  void answer(const Command& command) {
    const PlannedMessage* request = cast_.held_message(command.object, true);
    if (request == nullptr) return;
    const PlannedMessage held = *request;
    const auto caller = awake_task_of(held.owner, command.caller);
    if (!caller) return;
    const bool ran = send_receive(write_answer(command, *caller, held, cast_, plan_.is_portable));
    if (ran) note_given_back(held.name);
  }

  void give_back(const Command& command) {
    const PlannedMessage* message = cast_.held_message(command.object, false);
    if (message == nullptr) message = cast_.any_message(command.object);
    if (message == nullptr) return;
    const PlannedMessage held = *message;
    // Now and then by a stranger.
    const auto caller =
        command.caller % 8 == 7 ? awake_task(command) : awake_task_of(held.owner, command.caller);
    if (!caller) return;
    const SendReceive step = write_give_back(command, *caller, held, plan_.is_portable);
    if (send_receive(step) && step.free.kind == FreeTarget::Kind::message) {
      note_given_back(held.name);
    }
  }

  // Whether it was run at all.
  bool send_receive(const SendReceive& step) {
    if (run(step, step.caller) == nullptr) return false;
    if ((step.flags & flag_send) != 0) cast_.something_happened();
    return true;
  }

  void note_given_back(MessageName name) {
    for (PlannedMessage& message : cast_.messages) {
      if (message.name == name) message.was_given_back = true;
    }
  }

  void poll(const Command& command) {
    if (const PlannedTask* task = cast_.living_task(command.caller)) {
      run(Poll{task->name}, task->name);
    }
  }

  std::uint64_t milliseconds(const Command& command) const {
    constexpr std::array<std::uint64_t, 6> times{5000, 5001, 4999, 100, 1, 0};
    return times[command.object % times.size()];
  }

  // --- who ---

  // The task chosen, or the first after it that does not sleep.
  std::optional<TaskName> awake_task(const Command& command) {
    for (std::uint32_t i = 0; i < cast_.tasks.size(); ++i) {
      const PlannedTask* task = cast_.living_task(command.caller + i);
      if (task == nullptr) return std::nullopt;
      if (const auto awake = look_at(task->name)) return awake;
    }
    return std::nullopt;
  }

  std::optional<TaskName> awake_task_of(ProcessName process, std::uint32_t choice) {
    const std::size_t count = cast_.tasks.size();
    for (std::size_t i = 0; i < count; ++i) {
      const PlannedTask& task = cast_.tasks[(choice + i) % count];
      if (task.process != process || task.has_ended) continue;
      if (const auto awake = look_at(task.name)) return awake;
    }
    return std::nullopt;
  }

  // The task if it does not sleep, as far as one can see; where it may have woken, a poll is
  // written.
  std::optional<TaskName> look_at(TaskName name) {
    PlannedTask* task = cast_.find(name);
    if (task->has_ended) return std::nullopt;
    if (task->sleeps && task->may_be_awake) run(Poll{name}, name);
    task = cast_.find(name);
    return task->sleeps ? std::nullopt : std::optional(name);
  }

  // --- steps ---

  // What came back; null if the step could not be run, and was not written then.
  const Outcome* run(const Operation& operation, std::optional<TaskName> receiver = std::nullopt) {
    if (written_.broken_invariant || names_used_ == written_.program.message_names.size()) {
      return nullptr;
    }
    std::vector<Step>& steps = written_.program.steps;
    Step& step = steps.emplace_back(Step{operation, {}, 0});
    if (receiver) {
      Outcome named;
      named.kind = Outcome::Kind::message;
      named.message.name = MessageName{static_cast<std::uint32_t>(names_used_)};
      step.expected.push_back(named);
    }
    const Outcome outcome = executor_->run_step(steps.size() - 1);
    if (outcome.kind == Outcome::Kind::not_run) {
      steps.pop_back();
      return nullptr;
    }
    step.expected = {outcome};
    step.expected.front().clause = "";
    written_.outcomes.push_back(outcome);
    note(operation, outcome, receiver);
    if (options_.checks_invariants) written_.broken_invariant = reference_->broken_invariant();
    return &written_.outcomes.back();
  }

  bool succeeds(const Operation& operation) {
    const Outcome* outcome = run(operation);
    return outcome != nullptr && outcome->kind == Outcome::Kind::value;
  }

  void note(const Operation& operation, const Outcome& outcome, std::optional<TaskName> receiver) {
    std::optional<TaskName> caller = receiver;
    if (const auto* raw = std::get_if<RawIoctl>(&operation)) caller = raw->caller;
    if (!caller) return;
    PlannedTask* task = cast_.find(*caller);
    task->sleeps = outcome.kind == Outcome::Kind::blocked;
    task->may_be_awake = false;
    if (outcome.kind != Outcome::Kind::message) return;
    ++names_used_;
    cast_.note_received(outcome.message.name, task->process, outcome.message);
  }

  const Plan& plan_;
  const WriteOptions options_;
  std::unique_ptr<ReferenceInstance> reference_;
  Written written_;
  std::optional<Executor> executor_;
  CastOfPlan cast_;
  std::size_t names_used_ = 0;
};

}  // namespace

DataModel data_model_of(const Plan& plan) {
  return plan.abi == PlanAbi::lp64 ? DataModel::lp64 : DataModel::ilp32;
}

Written write_program(const Plan& plan, const WriteOptions& options) {
  return ProgramWriter(plan, options).write();
}

}  // namespace touchstone
