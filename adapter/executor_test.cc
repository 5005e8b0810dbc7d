// Programs on the reference, and on backends that tell nonsense: what comes back has names, reasons
// and defects, whatever the backend does.
#include "adapter/executor.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "adapter/abi.h"
#include "adapter/backends/reference_backend.h"
#include "adapter/case_text.h"
#include "adapter/forwarding_backend.h"

namespace touchstone {
namespace {

// T1 is the CMS, T2 may send to it.
const std::string two_processes =
    "case: test\n"
    "P1 spawn T1 uid=1 gid=2\nT1 open\nT1 mmap 65536 prot=read flags=private\nT1 set_cms 4096\n"
    "P2 spawn T2 uid=3 gid=4\nT2 open\nT2 mmap 65536 prot=read flags=private\n";

Program parse(const std::string& text) {
  auto program = parse_case(text);
  if (!program) {
    ADD_FAILURE() << to_string(program.error(), "text") << "\n" << text;
    return {};
  }
  return *std::move(program);
}

std::unique_ptr<Backend> reference(DataModel model = DataModel::ilp32) {
  return make_reference({.data_model = model});
}

// The outcomes of the last `count` steps, in words.
std::vector<std::string> last_outcomes(const std::string& text, Backend& backend,
                                       std::size_t count) {
  const Program program = parse(text);
  std::vector<std::string> words;
  for (const Outcome& outcome : execute(program, backend)) {
    words.push_back(print_outcome(outcome, program));
  }
  EXPECT_GE(words.size(), count);
  words.erase(words.begin(), words.end() - static_cast<std::ptrdiff_t>(count));
  return words;
}

std::string last_outcome(const std::string& text, Backend& backend) {
  return last_outcomes(text, backend, 1).front();
}

std::string last_outcome(const std::string& text) { return last_outcome(text, *reference()); }

// T1 gives the reply back before T2, whose it is, is asked what it received.
TEST(Executor, LooksAtAMessageBeforeAnotherTaskGivesItBack) {
  const std::string text =
      "case: test\n"
      "P1 spawn T1 uid=0 gid=0\nT1 open\nT1 mmap 65536 prot=read flags=private\nT1 set_cms 4096\n"
      "P1 thread T2\n"
      "T1 send request to=cms code=1\n"
      "T1 recv -> 0 m1=request to=cms code=1 from=T1/P1 uid=0 gid=0 time=t1\n"
      "T2 send+recv request to=cms code=2 -> blocked\n"
      "T1 recv -> 0 m2=request to=cms code=2 from=T2/P1 uid=0 gid=0 time=t2\n"
      "T1 free=m1\n"
      "T1 send+free reply to=T2 time=m2 code=3 free=m2\n"  // lies where m1 lay
      "T1 free=m1\n"
      "T1 send request to=cms code=4\n"  // and this lies there now
      "T2 poll -> 0 m3=reply to=T2 code=3 from=T1/P1 uid=0 gid=0 time=t2\n";
  const auto backend = reference();
  const std::vector<std::string> outcomes = last_outcomes(text, *backend, 3);
  EXPECT_EQ(outcomes[0], "0");
  EXPECT_EQ(outcomes[2], "0 m3=reply to=T2 code=3 from=T1/P1 uid=0 gid=0 time=t2");
}

TEST(Executor, LooksAtAMessageBeforeThePoolGoesWithTheOldImage) {
  const std::string text = two_processes +
                           "T1 recv -> blocked\n"
                           "T2 send request to=cms code=5\n"
                           "T1 exec\n"
                           "T1 poll -> 0 m1=request to=cms code=5 from=T2/P2 uid=3 gid=4 time=t1\n";
  EXPECT_EQ(last_outcome(text), "0 m1=request to=cms code=5 from=T2/P2 uid=3 gid=4 time=t1");
}

TEST(ExecutorNotRun, SaysThatTheTaskSleeps) {
  EXPECT_EQ(last_outcome(two_processes + "T1 recv -> blocked\nT1 get_version\n"),
            "not_run \"T1 sleeps in the kernel\"");
}

TEST(ExecutorNotRun, SaysThatTheTaskHasEnded) {
  EXPECT_EQ(last_outcome(two_processes + "T2 exit\nT2 get_version\n"), "not_run \"T2 has ended\"");
  EXPECT_EQ(last_outcome(two_processes + "P2 exit\nP2 thread T3\n"), "not_run \"P2 has ended\"");
  EXPECT_EQ(last_outcome(two_processes + "P2 exit\nT2 poll\n"), "not_run \"T2 has ended\"");
}

TEST(ExecutorNotRun, SaysThatTheTaskNeverCameToBe) {
  const std::string failed_fork = "inject alloc_failure after=0\nT2 fork P3 T3 -> ENOMEM\n";
  EXPECT_EQ(last_outcome(two_processes + failed_fork + "T3 open\n"), "not_run \"T3 was not made\"");
  EXPECT_EQ(last_outcome(two_processes + failed_fork + "P3 descriptors\n"),
            "not_run \"P3 was not made\"");
  EXPECT_EQ(last_outcome(two_processes + failed_fork + "T1 send request to=T3\n"),
            "not_run \"T3 was not made\"");
}

TEST(ExecutorNotRun, SaysThatTheTaskHasMadeNoCall) {
  EXPECT_EQ(last_outcome(two_processes + "T2 poll\n"), "not_run \"T2 has made no call\"");
}

TEST(ExecutorNotRun, SaysThatTheMessageWasNotReceived) {
  const std::string text =
      two_processes + "T1 msg flags=0 -> 0 m1=request to=cms from=T2/P2 uid=3 gid=4 time=t1\n";
  const std::string never = "not_run \"the message that the step names was not received\"";
  EXPECT_EQ(last_outcome(text + "T1 free=m1\n"), never);
  EXPECT_EQ(last_outcome(text + "T1 send reply to=T2 time=m1\n"), never);
  EXPECT_EQ(last_outcome(text + "T1 get_version arg=data:m1\n"), never);
}

TEST(ExecutorNotRun, SaysWhatIsMissingForTheAddressToFree) {
  EXPECT_EQ(last_outcome("case: a\nP1 spawn T1 uid=0 gid=0\nT1 open\nT1 free=pool_end\n"),
            "not_run \"the caller's process has no pool\"");
  EXPECT_EQ(last_outcome(two_processes + "T2 send request to=cms\n"
                                         "T1 recv -> 0 m1=request to=cms from=T2/P2 uid=3 gid=4 "
                                         "time=t1\nT1 free=ptr:m1:0\n"),
            "not_run \"the message has no such buffer\"");
}

TEST(ExecutorNotRun, LeavesNoDescriptorOpen) {
  const std::string text = two_processes +
                           "T1 send request to=cms\nT1 recv -> 0 m1=request to=cms "
                           "from=T1/P1 uid=1 gid=2 time=t1\n";
  const auto words = last_outcomes(
      text + "T1 send+free request to=cms obj@0=fd:F1 free=ptr:m1:0\nP1 descriptors\n",
      *reference(), 2);
  EXPECT_EQ(words[0], "not_run \"the message has no such buffer\"");
  EXPECT_EQ(words[1], "0");
}

class Poorer : public ForwardingBackend {
 public:
  explicit Poorer(std::uint32_t capabilities)
      : ForwardingBackend(reference()), info_(inner().info()) {
    info_.capabilities = capabilities;
  }
  const BackendInfo& info() const override { return info_; }

