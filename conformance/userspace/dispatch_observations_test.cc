// The recorded observations of dispatch against the reference: every field of every line, but for
// what the profile says of the observed library and what no port can show.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>

#include "conformance/test_support.h"
#include "conformance/text_file.h"
#include "conformance/userspace/dispatch_replay.h"
#include "conformance/userspace/legacy_profile.h"
#include "reference/kernel/abi.h"

namespace touchstone::userspace {

using nlohmann::json;

ReplayedLines Replay::all() {
  for (const auto group : {&Replay::numbers,
                           &Replay::structures,
                           &Replay::opening,
                           &Replay::cms_commands,
                           &Replay::getters,
                           &Replay::requests,
                           &Replay::refused_parcels,
                           &Replay::forwarded_parcels,
                           &Replay::errors_of_the_driver,
                           &Replay::replies,
                           &Replay::uninitialised_parcels,
                           &Replay::refused_registration,
                           &Replay::registration,
                           &Replay::registration_without_thread,
                           &Replay::dispatching,
                           &Replay::dispatching_to_nobody,
                           &Replay::death_registration,
                           &Replay::deaths,
                           &Replay::deaths_while_running,
                           &Replay::time_outs,
                           &Replay::time_out_modes,
                           &Replay::unregistering_early,
                           &Replay::resetting,
                           &Replay::looping,
                           &Replay::overlapping}) {
    (this->*group)();
  }
  return std::move(lines_);
}

void ReplayPort::take() {
  PortEvents events = port_->take_events();
  std::ranges::move(events.calls, std::back_inserter(all_.calls));
  std::ranges::move(events.runs, std::back_inserter(all_.runs));
  std::ranges::move(events.freed, std::back_inserter(all_.freed));
}

std::size_t ReplayPort::count(DriverCall::Kind kind) {
  take();
  return static_cast<std::size_t>(std::ranges::count(all_.calls, kind, &DriverCall::kind));
}

DriverCall ReplayPort::last(DriverCall::Kind kind) {
  take();
  const auto found =
      std::ranges::find(all_.calls.rbegin(), all_.calls.rend(), kind, &DriverCall::kind);
  return found == all_.calls.rend() ? DriverCall{} : *found;
}

std::size_t ReplayPort::sends(PortMessageType type) {
  take();
  return static_cast<std::size_t>(std::ranges::count_if(all_.calls, [type](const DriverCall& call) {
    return (call.flags & kernel::flag_send) != 0 && call.sent.type == type;
  }));
}

std::size_t ReplayPort::frees(MessageNumber message) {
  take();
  return static_cast<std::size_t>(
      std::ranges::count_if(all_.calls, [message](const DriverCall& call) {
        return (call.flags & kernel::flag_buffer_free) != 0 && call.given_back == message;
      }));
}

const std::vector<PortRun>& ReplayPort::runs() {
  take();
  return all_.runs;
}

const std::vector<std::uint32_t>& ReplayPort::freed() {
  take();
  return all_.freed;
}

void ReplayPort::run_to_end() {
  for (take(); returned_ < all_.runs.size(); take()) {
    port_->handler_returns(all_.runs[returned_++].number);
  }
}

std::vector<std::byte> bytes_of(std::int32_t number) {
  std::vector<std::byte> bytes(4);
  kernel::store32(bytes, 0, static_cast<std::uint32_t>(number));
  return bytes;
}

std::int32_t int_of(const std::vector<std::byte>& bytes) {
  return bytes.size() < 4 ? 0 : static_cast<std::int32_t>(kernel::load32(bytes, 0));
}

namespace {

// Fields that no port can show, and why.
const std::map<std::string, std::string> not_modelled{
    {"constants.LITEIPC_ENOMEM", "the library has no memory limit of its own here"},
    {"constants.LITEIPC_DEAD_OBJECT", "never returned"},
    {"sizes.IpcIo", "the parcel's structure, chapter 11"},
    {"open_size_max.prot", "Driver::map is defined as a mapping for reading"},
    {"open_size_max.flags", "Driver::map is defined as a private mapping"},
    {"open_size_max.oflags", "Driver::open is defined as read-only"},
    {"open_size_max.path", "Driver::open knows which device"},
    {"unregcb_before_init_handle_minus1.note", "a remark"},
    {"unregdeath_before_init.note", "a remark"},
    {"timer_expiry_in_thread_holding_mutex.expect", "a remark"},
    {"regcb_thread_start_fails.waited_s_ge1", "DSP-48 leaves open how long it waits"},
    {"regcb_thread_start_fails.waited_s_le2_1", "DSP-48 leaves open how long it waits"},
    {"regdeath_thread_start_fails.waited_s_ge1", "DSP-48 leaves open how long it waits"},
    {"reset.apis_still_linked", "memory that nothing reads before the next open forgets it"},
    {"timer_signal_setup.signal", "time comes in as an argument, no signal"},
    {"timer_signal_setup.sa_siginfo_flag", "time comes in as an argument, no signal"},
    {"timer_signal_setup.sa_restart", "time comes in as an argument, no signal"},
};

// Lines of hazards.jsonl that chapter 11 answers for.
const std::set<std::string> of_parcels{"h_copy_io",
                                       "h_push_to_received",
                                       "h_string_overread",
                                       "h_string_overread_strlen",
                                       "h_databuff_push_fails_not_freed",
                                       "h_reinit_loses_free_list",
                                       "h_overlap_flat",
                                       "h_odd_buffer",
                                       "h_null_io",
                                       "h_pop_after_push_same_io"};

std::vector<json> recording(const std::string& name) {
  const auto text = read_text_file(source_folder() / "corpora/golden/marshalling" / name);
  EXPECT_TRUE(text) << name;
  std::vector<json> lines;
  if (!text) return lines;
  for (const std::string_view line : lines_of(*text)) {
    if (!trimmed(line).empty()) lines.push_back(json::parse(line));
  }
  return lines;
}

// What the profile's rows of this chapter except: `name` or `name.field`.
std::set<std::string> excepted() {
  const auto profile =
      load_legacy_profile(source_folder() / "spec", "openharmony-legacy", real_catalogue());
  EXPECT_TRUE(profile) << profile.error();
  std::set<std::string> names;
  if (!profile) return names;
  for (const LegacyRow& row : profile->rows) {
    if (row.clause.starts_with("DSP-"))
      names.insert(row.observations.begin(), row.observations.end());
  }
  return names;
}

struct Comparison {
  std::set<std::string> replayed;  // names that the recordings have
  std::set<std::string> skipped;   // fields that are not modelled
  std::set<std::string> differing, excepted_and_equal;
  std::size_t fields = 0;

