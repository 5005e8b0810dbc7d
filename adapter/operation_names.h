// operation_names.h: every name in an Operation, one visit for each, so that names can be changed
// or looked up without a switch over all operations; and what a step makes.  Knows no order and no
// state.
#pragma once

#include <optional>
#include <type_traits>
#include <variant>

#include "adapter/program.h"

namespace touchstone {

// Calls `visit` with each ProcessName, TaskName, TaskValue and MessageName of the Operation; const
// ones of a const Operation.
template <typename AnyOperation, typename Visit>
void visit_names(AnyOperation& operation, const Visit& visit) {
  const auto visit_argument = [&visit](auto& argument) {
    if (argument.pointer == Pointer::received_data) visit(argument.message);
  };
  const auto visit_message = [&visit](auto& message) {
    visit(message.to);
    if (message.time.kind == TimeValue::Kind::message) visit(message.time.message);
    for (auto& object : message.objects) {
      if (object.kind == ObjectKind::svc) visit(object.handle);
    }
  };
  const auto visit_free = [&visit](auto& free) {
    using Kind = FreeTarget::Kind;
    const bool is_of_message = free.kind == Kind::message || free.kind == Kind::ptr ||
                               free.kind == Kind::interior || free.kind == Kind::data;
    if (is_of_message) visit(free.message);
  };
  const auto visit_step = [&](auto& step) {
    if constexpr (requires { step.caller; }) visit(step.caller);
    if constexpr (requires { step.process; }) visit(step.process);
    if constexpr (requires { step.task; }) visit(step.task);
    if constexpr (requires { step.child_task; }) {
      visit(step.child);
      visit(step.child_task);
    }
    if constexpr (requires { step.subject; }) {
      visit(step.subject);
      visit(step.service);
    }
    if constexpr (std::is_same_v<std::remove_const_t<std::remove_reference_t<decltype(step)>>,
                                 SendReceive>) {
      if (step.message) visit_message(*step.message);
      visit_free(step.free);
      visit_argument(step.argument);
    } else if constexpr (requires { step.argument.pointer; }) {
      visit_argument(step.argument);
    }
  };
  std::visit(visit_step, operation);
}

// What a step makes, if it makes any.
struct Made {
  std::optional<ProcessName> process;
  std::optional<TaskName> task;
};
Made made_by(const Operation& operation);

// The name that an expectation of the step gives to a message; unnamed_message if none does.
MessageName message_named_by(const Step& step);

}  // namespace touchstone
