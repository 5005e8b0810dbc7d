// mailbox.h: the daemon's side of a mailbox (protocol.h): a page shared with one task, in which an
// answer costs less than over the socket, and a plain receive waits without any call of the daemon.
// The task can write all of it at any time, and harms itself alone.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "daemon/protocol.h"
#include "daemon/sealed_file.h"
#include "daemon/unique_fd.h"

namespace touchstone::daemon {

class Mailbox {
 public:
  // None where there is no memory or no descriptor.
  static std::optional<Mailbox> make();

  // The task's page and its doorbell; the page's file is kept for the task alone.
  const SharedFd& doorbell() const { return doorbell_; }
  UniqueFd take_file() { return std::move(file_); }

  // The length of the request that the task has left, 0 if it has not; it is left no more.
  std::uint32_t take_request();
  // As many of its bytes as the task can have left.
  std::span<const std::uint8_t> request() const { return shared().request; }

  // Where the task waits, which has then to be woken.
  enum class Waits : std::uint8_t { nowhere, here, at_socket };
  // At the socket it needs the answer there.
  Waits answer(const liteipcd_answer& answer);
  // The answer has been sent over the socket.
  Waits point_to_socket();

  // Whether a plain receive by the task would wait now.
  void set_quiet(bool is_quiet);
  // Whether the task has posted a receive; its argument, and then it is posted no more.
  bool has_posted() const;
  std::optional<std::uint64_t> take_posted();

 private:
  Mailbox(SealedFile page, UniqueFd doorbell)
      : file_(std::move(page.file)),
        memory_(std::move(page.memory)),
        doorbell_(std::make_shared<UniqueFd>(std::move(doorbell))) {}
  liteipcd_mailbox& shared() const { return *reinterpret_cast<liteipcd_mailbox*>(memory_.get()); }
  Waits tell(std::uint32_t state);
  friend class WakeList;

  UniqueFd file_;
  std::shared_ptr<std::byte[]> memory_;
  SharedFd doorbell_;
};

// Tasks that wait at their mailboxes and have been answered, to be woken all at once: each wake by
// itself may cost the daemon the processor.
class WakeList {
 public:
  void add(const Mailbox& mailbox) { pages_.push_back(mailbox.memory_); }
  void wake_all();

 private:
  std::vector<std::shared_ptr<std::byte[]>> pages_;
};

}  // namespace touchstone::daemon
