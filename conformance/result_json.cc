#include "conformance/result_json.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <utility>

namespace touchstone {
namespace {

using Json = nlohmann::ordered_json;

constexpr int format_version = 1;
constexpr int indent = 1;

constexpr std::array<std::pair<std::string_view, Difference::Role>, 3> role_words{{
    {"decides", Difference::Role::decides},
    {"tolerated", Difference::Role::tolerated},
    {"further", Difference::Role::further},
}};

std::string role_word(Difference::Role role) {
  return std::string(role_words[static_cast<std::size_t>(role)].first);
}

Json json_of(const Provenance& from) {
  return {{"suite_version", from.suite_version},
          {"command", from.command},
          {"backend", from.backend},
          {"backend_name", from.backend_name},
          {"backend_version", from.backend_version},
          {"data_model", from.data_model},
          {"capabilities", from.capabilities},
          {"profile", from.profile},
          {"seed", from.seed ? Json(*from.seed) : Json(nullptr)},
          {"flags", from.flags}};
}

Json json_of(const StepResult& step) {
  return {{"line", step.line},
          {"operation", step.operation},
          {"expected", step.expected},
          {"got", step.got}};
}

Json json_of(const Difference& difference) {
  return {{"role", role_word(difference.role)},
          {"line", difference.line},
          {"operation", difference.operation},
          {"clause", difference.clause},
          {"sentence", difference.sentence},
          {"expected", difference.expected},
          {"got", difference.got},
          {"reference", difference.reference},
          {"note", difference.note},
          {"state", difference.state}};
}

Json json_of(const Tolerated& tolerated) {
  return {{"clause", tolerated.clause},
          {"quirk", tolerated.quirk},
          {"outcome", tolerated.outcome},
          {"reason", tolerated.reason},
          {"is_unspecified", tolerated.is_unspecified}};
}

Json json_of(const CaseResult& one);

template <typename T>
Json json_list(const std::vector<T>& values) {
  Json list = Json::array();
  for (const T& value : values) list.push_back(json_of(value));
  return list;
}

Json json_of(const CaseResult& one) {
  return {{"id", one.id},
          {"name", one.name},
          {"title", one.title},
          {"file", one.file},
          {"chapter", one.chapter},
          {"class", one.case_class},
          {"clauses", one.clauses},
          {"verdict", verdict_word(one.verdict)},
          {"reason", one.reason},
          {"missing", one.missing},
          {"waiver", one.waiver},
          {"tolerated", json_list(one.tolerated)},
          {"differences", json_list(one.differences)},
          {"steps", json_list(one.steps)},
          {"captured", one.captured},
          {"replay", one.replay},
          {"milliseconds", one.milliseconds}};
}

// Reads members that must be there; one that is not, or is of another kind, throws Json::exception.
class Reader {
 public:
  template <typename T>
  void read(const Json& object, const char* key, T& value) {
    value = object.at(key).get<T>();
  }

  template <typename T>
  void read_list(const Json& object, const char* key, std::vector<T>& values) {
    for (const Json& entry : object.at(key)) values.push_back(read_one(entry, T{}));
  }

  Provenance read_one(const Json& json, Provenance from) {
    read(json, "suite_version", from.suite_version);
    read(json, "command", from.command);
    read(json, "backend", from.backend);
    read(json, "backend_name", from.backend_name);
    read(json, "backend_version", from.backend_version);
    read(json, "data_model", from.data_model);
    read(json, "capabilities", from.capabilities);
    read(json, "profile", from.profile);
    if (!json.at("seed").is_null()) from.seed = json.at("seed").get<std::uint64_t>();
    read(json, "flags", from.flags);
    return from;
  }

