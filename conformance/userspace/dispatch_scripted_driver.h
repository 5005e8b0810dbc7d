// dispatch_scripted_driver.h: a driver of the dispatch reference that answers as it was told, says
// yes otherwise, and keeps a list of what it was asked.  No kernel: nothing it says need make
// sense.
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <vector>

#include "conformance/userspace/dispatch_port.h"
#include "reference/userspace/driver.h"

namespace touchstone::userspace {

class ScriptedDriver : public dispatch::Driver {
 public:
  using Refusable = DispatchPort::Refusable;
  static constexpr dispatch::Thread first_thread = 1;  // the process's own
  static constexpr std::uint32_t ipc_thread_handle = 77;

  void refuse_next(Refusable what, std::int32_t error) { refusals_[what] = error; }
  void give_handle_next(std::uint32_t handle) { next_handle_ = handle; }
  void answer_next(const PortMessage& reply) { next_reply_ = reply; }
  void queue(dispatch::Thread thread, const PortMessage& message);
  // A delivered message, or null.
  const dispatch::Incoming* message(MessageNumber number) const;
  std::vector<DriverCall> take_calls();

  bool open(dispatch::Thread caller) override;
  void close(dispatch::Thread caller) override;
  bool map(dispatch::Thread caller, std::uint32_t bytes) override;
  dispatch::Answer set_cms(dispatch::Thread caller, std::uint32_t message_bytes_max) override;
  dispatch::Answer gen_handle(dispatch::Thread caller, std::uint32_t task) override;
  dispatch::Answer add_access(dispatch::Thread caller, std::uint32_t task,
                              std::uint32_t service) override;
  dispatch::Answer set_ipc_thread(dispatch::Thread caller) override;
  dispatch::Answer exchange(dispatch::Thread caller, const dispatch::Exchange& exchange) override;
  dispatch::Answer poll(dispatch::Thread caller) override;
  std::optional<dispatch::Thread> start_thread() override;
  void end_thread(dispatch::Thread) override {}

 private:
  std::int32_t refusal(Refusable what);
  dispatch::Answer ioctl(const DriverCall& call, std::uint32_t value);
  dispatch::Answer receive(dispatch::Thread caller);

  std::map<Refusable, std::int32_t> refusals_;
  std::optional<std::uint32_t> next_handle_;
  std::optional<PortMessage> next_reply_;
  std::map<dispatch::Thread, std::deque<MessageNumber>> queues_;
  std::map<MessageNumber, dispatch::Incoming> messages_;
  std::vector<DriverCall> calls_;
  dispatch::Thread last_thread_ = first_thread;
  MessageNumber last_reply_ = 1000000;  // far from the numbers of the caller's messages
};

}  // namespace touchstone::userspace
