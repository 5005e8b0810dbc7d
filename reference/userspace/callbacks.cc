// Registration of callbacks and death callbacks, and time-outs.  Spec 13.3 and 13.4.
#include <algorithm>

#include "reference/userspace/client.h"

namespace touchstone::dispatch {
namespace {

constexpr Time nanoseconds_per_ms = 1000000;

Result<void> validate_callback(const CallbackRequest& request) {
  if (!request.function || !request.has_identity) return invalid();  // DSP-44
  if (request.mode > mode_reset_after_use) return invalid();         // DSP-45
  if (request.timeout_ms < timeout_ms_min) return invalid();         // DSP-46
  return {};
}

}  // namespace

// DSP-47: the first registration of either kind gives the process its callback thread.
Result<void> Client::require_callback_thread(Thread caller) {
  if (callback_thread_) return {};
  if (const auto opened = require_open(caller); !opened) return opened;
  const std::optional<Thread> thread = driver_.start_thread();
  if (!thread) return std::unexpected(Error::internal);  // DSP-48
  const Answer answer = driver_.set_ipc_thread(*thread);
  if (answer.error != 0) {
    driver_.end_thread(*thread);
    return std::unexpected(Error::internal);  // DSP-48
  }
  callback_thread_ = *thread;
  callback_handle_ = answer.value;
  loops_[*thread] = {};
  return {};
}

// DSP-50, DSP-51: a token comes again only after every other one.
std::uint32_t Client::unused_token() {
  do ++last_token_;
  while (last_token_ == 0 || callbacks_.contains(last_token_));
  return last_token_;
}

Result<Identity> Client::register_callback(Thread caller, const CallbackRequest& request) {
  Result<void> valid = validate_callback(request);
  if (valid) valid = require_callback_thread(caller);
  if (!valid) return std::unexpected(valid.error());

  Callback callback{*request.function, request.mode, request.timeout_ms * nanoseconds_per_ms, {}};
  if (request.timeout_ms != timeout_never) callback.over_at = now_ + callback.timeout;  // DSP-66
  const std::uint32_t token = unused_token();
  callbacks_[token] = callback;
  return Identity{callback_handle_, token, 0};  // DSP-49
}

Result<void> Client::unregister_callback(std::uint32_t handle, std::uint32_t token) {
  const bool is_ours = callback_thread_ && handle == callback_handle_;  // DSP-61
  if (!is_ours) return invalid();                                       // DSP-60
  // DSP-62, DSP-63.  A handler that runs has its own copy of all it needs (DSP-64).
  callbacks_.erase(token);
  return {};
}

// DSP-65.  Nothing is called, so nothing can be in the way of it (DSP-69).
void Client::advance_to(Time now) {
  CHECK(now >= now_, "DSP-65");
  now_ = now;
  std::erase_if(callbacks_, [now](const auto& callback) {
    return callback.second.over_at && *callback.second.over_at <= now;
  });
}

std::optional<Time> Client::next_timeout() const {
  std::optional<Time> next;
  for (const auto& [token, callback] : callbacks_) {
    if (callback.over_at && (!next || *callback.over_at < *next)) next = callback.over_at;
  }
  return next;
}

bool Client::DeathCallbacks::is_empty() const {
  return std::ranges::none_of(slots, [](const auto& slot) { return slot.has_value(); });
}

// DSP-71: the driver is not asked about the handle, nor is any list of handles.
Result<std::uint32_t> Client::register_death(Thread caller, std::uint32_t handle,
                                             std::optional<Function> function, bool has_id) {
  if (!function || !has_id) return invalid();  // DSP-70
  const Result<void> ready = require_callback_thread(caller);
  if (!ready) return std::unexpected(ready.error());
  auto& slots = deaths_[handle].slots;  // running ones too (DSP-83)
  const auto slot = std::ranges::find_if(slots, [](const auto& used) { return !used.has_value(); });
  if (slot == slots.end()) return std::unexpected(Error::internal);  // DSP-73, DSP-87
  *slot = function;
  return static_cast<std::uint32_t>(slot - slots.begin());  // DSP-72
}

Result<void> Client::unregister_death(std::uint32_t handle, std::uint32_t id) {
  if (id >= death_callbacks_max) return invalid();  // DSP-74
  const auto death = deaths_.find(handle);
  if (death == deaths_.end() || death->second.is_running) return {};  // DSP-75, DSP-76, DSP-82
  death->second.slots[id].reset();                                    // DSP-77
  if (death->second.is_empty()) deaths_.erase(death);
  return {};
}

}  // namespace touchstone::dispatch
