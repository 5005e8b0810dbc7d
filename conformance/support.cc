#include "conformance/support.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>
#include <variant>

#include "adapter/case_words.h"
#include "conformance/text_file.h"

namespace touchstone {
namespace {

constexpr std::array<std::pair<std::string_view, Capability>, 10> capability_table{{
    {"virtual-time", Capability::virtual_time},
    {"fork", Capability::fork},
    {"exec", Capability::exec},
    {"alloc-fault", Capability::alloc_fault},
    {"id-reuse", Capability::id_reuse},
    {"credentials", Capability::credentials},
    {"fd", Capability::fd_passing},
    {"fd-identity", Capability::descriptor_identity},
    {"fd-count", Capability::descriptor_count},
    {"user-range", Capability::user_range},
}};

std::string_view word_of_capability(Capability capability) {
  const auto found = std::ranges::find(capability_table, capability,
                                       &std::pair<std::string_view, Capability>::second);
  return found->first;
}

std::optional<Capability> capability_of_operation(const Operation& operation) {
  if (std::holds_alternative<Fork>(operation)) return Capability::fork;
  if (std::holds_alternative<Exec>(operation)) return Capability::exec;
  if (std::holds_alternative<Advance>(operation)) return Capability::virtual_time;
  if (std::holds_alternative<InjectAllocFailure>(operation)) return Capability::alloc_fault;
  if (std::holds_alternative<CountDescriptors>(operation)) return Capability::descriptor_count;
  const auto* call = std::get_if<SendReceive>(&operation);
  if (call == nullptr || !call->message) return std::nullopt;
  const bool sends_descriptor = std::ranges::any_of(
      call->message->objects,
      [](const OutgoingObject& object) { return object.kind == ObjectKind::fd; });
  if (sends_descriptor) return Capability::fd_passing;
  return std::nullopt;
}

// A longer wait than anyone wants.
constexpr std::uint64_t real_time_ms_max = 60000;

bool provides(const BackendInfo& backend, Capability capability) {
  const bool waits = capability == Capability::virtual_time && backend.real_time;
  return backend.has(capability) || waits;
}

bool waits_too_long(const Program& program) {
  std::uint64_t ms = 0;
  for (const Step& step : program.steps) {
    const auto* const advance = std::get_if<Advance>(&step.operation);
    if (advance != nullptr) ms += std::min(advance->milliseconds, real_time_ms_max + 1);
  }
  return ms > real_time_ms_max;
}

// Words such as "tasks=128" of the case's `limits:` that are not the backend's.
void add_other_limits(const CaseHeader& header, const BackendInfo& backend,
                      std::vector<std::string>& missing) {
  const std::array<std::pair<std::string_view, std::uint32_t>, 3> limits{{
      {"tasks", backend.task_limit},
      {"processes", backend.process_limit},
      {"page", backend.page_bytes},
  }};
  for (const std::string_view word : split(header.limits, ' ')) {
    const std::string_view name = word.substr(0, word.find('='));
    for (const auto& [limit, value] : limits) {
      if (name == limit && word != fmt::format("{}={}", limit, value)) missing.emplace_back(word);
    }
  }
}

}  // namespace

std::vector<std::string> missing_for(const Program& program, const BackendInfo& backend) {
  std::vector<std::string> missing;
  const auto add = [&missing](std::string_view word) {
    if (std::ranges::find(missing, word) == missing.end()) missing.emplace_back(word);
  };
  const CaseHeader& header = program.header;
  const auto has = [&backend](std::string_view word) {
    return std::ranges::any_of(capability_table, [&](const auto& entry) {
      return entry.first == word && provides(backend, entry.second);
    });
  };
  for (const std::string& word : header.needs) {
    if (!has(word)) add(word);
  }
  if (header.ids_reused && !backend.has(Capability::id_reuse)) add("id-reuse");
  for (const Step& step : program.steps) {
    const auto capability = capability_of_operation(step.operation);
    if (capability && !provides(backend, *capability)) add(word_of_capability(*capability));
  }
  if (!backend.has(Capability::virtual_time) && waits_too_long(program)) {
    add(word_of_capability(Capability::virtual_time));
  }
  const DataModel model = header.abi == CaseAbi::lp64 ? DataModel::lp64 : DataModel::ilp32;
  if (header.abi != CaseAbi::any && model != backend.data_model) {
    missing.push_back(fmt::format("abi={}", word_of(case_abi_words, header.abi)));
  }
  add_other_limits(header, backend, missing);
  return missing;
}

bool can_carry_out(const BackendInfo& backend, const Operation& operation) {
  const auto capability = capability_of_operation(operation);
  return !capability || backend.has(*capability);
}

std::vector<std::string> capability_words_of(const BackendInfo& backend) {
  std::vector<std::string> words;
  for (const auto& [word, capability] : capability_table) {
    if (backend.has(capability)) words.emplace_back(word);
  }
  return words;
}

bool is_capability_word(std::string_view word) {
  return std::ranges::any_of(capability_table,
                             [word](const auto& entry) { return entry.first == word; });
}

std::string_view data_model_word(DataModel data_model) {
  return data_model == DataModel::ilp32 ? "ilp32" : "lp64";
}

}  // namespace touchstone