 private:
  BackendInfo info_;
};

TEST(ExecutorNotRun, SaysWhatTheBackendCannotDo) {
  const auto run = [](const std::string& step) {
    Poorer backend(0);
    return last_outcome(two_processes + step + "\n", backend);
  };
  EXPECT_EQ(run("T2 fork P3 T3"), "not_run \"the backend cannot fork\"");
  EXPECT_EQ(run("T2 exec"), "not_run \"the backend has no exec\"");
  EXPECT_EQ(run("advance 1ms"), "not_run \"the backend has no virtual time\"");
  EXPECT_EQ(run("inject alloc_failure after=0"), "not_run \"the backend has no alloc-fault\"");
  EXPECT_EQ(run("P1 descriptors"), "not_run \"the backend has no fd-count\"");
  EXPECT_EQ(run("T2 send request to=cms obj@0=fd:F1"),
            "not_run \"F1 was not received, or cannot be opened\"");
}

TEST(Executor, GivesTheMessageTheNameThatIsExpected) {
  const Program program = parse(
      two_processes +
      "T2 send request to=cms token=5 cookie=6 code=7 flag=oneway data=aabb\n"
      "T1 recv -> 0 hello=request to=cms token=5 cookie=6 code=7 flag=oneway from=T2/P2 uid=3 "
      "gid=4 time=t1 data=aabb\n"
      "T1 free=hello\n");
  const auto backend = reference();
  const std::vector<Outcome> outcomes = execute(program, *backend);
  EXPECT_EQ(print_outcome(outcomes[8], program),
            "0 hello=request to=cms token=5 cookie=6 code=7 flag=oneway from=T2/P2 uid=3 gid=4 "
            "time=t1 data=aabb");
  EXPECT_TRUE(same_outcome(outcomes[8], program.steps[8].expected[0]));
  EXPECT_EQ(print_outcome(outcomes[9], program), "0");
}

TEST(Executor, GivesAMessageWithoutANameNone) {
  EXPECT_EQ(last_outcome(two_processes + "T2 send request to=cms\nT1 recv\n"),
            "0 _=request to=cms from=T2/P2 uid=3 gid=4 time=t1");
}

// The flags are then those that lie in the data, and inMsg cannot be written there.
TEST(Executor, TakesNoMessageFromAnArgumentInReceivedData) {
  EXPECT_EQ(
      last_outcome(two_processes + "T1 send request to=cms data=0000000000000000\n"
                                   "T1 recv -> 0 m1=request to=cms from=T1/P1 uid=1 gid=2 time=t1 "
                                   "data=0000000000000000\n"
                                   "T1 recv arg=data:m1\n"),
      "0");
}

TEST(Executor, AnswersAPollTheSameEachTime) {
  const std::string call =
      two_processes +
      "T2 send+recv request to=cms -> blocked\n"
      "T1 recv -> 0 m1=request to=cms from=T2/P2 uid=3 gid=4 time=t1\n"
      "T1 send+free reply to=T2 time=m1 code=9 obj@0=fd:F1 free=m1\n"
      "T2 poll -> 0 m2=reply to=T2 code=9 from=T1/P1 uid=1 gid=2 time=t1 obj@0=fd:F101\n"
      "T2 poll -> 0 m2=reply to=T2 code=9 from=T1/P1 uid=1 gid=2 time=t1 obj@0=fd:F101\n"
      "T2 free=m2\n";
  const auto words = last_outcomes(call, *reference(), 3);
  EXPECT_EQ(words[0], words[1]);
  EXPECT_EQ(words[2], "0");
}

TEST(Executor, NamesDescriptorsAndTheFilesTheyAre) {
  const std::string text = two_processes +
                           "T2 send request to=cms obj@0=fd:F1 obj@16=fd:F2\n"
                           "T1 recv\n"
                           "P1 descriptors\n"
                           "P2 descriptors\n";
  const auto words = last_outcomes(text, *reference(), 3);
  EXPECT_EQ(words[0], "0 _=request to=cms from=T2/P2 uid=3 gid=4 time=t1 data=" +
                          std::string(64, '0') + " obj@0=fd:F101/of=P2.F1 obj@16=fd:F102/of=P2.F2");
  EXPECT_EQ(words[1], "2");
  EXPECT_EQ(words[2], "2");
}

TEST(Executor, KeepsTheDescriptorNamesOfEachProcessApart) {
  const std::string text = two_processes +
                           "T1 send request to=cms obj@0=fd:F1\n"
                           "T2 send request to=cms obj@0=fd:F1\n"
                           "T2 send request to=cms obj@0=fd:F1\n"
                           "P1 descriptors\n"
                           "P2 descriptors\n";
  const auto words = last_outcomes(text, *reference(), 2);
  EXPECT_EQ(words[0], "4");
  EXPECT_EQ(words[1], "1");
}

// One object with a byte before it and three after it.
const std::string object_between_bytes =
    two_processes +
    "T2 send request to=cms data=a100000000000000000000000000000000b2b3b4 obj@1=ptr:cafe\n"
    "T1 recv\n";

TEST(Executor, LaysACaseForAnyModelOutAnew) {
  const std::string expected =
      "0 _=request to=cms from=T2/P2 uid=3 gid=4 time=t1 "
      "data=a100000000000000000000000000000000b2b3b4 obj@1=ptr:cafe";
  EXPECT_EQ(last_outcome(object_between_bytes), expected);
  EXPECT_EQ(last_outcome(object_between_bytes, *reference(DataModel::lp64)), expected);
}

TEST(Executor, TakesACaseForLp64AsItIs) {
  std::string text = object_between_bytes;
  text.insert(text.find('\n') + 1, "abi: lp64\n");
  EXPECT_EQ(last_outcome(text, *reference(DataModel::lp64)),
            "0 _=request to=cms from=T2/P2 uid=3 gid=4 time=t1 data=a1" + std::string(48, '0') +
                " obj@1=ptr:cafe");
}

// What is written where, in the argument and in the message that the call gave.
class Corrupting : public ForwardingBackend {
 public:
  using Corrupt = std::function<void(std::span<std::byte>)>;

