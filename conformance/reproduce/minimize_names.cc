#include "conformance/reproduce/minimize_names.h"

#include <cstdint>
#include <string>
#include <unordered_map>
#include <utility>

#include "adapter/operation_names.h"

namespace touchstone {
namespace {

// New names for old ones, counted from `first`.
template <typename Name>
class Numbers {
 public:
  explicit Numbers(std::uint32_t first) : next_(first) {}
  bool knows(Name old) const { return names_.contains(std::to_underlying(old)); }
  Name at(Name old) const { return names_.at(std::to_underlying(old)); }
  // A name that is given again is taken over.
  Name give(Name old) { return names_[std::to_underlying(old)] = Name{next_++}; }

 private:
  std::uint32_t next_;
  std::unordered_map<std::uint32_t, Name> names_;
};

class Renamer {
 public:
  Program run(const Program& program) {
    Program plain;
    plain.header = program.header;
    plain.steps.reserve(program.steps.size());
    for (const Step& step : program.steps) {
      if (!can_be_named(step.operation)) continue;
      Step& renamed = plain.steps.emplace_back(Step{step.operation, {}, 0});
      give_made_names(made_by(step.operation));
      rename(renamed.operation);
      if (const MessageName name = message_named_by(step); name != unnamed_message) {
        renamed.expected.push_back(message_called(messages_.give(name)));
        plain.message_names.push_back("m" + std::to_string(plain.message_names.size() + 1));
      }
    }
    return plain;
  }

 private:
  bool can_be_named(const Operation& operation) const {
    const Made made = made_by(operation);
    // A case makes each name once.
    if (made.process && processes_.knows(*made.process)) return false;
    if (made.task && tasks_.knows(*made.task)) return false;
    bool all_are_known = true;
    const auto look = [&](const auto& name) { all_are_known &= knows(name, made); };
    visit_names(operation, look);
    return all_are_known;
  }

  bool knows(ProcessName name, const Made& made) const {
    return made.process == name || processes_.knows(name);
  }
  bool knows(TaskName name, const Made& made) const {
    return made.task == name || tasks_.knows(name);
  }
  bool knows(const TaskValue& value, const Made&) const {
    return value.kind != TaskValue::Kind::task || tasks_.knows(TaskName{value.value});
  }
  bool knows(MessageName name, const Made&) const { return messages_.knows(name); }

  void give_made_names(const Made& made) {
    if (made.process) processes_.give(*made.process);
    if (made.task) tasks_.give(*made.task);
  }

  void rename(Operation& operation) {
    visit_names(operation, [this](auto& name) { rename_one(name); });
  }
  void rename_one(ProcessName& name) const { name = processes_.at(name); }
  void rename_one(TaskName& name) const { name = tasks_.at(name); }
  void rename_one(MessageName& name) const { name = messages_.at(name); }
  void rename_one(TaskValue& value) const {
    if (value.kind != TaskValue::Kind::task) return;
    value.value = std::to_underlying(tasks_.at(TaskName{value.value}));
  }

  static Outcome message_called(MessageName name) {
    Outcome outcome;
    outcome.kind = Outcome::Kind::message;
    outcome.message.name = name;
    return outcome;
  }

  Numbers<ProcessName> processes_{1};
  Numbers<TaskName> tasks_{1};
  Numbers<MessageName> messages_{0};
};

}  // namespace

Program in_plain_names(const Program& program) { return Renamer().run(program); }

}  // namespace touchstone
