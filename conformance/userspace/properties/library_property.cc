// Laws of the C functions of a loaded library against the reference: $TOUCHSTONE_PARCEL_LIBRARY,
// else our own shared objects.  What the contract leaves open is not held against it.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>

#include "conformance/userspace/parcel_library.h"
#include "conformance/userspace/parcel_play.h"
#include "conformance/userspace/parcel_reference.h"
#include "conformance/userspace/parcel_text.h"
#include "conformance/userspace/properties/law_check.h"
#include "conformance/userspace/properties/parcel_laws.h"
#include "conformance/userspace/properties/parcel_plan.h"
#include "conformance/userspace/shown.h"

namespace touchstone::userspace {
namespace {

using Result = ParcelShown::Result;
using Start = ParcelDomain::Start;

constexpr int plans = 400;  // each in a child of its own

// The library of an API, or none where the given one is of the other.
std::optional<ParcelSource> library_of(ParcelApi api) {
  ParcelSource source{.api = api, .data_model = host_data_model};
  const char* given = std::getenv("TOUCHSTONE_PARCEL_LIBRARY");
  if (given != nullptr) {
    source.library = given;
    if (!describe_parcel_library(source)) return std::nullopt;
    return source;
  }
  const auto folder = std::filesystem::path(TOUCHSTONE_REFERENCE_PLUGIN).parent_path();
  source.library = folder / (api == ParcelApi::legacy ? "liteipc.so" : "liteipc_newer.so");
  return source;
}

ParcelDomain domain_of(const ParcelSource& source, ParcelDomain domain) {
  domain.api = source.api;
  domain.data_model = source.data_model;
  return domain;
}

std::string text_of_shown(const ParcelOperation& operation, const ParcelShown& shown) {
  return text_of(shown_of(operation, shown, host_data_model));
}

bool is_same_state(const ParcelOperation& operation, const ParcelShown& expected,
                   const ParcelShown& got) {
  if (expected.state.is_available != got.state.is_available) return false;
  // Of a parcel that was refused nothing else means anything (PCL-2).
  if ((expected.state.flag & 1) == 0) return true;
  ParcelState state = got.state;
  const bool is_wide_vector =
      operation.type == ParcelType::bool_vector || operation.type == ParcelType::int16_vector;
  if (operation.verb == ParcelVerb::push && is_wide_vector && !state.is_available) {
    state.used = expected.state.used;  // NPC-18
    state.left = expected.state.left;
  }
  return state == expected.state;
}

bool is_same_result(const ParcelOperation& operation, const ParcelShown& expected,
                    const ParcelShown& got) {
  // Bytes may be any where nothing was written (PCL-26).
  if (operation.verb == ParcelVerb::show_data) return got.bytes.size() == expected.bytes.size();
  const bool is_bool =
      operation.type == ParcelType::boolean || operation.type == ParcelType::bool_unaligned;
  if (operation.verb == ParcelVerb::pop && is_bool && got.result == Result::number) {
    return expected.result == Result::number &&
           (got.number != 0) == (expected.number != 0);  // PCL-56
  }
  // Where no count is asked for nobody can say where a string with a NUL in it ends.
  if (operation.verb == ParcelVerb::pop && !operation.with_count && got.at) {
    return got.at == expected.at;
  }
  if (operation.type == ParcelType::string && operation.verb == ParcelVerb::pop &&
      got.result == Result::null && expected.result == Result::place) {
    return got.count == expected.count;  // PCL-61, and a NUL in the middle is no reason for it
  }
  ParcelShown same_state = got;
  same_state.state = expected.state;
  return text_of_shown(operation, same_state) == text_of_shown(operation, expected);
}

// Performs the plan on both and compares step by step.
void expect_same(const ParcelSource& source, const ParcelPlan& plan) {
  const PlayedParcel played = play_parcel(source, plan.operations);
  ParcelReference reference(source.api, source.data_model);
  bool has_state = true;
  for (std::size_t step = 0; step < plan.operations.size(); ++step) {
    const ParcelOperation& operation = plan.operations[step];
    const std::string text = print_parcel_operation(operation, source.data_model);
    if (step == played.shown.size()) RC_FAIL(text + ": " + played.reason);
    const ParcelShown expected = reference.perform(operation);
    const ParcelShown& got = played.shown[step];
    if (!got.lacks.empty()) return;
    if (operation.verb == ParcelVerb::init) has_state = (expected.state.flag & 1) != 0;
    const bool is_open = !has_state && operation.verb != ParcelVerb::free_buffers;
    const bool is_same = is_same_state(operation, expected, got) &&
                         (is_open || is_same_result(operation, expected, got));
    if (is_same) continue;
    RC_FAIL(text + "\n  expected " + text_of_shown(operation, expected) + "\n  got      " +
            text_of_shown(operation, got));
  }
}

class ParcelLibraries : public testing::TestWithParam<ParcelApi> {
 protected:
  void SetUp() override {
    source_ = library_of(GetParam());
    if (!source_) GTEST_SKIP() << "the library is one of the other API";
  }
  std::optional<ParcelSource> source_;
};

class LegacyParcelLibraries : public ParcelLibraries {};

std::string name_of_api(const testing::TestParamInfo<ParcelApi>& tested) {
  return tested.param == ParcelApi::legacy ? "Legacy" : "Newer";
}

TEST_P(ParcelLibraries, PushAndFreeAsTheReference) {
  expect_law(plans, [this] {
    const Start start = *rc::gen::element(Start::tight, Start::roomy);
    // What a null pointer does in the newer API is left open in part (NPC-15, NPC-26).
    const bool has_refusals = source_->api == ParcelApi::legacy;
    expect_same(*source_,
                *parcel_plans(domain_of(
                    *source_, {.start = start, .has_refusals = has_refusals, .has_others = true})));
  });
}

TEST_P(LegacyParcelLibraries, FreeBuffersAsTheReference) {
  expect_law(plans, [this] {
    expect_same(*source_, *parcel_plans(domain_of(*source_, {.start = Start::roomy,
                                                             .has_refusals = true,
                                                             .has_others = true,
                                                             .types = {ParcelType::data_buff}})));
  });
}

TEST_P(ParcelLibraries, PopAsTheReference) {
  expect_law(plans, [this] {
    const Start start = *rc::gen::element(Start::sent, Start::noise);
    expect_same(*source_, *parcel_plans(domain_of(
                              *source_, {.start = start, .has_pushes = false, .has_pops = true})));
  });
}

TEST_P(ParcelLibraries, SendWhatTheReferenceReads) {
  expect_law(plans, [this] {
    ParcelPlan plan = *parcel_plans(domain_of(*source_, {.start = Start::roomy}));
    ParcelReference fitting(source_->api, source_->data_model);
    std::size_t count = 0;
    for (const ParcelOperation& operation : plan.operations) {
      if (!fitting.perform(operation).state.is_available) break;
      ++count;
    }
    plan.operations.resize(count);
    ParcelOperation show;
    show.verb = ParcelVerb::show_data;
    plan.operations.push_back(show);
    show.verb = ParcelVerb::show_table;
    plan.operations.push_back(show);
    const PlayedParcel played = play_parcel(*source_, plan.operations);
    if (!played.shown.empty() && !played.shown.back().lacks.empty()) return;
    RC_ASSERT(played.shown.size() == plan.operations.size());
    ParcelOperation message;
    message.verb = ParcelVerb::message;
    message.bytes = played.shown[count].bytes;
    message.offsets = played.shown[count + 1].numbers;
    ParcelReference receiver(source_->api, source_->data_model);
    receiver.perform(message);
    for (std::size_t step = 1; step < count; ++step) {
      const ParcelOperation& push = plan.operations[step];
      const ParcelShown popped = receiver.perform(pop_of(push));
      if (!gives_back(push, popped, source_->api, source_->data_model)) {
        RC_FAIL(print_parcel_operation(push, source_->data_model) + ": reads " +
                text_of_shown(pop_of(push), popped));
      }
    }
    RC_ASSERT(receiver.state().left == 0u);
  });
}

// The newer API has no buffers to free.
INSTANTIATE_TEST_SUITE_P(ByApi, LegacyParcelLibraries, testing::Values(ParcelApi::legacy),
                         name_of_api);
INSTANTIATE_TEST_SUITE_P(ByApi, ParcelLibraries,
                         testing::Values(ParcelApi::legacy, ParcelApi::newer), name_of_api);

}  // namespace
}  // namespace touchstone::userspace
