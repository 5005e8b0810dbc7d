// kernel_port.h: what the manager asks of the kernel: the two commands of a CMS.  Whoever owns the
// device implements it; the end of processes is told to the manager, not asked for here.
#pragma once

#include <cstdint>
#include <expected>

#include "reference/services/protocol.h"

namespace touchstone::services {

struct KernelRefusal {
  std::int32_t error = 0;  // the target's number, above 0
};

class KernelPort {
 public:
  virtual ~KernelPort() = default;

  // GEN_HANDLE (CMS-12): the handle under which the task serves.
  virtual std::expected<Handle, KernelRefusal> generate_handle(TaskId task) = 0;
  // ADD_ACCESS (CMS-21): the client's process may call the service.
  virtual std::expected<void, KernelRefusal> add_access(TaskId client, Handle service) = 0;
};

}  // namespace touchstone::services
