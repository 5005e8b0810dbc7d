// places_of_memory.h: steps that no two implementations need agree on, as what they do depends on
// where each puts things and how it counts: a raw address of the user range, the start of a pool in
// which a message may lie, what another process received, a received message as an argument, a
// pointer that another object is written over, addresses and ids in data that no offset names.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "adapter/backend.h"
#include "conformance/cast.h"

namespace touchstone {

class PlacesOfMemory {
 public:
  // The Program is not kept.
  PlacesOfMemory(const Program& program, DataModel data_model);

  // Asked of each step, in their order.
  bool decide(const Step& step);

 private:
  void note(const Step& step, std::optional<ProcessName> process);
  bool is_of_another(MessageName name, std::optional<ProcessName> process) const;
  bool has_received(std::optional<ProcessName> process) const;
  bool overwrites_a_pointer(const OutgoingMessage& message) const;

  Cast cast_;
  DataModel data_model_;
  std::int64_t object_bytes_;
  std::vector<std::optional<ProcessName>> owners_;  // of messages, by their names
};

}  // namespace touchstone
