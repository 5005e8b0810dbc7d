#include "conformance/generator/program_writer.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "adapter/abi.h"
#include "conformance/generator/message_writer.h"

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

// Makes of a Command what it means where the Program stands.
class CommandWriter {
 public:
  CommandWriter(ProgramGrower& grower, bool is_portable)
      : grower_(grower), cast_(grower.cast()), is_portable_(is_portable) {}

  void write(const Command& command) {
    switch (command.verb) {
      case Verb::spawn: return spawn(command);
      case Verb::create_thread: return create_thread(command);
      case Verb::exit_process: return exit_process(command);
      case Verb::exit_task: return exit_task(command);
      case Verb::poll: return poll(command);
      case Verb::answer: return answer(command);
      case Verb::give_back: return give_back(command);
      case Verb::advance: run(Advance{milliseconds(command)}); return;
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

 private:
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
        run(GetVersion{caller, write_argument(command.breakage, caller, cast_, is_portable_)});
        return;
      case Verb::raw_ioctl: return raw_ioctl(command, caller);
      case Verb::request: run(write_request(command, caller, cast_, is_portable_)); return;
      case Verb::receive: return receive(command, caller);
      case Verb::fork: return fork(caller);
      case Verb::exec: run(Exec{caller}); return;
      default: return;
    }
  }

  // --- tasks and processes ---

  void spawn(const Command& command) {
    Digits digits(command.content);
    const std::uint32_t user = user_ids[digits.below(4)];
    const std::uint32_t group = user_ids[digits.below(4)];
    run(Spawn{cast_.next_process(), cast_.next_task(), user, group});
  }

  void fork(TaskName caller) { run(Fork{caller, cast_.next_process(), cast_.next_task()}); }

  void create_thread(const Command& command) {
    const PlannedProcess* process = cast_.living_process(command.caller);
    if (process != nullptr) run(CreateThread{process->name, cast_.next_task()});
  }

  void exit_process(const Command& command) {
    const PlannedProcess* process = cast_.living_process(command.caller);
    if (process != nullptr) run(ExitProcess{process->name});
  }

  void exit_task(const Command& command) {
    const PlannedTask* task = cast_.living_task(command.caller);
    if (task != nullptr) run(ExitTask{task->name});
  }

  // --- the device ---

  Mmap mapping(const Command& command, TaskName caller) const {
    Mmap step{caller, 65536, protection_read, map_private};
    if (command.breakage == 0) {
      constexpr std::array<std::uint64_t, 3> sizes{65536, 4096, 262144};
      step.bytes = is_portable_ ? 262144 : sizes[command.object % sizes.size()];
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
    if (is_portable_ && step.bytes == 1) step.bytes = 0;
    return step;
  }

  void set_cms(const Command& command, TaskName caller) {
    constexpr std::array<std::uint64_t, 9> sizes{4096, 65536, 0xffffffff, 200, 80, 79, 64, 63, 0};
    constexpr std::array<std::uint64_t, 4> portable_sizes{65536, 0x100000000, 63, 0};
    const std::uint64_t size =
        is_portable_ ? portable_sizes[command.object % 4] : sizes[command.object % sizes.size()];
    run(SetCms{caller, size});
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
    step.argument = write_argument(command.breakage, caller, cast_, is_portable_);
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
    if (digits.one_in(3) && !is_portable_) {
      step.command =
          layout_of(digits.below(2) == 0 ? DataModel::ilp32 : DataModel::lp64).send_receive;
    }
    // Between the sizes of a header, and in the scratch area of a task that may be there.
    const bool differs = step.argument == 0x02a00000 || step.argument == 0xc0000000;
    if (is_portable_ && differs) step.argument = 0;
    run(step);
  }

  // --- messages ---

  void receive(const Command& command, TaskName caller) {
    SendReceive step;
    step.caller = caller;
    step.flags = flag_receive;
    if (command.breakage > 0)
      step.argument = write_argument(command.breakage, caller, cast_, is_portable_);
    if (command.manner % 8 == 7) {
      step.flags_are_raw = true;
      step.flags = (command.manner / 8u) % 2 == 0 ? flag_receive : 0xfffffff8 | flag_receive;
    }
    run(step);
  }

  void answer(const Command& command) {
    const PlannedMessage* request = cast_.held_message(command.object, true);
    if (request == nullptr) return;
    const PlannedMessage held = *request;
    const auto caller = awake_task_of(held.owner, command.caller);
    if (!caller) return;
    run(write_answer(command, *caller, held, cast_, is_portable_));
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
    run(write_give_back(command, *caller, held, is_portable_));
  }

  void poll(const Command& command) {
    if (const PlannedTask* task = cast_.living_task(command.caller)) {
      run(Poll{task->name});
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

  std::optional<TaskName> look_at(TaskName name) {
    return grower_.is_awake(name) ? std::optional(name) : std::nullopt;
  }

  void run(const Operation& operation) { grower_.add(operation); }

  ProgramGrower& grower_;
  CastOfPlan& cast_;
  const bool is_portable_;
};

}  // namespace

DataModel data_model_of(const Plan& plan) {
  return plan.abi == PlanAbi::lp64 ? DataModel::lp64 : DataModel::ilp32;
}

void write_command(const Command& command, bool is_portable, ProgramGrower& grower) {
  CommandWriter(grower, is_portable).write(command);
}

Written write_program(const Plan& plan, const WriteOptions& options) {
  ProgramGrower grower({.abi = case_abi(plan.abi),
                        .ids_reused = plan.ids_reused,
                        .quirks = plan.quirks,
                        .checks_invariants = options.checks_invariants,
                        .messages_max = 4 * plan.commands.size() + 1});
  for (const Command& command : plan.commands) write_command(command, plan.is_portable, grower);
  return grower.take();
}

}  // namespace touchstone
