// outcome.h: what came back from one Operation, in symbolic names so that two backends can be
// compared.  An expectation in a case and an Observation of a backend are both an Outcome.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "adapter/operation.h"

namespace touchstone {

// Where a received descriptor comes from: the first name that the same open file had.
struct FileOrigin {
  ProcessName process{};
  DescriptorName descriptor{};
  friend bool operator==(const FileOrigin&, const FileOrigin&) = default;
};

struct ReceivedObject {
  std::uint32_t offset = 0;  // bytes from the start of the data, in the case's ABI
  ObjectKind kind = ObjectKind::fd;
  DescriptorName descriptor{};       // fd
  std::optional<FileOrigin> origin;  // fd, where the backend can tell: `fd:F101/of=P2.F1`
  std::vector<std::byte> bytes;      // ptr: the bytes of the buffer
  TaskValue handle;                  // svc
  std::uint32_t token = 0;
  std::uint32_t cookie = 0;
  std::uint32_t type = 0;  // other
  friend bool operator==(const ReceivedObject&, const ReceivedObject&) = default;
};

struct ReceivedMessage {
  MessageName name = unnamed_message;  // what later steps call it; does not count in comparisons
  std::uint32_t type = 0;
  TaskValue to;
  TaskValue token;  // a task's name in a death notice, else a number
  std::uint32_t cookie = 0;
  std::uint32_t code = 0;
  std::uint32_t flag = 0;
  TaskValue from_task;
  TaskValue from_process;  // Kind::task stands for P<value> here
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
  TimeName time{};              // equal times have equal names; a name binds at first sight
  std::vector<std::byte> data;  // zeroes where objects stand; laid out as in the case's ABI
  std::vector<ReceivedObject> objects;
  // What is wrong with the message as it lies in memory (an address outside the pool, sizes that do
  // not fit), each with the clause it breaks, e.g. {"RCV-17", "the data does not lie in the pool"}.
  struct Defect {
    std::string clause;
    std::string text;
    friend bool operator==(const Defect&, const Defect&) = default;
  };
  std::vector<Defect> defects;
  friend bool operator==(const ReceivedMessage&, const ReceivedMessage&) = default;
};

struct Outcome {
  enum class Kind : std::uint8_t {
    value,    // `0` or another number: `value`
    error,    // an errno by its target number: `value` (positive)
    blocked,  // the call sleeps in the kernel
    task,     // a task's name (set_ipc_thread): `task`
    service,  // `0 service=T2`: `task`
    version,  // `0 version=N`: `value`
    message,  // `0 m1=request ...`: `message`
    crash,    // the implementation died in this step
    hang,     // the implementation did not come back in time
    not_run,  // the step could not be carried out: `reason`
    lost,     // the backend went away: `reason`
  };
  Kind kind = Kind::value;
  std::int64_t value = 0;
  TaskValue task;
  ReceivedMessage message;
  std::string reason;
  // The clause that decided this outcome; known for the reference only, else empty.
  const char* clause = "";
};

// What a call gave: >= 0, or minus an errno.
Outcome value_outcome(std::int64_t value);
Outcome not_run(std::string reason);
Outcome lost(std::string reason);

// Equality of everything a case can state; `clause` and message names do not count.
bool same_outcome(const Outcome& left, const Outcome& right);

// The errno's name ("EINVAL"), or "E<number>" where it has none.  `errno_number` gives the number
// back for either form, none for any other text.
std::string errno_name(std::int64_t number);
std::optional<std::int64_t> errno_number(const std::string& name);

}  // namespace touchstone