  // Bytes are corrupted as they are read if there are `bytes` of them.
  Corrupting(std::size_t bytes, Corrupt corrupt)
      : ForwardingBackend(reference()), bytes_(bytes), corrupt_(std::move(corrupt)) {}

  bool read(std::uint32_t task, std::uint64_t address, std::span<std::byte> bytes) override {
    if (!inner().read(task, address, bytes)) return false;
    if (bytes.size() == bytes_) corrupt_(bytes);
    return true;
  }

 private:
  std::size_t bytes_;
  Corrupt corrupt_;
};

// 20 bytes of data with a buffer of 5 bytes and a single offset: no two parts have the same size.
const std::string with_buffer = two_processes +
                                "T2 send request to=cms data=" + std::string(40, '0') +
                                " obj@0=ptr:0102030405\n"
                                "T1 recv\n";
constexpr std::size_t in_message_bytes = 4;  // also those of the array of offsets
constexpr std::size_t header_bytes = 64;
constexpr std::size_t data_bytes = 20;

std::string defects_of(std::size_t bytes, const Corrupting::Corrupt& corrupt) {
  Corrupting backend(bytes, corrupt);
  const std::string words = last_outcome(with_buffer, backend);
  const std::size_t at = words.find("defect=");
  return at == std::string::npos ? "none" : words.substr(at);
}

// Corrupts the field of the header at `at`.
std::string defects_with_header(std::size_t at, std::uint32_t value) {
  return defects_of(header_bytes, [=](std::span<std::byte> bytes) { store_u32(bytes, at, value); });
}

TEST(ExecutorDefects, AreNoneInWhatIsRight) {
  EXPECT_EQ(defects_of(header_bytes, [](std::span<std::byte>) {}), "none");
}

TEST(ExecutorDefects, NameAnAddressOutsideThePool) {
  for (const std::uint32_t address : {0u, 1u, 0x01000000u, 0x1fffffffu, 0xffffffffu}) {
    EXPECT_EQ(defects_of(in_message_bytes,
                         [=](std::span<std::byte> bytes) { store_u32(bytes, 0, address); }),
              "defect=RCV-17 \"the message does not lie in the receiver's pool\"");
  }
}

TEST(ExecutorDefects, NameAMessageThatReachesPastThePool) {
  const auto move_to_end = [](std::span<std::byte> bytes) {
    store_u32(bytes, 0, (load_u32(bytes, 0) & 0xfff00000) + 65536 - 63);
  };
  EXPECT_EQ(defects_of(in_message_bytes, move_to_end),
            "defect=RCV-17 \"the message does not lie in the receiver's pool\"");
}

TEST(ExecutorDefects, NameDataThatDoesNotFit) {
  EXPECT_EQ(defects_with_header(32, 0xffffffff),
            "defect=RCV-17 \"the size of the data is more than the receiver's pool\"");
  EXPECT_EQ(defects_with_header(32, 65536),
            "defect=RCV-17 \"the data does not lie in the receiver's pool\"");
  EXPECT_EQ(defects_with_header(36, 0),
            "defect=RCV-17 \"the data does not lie in the receiver's pool\"");
  EXPECT_EQ(defects_with_header(32, 0),
            "defect=RCV-15 \"the data pointer is not null though the size is 0\" "
            "defect=RCV-17 \"the objects do not fit into the data\"");
}

TEST(ExecutorDefects, NameObjectsThatDoNotFit) {
  EXPECT_EQ(defects_with_header(40, 2), "defect=RCV-17 \"the objects do not fit into the data\"");
  EXPECT_EQ(defects_with_header(40, 0xffffffff),
            "defect=RCV-17 \"the objects do not fit into the data\"");
  EXPECT_EQ(defects_with_header(40, 0),
            "defect=RCV-15 \"the offsets pointer is not null though the count is 0\"");
  EXPECT_EQ(defects_with_header(44, 0x1000),
            "defect=RCV-17 \"the array of offsets does not lie in the receiver's pool\"");
}

TEST(ExecutorDefects, NameAnOffsetThatDoesNotFit) {
  // The first four bytes read are inMsg, the next four the array of offsets.
  int reads = 0;
  const auto corrupt_offset = [&reads](std::span<std::byte> bytes) {
    if (++reads == 2) store_u32(bytes, 0, 5);
  };
  EXPECT_EQ(defects_of(in_message_bytes, corrupt_offset),
            "defect=RCV-17 \"an object does not fit into the data, or overlaps the one before\"");
}

TEST(ExecutorDefects, NameAnUnknownObject) {
  EXPECT_EQ(defects_of(data_bytes, [](std::span<std::byte> bytes) { store_u32(bytes, 0, 3); }),
            "defect=OBJ-6 \"an object of an unknown type was delivered\"");
}

TEST(ExecutorDefects, NameABufferThatDoesNotFit) {
  const auto corrupt = [](std::size_t at, std::uint32_t value) {
    return defects_of(data_bytes, [=](std::span<std::byte> bytes) { store_u32(bytes, at, value); });
  };
  EXPECT_EQ(corrupt(4, 0xffffffff),
            "defect=RCV-17 \"a buffer is larger than the receiver's pool\"");
  EXPECT_EQ(corrupt(4, 65536), "defect=RCV-17 \"a buffer does not lie in the receiver's pool\"");
  EXPECT_EQ(corrupt(8, 0), "defect=RCV-17 \"a buffer does not lie in the receiver's pool\"");
}

TEST(ExecutorDefects, NameADescriptorThatIsNoneOfTheReceivers) {
  const auto corrupt = [](std::uint32_t descriptor) {
    return defects_of(data_bytes, [=](std::span<std::byte> bytes) {
      store_u32(bytes, 0, 0);
      store_u32(bytes, 4, descriptor);
    });
  };
  EXPECT_EQ(corrupt(77), "defect=OBJ-8 \"the received descriptor is not open\"");
  EXPECT_EQ(corrupt(2), "defect=LIM-9 \"the received descriptor's number is below 3\"");
}

class Unreadable : public ForwardingBackend {
 public:
  Unreadable() : ForwardingBackend(reference()) {}
  bool read(std::uint32_t, std::uint64_t, std::span<std::byte>) override { return false; }
};

TEST(ExecutorDefects, NameAnArgumentThatCannotBeReadBack) {
  Unreadable backend;
  EXPECT_NE(last_outcome(with_buffer, backend)
                .find("defect=RCV-17 \"the argument cannot be read after the call\""),
            std::string::npos);
}

class Answering : public ForwardingBackend {
 public:
  explicit Answering(std::int64_t value) : ForwardingBackend(reference()), value_(value) {}
  Completion ioctl(std::uint32_t, std::uint64_t, std::uint64_t) override {
    return {false, value_, ""};
  }

