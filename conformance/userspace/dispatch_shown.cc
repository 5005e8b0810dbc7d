// What a step of a dispatch script shows: every key, `none` where there is nothing.
#include <algorithm>
#include <array>

#include "adapter/hex_text.h"
#include "conformance/userspace/dispatch_player.h"

namespace touchstone::userspace {
namespace {

// In the order in which a report lists them.
constexpr std::array<std::string_view, 39> keys{
    "result", "sid_handle", "sid_token", "sid_cookie", "id", "value", "ptr", "reply",
    // what the driver saw
    "opens", "maps", "map_bytes", "closes", "unmaps", "threads", "ipc_threads", "cms_bytes",
    "cms_task", "cms_service", "sends", "frees", "failed_replies",
    // the last exchange
    "ioctl_flags", "type", "to", "token", "cookie", "code", "flag", "time", "data", "objects",
    "given_back",
    // what ran
    "freed", "taken", "runs", "run", "handler", "message", "context"};

constexpr std::array<std::string_view, 4> type_words{"request", "reply", "failed_reply", "death"};

std::string reply_text(const std::vector<std::byte>& bytes) {
  return bytes.empty() ? "empty" : hex_text(bytes);
}

std::size_t count_of(const std::vector<DriverCall>& calls, DriverCall::Kind kind) {
  return static_cast<std::size_t>(std::ranges::count(calls, kind, &DriverCall::kind));
}

std::size_t count_with(const std::vector<DriverCall>& calls, std::uint32_t flag) {
  return static_cast<std::size_t>(std::ranges::count_if(
      calls, [flag](const DriverCall& call) { return (call.flags & flag) != 0; }));
}

constexpr std::uint32_t flag_send = 1, flag_buffer_free = 4;

}  // namespace

bool DispatchPlayer::can_show(const ScriptStep&, std::string_view key) const {
  return std::ranges::find(keys, key) != keys.end();
}

Shown DispatchPlayer::collect_shown() const {
  Shown all;
  for (const std::string_view key : keys) {
    const auto found = shown_.find(std::string(key));
    all.values.emplace_back(key, found == shown_.end() ? "none" : found->second);
  }
  return all;
}

void DispatchPlayer::show_identity(const PortIdentity& identity) {
  show("sid_handle", std::to_string(identity.handle));
  show("sid_token", std::to_string(identity.token));
  show("sid_cookie", std::to_string(identity.cookie));
}

// A token has no number that a script could know: it is `new`, or that of an earlier callback.
void DispatchPlayer::show_new_identity(const PortIdentity& identity) {
  show_identity(identity);
  const auto seen = tokens_seen_.find(identity.token);
  show("sid_token", seen == tokens_seen_.end() ? "new" : seen->second);
}

void DispatchPlayer::show_sent(const PortResult& result) {
  show("ptr", result.message ? message_name(*result.message) : "unchanged");
  show("reply", result.reply ? reply_text(*result.reply) : "unchanged");
}

std::string DispatchPlayer::message_name(MessageNumber number) const {
  if (number == 0) return "null";
  const auto found = std::ranges::find(messages_, number, &decltype(messages_)::value_type::second);
  return found == messages_.end() ? "unnamed" : found->first;
}

void DispatchPlayer::show_exchange(const DriverCall& call) {
  show("ioctl_flags", std::to_string(call.flags));
  if ((call.flags & flag_send) != 0) {
    show("type", std::string(type_words[static_cast<std::size_t>(call.sent.type)]));
    show("to", std::to_string(call.sent.target.handle));
    show("token", std::to_string(call.sent.target.token));
    show("cookie", std::to_string(call.sent.target.cookie));
    show("code", std::to_string(call.sent.code));
    show("flag", std::to_string(call.sent.flag));
    show("time", std::to_string(call.sent.timestamp));
    show("data", std::to_string(call.data_bytes));
    show("objects", std::to_string(call.objects));
  }
  if ((call.flags & flag_buffer_free) != 0) show("given_back", message_name(call.given_back));
}

void DispatchPlayer::show_calls(const std::vector<DriverCall>& calls) {
  using Kind = DriverCall::Kind;
  constexpr std::array<std::pair<std::string_view, Kind>, 6> counted{
      {{"opens", Kind::open},
       {"maps", Kind::map},
       {"closes", Kind::close},
       {"unmaps", Kind::unmap},
       {"threads", Kind::start_thread},
       {"ipc_threads", Kind::set_ipc_thread}}};
  for (const auto& [key, kind] : counted) show(key, std::to_string(count_of(calls, kind)));
  show("sends", std::to_string(count_with(calls, flag_send)));
  show("frees", std::to_string(count_with(calls, flag_buffer_free)));
  const auto is_failed_reply = [](const DriverCall& call) {
    return (call.flags & flag_send) != 0 && call.sent.type == PortMessageType::failed_reply;
  };
  show("failed_replies", std::to_string(std::ranges::count_if(calls, is_failed_reply)));
  for (const DriverCall& call : calls) {
    if (call.kind == Kind::map) show("map_bytes", std::to_string(call.bytes));
    if (call.kind == Kind::set_cms) show("cms_bytes", std::to_string(call.bytes));
    if (call.kind == Kind::add_access) show("cms_service", std::to_string(call.service));
    if (call.kind == Kind::gen_handle || call.kind == Kind::add_access) {
      show("cms_task", std::to_string(call.task));
    }
    if (call.kind == Kind::exchange) show_exchange(call);
  }
}

void DispatchPlayer::show_events() {
  const PortEvents events = port_->take_events();
  show_calls(events.calls);
  std::string freed;
  for (const std::uint32_t number : events.freed) {
    freed += (freed.empty() ? "" : ",") + std::to_string(number);
  }
  if (!freed.empty()) show("freed", freed);
  show("runs", std::to_string(events.runs.size()));
  if (events.runs.empty()) return;
  const PortRun& run = events.runs.front();
  const auto name =
      std::ranges::find(functions_, run.function, &decltype(functions_)::value_type::second);
  show("run", "h" + std::to_string(run.number));
  show("handler", name == functions_.end() ? "unknown" : name->first);
  show("message", message_name(run.message));
  show("context", run.context ? std::to_string(*run.context) : "null");
}

std::string DispatchPlayer::describe_state() const {
  std::string text;
  for (const auto& [name, identity] : callbacks_) {
    text += "callback " + name + ": handle " + std::to_string(identity.handle) + ", token " +
            std::to_string(identity.token) + "\n";
  }
  return text;
}

}  // namespace touchstone::userspace
