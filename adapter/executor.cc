#include "adapter/executor.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <utility>

#include "adapter/abi.h"
#include "adapter/bindings.h"
#include "adapter/decode.h"
#include "adapter/encode.h"
#include "adapter/operation_names.h"
#include "adapter/real_time.h"

namespace touchstone {
namespace {

template <typename T>
Outcome done_or_errno(const OrErrno<T>& result) {
  return value_outcome(result ? 0 : -std::int64_t{result.error()});
}

std::string text(TaskName name) { return "T" + std::to_string(static_cast<std::uint32_t>(name)); }
std::string text(ProcessName name) {
  return "P" + std::to_string(static_cast<std::uint32_t>(name));
}

bool is_lp64(const Program& program, const BackendInfo& info) {
  return program.header.abi == CaseAbi::lp64 && info.data_model == DataModel::lp64;
}

}  // namespace

class Executor::State {
 public:
  State(const Program& program, Backend& backend)
      : backend_(backend),
        info_(backend.info()),
        abi_(layout_of(info_.data_model)),
        case_object_bytes_(
            layout_of(is_lp64(program, info_) ? DataModel::lp64 : DataModel::ilp32).object_bytes),
        bindings_(program.message_names.size()) {
    if (program.header.ids_reused && info_.has(Capability::id_reuse)) backend.reuse_ids();
    if (info_.real_time) pace_.emplace(program);
  }

  const Bindings& bindings() const { return bindings_; }
  std::optional<std::size_t> late_from() const { return pace_ ? pace_->late_from() : std::nullopt; }

  Outcome run(const Step& step, std::size_t index) {
    step_ = &step;
    if (pace_) pace_->begin_step(index);
    Outcome outcome =
        std::visit([this](const auto& operation) { return run(operation); }, step.operation);
    if (pace_) pace_->end_step();
    if (*outcome.clause == '\0') outcome.clause = backend_.deciding_clause();
    if (const auto reason = backend_.lost()) {
      outcome = {};
      outcome.kind = Outcome::Kind::lost;
      outcome.reason = *reason;
    }
    return outcome;
  }

 private:
  // --- tasks and processes ---

  Outcome run(const Spawn& step) {
    const auto made = backend_.spawn(step.uid, step.gid);
    if (made) add_process(step.process, step.task, *made);
    return done_or_errno(made);
  }

  Outcome run(const Fork& step) {
    if (!info_.has(Capability::fork)) return not_run("the backend cannot fork");
    const TaskBinding* caller = ready(step.caller);
    if (caller == nullptr) return not_run(problem_);
    const ProcessName parent = caller->process;
    const auto made = backend_.fork(caller->id);
    if (made) {
      add_process(step.child, step.child_task, *made);
      bindings_.inherit_descriptors(parent, step.child);
    }
    return done_or_errno(made);
  }

  Outcome run(const CreateThread& step) {
    const ProcessBinding* process = living(step.process);
    if (process == nullptr) return not_run(problem_);
    const auto made = backend_.create_thread(process->id);
    if (made) add_task(step.task, step.process, *made);
    return done_or_errno(made);
  }

  Outcome run(const ExitTask& step) {
    TaskBinding* task = living(step.caller);
    if (task == nullptr) return not_run(problem_);
    ProcessBinding* process = bindings_.find(task->process);
    const auto ended = backend_.exit_task(task->id);
    if (ended && process->main_task == task->name) {
      end_process(*process);
    } else if (ended) {
      task->ended = true;
    }
    return done_or_errno(ended);
  }

  Outcome run(const ExitProcess& step) {
    ProcessBinding* process = living(step.process);
    if (process == nullptr) return not_run(problem_);
    const auto ended = backend_.exit_process(process->id);
    if (ended) end_process(*process);
    return done_or_errno(ended);
  }

  Outcome run(const Exec& step) {
    if (!info_.has(Capability::exec)) return not_run("the backend has no exec");
    TaskBinding* caller = ready(step.caller);
    if (caller == nullptr) return not_run(problem_);
    look_at_woken(caller->process);
    const auto done = backend_.exec(caller->id);
    if (done) {
      for (TaskBinding& task : bindings_.tasks()) {
        if (task.process == caller->process && task.name != caller->name) task.ended = true;
      }
      ProcessBinding* process = bindings_.find(caller->process);
      process->main_task = caller->name;
      process->pool.reset();
      caller->scratch = backend_.scratch(caller->id);
    }
    return done_or_errno(done);
  }

  // --- the device ---

  Outcome run(const Open& step) {
    const TaskBinding* caller = ready(step.caller);
    return caller == nullptr ? not_run(problem_) : done_or_errno(backend_.open(caller->id));
  }

  Outcome run(const Close& step) {
    const TaskBinding* caller = ready(step.caller);
    return caller == nullptr ? not_run(problem_) : done_or_errno(backend_.close(caller->id));
  }

