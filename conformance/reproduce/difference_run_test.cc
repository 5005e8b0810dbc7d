#include "conformance/reproduce/difference_run.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>

#include "adapter/backends/plugin_backend.h"
#include "adapter/backends/reference_backend.h"
#include "adapter/case_text.h"
#include "adapter/forwarding_backend.h"
#include "conformance/profile.h"
#include "conformance/spec_catalogue.h"

namespace touchstone {
namespace {

const std::filesystem::path spec_folder = std::filesystem::path(TOUCHSTONE_SOURCE_DIR) / "spec";

constexpr std::string_view two_processes =
    "P1 spawn T1 uid=0 gid=0 -> 0\nT1 open -> 0\nT1 mmap 65536 prot=read flags=private -> 0\n"
    "T1 set_cms 4096 -> 0\n"
    "P2 spawn T2 uid=7 gid=7 -> 0\nT2 open -> 0\nT2 mmap 65536 prot=read flags=private -> 0\n";

Program parsed(std::string_view steps) {
  auto program = parse_case("case: text\n" + std::string(steps));
  EXPECT_TRUE(program) << (program ? "" : to_string(program.error(), "text"));
  return program ? *std::move(program) : Program{};
}

// The reference, but for one clause by which it answers another value, or without a capability.
class Twisted : public ForwardingBackend {
 public:
  Twisted(std::string_view clause, std::int64_t value, const BackendInfo& info)
      : ForwardingBackend(make_reference({.data_model = info.data_model})),
        clause_(clause),
        value_(value),
        info_(info) {}

  const BackendInfo& info() const override { return info_; }
  Completion ioctl(std::uint32_t task, std::uint64_t command, std::uint64_t argument) override {
    return twisted(inner().ioctl(task, command, argument));
  }
  Completion poll(std::uint32_t task) override { return twisted(inner().poll(task)); }

 private:
  Completion twisted(Completion completion) const {
    if (completion.clause == clause_) completion.value = value_;
    return completion;
  }

  std::string_view clause_;
  std::int64_t value_;
  BackendInfo info_;
};

class TwistedFactory : public BackendFactory {
 public:
  TwistedFactory(std::string_view clause, std::int64_t value) : clause_(clause), value_(value) {
    info_ = make_reference({})->info();
  }
  const BackendInfo& info() const override { return info_; }
  bool needs_isolation() const override { return false; }
  std::unique_ptr<Backend> create() override {
    return std::make_unique<Twisted>(clause_, value_, info_);
  }
  BackendInfo info_;

 private:
  std::string_view clause_;
  std::int64_t value_;
};

class FindDifference : public testing::Test {
 protected:
  void SetUp() override {
    auto catalogue = SpecCatalogue::load(spec_folder);
    ASSERT_TRUE(catalogue) << catalogue.error();
    catalogue_.emplace(*std::move(catalogue));
    auto profile = load_profile(spec_folder, "", *catalogue_);
    ASSERT_TRUE(profile) << profile.error();
    profile_ = *std::move(profile);
    judge_.emplace(*catalogue_, profile_);
  }

