#include "fuzz/parcel_differential.h"

#include <fmt/format.h>

#include <array>
#include <utility>

#include "conformance/userspace/parcel_text.h"

namespace touchstone::fuzz {
namespace {

using userspace::ParcelAspect;
using userspace::ParcelExpectation;
using userspace::ParcelFinding;
using userspace::ParcelOperation;
using userspace::ParcelSequence;
using userspace::ParcelVerb;

constexpr std::array aspect_words{std::pair(ParcelAspect::result, "result"),
                                  std::pair(ParcelAspect::at, "at"),
                                  std::pair(ParcelAspect::count, "count"),
                                  std::pair(ParcelAspect::used, "used"),
                                  std::pair(ParcelAspect::left, "left"),
                                  std::pair(ParcelAspect::entries, "entries"),
                                  std::pair(ParcelAspect::entries_left, "entries_left"),
                                  std::pair(ParcelAspect::flag, "flag"),
                                  std::pair(ParcelAspect::available, "available")};

std::string_view verb_word(ParcelVerb verb) {
  switch (verb) {
    case ParcelVerb::init: return "init";
    case ParcelVerb::message: return "message";
    case ParcelVerb::push: return "push";
    case ParcelVerb::pop: return "pop";
    case ParcelVerb::append: return "append";
    case ParcelVerb::free_buffers: return "free";
    case ParcelVerb::copy: return "copy";
    case ParcelVerb::use_null: return "null";
    case ParcelVerb::show_data: return "data";
    case ParcelVerb::show_table: return "table";
  }
  return "";
}

std::string operation_word(const ParcelOperation& operation) {
  const bool has_type = operation.verb == ParcelVerb::push || operation.verb == ParcelVerb::pop;
  if (!has_type) return std::string(verb_word(operation.verb));
  return fmt::format("{} {}", verb_word(operation.verb), info_of(operation.type).word);
}

std::string expected_text(const userspace::ParcelCase& one, std::size_t index) {
  std::string text;
  for (const ParcelExpectation& expected : one.expected[index]) {
    if (!text.empty()) text += " | ";
    text += expectation_text(one.operations[index], expected, one.data_model);
  }
  return text;
}

}  // namespace

std::optional<ParcelFinding> ParcelTrial::finding() const { return first_finding(one, played); }

std::string ParcelTrial::signature(const ParcelFinding& finding) const {
  std::string text =
      fmt::format("{}, {}:", finding.clause, operation_word(one.operations[finding.index]));
  const userspace::ParcelAspects aspects =
      userspace::differing(one.expected[finding.index].front(), played.shown[finding.index]);
  for (const auto& [aspect, word] : aspect_words) {
    if (aspects.has(aspect)) text += fmt::format(" {}", word);
  }
  return text;
}

std::string ParcelTrial::story(const ParcelFinding& finding) const {
  std::string text;
  for (std::size_t index = 0; index <= finding.index; ++index) {
    text += print_parcel_operation(one.operations[index], one.data_model) + "\n";
  }
  ParcelExpectation got;
  got.shown = played.shown[finding.index];
  got.stated = one.expected[finding.index].front().stated;
  return text + fmt::format("  expected  {}  [{}]\n  got       {}\n",
                            expected_text(one, finding.index), finding.clause,
                            expectation_text(one.operations[finding.index], got, one.data_model));
}

ParcelTrial try_parcel(const userspace::ParcelLibrary& library, const ParcelSequence& sequence) {
  const auto has_function = [&library](const ParcelOperation& operation) {
    const std::string name = function_of(operation, library.api());
    return name.empty() || library.symbol(name) != nullptr;
  };
  ParcelSequence possible;
  for (const ParcelOperation& operation : sequence) {
    if (has_function(operation)) possible.push_back(operation);
  }
  ParcelTrial trial;
  if (possible.empty()) return trial;
  trial.one = case_of_reference(library.api(), userspace::host_data_model, std::move(possible));
  const auto port = library.make_port();
  for (const ParcelOperation& operation : trial.one.operations) {
    trial.played.shown.push_back(port->perform(operation));
  }
  return trial;
}

ParcelTrial shrink_parcel(const userspace::ParcelLibrary& library, ParcelTrial trial) {
  const auto found = trial.finding();
  if (!found) return trial;
  const std::string signature = trial.signature(*found);
  const auto keeps = [&](const ParcelSequence& shorter) {
    ParcelTrial next = try_parcel(library, shorter);
    const auto finding = next.finding();
    if (!finding || next.signature(*finding) != signature) return false;
    trial = std::move(next);
    return true;
  };
  ParcelSequence shorter = trial.one.operations;
  shorter.resize(found->index + 1);
  keeps(shorter);
  // The first makes the parcel, the last shows what is wrong.
  for (std::size_t index = trial.one.operations.size() - 1; index-- > 1;) {
    shorter = trial.one.operations;
    shorter.erase(shorter.begin() + static_cast<std::ptrdiff_t>(index));
    keeps(shorter);
  }
  return trial;
}

}  // namespace touchstone::fuzz