  Outcome run(const Mmap& step) {
    const TaskBinding* caller = ready(step.caller);
    if (caller == nullptr) return not_run(problem_);
    look_at_woken(caller->process);
    const auto address = backend_.mmap(caller->id, step.bytes, step.protection, step.flags);
    if (address) {
      const std::uint64_t page = info_.page_bytes;
      bindings_.find(caller->process)->pool =
          Region{*address, (step.bytes + page - 1) / page * page};
    }
    return done_or_errno(address);
  }

  Outcome run(const Munmap& step) {
    const TaskBinding* caller = ready(step.caller);
    if (caller == nullptr) return not_run(problem_);
    look_at_woken(caller->process);
    return done_or_errno(backend_.munmap(caller->id));
  }

  Outcome run(const SetCms& step) {
    return simple_ioctl(step.caller, word_set_cms, step.message_bytes_max);
  }

  Outcome run(const RawIoctl& step) {
    const TaskBinding* caller = ready(step.caller);
    if (caller == nullptr) return not_run(problem_);
    if (step.command == abi_.send_receive) look_at_woken(caller->process);
    return simple_ioctl(step.caller, step.command, step.argument);
  }

  Outcome run(const SetIpcThread& step) {
    return simple_ioctl(step.caller, word_set_ipc_thread, 0);
  }

  void name_task(Outcome& outcome) {
    const TaskValue task = bindings_.task_value(static_cast<std::uint32_t>(outcome.value));
    if (task.kind != TaskValue::Kind::task) return;
    outcome.kind = Outcome::Kind::task;
    outcome.task = task;
  }

  Outcome run(const CmsCommand& step) {
    TaskBinding* caller = ready(step.caller);
    if (caller == nullptr) return not_run(problem_);
    const auto subject = resolve(step.subject, bindings_);
    const auto service = resolve(step.service, bindings_);
    const auto argument = resolve(step.argument, caller->scratch.address, info_, bindings_);
    if (!subject || !service || !argument) {
      return not_run(!subject ? subject.error() : !service ? service.error() : argument.error());
    }
    std::array<std::byte, cms_content_bytes> content;
    store_u32(content, 0, step.command);
    store_u32(content, 4, *subject);
    store_u32(content, 8, *service);
    if (!backend_.write(caller->id, caller->scratch.address, content)) return no_scratch();
    Outcome outcome = simple_ioctl(step.caller, word_cms_command, *argument);
    const bool gives_handle = step.command == cms_gen_handle && outcome.value == 0 &&
                              outcome.kind == Outcome::Kind::value;
    if (gives_handle && step.argument.pointer == Pointer::valid) {
      if (!backend_.read(caller->id, caller->scratch.address, content)) return no_scratch();
      outcome.kind = Outcome::Kind::service;
      outcome.task = bindings_.task_value(load_u32(content, 8));
    }
    return outcome;
  }

  Outcome run(const GetVersion& step) {
    TaskBinding* caller = ready(step.caller);
    if (caller == nullptr) return not_run(problem_);
    const auto argument = resolve(step.argument, caller->scratch.address, info_, bindings_);
    if (!argument) return not_run(argument.error());
    std::array<std::byte, 8> word;  // the version word, and as much behind it that stays as it is
    word.fill(unwritten);
    if (!backend_.write(caller->id, caller->scratch.address, word)) return no_scratch();
    Outcome outcome = simple_ioctl(step.caller, word_get_version, *argument);
    if (outcome.kind == Outcome::Kind::value && outcome.value == 0 &&
        step.argument.pointer == Pointer::valid) {
      if (!backend_.read(caller->id, caller->scratch.address, word)) return no_scratch();
      outcome.kind = Outcome::Kind::version;
      // The word alone if what is behind it has stayed (ABI-5), else a number that no version is.
      constexpr std::uint64_t behind = 0x7efefefe00000000;
      const std::uint64_t all = load_u64(word, 0) & 0x7fffffffffffffff;
      outcome.value = static_cast<std::int64_t>(all ^ behind);
    }
    return outcome;
  }

