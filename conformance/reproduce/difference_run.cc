#include "conformance/reproduce/difference_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "adapter/case_text.h"
#include "adapter/executor.h"
#include "adapter/operation_names.h"
#include "conformance/also_right.h"
#include "conformance/room.h"
#include "conformance/support.h"

namespace touchstone {
namespace {

// Gives messages the names m1, m2, ... in the order in which they come.
class Renaming {
 public:
  explicit Renaming(std::size_t names) : new_names_(names, unnamed_message) {}

  void come(MessageName& name) {
    const auto old = std::to_underlying(name);
    if (old >= new_names_.size()) return;
    name = new_names_[old] = MessageName{count_++};
  }
  void refer(MessageName& name) const {
    const auto old = std::to_underlying(name);
    if (old < new_names_.size()) name = new_names_[old];
  }
  void operator()(MessageName& name) const { refer(name); }
  template <typename Other>  // tasks and processes keep theirs
  void operator()(Other&) const {}
  std::vector<std::string> names() const {
    std::vector<std::string> all;
    for (std::uint32_t i = 1; i <= count_; ++i) all.push_back("m" + std::to_string(i));
    return all;
  }

 private:
  std::vector<MessageName> new_names_;
  std::uint32_t count_ = 0;
};

// The first field in which two messages differ.
std::string_view differing_field(const ReceivedMessage& right, const ReceivedMessage& got) {
  if (!got.defects.empty()) return "defect";
  if (right.type != got.type) return "type";
  if (right.to != got.to) return "to";
  if (right.token != got.token) return "token";
  if (right.cookie != got.cookie) return "cookie";
  if (right.code != got.code) return "code";
  if (right.flag != got.flag) return "flag";
  if (right.from_task != got.from_task || right.from_process != got.from_process) return "from";
  if (right.uid != got.uid || right.gid != got.gid) return "credentials";
  if (right.data != got.data) return "data";
  if (right.objects != got.objects) return "objects";
  return "time";
}

std::string kind_of_answer(const Outcome& outcome) {
  switch (outcome.kind) {
    case Outcome::Kind::value: return outcome.value == 0 ? "0" : "value";
    case Outcome::Kind::error: return errno_name(outcome.value);
    case Outcome::Kind::blocked: return "blocked";
    case Outcome::Kind::task: return "task";
    case Outcome::Kind::service: return "service";
    case Outcome::Kind::version: return "version";
    case Outcome::Kind::message: return "message";
    case Outcome::Kind::crash: return "crash";
    case Outcome::Kind::hang: return "hang";
    case Outcome::Kind::not_run: return "not-run";
    case Outcome::Kind::lost: return "lost";
  }
  return "";
}

std::string_view verb_of(std::string_view operation) {
  const std::size_t space = operation.find(' ');
  if (space == std::string_view::npos || operation.starts_with("advance")) return "advance";
  const std::string_view rest = operation.substr(space + 1);
  return rest.substr(0, rest.find_first_of(" ="));
}

void sign(const std::vector<Outcome>& got, Wrong& wrong) {
  const std::string verdict(verdict_word(wrong.ruling.verdict));
  const Difference* difference = deciding_difference(wrong.ruling.differences);
  if (difference == nullptr || difference->line == 0 || difference->line > got.size()) {
    wrong.signature = wrong.manner = verdict + " " + wrong.ruling.reason;
    return;
  }
  const std::size_t step = difference->line - 1;
  const Outcome& came = got[step];
  const Outcome& right = wrong.program.steps[step].expected.front();
  std::string answer = kind_of_answer(came);
  if (came.kind == Outcome::Kind::message && right.kind == Outcome::Kind::message) {
    answer = fmt::format("other-{}", differing_field(right.message, came.message));
  }
  const std::string clause = difference->clause.empty() ? "-" : difference->clause;
  const std::string answers = fmt::format("{} {}", kind_of_answer(right), answer);
  wrong.manner = fmt::format("{} {} {}", verdict, clause, answers);
  wrong.signature =
      fmt::format("{} {} {} {}", verdict, clause, verb_of(difference->operation), answers);
}

void cut_after(std::size_t steps, Expected& expected, std::vector<Outcome>& got) {
  expected.program.steps.resize(std::min(expected.program.steps.size(), steps));
  expected.outcomes.resize(expected.program.steps.size());
  got.resize(std::min(got.size(), steps));
}

// Whether it comes to where the contract leaves open what happens: the reference's answers are no
// expectation from there on.
bool is_open(const Expected& expected, const SpecCatalogue& catalogue, DataModel data_model,
             bool room_is_open) {
  const std::size_t end = expected.outcomes.size();
  return unspecified_from(expected.outcomes, catalogue) < end ||
         (room_is_open && room_decides_from(expected.program, expected.outcomes, data_model) < end);
}

}  // namespace

Program fitted_to(const Program& program, const BackendInfo& backend) {
  Program fitted = program;
  CaseHeader& header = fitted.header;
  header.ids_reused = header.ids_reused && backend.has(Capability::id_reuse);
  if (header.abi != CaseAbi::any && data_model_of(program) != backend.data_model) {
    header.abi = CaseAbi::any;
  }
  if (header.case_class == CaseClass::generated) make_pools_scalable(fitted);
  const std::vector<Step> steps = std::exchange(fitted.steps, {});
  for (const Step& step : steps) {
    if (can_carry_out(backend, step.operation)) fitted.steps.push_back(step);
  }
  return fitted;
}

Expected expected_of(const Program& program, const ReferenceOptions& options,
                     PlacesOfMemory* places) {
  const auto reference = make_reference(options);
  Executor executor(program, *reference);
  Expected expected;
  expected.program.header = program.header;
  Renaming renaming(program.message_names.size());
  for (std::size_t i = 0; i < program.steps.size(); ++i) {
    const Operation& operation = program.steps[i].operation;
    if (places != nullptr && places->decide(operation)) continue;
    Outcome outcome = executor.run_step(i);
    if (outcome.kind == Outcome::Kind::not_run) continue;
    if (places != nullptr) places->note(operation, outcome);
    const auto line = static_cast<std::uint32_t>(expected.program.steps.size() + 1);
    Step& step = expected.program.steps.emplace_back(Step{operation, {}, line});
    visit_names(step.operation, renaming);
    if (outcome.kind == Outcome::Kind::message) renaming.come(outcome.message.name);
    step.expected.push_back(outcome);
    step.expected.front().clause = "";
    expected.outcomes.push_back(std::move(outcome));
  }
  expected.program.message_names = renaming.names();
  return expected;
}

std::optional<Wrong> find_difference(const Program& program, BackendFactory& backend,
                                     const Judge& judge, const PlayOptions& options) {
  const BackendInfo& info = backend.info();
  const bool room_is_open = program.header.case_class == CaseClass::generated;
  const Program fitted = fitted_to(program, info);
  PlacesOfMemory places(fitted, info);
  Expected expected = expected_of(
      fitted, {.data_model = info.data_model, .scratch_bytes_max = info.scratch_bytes_max},
      &places);
  expected.program.header.case_class = CaseClass::contract;
  auto [played, ruling] = play_and_judge(expected.program, backend, judge, false, options);
  if (!fails_the_run(ruling.verdict)) return std::nullopt;
  const Judged judged{info.data_model, info.has(Capability::credentials), false};
  // Asked only now: most Programs hold either way.
  const auto judge_as_it_is = [&](const std::vector<Outcome>& got) {
    const bool open = is_open(expected, judge.catalogue(), info.data_model, room_is_open);
    expected.program.header.case_class = open ? CaseClass::generated : CaseClass::contract;
    return judge.judge_run(expected.program, got, judged);
  };
  ruling = judge_as_it_is(played.outcomes);
  if (!fails_the_run(ruling.verdict)) return std::nullopt;
  Wrong wrong{expected.program, std::move(ruling), {}, {}, std::move(played.captured)};
  if (const Difference* difference = deciding_difference(wrong.ruling.differences);
      difference != nullptr) {
    std::vector<Outcome> got = played.outcomes;
    cut_after(difference->line, expected, got);
    // What a later step settles is wrong only as a whole.
    ruling = judge_as_it_is(got);
    if (fails_the_run(ruling.verdict)) {
      wrong.ruling = std::move(ruling);
      wrong.program = std::move(expected.program);
      played.outcomes = std::move(got);
    }
  }
  sign(played.outcomes, wrong);
  return wrong;
}

}  // namespace touchstone
