// The core of the target daemon_answers: finds nothing in seeds, whole, cut or spoilt.
#include "fuzz/daemon_trial.h"

#include <gtest/gtest.h>

#include <string>

#include "fuzz/seeds_daemon.h"

namespace touchstone::fuzz {
namespace {

DaemonVerdict verdict_on(const std::string& bytes) {
  return try_daemon_answers({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()});
}

TEST(DaemonTrial, FindsNothingInSeedsWholeOrCut) {
  for (const Seed& one : daemon_seeds()) {
    for (std::size_t count = 0; count <= one.bytes.size(); ++count) {
      EXPECT_EQ(verdict_on(one.bytes.substr(0, count)).broken_law, "") << one.name << " " << count;
    }
  }
}

TEST(DaemonTrial, FindsNothingWhereOneByteIsAnother) {
  for (Seed one : daemon_seeds()) {
    for (char& byte : one.bytes) {
      byte = static_cast<char>(~byte);
      EXPECT_EQ(verdict_on(one.bytes).broken_law, "") << one.name;
      byte = static_cast<char>(~byte);
    }
  }
}

TEST(DaemonTrial, TakesSeedsForAnswersButThoseThatAreNone) {
  for (const Seed& one : daemon_seeds()) {
    const bool is_answer = one.name == "descriptors" || one.name == "two-packets" ||
                           one.name == "values" || one.name == "pool-refused";
    EXPECT_EQ(verdict_on(one.bytes).is_answered, is_answer) << one.name;
  }
}

}  // namespace
}  // namespace touchstone::fuzz
