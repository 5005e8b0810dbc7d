#include "conformance/userspace/dispatch_reference.h"

#include <array>
#include <map>
#include <utility>

#include "conformance/userspace/dispatch_scripted_driver.h"
#include "reference/userspace/client.h"
#include "reference/userspace/getters.h"

namespace touchstone::userspace {
namespace {

constexpr dispatch::Thread caller = ScriptedDriver::first_thread;
constexpr dispatch::Thread loop_thread = 0;  // the one that StartLoop was called in

template <typename T>
PortResult port_result(const dispatch::Result<T>& result) {
  return {.result = result ? 0 : static_cast<std::int64_t>(result.error()),
          .identity = DispatchPort::identity_before,
          .value = DispatchPort::value_before};
}

// As in C: one function for all handlers, which the argument tells apart.
std::optional<dispatch::Function> function_of(FunctionNumber number) {
  if (number == 0) return std::nullopt;
  return dispatch::Function{1, number};
}

// The bytes and numbers that a parcel's view points to.
class ParcelHolder {
 public:
  ParcelHolder(const PortParcel& parcel, std::uint32_t entry_bytes)
      : state_(parcel.state),
        data_(parcel.data_bytes),
        offsets_(parcel.objects),
        pending_(parcel.pending) {
    for (std::size_t i = 0; i < pending_.size(); ++i) pending_[i] = i + 1;
    view_ = {.is_initialised = true,
             .table_bytes_used = parcel.objects * entry_bytes,
             .data = data_,
             .offsets = offsets_,
             .pending = pending_};
    set_state();
  }

  const dispatch::Parcel* view() const {
    return state_ == PortParcel::State::null ? nullptr : &view_;
  }

 private:
  using State = PortParcel::State;

  void set_state() {
    const bool is_init_refused = state_ == State::refused_init || state_ == State::overflowed_init;
    view_.is_initialised = state_ != State::zeroed && !is_init_refused;
    view_.has_overflowed = state_ == State::overflowed || is_init_refused;
    view_.has_null_pointer = state_ == State::zeroed || state_ == State::null_pointer;
    // Received data and tables lie where the kernel put them, the table behind the data.
    view_.data_lie_behind_table = state_ != State::received && state_ != State::received_objects;
    if (is_init_refused) view_.pending = garbage_;
  }

  State state_;
  std::vector<std::byte> data_;
  std::vector<std::uint32_t> offsets_;
  std::vector<dispatch::Pending> pending_;
  std::array<dispatch::Pending, 1> garbage_{0xaaaaaaaa};
  dispatch::Parcel view_;
};

class ReferenceDispatch : public DispatchPort {
 public:
  explicit ReferenceDispatch(DataModel model) : entry_bytes_(model == DataModel::lp64 ? 8 : 4) {}

  void refuse_next(Refusable what, std::int32_t error) override {
    driver_.refuse_next(what, error);
  }
  void give_handle_next(std::uint32_t handle) override { driver_.give_handle_next(handle); }
  void answer_next(const PortMessage& reply) override { driver_.answer_next(reply); }

  bool deliver_to_callback_thread(const PortMessage& message) override {
    const std::optional<dispatch::Thread> thread = client_.callback_thread();
    if (!thread) return false;
    driver_.queue(*thread, message);
    receive(*thread);
    return true;
  }

  bool deliver_to_loop(const PortMessage& message) override {
    if (!is_looping_) return false;
    driver_.queue(loop_thread, message);
    if (!loop_run_) receive(loop_thread);
    return true;
  }

  void handler_returns(std::uint32_t number) override {
    const auto found = runs_.find(number);
    if (found == runs_.end()) return;
    const dispatch::RunId id = found->second;
    runs_.erase(found);
    if (const auto next = client_.handler_returned(id)) begin(*next);
    if (loop_run_ != number) return;
    loop_run_.reset();
    receive(loop_thread);
  }

  void advance(std::uint64_t nanoseconds) override { client_.advance_to(now_ += nanoseconds); }

  PortEvents take_events() override {
    events_.calls = driver_.take_calls();
    return std::exchange(events_, {});
  }

  bool open(std::uint32_t bytes) override { return client_.open(caller, bytes).has_value(); }
  void close() override { client_.close(); }
  void reset() override {
    client_.reset();
    runs_.clear();
    loop_run_.reset();
    is_looping_ = false;
  }

  PortResult set_sa_manager(std::uint32_t bytes) override {
    return port_result(client_.set_sa_manager(caller, bytes));
  }

  PortResult gen_service_handle(std::uint32_t task, bool has_identity) override {
    const auto handle = client_.gen_service_handle(caller, task, has_identity);
    PortResult result = port_result(handle);
    if (handle) result.identity.handle = *handle;
    return result;
  }

