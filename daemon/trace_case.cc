#include "daemon/trace_case.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <utility>
#include <variant>

#include "adapter/case_text.h"
#include "reference/kernel/limits.h"

namespace touchstone::daemon {
namespace {

constexpr std::uint64_t time_limit_ms = kernel::reply_time_limit_ns / 1000000;
constexpr std::uint32_t never_open = 1u << 30;  // above the numbers of descriptors that are open

// A case's name is one word.
std::string word_of(const std::string& name) {
  std::string word = name;
  const auto is_plain = [](char letter) {
    return std::isalnum(static_cast<unsigned char>(letter)) != 0;
  };
  std::ranges::replace_if(word, [&](char letter) { return !is_plain(letter); }, '-');
  return word.empty() ? "trace" : word;
}

// Ids of nobody, and descriptors that are not open, as numbers that are nobody's where the case is
// played either, whatever its limits.
class NumberMover {
 public:
  explicit NumberMover(std::uint32_t task_limit)
      : task_limit_(task_limit), ids_end_(std::max(task_limit, kernel::task_limit)) {}

  void operator()(SendReceive& step) const {
    if (!step.message) return;
    move(step.message->to);
    for (OutgoingObject& object : step.message->objects) {
      if (object.kind == ObjectKind::svc) move(object.handle);
      const bool is_number = object.kind == ObjectKind::fd && !object.descriptor_is_name;
      if (is_number && object.descriptor < never_open) object.descriptor += never_open;
    }
  }
  void operator()(CmsCommand& step) const {
    move(step.subject);
    if (step.command == cms_remove_handle) {
      move_within_range(step.service);
    } else {
      move(step.service);
    }
  }
  void operator()(auto&) const {}

 private:
  void move(TaskValue& value) const {
    const bool is_an_id = value.kind == TaskValue::Kind::number && value.value < ids_end_;
    if (is_an_id && value.value >= kernel::first_user_task) value.value += ids_end_;
  }
  // CMS-15 asks for the range alone.
  void move_within_range(TaskValue& value) const {
    if (value.kind != TaskValue::Kind::number || value.value >= ids_end_) return;
    if (value.value >= task_limit_) {
      value.value += ids_end_;
    } else if (value.value >= kernel::task_limit) {
      value.value = kernel::first_user_task - 1;
    }
  }

  const std::uint32_t task_limit_;
  const std::uint32_t ids_end_;
};

bool sends_descriptor(const Step& step) {
  const auto* call = std::get_if<SendReceive>(&step.operation);
  return call != nullptr && call->message &&
         std::ranges::any_of(call->message->objects, [](const OutgoingObject& object) {
           return object.kind == ObjectKind::fd;
         });
}

std::vector<std::string> needs_of(const Program& program) {
  std::vector<std::string> needs;
  const auto advances = [](const Step& step) {
    return std::holds_alternative<Advance>(step.operation);
  };
  if (std::ranges::any_of(program.steps, advances)) needs.emplace_back("virtual-time");
  if (std::ranges::any_of(program.steps, sends_descriptor)) needs.emplace_back("fd");
  return needs;
}

// Only where there are more than any implementation must have room for.
std::string limits_of(const Program& program, const TraceStart& start) {
  std::uint32_t tasks = 0, processes = 0;
  for (const Step& step : program.steps) {
    if (std::holds_alternative<CreateThread>(step.operation)) ++tasks;
    if (!std::holds_alternative<Spawn>(step.operation)) continue;
    ++tasks;
    ++processes;
  }
  const bool may_have_room = tasks <= kernel::task_limit - kernel::first_user_task &&
                             processes <= kernel::process_limit - kernel::first_user_process;
  const bool is_default =
      start.tasks == kernel::task_limit && start.processes == kernel::process_limit;
  if (may_have_room || is_default) return "";
  return fmt::format("tasks={} processes={}", start.tasks, start.processes);
}

}  // namespace

void TraceCase::add(const TraceLine& line) {
  if (line.start) start_ = line.start;
  lost_ += line.lost;
  if (line.step.empty()) return;
  if (!line.unsayable.empty() && unsayable_.empty()) {
    unsayable_ = fmt::format("step {}, `{}`: {}", steps_.size() + 1, line.step, line.unsayable);
  }
  steps_.push_back(
      {line.time_ns / 1000000, line.step + " -> " + line.outcome, line.outcome == "ETIME"});
}

// A case's time stands but where it says that it passes: before a call that ran out of it.
std::vector<bool> TraceCase::steps_that_take_time() const {
  std::vector<bool> take(steps_.size());
  for (std::size_t end = 0; end < steps_.size(); ++end) {
    if (!steps_[end].ran_out_of_time) continue;
    for (std::size_t i = end; i > 0 && steps_[i].time_ms + time_limit_ms > steps_[end].time_ms;
         --i) {
      take[i] = true;
    }
  }
  return take;
}

std::string TraceCase::lines() const {
  const std::vector<bool> take = steps_that_take_time();
  std::string text = fmt::format("case: trace\nabi: {}\n\n", start_->data_model);
  for (std::size_t i = 0; i < steps_.size(); ++i) {
    const std::uint64_t before = steps_[i > 0 ? i - 1 : 0].time_ms;
    if (take[i] && steps_[i].time_ms > before) {
      text += fmt::format("advance {}ms\n", steps_[i].time_ms - before);
    }
    text += steps_[i].text + "\n";
  }
  return text;
}

std::expected<std::string, std::string> TraceCase::text(const std::string& name) const {
  if (lost_ > 0) {
    return std::unexpected(
        fmt::format("{} events were lost, so that the case would not be whole", lost_));
  }
  if (!start_ || steps_.empty()) return std::unexpected("nothing has happened");
  if (!unsayable_.empty()) return std::unexpected("no case can say this: " + unsayable_);
  auto program = parse_case(lines());
  if (!program) {
    return std::unexpected("no case can say this: " + to_string(program.error(), "the trace"));
  }
  for (auto& step : program->steps) std::visit(NumberMover(start_->tasks), step.operation);
  program->header.name = word_of(name);
  program->header.title = "what clients of liteipcd did, as a trace has seen it";
  program->header.needs = needs_of(*program);
  program->header.limits = limits_of(*program, *start_);
  return print_case(*program);
}

}  // namespace touchstone::daemon
