#include "daemon/mailbox.h"

#include <linux/futex.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>

namespace touchstone::daemon {
namespace {

static_assert(sizeof(liteipcd_mailbox) == 4096, "of 32 and of 64 bits alike");

std::atomic_ref<std::uint32_t> atomic(std::uint32_t& word) { return std::atomic_ref(word); }

}  // namespace

std::optional<Mailbox> Mailbox::make() {
  SealedFile page =
      make_sealed_file("lite_ipc-mailbox", sizeof(liteipcd_mailbox), Sharing::read_write);
  UniqueFd doorbell(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!page.memory || !doorbell) return std::nullopt;
  return Mailbox(std::move(page), std::move(doorbell));
}

std::uint32_t Mailbox::take_request() { return atomic(shared().request_bytes).exchange(0); }

Mailbox::Waits Mailbox::tell(std::uint32_t state) {
  const std::uint32_t before = atomic(shared().state).exchange(state);
  if (before == LITEIPCD_MAILBOX_AT_SOCKET) return Waits::at_socket;
  return before == LITEIPCD_MAILBOX_WAITED_AT ? Waits::here : Waits::nowhere;
}

Mailbox::Waits Mailbox::answer(const liteipcd_answer& answer) {
  shared().answer = answer;
  return tell(LITEIPCD_MAILBOX_ANSWERED);
}

Mailbox::Waits Mailbox::point_to_socket() { return tell(LITEIPCD_MAILBOX_AT_SOCKET); }

void Mailbox::set_quiet(bool is_quiet) { atomic(shared().is_quiet).store(is_quiet ? 1 : 0); }

bool Mailbox::has_posted() const { return atomic(shared().is_posted).load() == 1; }

std::optional<std::uint64_t> Mailbox::take_posted() {
  std::uint32_t posted = 1;
  if (!atomic(shared().is_posted).compare_exchange_strong(posted, 0)) return std::nullopt;
  return shared().posted_argument;
}

// Two with one call where there are two: the state of the second is not what it was waited for.
void WakeList::wake_all() {
  const auto state_of = [](const std::shared_ptr<std::byte[]>& page) {
    return &reinterpret_cast<liteipcd_mailbox*>(page.get())->state;
  };
  std::size_t i = 0;
  for (; i + 1 < pages_.size(); i += 2) {
    constexpr unsigned is_not_waited_at =
        FUTEX_OP(FUTEX_OP_ADD, 0u, FUTEX_OP_CMP_NE, LITEIPCD_MAILBOX_WAITED_AT);
    syscall(SYS_futex, state_of(pages_[i]), FUTEX_WAKE_OP, 1, 1, state_of(pages_[i + 1]),
            is_not_waited_at);
  }
  if (i < pages_.size()) {
    syscall(SYS_futex, state_of(pages_[i]), FUTEX_WAKE, 1, nullptr, nullptr, 0);
  }
  pages_.clear();
}

}  // namespace touchstone::daemon
