// dispatch_player.h: plays the scripts of chapter dispatch: one process, a driver that answers as
// the script says, handlers that return when the script says.  The verbs are those of section 3 of
// spec/userspace-case-format.md.  Judges nothing.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "conformance/userspace/dispatch_port.h"
#include "conformance/userspace/player.h"

namespace touchstone::userspace {

class DispatchPlayer : public Player {
 public:
  explicit DispatchPlayer(std::unique_ptr<DispatchPort> port) : port_(std::move(port)) {}

  std::expected<Shown, StepError> play(const ScriptStep& step) override;
  // Every step shows every key, `none` where there is nothing to show.
  bool can_show(const ScriptStep& step, std::string_view key) const override;
  std::string describe_state() const override;

 private:
  struct Verb;
  static const Verb* find_verb(std::string_view word);

  // One for each verb: reads its words and, unless they are malformed, does it.
  void driver(StepReader& step);
  void answer(StepReader& step);
  void open(StepReader& step);
  void close(StepReader& step);
  void fork_reset(StepReader& step);
  void set_sa_manager(StepReader& step);
  void gen_service_handle(StepReader& step);
  void add_service_access(StepReader& step);
  void get(StepReader& step);
  void send_request(StepReader& step);
  void send_reply(StepReader& step);
  void free_buffer(StepReader& step);
  void start_loop(StepReader& step);
  void register_callback(StepReader& step);
  void unregister_callback(StepReader& step);
  void register_death(StepReader& step);
  void unregister_death(StepReader& step);
  void receive(StepReader& step);
  void loop_receive(StepReader& step);
  void handler_returns(StepReader& step);
  void advance(StepReader& step);

  // Parts of steps.
  bool is_malformed(StepReader& step);
  std::uint32_t number_argument(StepReader& step, std::string_view key, std::uint32_t otherwise);
  bool is_null_argument(StepReader& step, std::string_view key);
  std::int32_t errno_of(StepReader& step, const Word& word);
  MessageNumber new_message(StepReader& step, const Word& name);
  MessageNumber known_message(StepReader& step, const Word& name);
  FunctionNumber new_function(StepReader& step, const Word& name);
  PortParcel parcel(StepReader& step);
  PortMessage message(StepReader& step);
  std::uint32_t token(StepReader& step, const Word& word);

  // What the step shows.
  void show(std::string_view key, std::string value) {
    shown_[std::string(key)] = std::move(value);
  }
  void show_result(std::int64_t result) { show("result", std::to_string(result)); }
  void show_identity(const PortIdentity& identity);
  void show_new_identity(const PortIdentity& identity);
  void show_sent(const PortResult& result);
  void show_events();
  void show_calls(const std::vector<DriverCall>& calls);
  void show_exchange(const DriverCall& call);
  Shown collect_shown() const;
  std::string message_name(MessageNumber number) const;

  std::unique_ptr<DispatchPort> port_;
  std::map<std::string, MessageNumber> messages_;
  std::map<std::string, FunctionNumber> functions_;
  std::map<std::string, PortIdentity> callbacks_;     // by the name of their function
  std::map<std::uint32_t, std::string> tokens_seen_;  // and whose they were last
  std::optional<StepError> error_;
  std::map<std::string, std::string> shown_;
};

}  // namespace touchstone::userspace
