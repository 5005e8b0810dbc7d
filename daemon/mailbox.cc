#include "daemon/mailbox.h"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>

#include "daemon/sealed_file.h"

namespace touchstone::daemon {
namespace {

static_assert(sizeof(liteipcd_mailbox) == 64, "of 32 and of 64 bits alike");

std::atomic_ref<std::uint32_t> atomic(std::uint32_t& word) { return std::atomic_ref(word); }

}  // namespace

std::optional<Mailbox> Mailbox::make(UniqueFd& file) {
  SealedFile made =
      make_sealed_file("lite_ipc-mailbox", LITEIPCD_MAILBOX_BYTES, Sharing::read_write);
  if (!made.memory) return std::nullopt;
  file = std::move(made.file);
  return Mailbox(std::move(made.memory));
}

// Gives the state before.
std::uint32_t Mailbox::tell(std::uint32_t state) {
  const std::uint32_t before = atomic(shared().state).exchange(state);
  if (before == LITEIPCD_MAILBOX_WAITED_AT) {
    syscall(SYS_futex, &shared().state, FUTEX_WAKE, 1, nullptr, nullptr, 0);
  }
  return before;
}

bool Mailbox::answer(const liteipcd_answer& answer) {
  shared().answer = answer;
  return tell(LITEIPCD_MAILBOX_ANSWERED) != LITEIPCD_MAILBOX_AT_SOCKET;
}

void Mailbox::point_to_socket() { tell(LITEIPCD_MAILBOX_AT_SOCKET); }

void Mailbox::set_quiet(bool is_quiet) { atomic(shared().is_quiet).store(is_quiet ? 1 : 0); }

std::optional<std::uint64_t> Mailbox::take_posted() {
  std::uint32_t posted = 1;
  if (!atomic(shared().is_posted).compare_exchange_strong(posted, 0)) return std::nullopt;
  return shared().posted_argument;
}

}  // namespace touchstone::daemon
