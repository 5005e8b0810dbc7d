// server.h: the daemon's one loop: who connects, what they send, when they end, when time is over.
// Each connection is one task's; whoever does not keep to protocol.h loses his own, with a reason
// in the log, and nobody else's waits meanwhile.
#pragma once

#include <sys/epoll.h>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "daemon/broker.h"
#include "daemon/control.h"
#include "daemon/log.h"
#include "daemon/mailbox.h"
#include "daemon/trace.h"
#include "daemon/unique_fd.h"

namespace touchstone::daemon {

class Server final : public Answers {
 public:
  Server(kernel::DataModel model, const Limits& limits, UniqueFd listener, const Log& log);
  ~Server() override;

  // Until SIGTERM or SIGINT.
  void run();

  void answer(kernel::TaskId task, CallAnswer answer) override;
  std::optional<kernel::Address> take_posted(kernel::TaskId task) override;
  bool has_posted(kernel::TaskId task) const override;
  Broker& broker() { return broker_; }

 private:
  struct Connection {
    UniqueFd socket;
    Peer peer;
    enum class State : std::uint8_t { fresh, task, control } state = State::fresh;
    kernel::TaskId task = 0;
    std::optional<Mailbox> mailbox;
    bool is_busy = false;    // its call has no answer yet
    bool is_doomed = false;  // it is in `doomed_`
    // The request that is coming, where it takes several packets.
    std::vector<std::byte> body;
    std::vector<SharedFd> files;
    bool has_lost_files = false;
    // The answer that waits for its files to be placed.
    bool is_placing = false;
    CallAnswer placing;
  };

  void watch(int descriptor, std::uint64_t what, std::uint32_t events = EPOLLIN);
  void accept_all();
  void receive(Connection& connection);
  void receive_rest(const epoll_event& event);
  void receive_left(Connection& connection);
  void carry_out(Connection& connection, std::uint32_t operation, std::span<const std::byte> body);
  void hello(Connection& connection, std::span<const std::byte> body);
  void map(Connection& connection, std::span<const std::byte> body);
  void ioctl(Connection& connection, std::span<const std::byte> body);
  void place(Connection& connection, std::span<const std::byte> body);
  void control(Connection& connection, std::span<const std::byte> body);
  void tell_watchers();
  void answer_with_files(Connection& connection, const liteipcd_answer& answer, CallAnswer given);

  void send(Connection& connection, std::uint32_t operation, std::span<const std::byte> body,
            std::span<const SharedFd> files = {});
  void send_value(Connection& connection, std::uint32_t operation, std::int64_t value,
                  std::span<const SharedFd> files = {});
  // Ends the connection for what came over it.
  void refuse(Connection& connection, const std::string& reason);
  void doom(Connection& connection);
  void leave(Connection& connection);
  bool watch_process(const Connection& connection);
  void end_process(pid_t pid);
  void close_doomed();
  void set_timer();
  void timer_went_off();
  Connection* at(int socket) const;

  const Log& log_;
  std::uint32_t instance_ = 0;  // drawn anew for each run, so that clients know one from another
  Broker broker_;
  Trace trace_{broker_};
  UniqueFd listener_;
  UniqueFd epoll_;
  UniqueFd timer_;
  UniqueFd signals_;
  UniqueFd spare_;  // given up to refuse those for whom there is no descriptor
  bool timer_is_set_ = false;
  bool runs_ = true;
  std::vector<std::unique_ptr<Connection>> connections_;  // by descriptor
  std::size_t connection_count_ = 0;
  std::vector<Connection*> by_task_;
  std::map<pid_t, UniqueFd> processes_;  // readable when they end
  WakeList to_wake_;                     // once the loop has seen to all that has come
  std::vector<Connection*> doomed_;      // to be closed once the loop stands between two events
  std::vector<std::byte> room_;          // for a packet
  IoctlRequest request_;                 // kept for its memory
};

}  // namespace touchstone::daemon
