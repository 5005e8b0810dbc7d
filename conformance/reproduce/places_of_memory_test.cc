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
bool decide_last(std::string_view step, const BackendInfo& backend, std::string_view abi = "any") {
  auto program = parse_case("case: text\nabi: " + std::string(abi) + "\n" +
                            std::string(two_processes) + std::string(step));
  EXPECT_TRUE(program) << (program ? "" : to_string(program.error(), "text"));
  if (!program) return false;
  PlacesOfMemory places(*program, backend);
  bool last = false;
  for (const Step& one : program->steps) {
    last = places.decide(one.operation);
    places.note(one.operation, one.expected.empty() ? Outcome{} : one.expected.front());
  }
  return last;
}

bool decide_last(std::string_view step, DataModel data_model = DataModel::ilp32,
                 std::string_view abi = "any") {
  BackendInfo backend;
  backend.data_model = data_model;
  return decide_last(step, backend, abi);
}

TEST(PlacesOfMemory, DecideAnIdThatOneOfTheTwoDoesNotHave) {
  BackendInfo many, few;
  many.task_limit = 1000;
  few.task_limit = 16;
  const std::string remove = "T1 cms remove_handle subject=cms service=";
  for (const char* const number : {"15", "1000", "4294967294"}) {
    EXPECT_FALSE(decide_last(remove + number, many)) << number;
    EXPECT_FALSE(decide_last(remove + number, few)) << number;
  }
  for (const char* const number : {"128", "999"}) {
    EXPECT_TRUE(decide_last(remove + number, many)) << number;
    EXPECT_FALSE(decide_last(remove + number, few)) << number;
  }
  EXPECT_TRUE(decide_last(remove + "16", few));
  EXPECT_TRUE(decide_last("T1 cms add_access subject=200 service=T2", many));
  EXPECT_TRUE(decide_last("T1 send request to=200", many));
  EXPECT_TRUE(decide_last("T1 send request to=cms obj@0=svc:200", many));
  EXPECT_FALSE(decide_last("T1 send request to=T2 code=200", many));
}

TEST(PlacesOfMemory, DecideAnIdThatASystemMayHaveAboveWhatItStates) {
  BackendInfo system;
  system.real_time = true;
  const std::string remove = "T1 cms remove_handle subject=cms service=";
  EXPECT_FALSE(decide_last(remove + "65535", system));
  system.task_limit = 32768;
  EXPECT_TRUE(decide_last(remove + "65535", system));
  EXPECT_TRUE(decide_last(remove + "4194303", system));
  EXPECT_FALSE(decide_last(remove + "4194304", system));
  EXPECT_FALSE(decide_last(remove + "127", system));
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
  EXPECT_TRUE(decide_last("P3 spawn T4 uid=0 gid=0\nT4 recv -> blocked\nT4 free=pool_start"));
}

TEST(PlacesOfMemory, DecideWhatAnotherProcessReceived) {
  EXPECT_TRUE(decide_last("T2 free=m1"));
  EXPECT_TRUE(decide_last("T1 free=data:m2"));
  EXPECT_TRUE(decide_last("P3 spawn T4 uid=0 gid=0\nT4 free=m1"));
  EXPECT_TRUE(decide_last("T2 get_version arg=data:m1"));
  EXPECT_FALSE(decide_last("T1 get_version arg=data:m1"));
  EXPECT_FALSE(decide_last("T1 free=m1"));
  EXPECT_FALSE(decide_last("T3 free=m1"));
  EXPECT_FALSE(decide_last("T2 send reply to=T1 time=m1"));
}

// A receive of m3 with that data, and what else lies in it.
std::string got(std::string_view data, std::string_view objects = "") {
  return "T1 recv -> 0 m3=request from=T1/P1 to=T1 uid=0 gid=0 time=t3 data=" + std::string(data) +
         std::string(objects) + "\n";
}

