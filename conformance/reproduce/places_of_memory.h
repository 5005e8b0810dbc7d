// places_of_memory.h: steps that no two implementations need agree on, as what they do depends on
// where each puts things and how it counts: a raw address of the user range, the start of a pool in
// which a message may lie, what another process received, a freed message where another may lie by
// now, an argument read in a received message beyond what its sender put there, a pointer that
// another object is written over, addresses and ids in data that no offset names, an id that one of
// the two does not have (LIM-5), and an exec by a thread where the system may then give the thread
// its process's id (spec/README.md).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "adapter/backend.h"
#include "conformance/cast.h"

namespace touchstone {

class PlacesOfMemory {
 public:
  // The Program is not kept.
  PlacesOfMemory(const Program& program, const BackendInfo& backend);

  // Whether the step is such a one, after all that was noted.
  bool decide(const Operation& operation) const;

  // What the reference answered to a step that was made, in their order.
  void note(const Operation& operation, const Outcome& outcome);

 private:
  struct Received {
    ProcessName owner{};
    // So many bytes of its data are the same everywhere, and name no address and no task: a word,
    // and then zeroes that the sender wrote.
    std::size_t plain_bytes = 0;
    bool is_freed = false;  // or something of it
    bool may_be_another = false;
  };

  const Received* own(MessageName name, std::optional<ProcessName> process) const;
  bool may_hold_messages(std::optional<ProcessName> process) const;
  bool decides_argument(const Operation& operation, std::optional<ProcessName> process) const;
  bool decides_free(const FreeTarget& target, std::optional<ProcessName> process) const;
  void note_free(const FreeTarget& target);
  void note_exec(ProcessName process);
  void note_message(ProcessName process, const ReceivedMessage& message);
  bool names_an_id_of_one(const Operation& operation) const;
  bool overwrites_a_pointer(const OutgoingMessage& message) const;

  Cast cast_;
  DataModel data_model_;
  std::uint32_t task_limit_;
  bool is_of_a_system_;  // whose tasks' ids are the system's
  std::int64_t object_bytes_;
  std::vector<std::optional<Received>> received_;  // by their names
  std::vector<ProcessName> sleepers_;              // a message may have come that nobody looked at
};

}  // namespace touchstone
