#include "conformance/difference.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <string_view>
#include <variant>
#include <vector>

#include "adapter/case_text.h"

namespace touchstone {
namespace {

// The words by which clauses name what a call does.
std::vector<std::string_view> words_of(const SendReceive& call) {
  std::vector<std::string_view> words{"ioctl", "IPC_SEND_RECV_MSG"};
  if ((call.flags & flag_buffer_free) != 0) words.push_back("BUFF_FREE");
  if ((call.flags & flag_receive) != 0) words.insert(words.end(), {"RECV", "A receive"});
  if ((call.flags & flag_send) == 0) return words;
  words.insert(words.end(), {"SEND", "A request"});
  if (call.message && !call.message->objects.empty()) words.push_back("fails the send");
  return words;
}

std::vector<std::string_view> words_of(const CmsCommand& call) {
  std::vector<std::string_view> words{"ioctl", "IPC_CMS_CMD"};
  if (call.command == cms_gen_handle) words.push_back("GEN_HANDLE");
  if (call.command == cms_remove_handle) words.push_back("REMOVE_HANDLE");
  if (call.command == cms_add_access) words.push_back("ADD_ACCESS");
  return words;
}

std::vector<std::string_view> words_of(const Operation& operation) {
  if (const auto* call = std::get_if<SendReceive>(&operation)) return words_of(*call);
  if (const auto* call = std::get_if<CmsCommand>(&operation)) return words_of(*call);
  if (std::holds_alternative<SetCms>(operation)) return {"ioctl", "IPC_SET_CMS"};
  if (std::holds_alternative<SetIpcThread>(operation)) return {"ioctl", "IPC_SET_IPC_THREAD"};
  if (std::holds_alternative<GetVersion>(operation)) return {"ioctl", "IPC_GET_VERSION"};
  if (std::holds_alternative<RawIoctl>(operation)) return {"ioctl"};
  if (std::holds_alternative<Poll>(operation)) return {"RECV"};
  if (std::holds_alternative<Mmap>(operation)) return {"`mmap`"};
  if (std::holds_alternative<Open>(operation)) return {"`open`"};
  if (std::holds_alternative<Fork>(operation)) return {"fork"};
  return {};
}

const ReceivedMessage::Defect* defect_of(std::span<const Outcome> got) {
  for (const Outcome& outcome : got) {
    if (!outcome.message.defects.empty()) return &outcome.message.defects.front();
  }
  return nullptr;
}

// "EACCES is what ACC-3 and OBJ-18 give": a short list is a hint, a long one is none.
std::string meaning_of(const Operation& operation, std::span<const Outcome> got,
                       const SpecCatalogue& catalogue) {
  constexpr std::size_t clauses_max = 4;
  const auto words = words_of(operation);
  if (words.empty()) return {};
  if (got.size() != 1 || got.front().kind != Outcome::Kind::error) return {};
  const std::string word = errno_name(got.front().value);
  const auto ids = catalogue.failing_with(word, words);
  if (ids.empty()) return fmt::format("no clause gives {} here", word);
  if (ids.size() > clauses_max) return {};
  return fmt::format("{} is what {} gives", word, fmt::join(ids, " or "));
}

std::string note_on(const Operation& operation, std::span<const Outcome> got,
                    const SpecCatalogue& catalogue) {
  if (const auto* defect = defect_of(got)) return defect->text;
  if (got.size() == 1 && !got.front().reason.empty()) return got.front().reason;
  return meaning_of(operation, got, catalogue);
}

}  // namespace

std::string outcome_text(std::span<const Outcome> outcomes, const Program& program) {
  std::string text;
  for (const Outcome& outcome : outcomes) {
    if (!text.empty()) text += " | ";
    text += print_outcome(outcome, program);
  }
  return text;
}

std::string clause_of(const Outcome& reference, std::span<const Outcome> got) {
  if (const auto* defect = defect_of(got)) return defect->clause;
  return reference.kind == Outcome::Kind::not_run ? "" : reference.clause;
}

Difference describe_difference(const Program& program, std::size_t step,
                               std::span<const Outcome> right, const Outcome& reference,
                               std::span<const Outcome> got, const SpecCatalogue& catalogue) {
  const Operation& operation = program.steps[step].operation;
  Difference difference;
  difference.line = program.steps[step].line;
  difference.operation = print_operation(operation, program);
  difference.clause = clause_of(reference, got);
  if (const Clause* clause = catalogue.find(difference.clause)) {
    difference.sentence = clause->sentence;
  }
  difference.expected = outcome_text(right, program);
  difference.got = outcome_text(got, program);
  difference.reference = outcome_text({&reference, 1}, program);
  difference.note = note_on(operation, got, catalogue);
  return difference;
}

}  // namespace touchstone
