// Both sides of a mailbox: the daemon's in this thread, the client's in another one.
#include "daemon/mailbox.h"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include <atomic>
#include <cerrno>
#include <future>
#include <optional>

#include "daemon/client/mailbox.h"

namespace touchstone::daemon {
namespace {

liteipcd_answer answer_of(std::int64_t value) {
  liteipcd_answer answer{};
  answer.value = value;
  return answer;
}

class MailboxTest : public testing::Test {
 protected:
  void SetUp() override {
    daemon_ = Mailbox::make(file_);
    ASSERT_TRUE(daemon_);
    client_ = lite_ipc_map_mailbox(file_.get());
    ASSERT_NE(client_, nullptr);
  }
  void TearDown() override { lite_ipc_unmap_mailbox(client_); }

  // What the client gets at its mailbox; none if it is to look at the socket.
  std::optional<std::int64_t> wait() {
    liteipcd_answer answer{};
    if (lite_ipc_wait_at_mailbox(client_, &answer) == 0) return std::nullopt;
    return answer.value;
  }
  // Once the client has gone to sleep on the word.
  std::future<std::optional<std::int64_t>> start_to_wait() {
    lite_ipc_open_mailbox(client_);
    auto waits = std::async(std::launch::async, [this] { return wait(); });
    while (std::atomic_ref(client_->state).load() == LITEIPCD_MAILBOX_OPEN) {
    }
    return waits;
  }

  UniqueFd file_;
  std::optional<Mailbox> daemon_;
  liteipcd_mailbox* client_ = nullptr;
};

TEST_F(MailboxTest, GivesAnAnswerToWhoWaitsForIt) {
  for (std::int64_t value = 0; value < 200; ++value) {
    auto waits = start_to_wait();
    const bool is_given = daemon_->answer(answer_of(value));
    EXPECT_EQ(waits.get(), is_given ? std::optional(value) : std::nullopt) << value;
  }
}

TEST_F(MailboxTest, GivesAnAnswerThatCameBeforeTheWait) {
  lite_ipc_open_mailbox(client_);
  EXPECT_TRUE(daemon_->answer(answer_of(-7)));
  EXPECT_EQ(wait(), -7);
}

TEST_F(MailboxTest, SendsWhoWaitsForLongToTheSocket) {
  lite_ipc_open_mailbox(client_);
  EXPECT_EQ(wait(), std::nullopt);
  EXPECT_FALSE(daemon_->answer(answer_of(1)));
}

TEST_F(MailboxTest, SendsWhoWaitsToAnAnswerThatCameOverTheSocket) {
  auto waits = start_to_wait();
  daemon_->point_to_socket();
  EXPECT_EQ(waits.get(), std::nullopt);
}

TEST_F(MailboxTest, TakesAReceiveWhereItIsQuietAlone) {
  EXPECT_EQ(lite_ipc_post_receive(client_, 0x1000), 0);
  daemon_->set_quiet(true);
  EXPECT_EQ(daemon_->take_posted(), std::nullopt);
  EXPECT_EQ(lite_ipc_post_receive(client_, 0x1000), 1);
  EXPECT_EQ(daemon_->take_posted(), 0x1000u);
  EXPECT_EQ(daemon_->take_posted(), std::nullopt);
}

// A message that comes while a receive is posted: exactly one side sees to it.
TEST_F(MailboxTest, LeavesAReceiveToOneSide) {
  for (int i = 0; i < 2000; ++i) {
    daemon_->set_quiet(true);
    std::atomic<int> ready = 0;
    const auto meet = [&ready] {
      ++ready;
      while (ready < 2) {
      }
    };
    auto posts = std::async(std::launch::async, [&] {
      meet();
      return lite_ipc_post_receive(client_, 0x1000) != 0;
    });
    meet();
    daemon_->set_quiet(false);
    const bool is_taken = daemon_->take_posted().has_value();
    EXPECT_EQ(posts.get(), is_taken);
    EXPECT_EQ(daemon_->take_posted(), std::nullopt);
  }
}

TEST_F(MailboxTest, KeepsItsSize) {
  EXPECT_EQ(ftruncate(file_.get(), 0), -1);
  EXPECT_EQ(errno, EPERM);
}

TEST_F(MailboxTest, IsNoChilds) {
  const pid_t child = fork();
  if (child == 0) _exit(msync(client_, LITEIPCD_MAILBOX_BYTES, MS_ASYNC) == 0 ? 1 : 0);
  int status = -1;
  waitpid(child, &status, 0);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

}  // namespace
}  // namespace touchstone::daemon
