// client.h: the user-space library of one process as a deterministic state machine: context, send
// and reply, the receiving threads, callbacks, death callbacks.  It has no thread, no clock and no
// lock: a thread that receives takes one step when it is told to, a handler that is to run is a
// value, and whoever ran it says so.  Spec 13; its words.
#pragma once

#include <array>
#include <map>
#include <optional>
#include <span>
#include <vector>

#include "reference/userspace/driver.h"
#include "reference/userspace/errors.h"

namespace touchstone::dispatch {

inline constexpr std::uint32_t pool_bytes_max = 262144;                  // DSP-1
inline constexpr std::uint32_t pool_bytes_implicit = 65536;              // DSP-4
inline constexpr std::uint32_t parcel_bytes_max = 8192;                  // DSP-19
inline constexpr std::uint32_t timeout_ms_min = 10;                      // DSP-46
inline constexpr std::uint32_t timeout_never = 0xffffffff;               // DSP-66
inline constexpr std::uint32_t mode_once = 0, mode_reset_after_use = 1;  // DSP-45
inline constexpr std::size_t death_callbacks_max = 5;                    // DSP-73

using Time = std::uint64_t;     // nanoseconds since any fixed time
using Pending = std::uint64_t;  // a buffer that a parcel frees after the send, by its owner's name

// What a send looks at in a parcel (spec 11).
struct Parcel {
  bool is_initialised = true;  // the two bits of its flag
  bool has_overflowed = false;
  bool has_null_pointer = false;      // one of bufferBase, bufferCur, offsetsBase, offsetsCur
  bool data_lie_behind_table = true;  // bufferBase >= offsetsCur
  std::uint32_t table_bytes_used = 0;
  std::span<const std::byte> data{};  // what was pushed
  std::span<const std::uint32_t> offsets{};
  std::span<const Pending> pending{};  // in the order of their pushes
};

struct Function {  // of the user's, with the argument that it wants back
  std::uint64_t function = 0;
  std::uint64_t argument = 0;
};

struct Request {
  Identity target{};
  std::uint32_t code = 0;
  std::uint32_t flag = 0;
  bool has_place_for_message = true;  // false: `ptr` is null
};

struct Sent {
  bool sleeps = false;
  Result<std::optional<Incoming>> reply = std::nullopt;  // none: one-way, or still asleep
  std::vector<Pending> freed{};  // the free callbacks that ran, in this order
};

struct CallbackRequest {
  std::optional<Function> function{};  // none: null
  bool has_identity = true;            // false: `sid` is null
  std::uint32_t mode = mode_once;
  std::uint32_t timeout_ms = timeout_never;
};

enum class RunId : std::uint64_t {};

// A handler is to run: by this thread, with this message.
struct Run {
  RunId id{};
  Thread thread = 0;
  Function function;
  std::optional<std::uint64_t> context;  // StartLoop's; none: null
  Incoming message;
};

// What a thread did that was told to take a step.
struct Step {
  enum class Kind { sleeps, failed, took_message } kind = Kind::sleeps;
  std::optional<Run> run{};  // what came of the message
};

class Client {
 public:
  explicit Client(Driver& driver) : driver_(driver) {}

  // --- context (spec 13.1) ---
  Result<void> open(Thread caller, std::uint32_t pool_bytes);  // any error is a null pointer
  void close() {}                                              // DSP-8
  void reset();
  Result<void> set_sa_manager(Thread caller, std::uint32_t message_bytes_max);
  Result<std::uint32_t> gen_service_handle(Thread caller, std::uint32_t task, bool has_identity);
  Result<void> add_service_access(Thread caller, std::uint32_t task, std::uint32_t service);

  // --- sending (spec 13.2); a null parcel is an empty message ---
  Sent send_request(Thread caller, const Request& request, const Parcel* parcel);
  Sent resume(Thread caller);  // a send_request that slept
  Sent send_reply(Thread caller, const Incoming* request, const Parcel* parcel);
  Result<void> free_buffer(Thread caller, Buffer buffer);

  // --- threads that receive ---
  // The thread is the loop's from here on: it only takes steps.
  Result<void> start_loop(Thread caller, std::optional<Function> handler, std::uint64_t context);
  // One receive by a thread that loops, or by the callback thread; not while its handler runs.
  Step step(Thread looper);
  // A handler has returned.  The next one that this thread runs, if there is one.
  std::optional<Run> handler_returned(RunId run);

  // --- callbacks (spec 13.3) ---
  Result<Identity> register_callback(Thread caller, const CallbackRequest& request);
  Result<void> unregister_callback(std::uint32_t handle, std::uint32_t token);
  void advance_to(Time now);  // time-outs that are over take effect
  std::optional<Time> next_timeout() const;
  std::optional<Thread> callback_thread() const { return callback_thread_; }

  // --- death callbacks (spec 13.4) ---
  Result<std::uint32_t> register_death(Thread caller, std::uint32_t handle,
                                       std::optional<Function> function, bool has_id);
  Result<void> unregister_death(std::uint32_t handle, std::uint32_t id);

 private:
  struct Sleeping {  // a send_request that sleeps
    std::vector<Pending> pending;
  };
  struct Loop {
    std::optional<Function> handler;  // none: the callback thread
    std::uint64_t context = 0;
    bool sleeps = false;
  };
  struct Callback {
    Function function;
    std::uint32_t mode = mode_once;
    Time timeout = 0;
    std::optional<Time> over_at;  // none: never
  };
  struct DeathCallbacks {
    std::array<std::optional<Function>, death_callbacks_max> slots;
    bool is_running = false;
    bool is_empty() const;
  };
  struct Running {
    enum class Kind { loop, callback, death } kind = Kind::loop;
    Thread thread = 0;
    std::uint32_t slot = 0;  // of a death callback
    Incoming notice{};
  };

  // client.cc
  Result<void> require_open(Thread caller);
  Result<void> validate_parcel(const Parcel* parcel) const;
  Result<void> validate_request(const Request& request, const Parcel* parcel) const;
  Result<void> validate_reply(const Incoming* request, const Parcel* parcel) const;
  Sent finish_request(const Answer& answer, std::vector<Pending> pending);
  Answer give_back(Thread caller, Buffer buffer);
  bool is_held(Buffer buffer) const;

  // dispatch.cc
  Result<void> require_callback_thread(Thread caller);
  std::optional<Run> dispatch(Thread looper, const Incoming& message);
  std::optional<Run> dispatch_request(Thread looper, const Incoming& message);
  std::optional<Run> dispatch_death(Thread looper, const Incoming& notice);
  std::optional<Run> run_death_callback(Running running, std::uint32_t first_slot);
  Run start(const Running& running, const Function& function, const Incoming& message);
  void refuse(Thread looper, const Incoming& message);
  std::uint32_t unused_token();

  Driver& driver_;
  bool is_open_ = false;
  Time now_ = 0;
  std::map<Thread, Sleeping> sleeping_;
  std::map<Thread, Loop> loops_;
  std::map<RunId, Running> running_;
  std::uint64_t runs_started_ = 0;
  std::optional<Thread> callback_thread_;
  std::uint32_t callback_handle_ = 0;  // with callback_thread_
  std::uint32_t last_token_ = 0;
  std::map<std::uint32_t, Callback> callbacks_;     // by token
  std::map<std::uint32_t, DeathCallbacks> deaths_;  // by handle
};

}  // namespace touchstone::dispatch