  std::optional<SpecCatalogue> catalogue_;
  Profile profile_;
  std::optional<Judge> judge_;
};

TEST_F(FindDifference, FindsNothingOnTheReference) {
  const auto reference = make_reference_factory({});
  const Program program =
      parsed(std::string(two_processes) + "T2 send request to=T1 -> EACCES\nT2 recv -> blocked\n");
  EXPECT_FALSE(find_difference(program, *reference, *judge_));
}

TEST_F(FindDifference, EndsWithTheStepThatDecides) {
  TwistedFactory wrong("ACC-3", 0);
  const Program program = parsed(std::string(two_processes) +
                                 "T1 send request to=T2 -> EACCES\nT1 recv -> blocked\n"
                                 "T2 recv -> blocked\n");
  const auto found = find_difference(program, wrong, *judge_);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->ruling.verdict, Verdict::fail);
  EXPECT_EQ(found->signature, "fail ACC-3 send EACCES 0");
  ASSERT_EQ(found->program.steps.size(), 8u);
  EXPECT_EQ(print_operation(found->program.steps.back().operation, found->program),
            "T1 send request to=T2");
}

// The text of a Program that is to be tried may say anything.
TEST_F(FindDifference, ExpectsWhatTheContractSaysAndNotTheText) {
  const auto reference = make_reference_factory({});
  EXPECT_FALSE(find_difference(parsed("P1 spawn T1 uid=0 gid=0 -> EINVAL\nT1 open -> EPERM\n"),
                               *reference, *judge_));
}

TEST_F(FindDifference, LeavesOutWhatTheBackendCannotDo) {
  TwistedFactory without("none", 0);
  without.info_.capabilities &= ~(static_cast<std::uint32_t>(Capability::fork) |
                                  static_cast<std::uint32_t>(Capability::virtual_time));
  const Program program = parsed(
      "P1 spawn T1 uid=0 gid=0 -> 0\nT1 fork P2 T2 -> 0\nT2 open -> 0\nadvance 5000ms\n"
      "T1 open -> 0\n");
  EXPECT_FALSE(find_difference(program, without, *judge_));
  EXPECT_EQ(fitted_to(program, without.info_).steps.size(), 3u);
  // What is left of T2 names a task that never came to be.
  EXPECT_EQ(expected_of(fitted_to(program, without.info_), {}).program.steps.size(), 2u);
}

TEST_F(FindDifference, LeavesOutArgumentsForWhichTheBackendHasNoRoom) {
  const ReferenceOptions small{.scratch_bytes_max = 65536};
  const auto send = [](std::size_t bytes) {
    return parsed(std::string(two_processes) +
                  "T2 send request to=cms data=" + std::string(2 * bytes, '1') + "\n");
  };
  EXPECT_EQ(expected_of(send(65000), small).program.steps.size(), 8u);
  EXPECT_EQ(expected_of(send(65536), small).program.steps.size(), 7u);
  EXPECT_EQ(expected_of(send(65536), {}).program.steps.size(), 8u);
  EXPECT_FALSE(find_difference(send(65536), *make_reference_factory(small), *judge_));
}

TEST_F(FindDifference, PlaysAProgramOfTheOtherDataModelInItsOwn) {
  TwistedFactory backend("none", 0);
  Program program = parsed(two_processes);
  program.header.abi = CaseAbi::lp64;
  EXPECT_EQ(fitted_to(program, backend.info_).header.abi, CaseAbi::any);
  EXPECT_FALSE(find_difference(program, backend, *judge_));
}

TEST_F(FindDifference, TakesWhatTheContractLeavesOpen) {
  TwistedFactory backend("none", 0);
  const Program program = parsed(std::string(two_processes) + "T2 get_version arg=kernel\n");
  EXPECT_FALSE(find_difference(program, backend, *judge_));
}

// What lies in m1 is the flag RECV and, in the second Program, an address as well.
TEST_F(FindDifference, LeavesOutWhatPlacesInMemoryDecide) {
  TwistedFactory wrong("RCV-16", 0);
  const std::string send = "T2 send request to=cms data=0";
  const std::string receive =
      "\nT1 recv -> 0 m1=request to=cms from=T2/P2 uid=7 gid=7 time=t1\n"
      "T2 send request to=cms\nT1 recv arg=data:m1\n";
  const std::string zeroes = "000000000000000000000000000000";
  EXPECT_TRUE(find_difference(parsed(std::string(two_processes) + send + "2" + zeroes + receive),
                              wrong, *judge_));
  EXPECT_FALSE(find_difference(
      parsed(std::string(two_processes) + send + "2000000ff" + zeroes.substr(8) + receive), wrong,
      *judge_));
}

// Behind the munmap the contract leaves all open: a crash is wrong there, and nothing else.
TEST_F(FindDifference, HoldsNothingAgainstItWhereNothingIsSpecified) {
  TwistedFactory backend("MSG-6", -12);
  const std::string unmapped = std::string(two_processes) + "T1 munmap -> 0\n";
  EXPECT_TRUE(find_difference(parsed(std::string(two_processes) + "T1 free=pool_start\n"), backend,
                              *judge_));
  EXPECT_FALSE(find_difference(parsed(unmapped + "T1 free=pool_start\n"), backend, *judge_));
}

TEST_F(FindDifference, MakesACaseOfTheContractOfWhatEndsBeforeThat) {
  TwistedFactory wrong("ACC-3", 0);
  const std::string refused = std::string(two_processes) + "T1 send request to=T2\n";
  const auto before = find_difference(parsed(refused + "T2 munmap\n"), wrong, *judge_);
  ASSERT_TRUE(before);
  EXPECT_EQ(before->program.header.case_class, CaseClass::contract);
  EXPECT_FALSE(find_difference(
      parsed(std::string(two_processes) + "T2 munmap\nT1 send request to=T2\n"), wrong, *judge_));
}

// Every process is another user's than it should be.
class OtherUsers : public ForwardingBackend {
 public:
  OtherUsers() : ForwardingBackend(make_reference({})) {}
  OrErrno<NewTask> spawn(std::uint32_t uid, std::uint32_t gid) override {
    return inner().spawn(uid + 1, gid);
  }
};

class OtherUsersFactory : public BackendFactory {
 public:
  const BackendInfo& info() const override { return info_; }
  bool needs_isolation() const override { return false; }
  std::unique_ptr<Backend> create() override { return std::make_unique<OtherUsers>(); }

