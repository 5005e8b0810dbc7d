#include "adapter/program_bytes.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "adapter/backends/reference_backend.h"
#include "adapter/case_text.h"
#include "adapter/executor.h"

namespace touchstone {
namespace {

std::vector<std::byte> bytes_from(std::initializer_list<unsigned> values) {
  std::vector<std::byte> bytes;
  for (const unsigned value : values) bytes.push_back(static_cast<std::byte>(value));
  return bytes;
}

Program parsed(const std::string& text) {
  auto program = parse_case(text);
  EXPECT_TRUE(program) << (program ? "" : to_string(program.error(), "text"));
  return program ? *std::move(program) : Program{};
}

std::vector<Program> golden_programs() {
  std::vector<Program> programs;
  const auto folder =
      std::filesystem::path(TOUCHSTONE_SOURCE_DIR) / "corpora" / "golden" / "kernel";
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.path().extension() != ".case") continue;
    std::ifstream file(entry.path(), std::ios::binary);
    programs.push_back(parsed({std::istreambuf_iterator<char>(file), {}}));
  }
  return programs;
}

// What each step came to, but for names.
std::string answers_of(const Program& program) {
  const DataModel model = program.header.abi == CaseAbi::lp64 ? DataModel::lp64 : DataModel::ilp32;
  const auto reference = make_reference({.data_model = model});
  std::string answers;
  for (const Outcome& outcome : execute(program, *reference)) {
    answers += std::to_string(std::to_underlying(outcome.kind)) + ":" +
               std::to_string(outcome.value) + ":" + outcome.clause + ":" +
               std::to_string(outcome.message.type) + ":" +
               std::to_string(outcome.message.data.size()) + ":" +
               std::to_string(outcome.message.objects.size()) + "\n";
  }
  return answers;
}

TEST(ProgramBytes, OfNothingAreAProgramWithoutSteps) {
  EXPECT_TRUE(decode_program({}).steps.empty());
  EXPECT_EQ(encode_program(decode_program({})), bytes_from({0, 0}));
}

TEST(ProgramBytes, OfAnyKindAreAProgramThatCanBeWrittenAgain) {
  std::uint64_t state = 1;
  std::size_t steps = 0;
  for (int input = 0; input < 3000; ++input) {
    std::vector<std::byte> bytes = bytes_from({0, 0, 0, 2, 0, 0});  // with a task
    for (int i = 0; i < input % 400; ++i) {
      state = state * 6364136223846793005 + 1442695040888963407;
      // Small numbers are kinds and lengths that mean something.
      bytes.push_back(static_cast<std::byte>((state >> 33) % ((state >> 60) < 8 ? 20 : 256)));
    }
    const Program program = decode_program(bytes);
    const auto written = encode_program(program);
    const Program again = decode_program(written);
    ASSERT_EQ(again.steps.size(), program.steps.size());
    for (std::size_t i = 0; i < program.steps.size(); ++i) {
      ASSERT_EQ(again.steps[i].operation, program.steps[i].operation);
    }
    ASSERT_EQ(encode_program(again), written);
    steps += program.steps.size();
  }
  EXPECT_GT(steps, 10000u);  // or nothing was tried
}

TEST(ProgramBytes, KeepEveryGoldenCase) {
  std::size_t count = 0;
  for (const Program& program : golden_programs()) {
    const auto bytes = encode_program(program);
    const Program decoded = decode_program(bytes);
    ASSERT_EQ(decoded.steps.size(), program.steps.size()) << program.header.name;
    EXPECT_EQ(decoded.header.abi, program.header.abi) << program.header.name;
    EXPECT_EQ(answers_of(decoded), answers_of(program)) << program.header.name;
    EXPECT_EQ(encode_program(decoded), bytes) << program.header.name;
    ++count;
  }
  EXPECT_EQ(count, 688u);
}

