// mailbox.h: the daemon's side of a mailbox (protocol.h): a page shared with one task, in which an
// answer costs less than over the socket, and a plain receive waits without any call of the daemon.
// The task can write all of it at any time, and harms itself alone.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

#include "daemon/protocol.h"
#include "daemon/unique_fd.h"

namespace touchstone::daemon {

class Mailbox {
 public:
  // `file` is for the task.  None where there is no memory or no descriptor.
  static std::optional<Mailbox> make(UniqueFd& file);

  // False: the task waits at the socket and needs the answer there.
  bool answer(const liteipcd_answer& answer);
  // The answer has been sent over the socket.
  void point_to_socket();

  // Whether a plain receive by the task would wait now.
  void set_quiet(bool is_quiet);
  // The argument of the receive that the task has posted, if it has; it is posted no more.
  std::optional<std::uint64_t> take_posted();

 private:
  explicit Mailbox(std::shared_ptr<std::byte[]> memory) : memory_(std::move(memory)) {}
  liteipcd_mailbox& shared() const { return *reinterpret_cast<liteipcd_mailbox*>(memory_.get()); }
  std::uint32_t tell(std::uint32_t state);

  std::shared_ptr<std::byte[]> memory_;
};

}  // namespace touchstone::daemon
