// fake_player.h: a player that does what each step says, good and bad, so that tests can bring
// about whatever an implementation may do.  For tests only.
#pragma once

#include <gtest/gtest.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <expected>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "conformance/userspace/player.h"
#include "conformance/userspace/script.h"
#include "conformance/userspace/subject.h"

namespace touchstone::userspace {

//   show [RESULT] [KEY=VALUE...]   shows them
//   number N                       shows N, at most 255
//   lack NAME                      has no such function
//   model                          shows the data model
//   crash | hang | exit N | print TEXT
class FakePlayer : public Player {
 public:
  explicit FakePlayer(DataModel data_model) : data_model_(data_model) {}
  ~FakePlayer() override {
    if (crashes_at_the_end_) ::raise(SIGSEGV);
  }
  FakePlayer(const FakePlayer&) = delete;
  FakePlayer& operator=(const FakePlayer&) = delete;

  std::expected<Shown, StepError> play(const ScriptStep& step) override {
    ++steps_;
    StepReader reader(step);
    Shown shown;
    const std::string& verb = reader.verb();
    if (verb == "show") {
      if (const Word* result = reader.optional_word()) {
        shown.values.emplace_back("result", result->text);
      }
      for (const Argument& argument : step.arguments) {
        shown.values.emplace_back(argument.key, reader.argument(argument.key)->text);
      }
    } else if (verb == "number") {
      const auto number = reader.unsigned_number(reader.word("a number"), 255);
      shown.values.emplace_back("result", std::to_string(number));
    } else if (verb == "lack") {
      shown.lacks = reader.word("a function").text;
    } else if (verb == "model") {
      shown.values.emplace_back("result", data_model_ == DataModel::lp64 ? "lp64" : "ilp32");
    } else {
      misbehave(verb, reader);
    }
    if (auto error = reader.finish()) return std::unexpected(*error);
    return shown;
  }

  bool can_show(const ScriptStep&, std::string_view key) const override { return key != "typo"; }

  std::string describe_state() const override { return std::to_string(steps_) + " steps"; }

 private:
  void misbehave(const std::string& verb, StepReader& reader) {
    if (verb == "crash") {
      ::raise(SIGSEGV);
    } else if (verb == "crash_at_the_end") {
      crashes_at_the_end_ = true;
    } else if (verb == "hang") {
      while (true) ::pause();
    } else if (verb == "exit") {
      ::exit(static_cast<int>(reader.unsigned_number(reader.word("a status"), 255)));
    } else if (verb == "print") {
      const std::string& text = reader.word("a text").text;
      std::fwrite(text.data(), 1, text.size(), stdout);
    } else {
      reader.fail(Word{verb, 0}, "show, number, lack, model, crash, hang, exit or print");
    }
  }

  DataModel data_model_;
  int steps_ = 0;
  bool crashes_at_the_end_ = false;
};

inline Subject fake_subject(bool is_reference = false) {
  Subject subject;
  subject.name = "fake";
  subject.version = "7";
  subject.is_reference = is_reference;
  subject.data_models = {DataModel::ilp32, DataModel::lp64};
  subject.make_player = [](DataModel data_model) {
    return std::make_unique<FakePlayer>(data_model);
  };
  return subject;
}

// Long enough for any child that is not stuck.
inline constexpr std::chrono::milliseconds ample_time{20000};

inline Script script_of(const std::string& steps, const std::string& header = "") {
  auto script = parse_script("case: sample\nclauses: MSG-31\n" + header + "\n" + steps);
  if (!script) {
    ADD_FAILURE() << to_string(script.error(), "script");
    return {};
  }
  return *script;
}

}  // namespace touchstone::userspace