TEST(PlacesOfMemory, DecideWhatIsReadBeyondAMessagesData) {
  const std::string zeroes = "000000000000000000000000";  // a CMS command
  EXPECT_TRUE(decide_last("T1 recv arg=data:m1"));
  EXPECT_TRUE(decide_last("T1 cms remove_handle arg=data:m1"));
  EXPECT_FALSE(decide_last(got(zeroes) + "T1 cms remove_handle arg=data:m3"));
  EXPECT_TRUE(decide_last(got(zeroes.substr(2)) + "T1 cms remove_handle arg=data:m3"));
  EXPECT_TRUE(decide_last(got(zeroes) + "T1 recv arg=data:m3"));
  EXPECT_FALSE(decide_last(got(zeroes + "00000000") + "T1 recv arg=data:m3"));
  EXPECT_TRUE(decide_last(got(zeroes + "00000000") + "T1 recv arg=data:m3", DataModel::lp64));
  EXPECT_FALSE(decide_last("T1 recv arg=bad"));
}

TEST(PlacesOfMemory, DecideNumbersInAnArgument) {
  const std::string remove = "T1 cms remove_handle arg=data:m3";
  EXPECT_FALSE(decide_last(got("010000800000000000000000") + remove));
  EXPECT_TRUE(decide_last(got("000000000100000000000000") + remove));
  EXPECT_TRUE(decide_last(got("000000000000000000000001") + remove));
  EXPECT_FALSE(decide_last(got("000000000000000000000000ff") + remove));
}

TEST(PlacesOfMemory, DecideWhatObjectsHaveBecome) {
  const std::string zeroes = "00000000000000000000000000000000";
  EXPECT_TRUE(decide_last(got(zeroes, " obj@0=svc:T1") + "T1 cms add_access arg=data:m3"));
  EXPECT_FALSE(
      decide_last(got(zeroes + zeroes, " obj@12=svc:T1") + "T1 cms add_access arg=data:m3"));
}

TEST(PlacesOfMemory, DecideWhatIsReadInAFreedMessage) {
  const std::string zeroes = "00000000000000000000000000000000";
  EXPECT_TRUE(decide_last(got(zeroes) + "T1 free=m3\nT1 recv arg=data:m3"));
  EXPECT_FALSE(decide_last(got(zeroes) + "T1 free=interior:m3\nT1 recv arg=data:m3"));
}

TEST(PlacesOfMemory, DecideWhatLiesWhereAFreedMessageLay) {
  EXPECT_FALSE(decide_last("T1 free=m1\nT1 free=m1"));
  EXPECT_TRUE(decide_last("T1 free=m1\n" + got("00") + "T1 free=m1"));
  EXPECT_FALSE(decide_last("T2 free=m2\n" + got("00") + "T2 free=m2"));
  EXPECT_TRUE(decide_last("T3 recv -> blocked\nT1 free=m1\nT1 free=m1"));
  EXPECT_TRUE(
      decide_last("T1 send+free+recv request to=cms free=m1 -> 0 m3=reply from=T1/P1 to=T1 "
                  "uid=0 gid=0 time=t3\nT1 free=m1"));
}

TEST(PlacesOfMemory, DecideWhatWasReceivedBeforeAnExec) {
  const std::string exec = "T1 exec\nT1 open\nT1 mmap 65536 prot=read flags=private\n";
  EXPECT_TRUE(decide_last(exec + "T1 free=m1"));
  EXPECT_FALSE(decide_last(exec + got("00") + "T1 free=m3"));
  EXPECT_TRUE(decide_last(exec + "T1 get_version arg=data:m1"));
  EXPECT_FALSE(decide_last("T2 exec\nT1 free=m1"));
}

TEST(PlacesOfMemory, DecideAnExecThatMayGiveAThreadAnotherId) {
  BackendInfo system;
  system.real_time = true;
  EXPECT_TRUE(decide_last("T3 exec", system));
  EXPECT_FALSE(decide_last("T1 exec", system));
  EXPECT_FALSE(decide_last("T2 fork P3 T4\nT4 exec", system));
  EXPECT_FALSE(decide_last("T3 exec"));
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
