// Observations of the threads that receive: callbacks, death callbacks, reset, loops.
#include <algorithm>
#include <set>

#include "conformance/userspace/dispatch_replay.h"

namespace touchstone::userspace {
namespace {

using nlohmann::json;
using Kind = DriverCall::Kind;
using Refusable = DispatchPort::Refusable;
using Type = PortMessageType;

constexpr std::uint64_t ms = 1000000;

PortMessage request(MessageNumber number, std::uint32_t token, std::uint32_t flag = 0) {
  return {.number = number, .target = {.token = token}, .flag = flag, .timestamp = 99, .task = 5};
}

PortMessage death(MessageNumber number, std::uint32_t handle) {
  return {.number = number, .type = Type::death, .target = {.token = handle}};
}

// What came of one message to the callback thread, all handlers having returned.
json outcome(ReplayPort& port, const PortMessage& message) {
  const auto hits = port.runs().size();
  const auto replies = port.sends(Type::failed_reply);
  port->deliver_to_callback_thread(message);
  port.run_to_end();
  const DriverCall last = port.last(Kind::exchange);
  return {{"hits", port.runs().size() - hits},
          {"freed", port.frees(message.number)},
          {"failed_replies", port.sends(Type::failed_reply) - replies},
          {"ioctl_flag", last.flags},
          {"out_handle", last.sent.target.handle},
          {"ts_ok", last.sent.timestamp == message.timestamp}};
}

bool is_registered(ReplayPort& port, std::uint32_t token) {
  const auto before = port.runs().size();
  port->deliver_to_callback_thread(request(900, token));
  return port.runs().size() > before;
}

}  // namespace

void Replay::refused_registration() {
  ReplayPort port = fresh();
  const auto refused = [&](const char* name, const PortCallback& callback) {
    const PortResult result = port->register_callback(callback);
    const bool is_untouched = result.identity.handle == DispatchPort::identity_before.handle &&
                              result.identity.token == DispatchPort::identity_before.token;
    add(name, {{"ret", result.result},
               {"threads", port.count(Kind::start_thread)},
               {"sid_untouched", is_untouched}});
  };
  refused("regcb_null_func", {});
  refused("regcb_null_sid", {.function = 1, .has_identity = false});
  refused("regcb_mode2", {.function = 1, .mode = 2});
  refused("regcb_timeout9", {.function = 1, .timeout_ms = 9});
  refused("regcb_timeout0", {.function = 1, .timeout_ms = 0});
  add("regdeath_null_func", {{"ret", port->register_death(4, 0, true).result}});
  add("regdeath_null_id", {{"ret", port->register_death(4, 1, false).result}});
}

void Replay::registration() {
  ReplayPort port = fresh();
  const PortResult first = port->register_callback({.function = 1});
  // A number that this library counts up, and no address.
  add("regcb_first", {{"ret", first.result},
                      {"handle", first.identity.handle},
                      {"token_is_node_address_low32", false},
                      {"cookie", first.identity.cookie},
                      {"threads", port.count(Kind::start_thread)}});
  const PortResult second = port->register_callback({.function = 2});
  add("regcb_second_same_thread", {{"ret", second.result},
                                   {"handle_same", second.identity.handle == first.identity.handle},
                                   {"token_differs", second.identity.token != first.identity.token},
                                   {"threads", port.count(Kind::start_thread)}});
  const auto result = [&port](std::uint32_t handle, std::uint32_t token) {
    return json{{"ret", port->unregister_callback(handle, token).result}};
  };
  const auto [handle, token, cookie] = first.identity;
  add("unregcb_wrong_handle", result(handle + 1, token));
  add("unregcb_unknown_token", result(handle, 0xfffffff0));
  add("unregcb", result(handle, token));
  add("unregcb_twice", result(handle, token));
  const PortResult timed = port->register_callback({.function = 3, .timeout_ms = 10});
  add("regcb_timeout10", {{"ret", timed.result}});
  add("unregcb_timer", result(handle, timed.identity.token));
}

void Replay::registration_without_thread() {
  ReplayPort port = fresh();
  // The callback handle, or -1 where the library knows none.
  const auto callback_handle = [&port] {
    const auto handle = 77;
    return port->unregister_callback(handle, 0xfffffff0).result == 0 ? handle : -1;
  };
  port->refuse_next(Refusable::set_ipc_thread, 22);
  const PortResult callback = port->register_callback({.function = 1});
  add("regcb_thread_start_fails", {{"ret", callback.result},
                                   {"set_thread_calls", port.count(Kind::set_ipc_thread)},
                                   {"handleId", callback_handle()}});
  port->refuse_next(Refusable::set_ipc_thread, 22);
  const PortResult died = port->register_death(4, 2, true);
  add("regdeath_thread_start_fails",
      {{"ret", died.result}, {"set_thread_calls", port.count(Kind::set_ipc_thread)}});
  ReplayPort closed = fresh();
  closed->refuse_next(Refusable::open, 2);
  add("regcb_open_fails", {{"ret", closed->register_callback({.function = 1}).result}});
}

void Replay::dispatching() {
  ReplayPort port = fresh();
  const auto token = port->register_callback({.function = 33}).identity.token;
  port->deliver_to_callback_thread(request(1, token));
  const std::vector<PortRun> runs = port.runs();
  port.run_to_end();
  add("dispatch_request", {{"hits", runs.size()},
                           {"arg", runs.empty() ? 0 : runs[0].function},
                           {"msg_same", !runs.empty() && runs[0].message == 1},
                           {"context_null", !runs.empty() && !runs[0].context},
                           {"freed", port.frees(1)},
                           {"sent", port.count(Kind::exchange)}});
  port->refuse_next(Refusable::receive, 22);
  add("dispatch_after_ioctl_error_goes_on", outcome(port, request(2, token)));

  const auto before = port.runs().size();
  for (MessageNumber number = 3; number < 7; ++number) {
    port->deliver_to_callback_thread(request(number, token));
  }
  std::set<std::uint32_t> threads;
  for (std::size_t i = before; i < port.runs().size(); ++i) threads.insert(port.runs()[i].thread);
  add("dispatch_four_messages_four_threads", {{"hits", threads.size()}});
  port.run_to_end();

  const PortResult unregistered = port->unregister_callback(77, token);
  json after = outcome(port, request(7, token));
  if (unregistered.result != 0) after["hits"] = "not unregistered";
  add("dispatch_after_unregister", after);
}

void Replay::dispatching_to_nobody() {
  ReplayPort port = fresh();
  const auto token = port->register_callback({.function = 1}).identity.token;
  add("dispatch_unknown_token_sync", outcome(port, request(1, 0xfffffff0)));
  add("dispatch_unknown_token_oneway", outcome(port, request(2, 0xfffffff0, 1)));
  PortMessage reply = request(3, token);
  reply.type = Type::reply;
  add("dispatch_wrong_type", outcome(port, reply));
  add("dispatch_death_unregistered", outcome(port, death(4, 4)));
}

void Replay::death_registration() {
  ReplayPort port = fresh();
  for (FunctionNumber function = 1; function <= 6; ++function) {
    const PortResult result = port->register_death(4, function, true);
    add("regdeath_" + std::to_string(function - 1), {{"ret", result.result}, {"id", result.value}});
  }
  const PortResult other = port->register_death(5, 7, true);
  add("regdeath_other_handle",
      {{"ret", other.result}, {"id", other.value}, {"threads", port.count(Kind::start_thread)}});
  const auto result = [&port](std::uint32_t handle, std::uint32_t id) {
    return json{{"ret", port->unregister_death(handle, id).result}};
  };
  add("unregdeath_id5", result(4, 5));
  add("unregdeath_idmax", result(4, 0xffffffff));
  add("unregdeath_unknown_handle", result(1234, 0));
  add("unregdeath_2", result(4, 2));
  add("unregdeath_2_again", result(4, 2));
  const PortResult again = port->register_death(4, 8, true);
  add("regdeath_reuses_lowest_free_slot", {{"ret", again.result}, {"id", again.value}});
}

void Replay::deaths() {
  ReplayPort port = fresh();
  for (FunctionNumber function = 1; function <= 5; ++function) {
    port->register_death(4, function, true);
  }
  port->deliver_to_callback_thread(death(1, 4));
  const bool is_one_at_a_time = port.runs().size() == 1;
  port.run_to_end();
  const std::vector<PortRun> runs = port.runs();
  add("death_fires_all_five_sequentially_one_thread",
      {{"hits", runs.size()},
       {"same_thread", is_one_at_a_time && std::ranges::all_of(runs,
                                                               [&](const PortRun& run) {
                                                                 return run.thread ==
                                                                        runs[0].thread;
                                                               })},
       {"freed", port.frees(1)},
       {"context_null",
        std::ranges::none_of(runs, [](const PortRun& run) { return run.context.has_value(); })}});
  add("death_second_time_gone", outcome(port, death(2, 4)));
  add("unregdeath_after_fire", {{"ret", port->unregister_death(4, 0).result}});
  const PortResult again = port->register_death(4, 6, true);
  add("regdeath_after_fire", {{"ret", again.result}, {"id", again.value}});
  const PortResult unregistered = port->unregister_death(4, 0);
  json after = outcome(port, death(3, 4));
  after["ret"] = unregistered.result;
  add("death_after_last_unregister", after);
}

void Replay::deaths_while_running() {
  ReplayPort port = fresh();
  port->register_death(4, 1, true);
  port->deliver_to_callback_thread(death(1, 4));
  const PortResult unregistered = port->unregister_death(4, 0);
  const PortResult registered = port->register_death(4, 2, true);
  port.run_to_end();
  add("death_cb_unregisters_itself_then_registers_again", {{"unregister_ret", unregistered.result},
                                                           {"register_ret", registered.result},
                                                           {"new_id", registered.value},
                                                           {"hits", port.runs().size()}});
  const json next = outcome(port, death(2, 4));
  add("death_registration_made_while_running_is_lost",
      {{"hits_on_next_death", next["hits"]},
       {"list_empty", port->register_death(4, 3, true).value == 0}});

  ReplayPort freeing = fresh();
  freeing->register_death(4, 1, true);
  freeing->register_death(4, 2, true);
  freeing->deliver_to_callback_thread(death(1, 4));
  freeing->free_buffer(1);
  freeing->handler_returns(1);
  freeing->free_buffer(1);
  freeing->handler_returns(2);
  add("death_handlers_that_free_like_samgr_cause_repeated_free",
      {{"frees_of_same_message", freeing.frees(1)}, {"handlers", freeing.runs().size()}});
}

void Replay::time_outs() {
  ReplayPort port = fresh();
  const auto token = port->register_callback({.function = 1, .timeout_ms = 60000}).identity.token;
  int seconds = 0;
  while (seconds < 100 && is_registered(port, token)) {
    port->advance(1000 * ms);
    ++seconds;
  }
  // Another interval later nothing more happens.
  const auto other = port->register_callback({.function = 2}).identity.token;
  port->advance(60000 * ms);
  const int interval = is_registered(port, other) ? 0 : 60;
  add("timer_armed_once", {{"value_s", seconds}, {"interval_s", interval}, {"interval_ns", 0}});
  add("t_timer", json::object());
  add("t_timer_deadlock", json::object());
  add("timer_expiry_in_thread_holding_mutex", json::object());
  add("timer_signal_setup", json::object());

  const PortResult timed = port->register_callback({.function = 3, .timeout_ms = 100});
  port->advance(100 * ms);
  add("timer_expiry_as_designed_removes", outcome(port, request(1, timed.identity.token)));
  json expired = outcome(port, request(2, timed.identity.token));
  expired["ret"] = timed.result;
  expired["still_registered"] = is_registered(port, timed.identity.token);
  add("timer_once_100ms_expired_on_linux_abi", expired);
}

// Whether a call in the middle of the time-out makes it come later.
void Replay::time_out_modes() {
  const auto is_rearmed = [this](std::uint32_t mode, std::size_t& hits) {
    ReplayPort port = fresh();
    const auto token =
        port->register_callback({.function = 1, .mode = mode, .timeout_ms = 100}).identity.token;
    port->advance(50 * ms);
    port->deliver_to_callback_thread(request(1, token));
    port->deliver_to_callback_thread(request(2, token));
    hits = port.runs().size();
    port->advance(60 * ms);
    return is_registered(port, token);
  };
  std::size_t hits = 0;
  add("timer_reset_after_use_rearmed_by_dispatch", {{"rearmed", is_rearmed(1, hits)}});
  const bool is_once_rearmed = is_rearmed(0, hits);
  add("timer_once_not_rearmed_and_not_one_shot", {{"rearmed", is_once_rearmed}, {"hits", hits}});

  ReplayPort port = fresh();
  const auto token = port->register_callback({.function = 1}).identity.token;
  port->deliver_to_callback_thread(request(1, token));
  port->unregister_callback(77, token);
  port.run_to_end();
  const auto ran = port.runs().size();
  add("ipc_cb_unregisters_itself", {{"hits", ran}, {"list_empty", !is_registered(port, token)}});
}

void Replay::unregistering_early() {
  ReplayPort port = fresh();
  add("unregcb_before_any_register", {{"ret", port->unregister_callback(5, 5).result}});
  // These two died; a line without a signal says that the call came back.
  port->unregister_callback(0xffffffff, 5);
  add("t_unreg_before_init", json::object());
  port->unregister_death(4, 0);
  add("t_unregdeath_before_init", json::object());
  add("unregcb_before_init_handle_minus1", json::object());
  add("unregdeath_before_init", json::object());
}

void Replay::resetting() {
  ReplayPort port = fresh();
  port->open(4096);
  const auto token = port->register_callback({.function = 1}).identity.token;
  const auto threads = port.count(Kind::start_thread);
  port->reset();
  const json reset{{"closes", port.count(Kind::close)},
                   {"munmaps", port.count(Kind::unmap)},
                   {"handleId", port->unregister_callback(77, token).result == 0 ? 77 : -1}};
  const auto opens = port.count(Kind::open);
  const PortResult access = port->add_service_access(9, 3);
  const auto opened = port.count(Kind::open) - opens;
  const auto map_bytes = port.last(Kind::map).bytes;
  port->register_callback({.function = 2});
  const bool starts_thread = port.count(Kind::start_thread) == threads + 1;
  add("reset", reset);
  lines_["reset"].back()["context_null"] = opened == 1;
  lines_["reset"].back()["threadWorking"] = !starts_thread;
  add("reset_then_use_reopens",
      {{"ret", access.result},
       {"opens", opened},
       {"mmap_len", map_bytes},
       {"apis_lost", !is_registered(port, token) || port.runs().back().function != 1}});
}

void Replay::looping() {
  ReplayPort port = fresh();
  const auto refused = port->start_loop(0, 0);
  add("startloop_null_func", {{"ret", refused ? refused->result : 0}});
  constexpr std::uint64_t context = 4711;
  port->start_loop(1, context);
  const std::map<MessageNumber, std::vector<std::byte>> data{{1, bytes_of(-9)}, {2, bytes_of(-9)}};
  for (const auto& [name, number] :
       {std::pair{"startloop_first", 1u}, std::pair{"startloop_second", 2u}}) {
    port->deliver_to_loop({.number = number, .data = data.at(number)});
    const PortRun run = port.runs().empty() ? PortRun{} : port.runs().back();
    const bool is_this = run.message == number;
    port.run_to_end();
    add(name, {{"context_passed_through", run.context == context},
               {"value", is_this ? int_of(data.at(number)) : 0},
               {"freed", port.frees(number)}});
  }
}

void Replay::overlapping() {
  ReplayPort port = fresh();
  int iterations = 0;
  for (MessageNumber number = 1; number <= 3000; ++number) {
    const auto token = port->register_callback({.function = 1}).identity.token;
    port->deliver_to_callback_thread(request(number, token));
    port->unregister_callback(77, token);
    port->handler_returns(number);
    ++iterations;
  }
  const bool all_ran = port.runs().size() == 3000;
  add("h_cb_uaf_done", {{"iterations", all_ran ? iterations : 0}});

  ReplayPort dying = fresh();
  for (FunctionNumber function = 1; function <= 5; ++function) {
    dying->register_death(4, function, true);
  }
  dying->deliver_to_callback_thread(death(1, 4));
  dying->deliver_to_callback_thread(death(2, 4));
  dying.run_to_end();
  add("h_double_death_done", {{"hits", dying.runs().size()}});
}

}  // namespace touchstone::userspace
