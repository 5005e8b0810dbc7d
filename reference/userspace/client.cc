// Context, sending, and giving back.  Spec 13.1 and 13.2, in the order of its clauses.
#include "reference/userspace/client.h"

#include <algorithm>
#include <utility>

namespace touchstone::dispatch {
namespace {

constexpr std::int32_t errno_failed_reply = static_cast<std::int32_t>(kernel::Errno::not_found);

// What every call but SendRequest makes of a driver's refusal.
Result<void> done_or_bad(const Answer& answer) {
  if (answer.error != 0) return std::unexpected(Error::bad_descriptor);
  return {};
}

// Newest first (DSP-30).  The list of a parcel that was never initialised is any bytes (DSP-22).
std::vector<Pending> pending_of(const Parcel* parcel) {
  if (parcel == nullptr || !parcel->is_initialised) return {};
  return {parcel->pending.rbegin(), parcel->pending.rend()};
}

Outgoing outgoing(const Fields& fields, const Parcel* parcel) {
  if (parcel == nullptr) return {fields, {}, {}};  // DSP-24
  return {fields, parcel->data, parcel->offsets};
}

}  // namespace

Result<void> Client::open(Thread caller, std::uint32_t pool_bytes) {
  if (pool_bytes == 0 || pool_bytes > pool_bytes_max) return invalid();  // DSP-1
  if (is_open_) return {};                                               // DSP-3
  if (!driver_.open(caller)) return std::unexpected(Error::internal);    // DSP-5
  if (!driver_.map(caller, pool_bytes)) {
    driver_.close(caller);  // DSP-6
    return std::unexpected(Error::internal);
  }
  is_open_ = true;  // DSP-2; until then the next call tries again (DSP-7)
  return {};
}

Result<void> Client::require_open(Thread caller) {
  if (is_open_) return {};
  return open(caller, pool_bytes_implicit);  // DSP-4
}

// DSP-89, DSP-90: a forked child has the memory of its parent and none of its threads.  Device and
// mapping are the parent's own business (LIF-5); DSP-91: nobody stops a callback thread that lives.
void Client::reset() {
  is_open_ = false;
  sleeping_.clear();
  loops_.clear();
  running_.clear();
  callback_thread_.reset();
  callbacks_.clear();
  deaths_.clear();
}

Result<void> Client::set_sa_manager(Thread caller, std::uint32_t message_bytes_max) {
  if (const auto opened = require_open(caller); !opened) return opened;
  return done_or_bad(driver_.set_cms(caller, message_bytes_max));  // DSP-12, DSP-13
}

Result<std::uint32_t> Client::gen_service_handle(Thread caller, std::uint32_t task,
                                                 bool has_identity) {
  if (!has_identity) return invalid();  // DSP-10
  if (const auto opened = require_open(caller); !opened) return std::unexpected(opened.error());
  const Answer answer = driver_.gen_handle(caller, task);  // DSP-9
  if (answer.error != 0) return std::unexpected(Error::bad_descriptor);
  return answer.value;
}

Result<void> Client::add_service_access(Thread caller, std::uint32_t task, std::uint32_t service) {
  if (const auto opened = require_open(caller); !opened) return opened;
  return done_or_bad(driver_.add_access(caller, task, service));  // DSP-11
}

Result<void> Client::validate_parcel(const Parcel* parcel) const {
  if (parcel == nullptr) return {};
  if (!parcel->is_initialised || parcel->has_overflowed) return invalid();  // DSP-18
  if (parcel->has_null_pointer) return invalid();                           // DSP-20
  if (!parcel->data_lie_behind_table) return invalid();                     // DSP-21, DSP-31
  const std::size_t bytes = parcel->data.size() + parcel->table_bytes_used;
  if (bytes > parcel_bytes_max) return invalid();  // DSP-19
  return {};
}

// Any of these is the same error.
Result<void> Client::validate_request(const Request& request, const Parcel* parcel) const {
  if (request.flag > kernel::message_flag_oneway) return invalid();           // DSP-16
  if (request.flag == 0 && !request.has_place_for_message) return invalid();  // DSP-17
  return validate_parcel(parcel);
}

Sent Client::send_request(Thread caller, const Request& request, const Parcel* parcel) {
  std::vector<Pending> pending = pending_of(parcel);
  Result<void> valid = validate_request(request, parcel);
  if (valid) valid = require_open(caller);
  if (!valid) return {.reply = std::unexpected(valid.error()), .freed = std::move(pending)};

  const Fields fields{kernel::request, request.target, request.code, request.flag, 0};  // DSP-23
  const bool is_call = request.flag != kernel::message_flag_oneway;
  const Answer answer =
      driver_.exchange(caller, {.send = outgoing(fields, parcel), .receives = is_call});  // DSP-25
  if (answer.sleeps) {
    CHECK(!sleeping_.contains(caller), "DSP-25");
    sleeping_[caller] = {std::move(pending)};
    return {.sleeps = true};
  }
  return finish_request(answer, std::move(pending));
}

Sent Client::resume(Thread caller) {
  const auto sleeping = sleeping_.find(caller);
  CHECK(sleeping != sleeping_.end(), "DSP-25");
  const Answer answer = driver_.poll(caller);
  if (answer.sleeps) return {.sleeps = true};
  std::vector<Pending> pending = std::move(sleeping->second.pending);
  sleeping_.erase(sleeping);
  return finish_request(answer, std::move(pending));
}

Sent Client::finish_request(const Answer& answer, std::vector<Pending> pending) {
  Sent sent{.freed = std::move(pending)};
  if (answer.error == errno_failed_reply) {
    sent.reply = std::unexpected(Error::not_found);  // DSP-28
  } else if (answer.error != 0) {
    sent.reply = std::unexpected(Error::bad_descriptor);  // DSP-29, DSP-88
  } else {
    sent.reply = answer.received;  // DSP-27; of a one-way request there is none (DSP-26)
  }
  return sent;
}

Result<void> Client::validate_reply(const Incoming* request, const Parcel* parcel) const {
  if (request == nullptr) return invalid();        // DSP-32
  if (is_held(request->buffer)) return invalid();  // DSP-85
  return validate_parcel(parcel);                  // DSP-33
}

Sent Client::send_reply(Thread caller, const Incoming* request, const Parcel* parcel) {
  Sent sent{.freed = pending_of(parcel)};
  Result<void> valid = validate_reply(request, parcel);
  if (valid) valid = require_open(caller);
  if (!valid) {
    sent.reply = std::unexpected(valid.error());
    return sent;
  }
  Fields fields = request->fields;  // DSP-34; whether it takes a reply is not asked (DSP-37)
  fields.type = kernel::reply;
  fields.target = {request->task_id, 0, 0};
  const Answer answer = driver_.exchange(
      caller, {.send = outgoing(fields, parcel), .given_back = request->buffer});  // DSP-36
  if (answer.error != 0) sent.reply = std::unexpected(Error::bad_descriptor);      // DSP-35
  return sent;
}

Answer Client::give_back(Thread caller, Buffer buffer) {
  return driver_.exchange(caller, {.given_back = buffer});
}

// Death callbacks still run with this notice.
bool Client::is_held(Buffer buffer) const {
  return std::ranges::any_of(running_, [buffer](const auto& running) {
    return running.second.kind == Running::Kind::death && running.second.notice.buffer == buffer;
  });
}

Result<void> Client::free_buffer(Thread caller, Buffer buffer) {
  if (buffer == 0) return invalid();  // DSP-38
  if (is_held(buffer)) return {};     // DSP-85
  if (const auto opened = require_open(caller); !opened) return opened;
  return done_or_bad(give_back(caller, buffer));  // DSP-39
}

}  // namespace touchstone::dispatch
