#include "conformance/userspace/parcel_expectation.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "conformance/userspace/parcel_text.h"
#include "conformance/userspace/shown.h"

namespace touchstone::userspace {
namespace {

using Result = ParcelShown::Result;

bool is_same_under_mask(const ParcelExpectation& expected, const std::vector<std::byte>& got) {
  const std::vector<std::byte>& wanted = expected.shown.bytes;
  if (wanted.size() != got.size()) return false;
  for (std::size_t index = 0; index < wanted.size(); ++index) {
    const bool counts = expected.mask.empty() || expected.mask[index] != std::byte{0};
    if (counts && wanted[index] != got[index]) return false;
  }
  return true;
}

bool is_same_result(const ParcelExpectation& expected, const ParcelShown& got) {
  const ParcelShown& wanted = expected.shown;
  if (wanted.result != got.result) return false;
  switch (wanted.result) {
    case Result::nothing:
    case Result::untouched:
    case Result::null: return true;
    case Result::truth:
    case Result::number:
      return expected.is_any_true ? got.number != 0 : wanted.number == got.number;
    case Result::place:
    case Result::bytes: return is_same_under_mask(expected, got.bytes);
    case Result::service: return wanted.service == got.service;
    case Result::buffer: return wanted.size == got.size && wanted.address == got.address;
    case Result::numbers: return wanted.numbers == got.numbers;
  }
  return false;
}

// Which aspect a key of a step is of; `result` for what belongs to the result.
ParcelAspect aspect_of(std::string_view key) {
  constexpr std::array<std::pair<std::string_view, ParcelAspect>, 8> keys{{
      {"at", ParcelAspect::at},
      {"count", ParcelAspect::count},
      {"used", ParcelAspect::used},
      {"left", ParcelAspect::left},
      {"entries", ParcelAspect::entries},
      {"entries_left", ParcelAspect::entries_left},
      {"flag", ParcelAspect::flag},
      {"available", ParcelAspect::available},
  }};
  for (const auto& [name, aspect] : keys) {
    if (name == key) return aspect;
  }
  return ParcelAspect::result;
}

}  // namespace

ParcelAspects differing(const ParcelExpectation& expected, const ParcelShown& got) {
  ParcelAspects differences;
  const auto hold = [&](ParcelAspect aspect, bool is_same) {
    if (expected.stated.has(aspect) && !is_same) differences.add(aspect);
  };
  const ParcelShown& wanted = expected.shown;
  hold(ParcelAspect::result, is_same_result(expected, got));
  hold(ParcelAspect::at, wanted.at == got.at);
  hold(ParcelAspect::count, wanted.count == got.count);
  hold(ParcelAspect::used, wanted.state.used == got.state.used);
  hold(ParcelAspect::left, wanted.state.left == got.state.left);
  hold(ParcelAspect::entries, wanted.state.entries == got.state.entries);
  hold(ParcelAspect::entries_left, wanted.state.entries_left == got.state.entries_left);
  hold(ParcelAspect::flag, wanted.state.flag == got.state.flag);
  hold(ParcelAspect::available, wanted.state.is_available == got.state.is_available);
  return differences;
}

std::string expectation_text(const ParcelOperation& operation, const ParcelExpectation& expected,
                             DataModel data_model) {
  Shown shown = shown_of(operation, expected.shown, data_model);
  std::erase_if(shown.values, [&expected](const auto& value) {
    return !expected.stated.has(aspect_of(value.first));
  });
  for (auto& [key, text] : shown.values) {
    if (key != "result") continue;
    if (expected.is_any_true) text = "any but 0";
    for (std::size_t at = 0; at < expected.mask.size() && 2 * at + 1 < text.size(); ++at) {
      if (expected.mask[at] == std::byte{0}) text.replace(2 * at, 2, "??");
    }
  }
  return text_of(shown);
}

}  // namespace touchstone::userspace
