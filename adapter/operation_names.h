// operation_names.h: every name in an Operation, one visit for each, so that names can be changed
// or looked up without a switch over all operations.  Knows no order and no state.
#pragma once

#include <type_traits>
#include <utility>
#include <variant>

#include "adapter/operation.h"

namespace touchstone {

namespace operation_names {

template <typename Visitor>
void visit(Argument& argument, Visitor& visitor) {
  if (argument.pointer == Pointer::received_data) visitor(argument.message);
}

template <typename Visitor>
void visit(TaskValue& value, Visitor& visitor) {
  if (value.kind != TaskValue::Kind::task) return;
  TaskName name{value.value};
  visitor(name);
  value.value = std::to_underlying(name);
}

template <typename Visitor>
void visit(OutgoingMessage& message, Visitor& visitor) {
  visit(message.to, visitor);
  if (message.time.kind == TimeValue::Kind::message) visitor(message.time.message);
  for (OutgoingObject& object : message.objects) {
    if (object.kind == ObjectKind::svc) visit(object.handle, visitor);
  }
}

}  // namespace operation_names

// Calls `visitor` with a reference to each TaskName, ProcessName and MessageName: those that the
// operation makes (spawn, fork, thread) first, then its caller, then the others.
template <typename Visitor>
void visit_names(Operation& operation, Visitor&& visitor) {
  std::visit(
      [&visitor]<typename T>(T& step) {
        if constexpr (std::is_same_v<T, Spawn> || std::is_same_v<T, CreateThread>) {
          visitor(step.process);
          visitor(step.task);
        } else if constexpr (std::is_same_v<T, Fork>) {
          visitor(step.child);
          visitor(step.child_task);
          visitor(step.caller);
        } else if constexpr (requires { step.process; }) {
          visitor(step.process);
        } else if constexpr (std::is_same_v<T, Poll>) {
          visitor(step.task);
        } else if constexpr (requires { step.caller; }) {
          visitor(step.caller);
        }
        if constexpr (std::is_same_v<T, CmsCommand>) {
          operation_names::visit(step.subject, visitor);
          operation_names::visit(step.service, visitor);
        }
        if constexpr (requires { step.argument.pointer; }) {
          operation_names::visit(step.argument, visitor);
        }
        if constexpr (std::is_same_v<T, SendReceive>) {
          if (step.free.message != unnamed_message) visitor(step.free.message);
          if (step.message) operation_names::visit(*step.message, visitor);
        }
      },
      operation);
}

}  // namespace touchstone
