#include "adapter/operation_names.h"

namespace touchstone {

Made made_by(const Operation& operation) {
  if (const auto* spawn = std::get_if<Spawn>(&operation)) return {spawn->process, spawn->task};
  if (const auto* fork = std::get_if<Fork>(&operation)) return {fork->child, fork->child_task};
  if (const auto* thread = std::get_if<CreateThread>(&operation)) return {{}, thread->task};
  return {};
}

MessageName message_named_by(const Step& step) {
  for (const Outcome& outcome : step.expected) {
    if (outcome.kind == Outcome::Kind::message) return outcome.message.name;
  }
  return unnamed_message;
}

}  // namespace touchstone
