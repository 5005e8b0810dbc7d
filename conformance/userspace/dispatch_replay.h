// dispatch_replay.h: the scenarios of the recorded dispatch observations, played on the port: for
// each line of a recording, by name, the fields that the library shows there.  For tests; compares
// nothing.
#pragma once

#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "conformance/userspace/dispatch_reference.h"

namespace touchstone::userspace {

// By the name of the line; several of one name in their order.
using ReplayedLines = std::map<std::string, std::vector<nlohmann::json>>;

// A process of its own, and all that has happened in it.
class ReplayPort {
 public:
  explicit ReplayPort(DataModel model) : port_(make_reference_dispatch(model)) {}

  DispatchPort* operator->() { return port_.get(); }

  std::size_t count(DriverCall::Kind kind);
  DriverCall last(DriverCall::Kind kind);  // of that kind, or an empty one
  std::size_t sends(PortMessageType type);
  std::size_t frees(MessageNumber message);  // exchanges that give it back
  const std::vector<PortRun>& runs();
  const std::vector<std::uint32_t>& freed();
  // Lets all that runs return, and what runs then.
  void run_to_end();

 private:
  void take();

  std::unique_ptr<DispatchPort> port_;
  PortEvents all_;
  std::size_t returned_ = 0;
};

// A recording's lines while they are made.  Each function is a group of observations that the
// recording made in one process, or a few.
class Replay {
 public:
  explicit Replay(DataModel model) : model_(model) {}

  ReplayedLines all();

 private:
  ReplayPort fresh() const { return ReplayPort(model_); }
  void add(const std::string& name, nlohmann::json fields) {
    lines_[name].push_back(std::move(fields));
  }
  std::uint32_t object_bytes() const { return model_ == DataModel::lp64 ? 24 : 16; }

  // dispatch_replay_calls_test.cc
  void numbers();
  void structures();
  void opening();
  void cms_commands();
  void getters();
  void requests();
  void refused_parcels();
  void forwarded_parcels();
  void errors_of_the_driver();
  void replies();
  void uninitialised_parcels();

  // dispatch_replay_threads_test.cc
  void refused_registration();
  void registration();
  void registration_without_thread();
  void dispatching();
  void dispatching_to_nobody();
  void death_registration();
  void deaths();
  void deaths_while_running();
  void time_outs();
  void time_out_modes();
  void unregistering_early();
  void resetting();
  void looping();
  void overlapping();

  DataModel model_;
  ReplayedLines lines_;
};

inline PortParcel available(std::uint32_t data_bytes, std::uint32_t objects) {
  return {PortParcel::State::available, data_bytes, objects, 0};
}

std::vector<std::byte> bytes_of(std::int32_t number);  // as a parcel has them
std::int32_t int_of(const std::vector<std::byte>& bytes);

}  // namespace touchstone::userspace