  Outcome run(const SendReceive& step) {
    TaskBinding* caller = ready(step.caller);
    if (caller == nullptr) return not_run(problem_);
    const EncodeContext context{info_, abi_, bindings_, backend_, *caller, case_object_bytes_};
    // Descriptors are opened last: a step that is not run does nothing.
    auto encoded = encode_send_receive(step, context, call_);
    if (!encoded) return not_run(encoded.error());
    if (call_.bytes.size() > caller->scratch.bytes) return no_scratch();
    if (step.message && opens_descriptors(*step.message, *caller)) {
      if (!open_named_descriptors(*step.message, *caller)) return not_run(problem_);
      encoded = encode_send_receive(step, context, call_);
      if (!encoded) return not_run(encoded.error());
    }
    if (!backend_.write(caller->id, caller->scratch.address, call_.bytes)) return no_scratch();
    if (step.free.kind != FreeTarget::Kind::none) {
      const bool may_be_a_buffer = step.free.kind == FreeTarget::Kind::address;
      look_at_woken(caller->process,
                    may_be_a_buffer ? std::nullopt : std::optional(call_.given_back));
    }
    caller->has_called = true;
    caller->received.reset();
    caller->gives_task = false;
    // Elsewhere the flags are other bytes, and no place for inMsg.
    caller->receives = (step.flags & flag_receive) != 0 && step.argument.pointer == Pointer::valid;
    caller->argument = call_.argument;
    caller->awaited = message_named_by(*step_);
    return completed(*caller, backend_.ioctl(caller->id, abi_.send_receive, call_.argument));
  }

  Outcome run(const Poll& step) {
    TaskBinding* task = living(step.task);
    if (task == nullptr) return not_run(problem_);
    if (!task->has_called) return not_run(text(task->name) + " has made no call");
    if (const MessageName name = message_named_by(*step_); name != unnamed_message) {
      task->awaited = name;
    }
    return completed(*task, backend_.poll(task->id));
  }

  // --- the world ---

  Outcome run(const Advance& step) {
    if (!info_.has(Capability::virtual_time) && !pace_) {
      return not_run("the backend has no virtual time");
    }
    const std::uint64_t ms = pace_ ? pace_->wait_ms() : step.milliseconds;
    backend_.advance(ms * 1000000);
    return value_outcome(0);
  }

  Outcome run(const InjectAllocFailure& step) {
    if (!info_.has(Capability::alloc_fault)) return not_run("the backend has no alloc-fault");
    backend_.inject_alloc_failure(step.after);
    return value_outcome(0);
  }

  Outcome run(const CountDescriptors& step) {
    const ProcessBinding* process = living(step.process);
    if (process == nullptr) return not_run(problem_);
    if (!info_.has(Capability::descriptor_count)) return not_run("the backend has no fd-count");
    return value_outcome(backend_.descriptor_count(process->id));
  }

  // --- parts of the above ---

  Outcome simple_ioctl(TaskName name, std::uint64_t command, std::uint64_t argument) {
    TaskBinding* caller = ready(name);
    if (caller == nullptr) return not_run(problem_);
    caller->has_called = true;
    caller->received.reset();
    caller->gives_task = command == word_set_ipc_thread;
    caller->receives = false;
    return completed(*caller, backend_.ioctl(caller->id, command, argument));
  }

  // The answer to the task's last ioctl, with the message it received if it did.
  Outcome completed(TaskBinding& task, const Completion& completion) {
    task.sleeps = completion.blocked;
    Outcome outcome;
    if (completion.blocked) {
      outcome.kind = Outcome::Kind::blocked;
    } else {
      outcome = value_outcome(completion.value);
      if (task.receives && completion.value == 0) {
        outcome.kind = Outcome::Kind::message;
        if (!task.received) task.received = received(task);
        outcome.message = task.received->message;
        outcome.message.name = task.awaited;
        bindings_.bind(task.awaited, task.received->binding);
      }
      if (task.gives_task && outcome.kind == Outcome::Kind::value) name_task(outcome);
    }
    outcome.clause = completion.clause;
    return outcome;
  }

  // Messages that came to sleepers of the process and that nobody has looked at yet: what is about
  // to be given back or unmapped may be one of them, and its bytes are nobody's then.  No others:
  // names of times and descriptors are given in the order of looking.
  void look_at_woken(ProcessName process, std::optional<std::uint64_t> given_back = std::nullopt) {
    for (TaskBinding& task : bindings_.tasks()) {
      if (task.process != process || task.ended || !task.receives || task.received) continue;
      const Completion completion = backend_.poll(task.id);
      if (completion.blocked || completion.value != 0) continue;
      if (given_back && message_address(task) != given_back) continue;
      task.received = received(task);
    }
  }

  // Where the message lies that the task's call received.
  std::optional<std::uint64_t> message_address(const TaskBinding& task) {
    std::array<std::byte, 8> pointer{};
    const auto bytes = std::span(pointer).first(abi_.pointer_bytes);
    if (!backend_.read(task.id, task.argument + abi_.in_message, bytes)) return std::nullopt;
    return load_address(abi_, bytes, 0);
  }

  DecodedMessage received(const TaskBinding& task) {
    const auto address = message_address(task);
    if (!address) {
      DecodedMessage unread;
      unread.message.defects.push_back({"RCV-17", "the argument cannot be read after the call"});
      return unread;
    }
    const DecodeContext context{info_, abi_, bindings_, backend_, task, case_object_bytes_};
    return decode_message(context, *address);
  }

