#include "conformance/also_right.h"

#include <touchstone/lite_ipc_abi.h>

#include <algorithm>
#include <string_view>
#include <variant>

namespace touchstone {
namespace {

// The direction bits of a command word: the caller's memory is read or written.
constexpr std::uint64_t direction_bits = 0xc0000000;

// LIM-10
constexpr std::uint64_t user_range_begin = 0x01000000;
constexpr std::uint64_t user_range_end_ilp32 = 0x3f000000;
constexpr std::uint64_t user_range_end_lp64 = 0x7fffff000000;

Outcome error(std::int64_t number) {
  Outcome outcome;
  outcome.kind = Outcome::Kind::error;
  outcome.value = number;
  return outcome;
}

Pointer argument_pointer(const Operation& operation, DataModel data_model) {
  if (const auto* version = std::get_if<GetVersion>(&operation)) return version->argument.pointer;
  if (const auto* cms = std::get_if<CmsCommand>(&operation)) return cms->argument.pointer;
  if (const auto* message = std::get_if<SendReceive>(&operation)) return message->argument.pointer;
  if (const auto* raw = std::get_if<RawIoctl>(&operation)) {
    return takes_pointer(*raw) ? pointer_of(*raw, data_model) : Pointer::valid;
  }
  return Pointer::valid;
}

}  // namespace

bool takes_pointer(const RawIoctl& ioctl) { return (ioctl.command & direction_bits) != 0; }

Pointer pointer_of(const RawIoctl& ioctl, DataModel data_model) {
  const std::uint64_t end =
      data_model == DataModel::ilp32 ? user_range_end_ilp32 : user_range_end_lp64;
  if (ioctl.argument == 0) return Pointer::null;
  const bool is_user = ioctl.argument >= user_range_begin && ioctl.argument < end;
  return is_user ? Pointer::valid : Pointer::kernel;
}

std::vector<Outcome> also_right(const Operation& operation, const Outcome& reference,
                                const SpecCatalogue& catalogue, DataModel data_model) {
  std::vector<Outcome> outcomes;
  if (reference.kind == Outcome::Kind::not_run) return outcomes;
  if (const Clause* clause = catalogue.find(reference.clause)) outcomes = clause->also_outcomes;
  const Pointer pointer = argument_pointer(operation, data_model);
  if (pointer == Pointer::null) outcomes.push_back(error(TOUCHSTONE_EINVAL));
  if (pointer == Pointer::kernel) outcomes.push_back(error(TOUCHSTONE_EFAULT));
  return outcomes;
}

std::size_t unspecified_from(const std::vector<Outcome>& reference,
                             const SpecCatalogue& catalogue) {
  const auto is_unspecified = [&](const Outcome& outcome) {
    const Clause* clause = catalogue.find(outcome.clause);
    return clause != nullptr && clause->level == ClauseLevel::unspecified;
  };
  const auto first = std::ranges::find_if(reference, is_unspecified);
  const auto step = static_cast<std::size_t>(first - reference.begin());
  // Of an unmapped pool only what comes after is open: munmap itself returns 0.
  const bool is_munmap = first != reference.end() && first->clause == std::string_view("DEV-15");
  return is_munmap ? step + 1 : step;
}

}  // namespace touchstone