  void compare(const json& line, const json& shown, const std::set<std::string>& exceptions) {
    const std::string name = line["name"];
    for (const auto& [field, value] : line.items()) {
      if (field == "name") continue;
      const std::string key = name + "." + field;
      ++fields;
      if (not_modelled.contains(key)) {
        skipped.insert(key);
        EXPECT_FALSE(shown.contains(field)) << key << " is modelled";
      } else if (exceptions.contains(key)) {
        (shown.contains(field) && shown[field] == value ? excepted_and_equal : differing)
            .insert(key);
      } else {
        EXPECT_TRUE(shown.contains(field)) << key << " is not replayed";
        EXPECT_EQ(shown.value(field, json()), value) << key;
      }
    }
  }

  void compare_file(const std::string& file, DataModel model) {
    const ReplayedLines lines = Replay(model).all();
    const std::set<std::string> exceptions = excepted();
    std::map<std::string, std::size_t> seen;
    for (const json& line : recording(file)) {
      const std::string name = line["name"];
      if (of_parcels.contains(name)) continue;
      const auto found = lines.find(name);
      const std::size_t index = seen[name]++;
      const bool is_known = found != lines.end() && index < found->second.size();
      EXPECT_TRUE(is_known) << file << ": " << name << " is not known";
      if (!is_known) continue;
      replayed.insert(name);
      compare(line, found->second[index], exceptions);
    }
  }
};

Comparison all_compared() {
  Comparison all;
  all.compare_file("dispatch.jsonl", DataModel::ilp32);
  all.compare_file("dispatch_lp64.jsonl", DataModel::lp64);
  all.compare_file("hazards.jsonl", DataModel::ilp32);
  all.compare_file("hazards.jsonl", DataModel::lp64);
  return all;
}

TEST(DispatchObservations, HoldOnTheReferenceInBothDataModels) {
  const Comparison all = all_compared();
  EXPECT_GT(all.fields, 600u);
}

TEST(DispatchObservations, OfTheProfileExistAndWouldNotHold) {
  const Comparison all = all_compared();
  EXPECT_EQ(all.differing, excepted());
  EXPECT_TRUE(all.excepted_and_equal.empty()) << *all.excepted_and_equal.begin();
}

TEST(DispatchObservations, AreAllThatIsReplayed) {
  const Comparison all = all_compared();
  for (const auto& [name, lines] : Replay(DataModel::lp64).all()) {
    EXPECT_TRUE(all.replayed.contains(name)) << name << " is in no recording";
  }
}

TEST(DispatchObservations, NotModelledAreInARecording) {
  const Comparison all = all_compared();
  for (const auto& [key, reason] : not_modelled) {
    EXPECT_TRUE(all.skipped.contains(key)) << key << " is in no recording";
  }
  std::set<std::string> names;
  for (const json& line : recording("hazards.jsonl")) names.insert(line["name"]);
  for (const std::string& name : of_parcels) EXPECT_TRUE(names.contains(name)) << name;
}

}  // namespace
}  // namespace touchstone::userspace