 private:
  BackendInfo info_ = make_reference({})->info();
};

TEST_F(FindDifference, NamesTheFieldInWhichAMessageDiffers) {
  OtherUsersFactory wrong;
  const auto found =
      find_difference(parsed(std::string(two_processes) +
                             "T2 send request to=cms -> 0\nT1 recv -> 0 m1=request to=T1"
                             " from=T2/P2 uid=7 gid=7 time=t1\n"),
                      wrong, *judge_);
  ASSERT_TRUE(found);
  EXPECT_TRUE(found->signature.ends_with(" recv message other-credentials")) << found->signature;
}

TEST_F(FindDifference, FindsACrashInAChildProcess) {
  const auto plugin =
      load_plugin(std::string(TOUCHSTONE_SELF_TEST_PLUGINS) + "/crashes_in_ioctl.so");
  ASSERT_TRUE(plugin) << plugin.error();
  const auto found =
      find_difference(parsed("P1 spawn T1 uid=0 gid=0 -> 0\nT1 open -> 0\nT1 get_version\n"),
                      **plugin, *judge_, {.is_isolated = true});
  ASSERT_TRUE(found);
  EXPECT_EQ(found->ruling.verdict, Verdict::crash);
  EXPECT_TRUE(found->signature.starts_with("crash ")) << found->signature;
}

TEST(ExpectedOf, NamesMessagesInTheOrderInWhichTheyCome) {
  Program program =
      parsed(std::string(two_processes) +
             "T2 send request to=cms code=1 -> 0\nT2 send request to=cms code=2 -> 0\n"
             "T1 recv -> 0 z=request to=cms code=1 from=T2/P2 uid=7 gid=7 time=t1\n"
             "T1 recv -> 0 a=request to=cms code=2 from=T2/P2 uid=7 gid=7 time=t2\n"
             "T1 free=a -> 0\nT1 free=z -> 0\n");
  const Expected expected = expected_of(program, {});
  ASSERT_EQ(expected.program.steps.size(), program.steps.size());
  EXPECT_EQ(expected.program.message_names, (std::vector<std::string>{"m1", "m2"}));
  EXPECT_EQ(print_operation(expected.program.steps[11].operation, expected.program), "T1 free=m2");
  EXPECT_EQ(print_operation(expected.program.steps[12].operation, expected.program), "T1 free=m1");
}

}  // namespace
}  // namespace touchstone
