#include "conformance/reproduce/places_of_memory.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "adapter/case_text.h"

namespace touchstone {
namespace {

constexpr std::string_view two_processes =
    "P1 spawn T1 uid=0 gid=0\nT1 open\nT1 mmap 65536 prot=read flags=private\nT1 set_cms 4096\n"
    "P2 spawn T2 uid=7 gid=7\nT2 open\nT2 mmap 65536 prot=read flags=private\nP1 thread T3\n"
    "T1 recv -> 0 m1=request from=T1/P1 to=T1 uid=0 gid=0 time=t1\n"
    "T2 recv -> 0 m2=request from=T1/P1 to=T2 uid=0 gid=0 time=t2\n";

// Whether the last step of a Program is one that places in memory decide.
bool decide_last(std::string_view step, DataModel data_model = DataModel::ilp32,
                 std::string_view abi = "any") {
  auto program = parse_case("case: text\nabi: " + std::string(abi) + "\n" +
                            std::string(two_processes) + std::string(step));
  EXPECT_TRUE(program) << (program ? "" : to_string(program.error(), "text"));
  if (!program) return false;
  PlacesOfMemory places(*program, data_model);
  bool last = false;
  for (const Step& one : program->steps) last = places.decide(one);
  return last;
}

TEST(PlacesOfMemory, DecideWhatARawAddressIs) {
  EXPECT_TRUE(decide_last("T1 free=538968064"));
  EXPECT_TRUE(decide_last("T1 ioctl cmd=0xc0106904 arg=0x20000000"));
  EXPECT_TRUE(decide_last("T1 ioctl cmd=0xc0106904 arg=0xc0000000", DataModel::lp64));
}

TEST(PlacesOfMemory, DecideNothingOutsideTheUserRange) {
  EXPECT_FALSE(decide_last("T1 ioctl cmd=0xc0106904 arg=0"));
  EXPECT_FALSE(decide_last("T1 ioctl cmd=0xc0106904 arg=200"));
  EXPECT_FALSE(decide_last("T1 ioctl cmd=0xc0106904 arg=0xc0000000"));
}

TEST(PlacesOfMemory, AreNothingToANumber) {
  EXPECT_FALSE(decide_last("T1 ioctl cmd=0x6901 arg=0x20000000"));
}

TEST(PlacesOfMemory, DecideWhatLiesAtTheStartOfAPool) {
  EXPECT_TRUE(decide_last("T1 free=pool_start"));
  EXPECT_FALSE(decide_last("P3 spawn T4 uid=0 gid=0\nT4 free=pool_start"));
}

TEST(PlacesOfMemory, DecideWhatAnotherProcessReceived) {
  EXPECT_TRUE(decide_last("T2 free=m1"));
  EXPECT_TRUE(decide_last("T1 free=data:m2"));
  EXPECT_TRUE(decide_last("T2 get_version arg=data:m1"));
  EXPECT_FALSE(decide_last("T1 get_version arg=data:m1"));
  EXPECT_FALSE(decide_last("T1 free=m1"));
  EXPECT_FALSE(decide_last("T3 free=m1"));
  EXPECT_FALSE(decide_last("T2 send reply to=T1 time=m1"));
}

TEST(PlacesOfMemory, DecideWhatIsReadInAReceivedMessage) {
  EXPECT_TRUE(decide_last("T1 recv arg=data:m1"));
  EXPECT_TRUE(decide_last("T1 cms add_access subject=T1 service=T2 arg=data:m1"));
  EXPECT_FALSE(decide_last("T1 recv arg=bad"));
}

TEST(PlacesOfMemory, DecideWhatWasReceivedBeforeAnExec) {
  EXPECT_TRUE(decide_last("T1 exec\nT1 open\nT1 mmap 65536 prot=read flags=private\nT1 free=m1"));
  EXPECT_FALSE(decide_last("T2 exec\nT1 free=m1"));
}

TEST(PlacesOfMemory, DecideAPointerThatIsWrittenOver) {
  EXPECT_TRUE(decide_last("T1 send request to=cms obj@0=ptr:00 obj@12=svc:T1"));
  EXPECT_FALSE(decide_last("T1 send request to=cms obj@0=svc:T1 obj@12=ptr:00"));
  EXPECT_FALSE(decide_last("T1 send request to=cms obj@0=ptr:00 obj@16=svc:T1"));
  EXPECT_TRUE(
      decide_last("T1 send request to=cms obj@0=ptr:00 obj@16=svc:T1", DataModel::lp64, "lp64"));
}

TEST(PlacesOfMemory, DecideNumbersThatTravelAsData) {
  const std::string sends = "T1 send request to=cms object_count=";
  EXPECT_TRUE(decide_last(sends + "0 obj@0=ptr:00"));
  EXPECT_TRUE(decide_last(sends + "1 obj@0=svc:T1 obj@16=svc:T1"));
  EXPECT_TRUE(decide_last("T1 send request to=cms offsets=16 obj@0=ptr:00"));
  EXPECT_TRUE(decide_last(sends + "1 offsets=16,0 obj@0=ptr:00"));
  EXPECT_FALSE(decide_last("T1 send request to=cms offsets=16,0 obj@0=ptr:00"));
  EXPECT_FALSE(decide_last(sends + "2 obj@0=svc:T1 obj@16=ptr:00"));
  EXPECT_FALSE(decide_last(sends + "0 obj@0=svc:self"));
}

}  // namespace
}  // namespace touchstone
