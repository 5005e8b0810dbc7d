// Both sides of a mailbox: the daemon's in this thread, the client's in another one.
#include "daemon/mailbox.h"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <future>
#include <optional>
#include <vector>

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
    daemon_ = Mailbox::make();
    ASSERT_TRUE(daemon_);
    file_ = daemon_->take_file();
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
  // As the loop does; false: the answer goes over the socket.
  bool answer(std::int64_t value) { return wake(daemon_->answer(answer_of(value))); }
  bool wake(Mailbox::Waits waits) {
    if (waits == Mailbox::Waits::here) to_wake_.add(*daemon_);
    to_wake_.wake_all();
    return waits != Mailbox::Waits::at_socket;
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
  WakeList to_wake_;
};

TEST_F(MailboxTest, GivesAnAnswerToWhoWaitsForIt) {
  for (std::int64_t value = 0; value < 200; ++value) {
    auto waits = start_to_wait();
    const bool is_given = answer(value);
    EXPECT_EQ(waits.get(), is_given ? std::optional(value) : std::nullopt) << value;
  }
}

TEST_F(MailboxTest, GivesAnAnswerThatCameBeforeTheWait) {
  lite_ipc_open_mailbox(client_);
  EXPECT_TRUE(answer(-7));
  EXPECT_EQ(wait(), -7);
}

TEST_F(MailboxTest, SendsWhoWaitsForLongToTheSocket) {
  lite_ipc_open_mailbox(client_);
  EXPECT_EQ(wait(), std::nullopt);
  EXPECT_FALSE(answer(1));
}

// Whichever of the two is first: the answer is taken at one place, and at that where it is.
TEST_F(MailboxTest, GivesAnAnswerAtOnePlaceAlsoWhereTheHurryEnds) {
  const auto hurry = std::chrono::milliseconds(50);
  for (int i = -20; i <= 20; ++i) {
    auto waits = start_to_wait();
    const auto until = std::chrono::steady_clock::now() + hurry + i * std::chrono::microseconds(20);
    while (std::chrono::steady_clock::now() < until) {
    }
    const bool is_given = answer(i);
    EXPECT_EQ(waits.get().has_value(), is_given) << i;
  }
}

TEST_F(MailboxTest, SendsWhoWaitsToAnAnswerThatCameOverTheSocket) {
  auto waits = start_to_wait();
  wake(daemon_->point_to_socket());
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
  for (int i = 0; i < 500; ++i) {
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

TEST_F(MailboxTest, WakesAllWhoHaveBeenAnswered) {
  std::vector<Mailbox> daemons;
  std::vector<liteipcd_mailbox*> clients;
  std::vector<std::future<int>> waits;
  for (std::size_t i = 0; i < 5; ++i) {
    daemons.push_back(*Mailbox::make());
    clients.push_back(lite_ipc_map_mailbox(daemons.back().take_file().get()));
    waits.push_back(std::async(std::launch::async, [client = clients.back()] {
      liteipcd_answer answer{};
      return lite_ipc_wait_at_mailbox(client, &answer);
    }));
  }
  std::vector<bool> are_given;
  for (std::size_t i = 0; i < 5; ++i) {
    while (std::atomic_ref(clients[i]->state).load() == LITEIPCD_MAILBOX_OPEN) {
    }
    const Mailbox::Waits where = daemons[i].answer(answer_of(7));
    are_given.push_back(where != Mailbox::Waits::at_socket);
    if (where == Mailbox::Waits::here) to_wake_.add(daemons[i]);
  }
  to_wake_.wake_all();
  for (std::size_t i = 0; i < 5; ++i) {
    EXPECT_EQ(waits[i].get() != 0, are_given[i]) << i;
    lite_ipc_unmap_mailbox(clients[i]);
  }
}

TEST_F(MailboxTest, BringsARequestOnce) {
  const int doorbell = daemon_->doorbell()->get();
  EXPECT_EQ(daemon_->take_request(), 0u);
  client_->request[2] = 5;
  EXPECT_EQ(lite_ipc_ring(client_, 3, doorbell), 1);
  std::uint64_t rings = 0;
  EXPECT_EQ(read(doorbell, &rings, sizeof rings), static_cast<ssize_t>(sizeof rings));
  EXPECT_EQ(daemon_->take_request(), 3u);
  EXPECT_EQ(daemon_->request()[2], 5);
  EXPECT_EQ(daemon_->take_request(), 0u);
  EXPECT_EQ(lite_ipc_ring(client_, 3, -1), 0);  // nobody has heard of it
  EXPECT_EQ(daemon_->take_request(), 0u);
}

TEST_F(MailboxTest, KeepsItsSize) {
  EXPECT_EQ(ftruncate(file_.get(), 0), -1);
  EXPECT_EQ(errno, EPERM);
}

TEST_F(MailboxTest, IsNoChilds) {
  const pid_t child = fork();
  if (child == 0) _exit(msync(client_, sizeof *client_, MS_ASYNC) == 0 ? 1 : 0);
  int status = -1;
  waitpid(child, &status, 0);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

}  // namespace
}  // namespace touchstone::daemon
