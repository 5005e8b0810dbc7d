// The core of the target daemon_requests: finds nothing in seeds, whole, cut or spoilt.
#include "fuzz/broker_trial.h"

#include <gtest/gtest.h>

#include <string>

#include "fuzz/seeds_daemon.h"

namespace touchstone::fuzz {
namespace {

BrokerVerdict verdict_on(const std::string& bytes) {
  return try_broker({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()});
}

TEST(BrokerTrial, FindsNothingInSeedsWholeOrCut) {
  for (const Seed& one : broker_seeds()) {
    for (std::size_t count = 0; count <= one.bytes.size(); ++count) {
      EXPECT_EQ(verdict_on(one.bytes.substr(0, count)).broken_law, "") << one.name << " " << count;
    }
  }
}

TEST(BrokerTrial, FindsNothingWhereOneByteIsAnother) {
  for (Seed one : broker_seeds()) {
    for (char& byte : one.bytes) {
      const char was = byte;
      for (int value = 0; value < 256; value += 5) {
        byte = static_cast<char>(value);
        EXPECT_EQ(verdict_on(one.bytes).broken_law, "") << one.name;
      }
      byte = was;
    }
  }
}

TEST(BrokerTrial, BringsMessagesToReceivers) {
  for (const Seed& one : broker_seeds()) {
    const bool is_received =
        one.name == "called" || one.name == "caller-ends" || one.name == "replied";
    EXPECT_EQ(verdict_on(one.bytes).is_received, is_received) << one.name;
  }
}

}  // namespace
}  // namespace touchstone::fuzz
