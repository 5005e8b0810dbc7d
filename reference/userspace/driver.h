// driver.h: what the library asks of the system: the calls on the device file, and threads.  Shaped
// like the ioctls, with arguments as values and not as bytes.  An exchange that sleeps is a value;
// how it stands is asked later.  Whoever runs the library implements it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "reference/kernel/abi.h"

namespace touchstone::dispatch {

using Thread = std::uint32_t;  // as the driver names it
using Buffer = std::uint64_t;  // where a delivered message lies; 0 is null

struct Identity {  // SvcIdentity
  std::uint32_t handle = 0;
  std::uint32_t token = 0;
  std::uint32_t cookie = 0;
};

// What a sent message and a delivered one have in common: the fields of IpcMsg (ABI-1).
struct Fields {
  kernel::MessageType type = kernel::request;
  Identity target{};
  std::uint32_t code = 0;
  std::uint32_t flag = 0;
  std::uint64_t timestamp = 0;
};

struct Outgoing {
  Fields fields;
  std::span<const std::byte> data;
  std::span<const std::uint32_t> offsets;
};

struct Incoming {
  Buffer buffer = 0;
  Fields fields{};
  std::vector<std::byte> data{};
  std::vector<std::uint32_t> offsets{};
  std::uint32_t process_id = 0, task_id = 0, user_id = 0, group_id = 0;  // of the sender

  bool takes_reply() const {
    return fields.type == kernel::request && fields.flag != kernel::message_flag_oneway;
  }
};

// IPC_SEND_RECV_MSG; which flags it has is which parts it has.
struct Exchange {
  std::optional<Outgoing> send{};
  bool receives = false;
  std::optional<Buffer> given_back{};
};

struct Answer {
  bool sleeps = false;
  std::int32_t error = 0;   // an errno of the target; 0: done
  std::uint32_t value = 0;  // the handle that the call gives
  std::optional<Incoming> received{};
};

class Driver {
 public:
  virtual ~Driver() = default;

  // The device file, opened read-only; then the pool, mapped private and for reading.
  virtual bool open(Thread caller) = 0;
  virtual void close(Thread caller) = 0;
  virtual bool map(Thread caller, std::uint32_t bytes) = 0;

  virtual Answer set_cms(Thread caller, std::uint32_t message_bytes_max) = 0;
  virtual Answer gen_handle(Thread caller, std::uint32_t task) = 0;
  virtual Answer add_access(Thread caller, std::uint32_t task, std::uint32_t service) = 0;
  virtual Answer set_ipc_thread(Thread caller) = 0;
  virtual Answer exchange(Thread caller, const Exchange& exchange) = 0;
  // How an exchange that slept stands now.
  virtual Answer poll(Thread caller) = 0;

  // A new thread of this process; none if the system has none.
  virtual std::optional<Thread> start_thread() = 0;
  virtual void end_thread(Thread thread) = 0;
};

}  // namespace touchstone::dispatch
