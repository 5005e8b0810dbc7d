#include "conformance/room.h"

#include <gtest/gtest.h>
#include <touchstone/lite_ipc_abi.h>

#include <memory>

#include "adapter/backends/reference_backend.h"
#include "adapter/forwarding_backend.h"
#include "conformance/reproduce/difference_run.h"
#include "conformance/test_support.h"

namespace touchstone {
namespace {

const std::string one_process =
    "P1 spawn T1 uid=0 gid=0 -> 0\nT1 open -> 0\nT1 mmap 8192 prot=read flags=private -> 0\n"
    "T1 set_cms 8192 -> 0\n";
const std::string send = "T1 send request to=cms data_size=3000 -> 0\n";

TEST(Room, IsThatOfTheReferenceWhereAsMuchFits) {
  EXPECT_FALSE(has_own_room(*make_reference_factory({})));
  EXPECT_FALSE(has_own_room(*make_reference_factory({.data_model = DataModel::lp64})));
  EXPECT_TRUE(has_own_room(*make_reference_factory({.pools = PoolScale::half})));
  EXPECT_TRUE(has_own_room(*make_reference_factory({.pools = PoolScale::twice})));
}

// Says something else where it has no room.
class OtherErrno final : public ForwardingBackend {
 public:
  using ForwardingBackend::ForwardingBackend;
  Completion ioctl(std::uint32_t task, std::uint64_t command, std::uint64_t argument) override {
    const Completion right = ForwardingBackend::ioctl(task, command, argument);
    return right.value == -TOUCHSTONE_ENOMEM ? Completion{false, -TOUCHSTONE_EINVAL, ""} : right;
  }
};

class OtherErrnoFactory final : public BackendFactory {
 public:
  explicit OtherErrnoFactory(PoolScale pools) : pools_(pools), info_(make_reference({})->info()) {}
  const BackendInfo& info() const override { return info_; }
  bool needs_isolation() const override { return false; }
  std::unique_ptr<Backend> create() override {
    return std::make_unique<OtherErrno>(make_reference({.pools = pools_}));
  }

 private:
  const PoolScale pools_;
  const BackendInfo info_;
};

TEST(Room, IsNotWhatAWrongAnswerIsAbout) {
  OtherErrnoFactory as_much(PoolScale::as_asked);
  EXPECT_FALSE(has_own_room(as_much));
  OtherErrnoFactory less(PoolScale::half);
  EXPECT_FALSE(has_own_room(less));
}

TEST(Room, DecidesFromTheFirstMessageThatMayNotFit) {
  const auto from = [](const std::string& steps) {
    const Program program = case_of(plain_case(one_process + steps));
    return room_decides_from(program, run_reference(program, DataModel::ilp32, 0),
                             DataModel::ilp32);
  };
  EXPECT_EQ(from(send), 5u);         // one step more than there are: none
  EXPECT_EQ(from(send + send), 5u);  // the second one is one too many for a half
  EXPECT_EQ(from("T1 send request to=cms data_size=6000 -> 0\n"), 4u);
  EXPECT_EQ(from("T1 free=pool_end -> EINVAL\n"), 5u);
}

// What no pool of 8192 bytes can hold, whatever a message takes.
TEST(Room, DoesNotExcuseEverything) {
  const std::string sends = "T1 send request to=cms data_size=1000 -> 0\n";
  Program program = case_of(plain_case(one_process + sends));
  program.header.case_class = CaseClass::generated;
  const Profile profile = real_profile("");
  const Judge judge(real_catalogue(), profile);
  EXPECT_FALSE(find_difference(program, *make_reference_factory({}), judge));
  program.steps.insert(program.steps.end(), 20, program.steps.back());
  for (const PoolScale pools : {PoolScale::half, PoolScale::twice}) {
    EXPECT_FALSE(find_difference(program, *make_reference_factory({.pools = pools}), judge));
    Program contract = program;
    contract.header.case_class = CaseClass::contract;
    EXPECT_TRUE(find_difference(contract, *make_reference_factory({.pools = pools}), judge));
  }
}

TEST(Room, IsAskedOfPoolsThatCanBeScaled) {
  Program program = case_of(
      plain_case("P1 spawn T1 uid=0 gid=0\nT1 mmap 1 prot=read flags=private\n"
                 "T1 mmap 0 prot=read flags=private\nT1 mmap 262144 prot=read flags=private\n"
                 "T1 mmap 262145 prot=read flags=private\n"));
  make_pools_scalable(program);
  std::vector<std::uint64_t> sizes;
  for (const Step& step : program.steps) {
    if (const auto* mmap = std::get_if<Mmap>(&step.operation)) sizes.push_back(mmap->bytes);
  }
  EXPECT_EQ(sizes, (std::vector<std::uint64_t>{8192, 0, 131072, 262145}));
}

}  // namespace
}  // namespace touchstone