 private:
  std::int64_t value_;
};

TEST(Executor, HandsUnknownAnswersOn) {
  const auto answer = [](std::int64_t value, const std::string& step) {
    Answering backend(value);
    return last_outcome(two_processes + step + "\n", backend);
  };
  EXPECT_EQ(answer(-999, "T1 recv"), "E999");
  EXPECT_EQ(answer(17, "T1 recv"), "17");
  EXPECT_EQ(answer(4711, "T1 set_ipc_thread"), "4711");
  EXPECT_EQ(answer(-1, "T1 get_version"), "EPERM");
}

TEST(Executor, NamesTheTaskThatACallHasGivenAlsoWhenItIsAskedForAgain) {
  const std::string setup = two_processes + "T1 set_cms 1024\nT1 set_ipc_thread\n";
  EXPECT_EQ(last_outcome(setup + "T1 poll\n", *reference()), "T1");
  EXPECT_EQ(last_outcome(setup + "T1 get_version\nT1 poll\n", *reference()), "0");
}

TEST(Executor, TakesAReceiveThatGaveNothingAsAMessageThatIsNowhere) {
  Answering backend(0);
  EXPECT_NE(last_outcome(two_processes + "T1 recv\n", backend).find("defect=RCV-17"),
            std::string::npos);
}

}  // namespace
}  // namespace touchstone
