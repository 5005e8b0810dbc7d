// dispatch_port.h: an implementation of the client library (spec 13) over a driver that only does
// as it was told.  What crosses it a C library with an interposed driver can do as well: calls, the
// driver's answers, what the driver saw, handlers that began and are made to return.  Judges
// nothing, and knows no case.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace touchstone::userspace {

using MessageNumber = std::uint32_t;   // of a delivered message, by the caller; 0 is null
using FunctionNumber = std::uint32_t;  // of a handler, by the caller; 0 is null

struct PortIdentity {
  std::uint32_t handle = 0, token = 0, cookie = 0;
};

enum class PortMessageType : std::uint8_t { request, reply, failed_reply, death };

struct PortMessage {
  MessageNumber number = 0;
  PortMessageType type = PortMessageType::request;
  PortIdentity target{};
  std::uint32_t code = 0, flag = 0;
  std::uint64_t timestamp = 0;
  std::vector<std::byte> data{};
  std::uint32_t task = 0, process = 0, user = 0, group = 0;  // of the sender
};

// The parcel that a send is given.
struct PortParcel {
  enum class State : std::uint8_t {
    null,
    available,
    overflowed,
    zeroed,           // all bytes 0
    refused_init,     // IpcIoInit left it as it was: bytes of 0xaa
    overflowed_init,  // IpcIoInit could not fit the table: flag 2, the rest bytes of 0xaa
    null_pointer,     // available, with a null bufferBase
    received,         // made from a received message without objects
    received_objects  // made from a received message with objects
  };
  State state = State::null;
  std::uint32_t data_bytes = 0;  // pushed, objects included
  std::uint32_t objects = 0;
  std::uint32_t pending = 0;  // buffers with a free callback, numbered from 1 in push order
};

// What the driver was asked, but for receives.
struct DriverCall {
  enum class Kind : std::uint8_t {
    open,
    close,
    map,
    unmap,
    set_cms,
    gen_handle,
    add_access,
    set_ipc_thread,
    exchange,
    start_thread
  };
  Kind kind = Kind::open;
  std::uint32_t bytes = 0;              // map, set_cms
  std::uint32_t task = 0, service = 0;  // gen_handle, add_access
  std::uint32_t flags = 0;              // an exchange: SEND 1, RECV 2, BUFF_FREE 4
  PortMessage sent{};                   // with SEND; its data are not looked at
  std::uint32_t data_bytes = 0, objects = 0;
  MessageNumber given_back = 0;
};

// A handler that began.
struct PortRun {
  std::uint32_t number = 0;  // from 1
  FunctionNumber function = 0;
  std::optional<std::uint64_t> context;
  MessageNumber message = 0;
  std::uint32_t thread = 0;
};

// All that has happened since it was last asked.
struct PortEvents {
  std::vector<DriverCall> calls;
  std::vector<PortRun> runs;
  std::vector<std::uint32_t> freed;  // pending buffers, in the order of their free callbacks
};

// What a call returned, and what stands in the places that it was given.
struct PortResult {
  std::int64_t result = 0;
  PortIdentity identity{};                        // GenServiceHandle, RegisterIpcCallback
  std::uint32_t value = 0;                        // a getter's, or the id of a death callback
  std::optional<MessageNumber> message{};         // SendRequest; none: as it was
  std::optional<std::vector<std::byte>> reply{};  // what the reply's parcel reads; none: as it was
};

struct PortCallback {
  FunctionNumber function = 0;
  bool has_identity = true;
  std::uint32_t mode = 0;
  std::uint32_t timeout_ms = 0xffffffff;
};

struct PortRequest {
  PortIdentity target;
  std::uint32_t code = 0, flag = 0;
  bool has_place_for_message = true, has_place_for_reply = true;
  PortParcel parcel{};
};

enum class PortGetter : std::uint8_t { token, code, flag, task, process, user, group };

// One process, not opened, at time 0.  Identities are given to the library with `identity_before`
// in them, and places for values with `value_before`.
class DispatchPort {
 public:
  static constexpr PortIdentity identity_before{1, 2, 3};
  static constexpr std::uint32_t value_before = 99;

  virtual ~DispatchPort() = default;

  // --- the driver ---
  enum class Refusable : std::uint8_t { open, map, ioctl, receive, set_ipc_thread, start_thread };
  virtual void refuse_next(Refusable what, std::int32_t error) = 0;  // an errno of the target
  virtual void give_handle_next(std::uint32_t handle) = 0;           // to gen_handle
  virtual void answer_next(const PortMessage& reply) = 0;  // to a call; else it is an empty reply
  // To the callback thread, or to the one that loops; true if the library took it.  Comes back when
  // every thread waits, in the driver or in a handler.
  virtual bool deliver_to_callback_thread(const PortMessage& message) = 0;
  virtual bool deliver_to_loop(const PortMessage& message) = 0;
  virtual void handler_returns(std::uint32_t run) = 0;  // nothing, if there is none
  virtual void advance(std::uint64_t nanoseconds) = 0;
  virtual PortEvents take_events() = 0;

  // --- the library ---
  virtual bool open(std::uint32_t bytes) = 0;  // false: a null pointer
  virtual void close() = 0;
  virtual void reset() = 0;
  virtual PortResult set_sa_manager(std::uint32_t bytes) = 0;
  virtual PortResult gen_service_handle(std::uint32_t task, bool has_identity) = 0;
  virtual PortResult add_service_access(std::uint32_t task, std::uint32_t service) = 0;
  virtual PortResult get(PortGetter getter, MessageNumber message, bool has_place) = 0;
  virtual PortResult send_request(const PortRequest& request) = 0;
  virtual PortResult send_reply(MessageNumber request, const PortParcel& parcel) = 0;
  virtual PortResult free_buffer(MessageNumber message) = 0;
  // None: it loops.
  virtual std::optional<PortResult> start_loop(FunctionNumber function, std::uint64_t context) = 0;
  virtual PortResult register_callback(const PortCallback& callback) = 0;
  virtual PortResult unregister_callback(std::uint32_t handle, std::uint32_t token) = 0;
  virtual PortResult register_death(std::uint32_t handle, FunctionNumber function, bool has_id) = 0;
  virtual PortResult unregister_death(std::uint32_t handle, std::uint32_t id) = 0;
};

}  // namespace touchstone::userspace