  CaseResult read_one(const Json& json, CaseResult one) {
    read(json, "id", one.id);
    read(json, "name", one.name);
    read(json, "title", one.title);
    read(json, "file", one.file);
    read(json, "chapter", one.chapter);
    read(json, "class", one.case_class);
    read(json, "clauses", one.clauses);
    one.verdict = read_verdict(json);
    read(json, "reason", one.reason);
    read(json, "missing", one.missing);
    read(json, "waiver", one.waiver);
    read_list(json, "tolerated", one.tolerated);
    read_list(json, "differences", one.differences);
    read_list(json, "steps", one.steps);
    read(json, "captured", one.captured);
    read(json, "replay", one.replay);
    read(json, "milliseconds", one.milliseconds);
    return one;
  }

  const std::string& unknown_word() const { return unknown_word_; }

 private:
  Verdict read_verdict(const Json& json) {
    const std::string word = json.at("verdict").get<std::string>();
    const auto verdict = verdict_from_word(word);
    if (!verdict) unknown_word_ = word;
    return verdict.value_or(Verdict::broken);
  }

  StepResult read_one(const Json& json, StepResult step) {
    read(json, "line", step.line);
    read(json, "operation", step.operation);
    read(json, "expected", step.expected);
    read(json, "got", step.got);
    return step;
  }

  Difference read_one(const Json& json, Difference difference) {
    const std::string role = json.at("role").get<std::string>();
    const auto* known =
        std::ranges::find(role_words, role, &std::pair<std::string_view, Difference::Role>::first);
    if (known == role_words.end()) {
      unknown_word_ = role;
    } else {
      difference.role = known->second;
    }
    read(json, "line", difference.line);
    read(json, "operation", difference.operation);
    read(json, "clause", difference.clause);
    read(json, "sentence", difference.sentence);
    read(json, "expected", difference.expected);
    read(json, "got", difference.got);
    read(json, "reference", difference.reference);
    read(json, "note", difference.note);
    read(json, "state", difference.state);
    return difference;
  }

  Tolerated read_one(const Json& json, Tolerated tolerated) {
    read(json, "clause", tolerated.clause);
    read(json, "quirk", tolerated.quirk);
    read(json, "outcome", tolerated.outcome);
    read(json, "reason", tolerated.reason);
    read(json, "is_unspecified", tolerated.is_unspecified);
    return tolerated;
  }

  std::string unknown_word_;
};

}  // namespace

std::string result_to_json(const RunResult& result) {
  Json summary = Json::object();
  for (const Verdict verdict : all_verdicts) {
    summary[std::string(verdict_word(verdict))] = count_of(result, verdict);
  }
  const Json json = {{"touchstone_result", format_version},
                     {"provenance", json_of(result.provenance)},
                     {"summary", std::move(summary)},
                     {"exit_status", std::to_underlying(exit_status(result))},
                     {"lost", result.lost},
                     {"malformed", result.malformed},
                     {"waiver_findings", result.waiver_findings},
                     {"cases", json_list(result.cases)}};
  // A path may hold bytes that are no UTF-8; a report with a mark in it is better than none.
  return json.dump(indent, ' ', false, Json::error_handler_t::replace) + '\n';
}

std::expected<RunResult, std::string> result_from_json(std::string_view text) {
  const Json json = Json::parse(text, nullptr, false);
  if (json.is_discarded() || !json.is_object()) return std::unexpected("is no JSON object");
  if (json.value("touchstone_result", Json()) != format_version) {
    return std::unexpected("is no result of touchstone, or of another version's form");
  }
  try {
    Reader reader;
    RunResult result;
    result.provenance = reader.read_one(json.at("provenance"), Provenance{});
    reader.read(json, "lost", result.lost);
    reader.read(json, "malformed", result.malformed);
    reader.read(json, "waiver_findings", result.waiver_findings);
    reader.read_list(json, "cases", result.cases);
    if (!reader.unknown_word().empty()) {
      return std::unexpected("has the unknown word " + reader.unknown_word());
    }
    return result;
  } catch (const Json::exception& error) {
    return std::unexpected(std::string("is incomplete: ") + error.what());
  }
}

}  // namespace touchstone