TEST(ProgramBytes, GiveBackEveryFieldOfACallWithCountedNames) {
  const Program program = parsed(
      "case: fields\nabi: lp64\nids: reused\n"
      "P1 spawn T1 uid=7 gid=300 -> 0\n"
      "T1 open -> 0\n"
      "T1 mmap 65537 prot=read,write flags=shared -> 0\n"
      "T1 recv -> 0 m1=request to=T1 from=T1/P1 uid=0 gid=0 time=t1\n"
      "T1 send+free+recv reply to=T1 token=1 cookie=2 code=70000 flag=oneway time=m1 data=0102"
      " obj@8=fd:F3 obj@24=ptr:0a0b/size=77 obj@40=svc:self/token=5/cookie=6 obj@56=type:9"
      " data_size=128 object_count=3 offsets=8,24,300 free=ptr:m1:2 arg=data:m1"
      " -> 0 m2=reply to=T1 from=T1/P1 uid=0 gid=0 time=t1\n"
      "T1 msg flags=4294967295 free=1073741824 out=kernel\n"
      "T1 cms add_access subject=T1 service=cms arg=bad\n"
      "T1 ioctl cmd=0xffffffffc0106904 arg=18446744073709551615\n"
      "T1 send type=99 to=5 data=bad offsets=null time=18446744073709551615\n"
      "advance 5000ms\n"
      "inject alloc_failure after=3\n");
  const Program decoded = decode_program(encode_program(program));
  ASSERT_EQ(decoded.steps.size(), program.steps.size());
  for (std::size_t i = 0; i < program.steps.size(); ++i) {
    EXPECT_EQ(decoded.steps[i].operation, program.steps[i].operation)
        << print_operation(decoded.steps[i].operation, decoded);
  }
  EXPECT_EQ(decoded.header.abi, CaseAbi::lp64);
  EXPECT_TRUE(decoded.header.ids_reused);
}

TEST(ProgramBytes, ChangeOneStepWhereAByteOfItChanges) {
  const Program program =
      parsed("case: steps\nP1 spawn T1 uid=1 gid=2 -> 0\nT1 open -> 0\nT1 set_cms 4096 -> 0\n");
  auto bytes = encode_program(program);
  // Header 2, spawn 2 + 2, open 2 + 1, then the record of set_cms: kind, length, caller, size.
  const std::size_t size_at = 2 + 4 + 3 + 3;
  bytes[size_at] ^= std::byte{1};
  const Program changed = decode_program(bytes);
  ASSERT_EQ(changed.steps.size(), 3u);
  EXPECT_EQ(changed.steps[0].operation, program.steps[0].operation);
  EXPECT_EQ(changed.steps[1].operation, program.steps[1].operation);
  EXPECT_EQ(std::get<SetCms>(changed.steps[2].operation).message_bytes_max, 4097u);
}

TEST(ProgramBytes, NeverAskForMoreThanTheyHold) {
  // A send of a message with a length of data that is not there: it is cut to the limit, zeroes.
  const auto bytes =
      bytes_from({0,  0,    0,   2,   0, 0,  // spawn
                  15, 255,  255, 255, 1,     // a long record
                  0,  0x11, 0,   0,   0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0x7f});
  const Program program = decode_program(bytes);
  ASSERT_EQ(program.steps.size(), 2u);
  const auto& call = std::get<SendReceive>(program.steps[1].operation);
  ASSERT_TRUE(call.message);
  EXPECT_EQ(call.message->data.size(), message_bytes_max);
}

TEST(ProgramBytes, EndAtTheGreatestNumberOfSteps) {
  std::vector<std::byte> bytes = bytes_from({0, 0});
  for (std::size_t i = 0; i < program_steps_max + 10; ++i) {
    for (const std::byte byte : bytes_from({0, 0})) bytes.push_back(byte);
  }
  EXPECT_EQ(decode_program(bytes).steps.size(), program_steps_max);
}

}  // namespace
}  // namespace touchstone