  PortResult add_service_access(std::uint32_t task, std::uint32_t service) override {
    return port_result(client_.add_service_access(caller, task, service));
  }

  PortResult get(PortGetter getter, MessageNumber message, bool has_place) override {
    const auto field = static_cast<dispatch::Field>(getter);
    const auto value = dispatch::get(driver_.message(message), field, has_place);
    PortResult result = port_result(value);
    if (!value) return result;
    if (getter <= PortGetter::flag) {
      result.value = *value;
    } else {
      result.result = *value;
    }
    return result;
  }

  PortResult send_request(const PortRequest& request) override {
    const ParcelHolder parcel(request.parcel, entry_bytes_);
    const PortIdentity& to = request.target;
    return port_sent(client_.send_request(caller,
                                          {.target = {to.handle, to.token, to.cookie},
                                           .code = request.code,
                                           .flag = request.flag,
                                           .has_place_for_message = request.has_place_for_message},
                                          parcel.view()),
                     request.has_place_for_reply);
  }

  PortResult send_reply(MessageNumber request, const PortParcel& data) override {
    const ParcelHolder parcel(data, entry_bytes_);
    return port_sent(client_.send_reply(caller, driver_.message(request), parcel.view()), false);
  }

  PortResult free_buffer(MessageNumber message) override {
    return port_result(client_.free_buffer(caller, message));
  }

  std::optional<PortResult> start_loop(FunctionNumber function, std::uint64_t context) override {
    const auto looping = client_.start_loop(loop_thread, function_of(function), context);
    if (!looping) return port_result(looping);
    is_looping_ = true;
    receive(loop_thread);
    return std::nullopt;
  }

  PortResult register_callback(const PortCallback& callback) override {
    const auto identity =
        client_.register_callback(caller, {function_of(callback.function), callback.has_identity,
                                           callback.mode, callback.timeout_ms});
    PortResult result = port_result(identity);
    if (identity) {
      result.identity.handle = identity->handle;
      result.identity.token = identity->token;
    }
    settle_callback_thread();
    return result;
  }

  PortResult unregister_callback(std::uint32_t handle, std::uint32_t token) override {
    return port_result(client_.unregister_callback(handle, token));
  }

  PortResult register_death(std::uint32_t handle, FunctionNumber function, bool has_id) override {
    const auto id = client_.register_death(caller, handle, function_of(function), has_id);
    PortResult result = port_result(id);
    if (id) result.value = *id;
    settle_callback_thread();
    return result;
  }

  PortResult unregister_death(std::uint32_t handle, std::uint32_t id) override {
    return port_result(client_.unregister_death(handle, id));
  }

 private:
  void begin(const dispatch::Run& run) {
    const std::uint32_t number = ++last_run_;
    runs_[number] = run.id;
    if (run.thread == loop_thread) loop_run_ = number;
    events_.runs.push_back({.number = number,
                            .function = static_cast<FunctionNumber>(run.function.argument),
                            .context = run.context,
                            .message = static_cast<MessageNumber>(run.message.buffer),
                            .thread = run.thread});
  }

  // Until the thread waits, in the driver or in a handler of its own.
  void receive(dispatch::Thread thread) {
    for (;;) {
      const dispatch::Step step = client_.step(thread);
      if (step.run) begin(*step.run);
      if (step.kind == dispatch::Step::Kind::sleeps) return;
      if (thread == loop_thread && loop_run_) return;
    }
  }

  // A new callback thread begins to receive before anything else happens.
  void settle_callback_thread() {
    if (const auto thread = client_.callback_thread()) receive(*thread);
  }

  PortResult port_sent(const dispatch::Sent& sent, bool has_place_for_reply) {
    for (const dispatch::Pending pending : sent.freed) {
      events_.freed.push_back(static_cast<std::uint32_t>(pending));
    }
    PortResult result = port_result(sent.reply);
    if (!sent.reply || !*sent.reply) return result;
    const dispatch::Incoming& reply = **sent.reply;
    result.message = static_cast<MessageNumber>(reply.buffer);
    if (has_place_for_reply) result.reply = reply.data;
    return result;
  }

  const std::uint32_t entry_bytes_;
  ScriptedDriver driver_;
  dispatch::Client client_{driver_};
  dispatch::Time now_ = 0;
  bool is_looping_ = false;
  std::map<std::uint32_t, dispatch::RunId> runs_;  // that have not returned
  std::optional<std::uint32_t> loop_run_;          // the one of the thread that loops
  std::uint32_t last_run_ = 0;
  PortEvents events_;
};

}  // namespace

std::unique_ptr<DispatchPort> make_reference_dispatch(DataModel model) {
  return std::make_unique<ReferenceDispatch>(model);
}

}  // namespace touchstone::userspace