  bool opens_descriptors(const OutgoingMessage& message, const TaskBinding& caller) const {
    return std::ranges::any_of(message.objects, [&](const OutgoingObject& object) {
      return object.kind == ObjectKind::fd && object.descriptor_is_name &&
             !bindings_.descriptor(caller.process, DescriptorName{object.descriptor});
    });
  }

  bool open_named_descriptors(const OutgoingMessage& message, const TaskBinding& caller) {
    for (const OutgoingObject& object : message.objects) {
      if (object.kind != ObjectKind::fd || !object.descriptor_is_name) continue;
      const DescriptorName name{object.descriptor};
      if (bindings_.descriptor(caller.process, name)) continue;
      if (object.descriptor >= 101 || !info_.has(Capability::fd_passing)) {
        problem_ =
            "F" + std::to_string(object.descriptor) + " was not received, or cannot be opened";
        return false;
      }
      const std::uint32_t process = bindings_.find(caller.process)->id;
      const auto opened = backend_.open_descriptor(process);
      if (!opened) {
        problem_ = "the backend cannot open a descriptor";
        return false;
      }
      bindings_.bind(caller.process, name, *opened);
      if (const auto file = backend_.descriptor_identity(process, *opened)) {
        bindings_.origin_of(*file, {caller.process, name});
      }
    }
    return true;
  }

  void add_process(ProcessName name, TaskName task, const NewTask& made) {
    bindings_.add(ProcessBinding{
        .name = name, .id = made.process, .main_task = task, .ended = false, .pool = {}});
    add_task(task, name, made.task);
  }

  void add_task(TaskName name, ProcessName process, std::uint32_t id) {
    TaskBinding task;
    task.name = name;
    task.process = process;
    task.id = id;
    task.scratch = backend_.scratch(id);
    bindings_.add(task);
  }

  void end_process(ProcessBinding& process) {
    process.ended = true;
    process.pool.reset();
    for (TaskBinding& task : bindings_.tasks()) {
      if (task.process == process.name) task.ended = true;
    }
  }

  TaskBinding* living(TaskName name) {
    TaskBinding* task = bindings_.find(name);
    if (task != nullptr && !task->ended) return task;
    problem_ = text(name) + (task == nullptr ? " was not made" : " has ended");
    return nullptr;
  }

  ProcessBinding* living(ProcessName name) {
    ProcessBinding* process = bindings_.find(name);
    if (process != nullptr && !process->ended) return process;
    problem_ = text(name) + (process == nullptr ? " was not made" : " has ended");
    return nullptr;
  }

  // A live task that does not sleep in the kernel: one that can make a call.
  TaskBinding* ready(TaskName name) {
    TaskBinding* task = living(name);
    if (task == nullptr) return nullptr;
    if (task->sleeps) task->sleeps = backend_.poll(task->id).blocked;
    if (!task->sleeps) return task;
    problem_ = text(name) + " sleeps in the kernel";
    return nullptr;
  }

  static Outcome no_scratch() {
    return not_run("the task's scratch area cannot be written, or is too small for the step");
  }

  Backend& backend_;
  const BackendInfo& info_;
  const AbiLayout& abi_;
  const std::uint32_t case_object_bytes_;
  Bindings bindings_;
  const Step* step_ = nullptr;
  std::optional<Pace> pace_;  // where time is real
  std::string problem_;
  EncodedCall call_;
};

Executor::Executor(const Program& program, Backend& backend)
    : program_(program), state_(std::make_unique<State>(program, backend)) {}

Executor::~Executor() = default;

IdNames Executor::id_names() const {
  const auto named = [](const TaskValue& value, char letter) {
    const std::string number = std::to_string(value.value);
    return value.kind == TaskValue::Kind::task ? letter + number : number;
  };
  const Bindings& bindings = state_->bindings();
  return {
      .task = [&, named](std::uint32_t id) { return named(bindings.task_value(id), 'T'); },
      .process = [&, named](std::uint32_t id) { return named(bindings.process_value(id), 'P'); }};
}

Outcome Executor::run_step(std::size_t index) {
  return state_->run(program_.steps.at(index), index);
}

std::vector<Outcome> Executor::run_all() {
  std::vector<Outcome> outcomes;
  outcomes.reserve(program_.steps.size());
  for (std::size_t i = 0; i < program_.steps.size(); ++i) {
    outcomes.push_back(run_step(i));
    if (outcomes.back().kind == Outcome::Kind::lost) break;
  }
  return outcomes;
}

std::optional<std::size_t> Executor::late_from() const { return state_->late_from(); }

std::vector<Outcome> execute(const Program& program, Backend& backend) {
  return Executor(program, backend).run_all();
}

}  // namespace touchstone
