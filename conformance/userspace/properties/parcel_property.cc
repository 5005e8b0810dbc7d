// Laws of parcels on the reference, for any operations in both APIs and both data models.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <cstddef>
#include <vector>

#include "adapter/hex_text.h"
#include "conformance/userspace/parcel_reference.h"
#include "conformance/userspace/parcel_text.h"
#include "conformance/userspace/properties/law_check.h"
#include "conformance/userspace/properties/parcel_laws.h"
#include "conformance/userspace/properties/parcel_plan.h"

namespace touchstone::userspace {
namespace {

using Start = ParcelDomain::Start;

constexpr int plans = 10000;

std::string step_text(const ParcelPlan& plan, std::size_t step) {
  return "step " + std::to_string(step + 1) + ": " +
         print_parcel_operation(plan.operations[step], plan.data_model);
}

// `law` is what a step should have done.
void expect_at(const ParcelPlan& plan, std::size_t step, bool holds, const char* law) {
  if (!holds) RC_FAIL(step_text(plan, step) + ": " + law);
}

// --- pushes ---

TEST(Parcels, GiveBackWhatWasPushed) {
  expect_law(plans, [] {
    const ParcelPlan plan = *parcel_plans({.start = Start::roomy});
    ParcelReference sender(plan.api, plan.data_model);
    std::size_t fitting = 0;
    for (const ParcelOperation& operation : plan.operations) {
      sender.perform(operation);
      if (sender.state().is_available) ++fitting;
    }

    ParcelReference again(plan.api, plan.data_model);
    for (std::size_t step = 0; step < fitting; ++step) again.perform(plan.operations[step]);
    ParcelReference receiver(plan.api, plan.data_model);
    receiver.perform(message_of(again));
    for (std::size_t step = 1; step < fitting; ++step) {
      const ParcelOperation& push = plan.operations[step];
      const ParcelShown popped = receiver.perform(pop_of(push));
      expect_at(plan, step, gives_back(push, popped, plan.api, plan.data_model),
                "gives back what was pushed");
    }
    RC_ASSERT(receiver.state().is_available);
    RC_ASSERT(receiver.state().left == 0u);
    RC_ASSERT(receiver.state().entries_left == 0u);
  });
}

TEST(Parcels, TakeTheSlotOfEachPush) {
  expect_law(plans, [] {
    const ParcelPlan plan = *parcel_plans({.start = Start::tight});
    ParcelReference parcel(plan.api, plan.data_model);
    ParcelState before = parcel.perform(plan.operations.front()).state;
    for (std::size_t step = 1; step < plan.operations.size(); ++step) {
      const ParcelOperation& push = plan.operations[step];
      const ParcelState after = parcel.perform(push).state;
      const std::uint64_t slot = slot_bytes(push, plan.api, plan.data_model);
      const bool has_entry = !is_object(push.type) || before.entries_left > 0;
      const bool fits = before.is_available && slot <= before.left && has_entry;
      expect_at(plan, step, after.is_available == fits, "fails if and only if it does not fit");
      expect_at(plan, step, after.used + after.left == before.used + before.left,
                "takes from what is left");
      expect_at(plan, step, !fits || after.used - before.used == slot, "takes its slot");
      expect_at(plan, step, fits || before.is_available || after.used == before.used,
                "takes nothing after an overflow");
      expect_at(plan, step,
                after.entries - before.entries == (fits && is_object(push.type) ? 1 : 0),
                "adds the entry of an object");
      before = after;
    }
  });
}

TEST(Parcels, NeverComeBackFromAnOverflow) {
  expect_law(plans, [] {
    const Start start = *rc::gen::element(Start::tight, Start::sent, Start::noise);
    const ParcelPlan plan =
        *parcel_plans({.start = start, .has_pops = true, .has_refusals = start == Start::tight});
    ParcelReference parcel(plan.api, plan.data_model);
    ParcelState before = parcel.perform(plan.operations.front()).state;
    for (std::size_t step = 1; step < plan.operations.size(); ++step) {
      const ParcelOperation& operation = plan.operations[step];
      const ParcelShown shown = parcel.perform(operation);
      if (!before.is_available) {
        const bool is_push = operation.verb == ParcelVerb::push;
        expect_at(plan, step, !shown.state.is_available, "stays overflowed");

        expect_at(plan, step, shown.state.used == before.used, "takes nothing after an overflow");
        expect_at(plan, step, shown.state.entries == before.entries,
                  "takes no entry after an overflow");
        expect_at(plan, step, is_push ? shown.number == 0 : gives_nothing(operation, shown),
                  "gives nothing after an overflow");
      }
      before = shown.state;
    }
  });
}

TEST(Parcels, HaveAnAscendingTableOfTheirObjects) {
  expect_law(plans, [] {
    const ParcelPlan plan = *parcel_plans(
        {.start = *rc::gen::element(Start::roomy, Start::tight), .has_refusals = true});
    ParcelReference parcel(plan.api, plan.data_model);
    std::vector<std::uint64_t> expected;
    for (const ParcelOperation& operation : plan.operations) {
      const std::uint64_t place = parcel.state().used;
      const ParcelState after = parcel.perform(operation).state;
      const bool is_object_push = operation.verb == ParcelVerb::push && is_object(operation.type);
      if (is_object_push && after.is_available) expected.push_back(place);
    }
    const ParcelOperation sent = message_of(parcel);
    RC_ASSERT(sent.offsets == expected);
    RC_ASSERT(std::ranges::is_sorted(sent.offsets));
    const std::uint64_t end = expected.empty() ? 0 : expected.back() + 16;
    RC_ASSERT(end <= sent.bytes.size());
  });
}

TEST(NewerParcels, TellWhetherAllOfAValueIsIn) {
  expect_law(plans, [] {
    const ParcelPlan plan =
        *parcel_plans({.start = Start::tight, .has_refusals = true, .api = ParcelApi::newer});
    ParcelReference parcel(plan.api, plan.data_model);
    ParcelState before = parcel.perform(plan.operations.front()).state;
    for (std::size_t step = 1; step < plan.operations.size(); ++step) {
      const ParcelOperation& push = plan.operations[step];
      const ParcelShown shown = parcel.perform(push);
      const bool is_in =
          before.is_available && shown.state.is_available &&
          shown.state.used - before.used == slot_bytes(push, plan.api, plan.data_model) &&
          push.source == ParcelOperation::Source::value;
      expect_at(plan, step, shown.number == (is_in ? 1 : 0),
                "gives true if and only if all of it is in");
      before = shown.state;
    }
  });
}

// --- pops ---

// What lies behind the end of a message is never a value: pops give the same up to the one that
// lacks bytes, and nothing from there.
TEST(TruncatedMessages, GiveNothingThatTheFullOneDoesNot) {
  expect_law(plans, [] {
    const ParcelPlan plan = *parcel_plans({.start = *rc::gen::element(Start::sent, Start::noise),
                                           .has_pushes = false,
                                           .has_pops = true});
    ParcelOperation cut = plan.operations.front();
    const auto kept = *rc::gen::inRange<std::size_t>(0, cut.bytes.size() + 1);
    cut.bytes.resize(kept);
    RC_LOG(print_parcel_operation(cut, plan.data_model));
    ParcelReference full(plan.api, plan.data_model);
    ParcelReference truncated(plan.api, plan.data_model);
    full.perform(plan.operations.front());
    truncated.perform(cut);
    bool is_over = false;
    for (std::size_t step = 1; step < plan.operations.size(); ++step) {
      const ParcelOperation& pop = plan.operations[step];
      ParcelShown expected = full.perform(pop);
      const ParcelShown got = truncated.perform(pop);
      expected.state.left = got.state.left;
      is_over = is_over || got != expected;
      if (!is_over) continue;
      expect_at(plan, step, gives_nothing(pop, got),
                "gives nothing that the full message does not give");
      expect_at(plan, step, !got.state.is_available, "fails where bytes are missing");
    }
  });
}

TEST(AnyMessage, IsReadWithinItsBytes) {
  expect_law(plans, [] {
    const ParcelPlan plan = *parcel_plans({.start = *rc::gen::element(Start::sent, Start::noise),
                                           .has_pushes = false,
                                           .has_pops = true});
    const ParcelOperation& message = plan.operations.front();
    ParcelReference parcel(plan.api, plan.data_model);
    ParcelState before = parcel.perform(message).state;
    for (std::size_t step = 1; step < plan.operations.size(); ++step) {
      const ParcelShown shown = parcel.perform(plan.operations[step]);
      expect_at(plan, step, lies_in(message.bytes, plan.operations[step], shown),
                "gives a place in the message");
      expect_at(plan, step, shown.state.used >= before.used, "does not go back");
      expect_at(plan, step, shown.state.used + shown.state.left <= message.bytes.size(),
                "stays in the message");
      expect_at(plan, step, shown.state.entries >= before.entries, "does not go back in the table");
      expect_at(plan, step,
                shown.state.entries + shown.state.entries_left == message.offsets.size(),
                "stays in the table");
      before = shown.state;
    }
  });
}

// --- two of a kind ---

TEST(DataModels, AgreeOnAllValuesOfEqualWidth) {
  expect_law(plans, [] {
    const ParcelPlan plan = *parcel_plans({.start = *rc::gen::element(Start::roomy, Start::noise),
                                           .has_pops = true,
                                           .is_portable = true});
    ParcelReference narrow(plan.api, DataModel::ilp32);
    ParcelReference wide(plan.api, DataModel::lp64);
    for (std::size_t step = 0; step < plan.operations.size(); ++step) {
      ParcelOperation operation = plan.operations[step];
      operation.objects = 0;
      expect_at(plan, step, narrow.perform(operation) == wide.perform(operation),
                "shows the same in both data models");
    }
    RC_ASSERT(hex_text(message_of(narrow).bytes) == hex_text(message_of(wide).bytes));
  });
}

TEST(DataModels, AgreeOnTheValuesOfObjects) {
  expect_law(plans, [] {
    ParcelPlan plan = *parcel_plans({.start = Start::roomy});
    plan.data_model = DataModel::ilp32;
    std::vector<ParcelShown> popped[2];
    for (const DataModel model : {DataModel::ilp32, DataModel::lp64}) {
      ParcelReference sender(plan.api, model);
      ParcelReference receiver(plan.api, model);
      sender.perform(plan.operations.front());
      std::vector<ParcelOperation> pops;
      for (ParcelOperation push : plan.operations) {
        if (!is_object(push.type) || push.verb != ParcelVerb::push) continue;
        push.service.token &= 0xffffffff;
        push.service.cookie &= 0xffffffff;
        push.address &= 0xffffffff;
        sender.perform(push);
        if (!sender.state().is_available) break;
        pops.push_back(pop_of(push));
      }
      receiver.perform(message_of(sender));
      for (const ParcelOperation& pop : pops) {
        ParcelShown shown = receiver.perform(pop);
        shown.state = {};
        shown.at.reset();
        popped[model == DataModel::lp64].push_back(shown);
      }
    }
    RC_ASSERT(popped[0] == popped[1]);
  });
}

TEST(BothApis, WriteSharedSlotsAlike) {
  expect_law(plans, [] {
    const ParcelPlan plan = *parcel_plans({.start = *rc::gen::element(Start::roomy, Start::tight),
                                           .is_shared = true,
                                           .api = ParcelApi::legacy});
    ParcelReference legacy(ParcelApi::legacy, plan.data_model);
    ParcelReference newer(ParcelApi::newer, plan.data_model);
    for (std::size_t step = 0; step < plan.operations.size(); ++step) {
      const ParcelOperation& operation = plan.operations[step];
      expect_at(plan, step, legacy.perform(operation).state == newer.perform(operation).state,
                "leaves the same state in both APIs");
    }
    RC_ASSERT(hex_text(message_of(legacy).bytes) == hex_text(message_of(newer).bytes));
  });
}

TEST(BothApis, ReadSharedSlotsAlike) {
  expect_law(plans, [] {
    ParcelPlan plan = *parcel_plans({.start = *rc::gen::element(Start::sent, Start::noise),
                                     .has_pushes = false,
                                     .has_pops = true,
                                     .is_shared = true,
                                     .api = ParcelApi::legacy});
    ParcelReference legacy(ParcelApi::legacy, plan.data_model);
    ParcelReference newer(ParcelApi::newer, plan.data_model);
    for (std::size_t step = 0; step < plan.operations.size(); ++step) {
      const ParcelOperation& operation = plan.operations[step];
      const ParcelShown ours = legacy.perform(operation);
      const ParcelShown theirs = newer.perform(operation);
      expect_at(plan, step, ours.state == theirs.state, "leaves the same state in both APIs");
      const bool has_failed = ours.result == ParcelShown::Result::null || !ours.state.is_available;
      const bool is_same = ours.number == theirs.number && ours.bytes == theirs.bytes;
      expect_at(plan, step, has_failed ? gives_nothing(operation, theirs) : is_same,
                "gives the same in both APIs");
    }
  });
}

// A flat object and raw data are the same bytes.
TEST(BothApis, SendCountedBytesAlike) {
  expect_law(plans, [] {
    const auto contents = *rc::gen::container<std::vector<std::vector<std::uint8_t>>>(
        rc::gen::nonEmpty(rc::gen::arbitrary<std::vector<std::uint8_t>>()));
    ParcelReference legacy(ParcelApi::legacy, DataModel::ilp32);
    ParcelReference newer(ParcelApi::newer, DataModel::ilp32);
    legacy.perform(init_of(8192, 0));
    newer.perform(init_of(8192, 0));
    for (const auto& numbers : contents) {
      ParcelOperation push;
      for (const std::uint8_t number : numbers) push.bytes.push_back(std::byte{number});
      push.type = ParcelType::flat_obj;
      legacy.perform(push);
      push.type = ParcelType::raw;
      newer.perform(push);
    }
    RC_ASSERT(hex_text(message_of(legacy).bytes) == hex_text(message_of(newer).bytes));
    RC_ASSERT(legacy.state() == newer.state());
  });
}

}  // namespace
}  // namespace touchstone::userspace
