#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "adapter/case_text.h"

namespace touchstone {
namespace {

using Kind = Outcome::Kind;

// A task T1 of P1 that holds message m1, the received descriptor F101, and a task T2 beside it.
constexpr std::string_view beginning =
    "case: x\n"
    "P1 spawn T1 uid=0 gid=0 -> 0\n"
    "P1 thread T2\n"
    "T1 recv -> 0 m1=request to=T1 from=T2/P1 uid=0 gid=0 time=t1 obj@0=fd:F101\n";

Program parse(const std::string& text) {
  auto program = parse_case(text);
  if (!program) {
    ADD_FAILURE() << to_string(program.error(), "text") << "\n" << text;
    return {};
  }
  return *std::move(program);
}

// The last step of a case that begins as above.
Step step_of(std::string_view line) {
  const Program program = parse(std::string(beginning).append(line));
  return program.steps.empty() ? Step{} : program.steps.back();
}

template <typename T>
T operation_of(std::string_view line) {
  const Step step = step_of(line);
  const T* const operation = std::get_if<T>(&step.operation);
  EXPECT_NE(operation, nullptr) << line;
  return operation == nullptr ? T{} : *operation;
}

Outcome outcome_of(const std::string& words) {
  const Step step = step_of("T1 recv -> " + words);
  EXPECT_EQ(step.expected.size(), 1u) << words;
  return step.expected.empty() ? Outcome{} : step.expected.front();
}

std::vector<std::byte> bytes(std::initializer_list<int> values) {
  std::vector<std::byte> bytes;
  for (const int value : values) bytes.push_back(static_cast<std::byte>(value));
  return bytes;
}

constexpr TaskName t1{1};
constexpr TaskName t2{2};
constexpr MessageName m1{0};

TEST(CaseParser, ReadsEveryHeaderLine) {
  const CaseHeader header = parse(
                                "case: name\ntitle: a title: with colon  # not this\n"
                                "clauses: MSG-1, RCV-2,SND-3\nclass: quirk\nabi: lp64\n"
                                "limits: tasks=4 processes=2 page=64\nneeds: fork fd-count\n"
                                "quirk: Q2 Q9\nbug: 3.1\nids: reused\nadvance 1ms\n")
                                .header;
  EXPECT_EQ(header.name, "name");
  EXPECT_EQ(header.title, "a title: with colon");
  EXPECT_EQ(header.clauses, (std::vector<std::string>{"MSG-1", "RCV-2", "SND-3"}));
  EXPECT_EQ(header.case_class, CaseClass::quirk);
  EXPECT_EQ(header.abi, CaseAbi::lp64);
  EXPECT_EQ(header.limits, "tasks=4 processes=2 page=64");
  EXPECT_EQ(header.needs, (std::vector<std::string>{"fork", "fd-count"}));
  EXPECT_EQ(header.quirks, (std::vector<std::string>{"Q2", "Q9"}));
  EXPECT_EQ(header.bugs, (std::vector<std::string>{"3.1"}));
  EXPECT_TRUE(header.ids_reused);
}

TEST(CaseParser, TakesContractAndAnyAbiWhereTheHeaderIsSilent) {
  const CaseHeader header = parse("case: x\nadvance 1ms").header;
  EXPECT_EQ(header.case_class, CaseClass::contract);
  EXPECT_EQ(header.abi, CaseAbi::any);
  EXPECT_FALSE(header.ids_reused);
}

TEST(CaseParser, CountsLinesOverCommentsAndBlankLines) {
  const Program program = parse("# c\n\ncase: x # c\r\n\t\nadvance 1ms # c\n  # c\nadvance\t2ms");
  ASSERT_EQ(program.steps.size(), 2u);
  EXPECT_EQ(program.steps[0].line, 5u);
  EXPECT_EQ(program.steps[1].line, 7u);
}

TEST(CaseParser, ReadsStepsOfProcessesTasksAndTime) {
  EXPECT_EQ(operation_of<Spawn>("P2 spawn T3 uid=7 gid=0xffffffff"),
            (Spawn{ProcessName{2}, TaskName{3}, 7, 0xffffffff}));
  EXPECT_EQ(operation_of<Fork>("T1 fork P2 T3"), (Fork{t1, ProcessName{2}, TaskName{3}}));
  EXPECT_EQ(operation_of<CreateThread>("P1 thread T3"),
            (CreateThread{ProcessName{1}, TaskName{3}}));
  EXPECT_EQ(operation_of<ExitTask>("T2 exit"), ExitTask{t2});
  EXPECT_EQ(operation_of<ExitProcess>("P1 exit"), ExitProcess{ProcessName{1}});
  EXPECT_EQ(operation_of<Exec>("T2 exec"), Exec{t2});
  EXPECT_EQ(operation_of<Poll>("T2 poll"), Poll{t2});
  EXPECT_EQ(operation_of<CountDescriptors>("P1 descriptors -> 2"),
            CountDescriptors{ProcessName{1}});
  EXPECT_EQ(operation_of<Advance>("advance 4901ms"), Advance{4901});
  EXPECT_EQ(operation_of<InjectAllocFailure>("inject alloc_failure after=3"),
            InjectAllocFailure{3});
}

TEST(CaseParser, ReadsDeviceSteps) {
  EXPECT_EQ(operation_of<Open>("T1 open"), Open{t1});
  EXPECT_EQ(operation_of<Close>("T1 close"), Close{t1});
  EXPECT_EQ(operation_of<Munmap>("T1 munmap"), Munmap{t1});
  EXPECT_EQ(operation_of<Mmap>("T1 mmap 65536 prot=read,exec flags=shared,private"),
            (Mmap{t1, 65536, protection_read | protection_exec, map_shared | map_private}));
  EXPECT_EQ(operation_of<Mmap>("T1 mmap 0xffffffffffffffff prot=none flags=none"),
            (Mmap{t1, 0xffffffffffffffff, 0, 0}));
  EXPECT_EQ(operation_of<SetCms>("T1 set_cms 4096"), (SetCms{t1, 4096}));
  EXPECT_EQ(operation_of<SetIpcThread>("T1 set_ipc_thread"), SetIpcThread{t1});
  EXPECT_EQ(operation_of<GetVersion>("T1 get_version arg=bad"),
            (GetVersion{t1, {.pointer = Pointer::bad}}));
  EXPECT_EQ(operation_of<RawIoctl>("T1 ioctl cmd=0x6900 arg=12"), (RawIoctl{t1, 0x6900, 12}));
}

TEST(CaseParser, ReadsCmsCommands) {
  const TaskValue task2{TaskValue::Kind::task, 2};
  EXPECT_EQ(operation_of<CmsCommand>("T1 cms add_access subject=T2 service=9"),
            (CmsCommand{t1, cms_add_access, task2, {TaskValue::Kind::number, 9}, {}}));
  EXPECT_EQ(operation_of<CmsCommand>("T1 cms gen_handle subject=T2 arg=kernel"),
            (CmsCommand{t1, cms_gen_handle, task2, {}, {.pointer = Pointer::kernel}}));
  EXPECT_EQ(operation_of<CmsCommand>("T1 cms 77 arg=data:m1"),
            (CmsCommand{t1, 77, {}, {}, {.pointer = Pointer::received_data, .message = m1}}));
}

TEST(CaseParser, ReadsEveryWordOfAMessageToSend) {
  const SendReceive step = operation_of<SendReceive>(
      "T1 send+recv failed_reply to=T2 token=1 cookie=2 code=3 flag=oneway time=m1 data=00fF "
      "data_size=9 object_count=4 offsets=0,16");
  EXPECT_EQ(step.flags, flag_send | flag_receive);
  EXPECT_FALSE(step.flags_are_raw);
  ASSERT_TRUE(step.message.has_value());
  OutgoingMessage expected;
  expected.type = static_cast<std::uint32_t>(MessageType::failed_reply);
  expected.to = {TaskValue::Kind::task, 2};
  expected.token = 1;
  expected.cookie = 2;
  expected.code = 3;
  expected.flag = 1;
  expected.time = {.kind = TimeValue::Kind::message, .message = m1};
  expected.data = bytes({0, 0xff});
  expected.data_size = 9;
  expected.object_count = 4;
  expected.offsets = {0, 16};
  EXPECT_EQ(*step.message, expected);
}

TEST(CaseParser, ReadsPointersOfAMessageToSend) {
  const SendReceive step = operation_of<SendReceive>(
      "T1 send type=9 to=cms time=5 data=bad offsets=null out=kernel arg=data:m1");
  ASSERT_TRUE(step.message.has_value());
  EXPECT_EQ(step.message->type, 9u);
  EXPECT_EQ(step.message->to.kind, TaskValue::Kind::cms);
  EXPECT_EQ(step.message->time.number, 5u);
  EXPECT_EQ(step.message->data_pointer, Pointer::bad);
  EXPECT_EQ(step.message->offsets_pointer, Pointer::null);
  EXPECT_EQ(step.out, Pointer::kernel);
  EXPECT_EQ(step.argument.pointer, Pointer::received_data);
  EXPECT_EQ(operation_of<SendReceive>("T1 send out=null").message, std::nullopt);
}

TEST(CaseParser, ReadsObjectsToSendInTheOrderOfTheirWords) {
  const SendReceive step = operation_of<SendReceive>(
      "T1 send request to=120 obj@32=fd:F101 obj@0=fd:99 obj@4=ptr:0102/size=7 obj@8=ptr:bad "
      "obj@8=svc:self/token=3/cookie=4 obj@9=type:7");
  ASSERT_TRUE(step.message.has_value());
  const std::vector<OutgoingObject>& objects = step.message->objects;
  ASSERT_EQ(objects.size(), 6u);
  EXPECT_EQ(objects[0].offset, 32u);
  EXPECT_TRUE(objects[0].descriptor_is_name);
  EXPECT_EQ(objects[0].descriptor, 101u);
  EXPECT_FALSE(objects[1].descriptor_is_name);
  EXPECT_EQ(objects[1].descriptor, 99u);
  EXPECT_EQ(objects[2].bytes, bytes({1, 2}));
  EXPECT_EQ(objects[2].stated_size, 7u);
  EXPECT_EQ(objects[3].pointer, Pointer::bad);
  EXPECT_EQ(objects[3].stated_size, std::nullopt);
  EXPECT_EQ(objects[4].handle.kind, TaskValue::Kind::self);
  EXPECT_EQ(objects[4].token, 3u);
  EXPECT_EQ(objects[4].cookie, 4u);
  EXPECT_EQ(objects[5].kind, ObjectKind::other);
  EXPECT_EQ(objects[5].type, 7u);
}

TEST(CaseParser, ReadsEveryTargetOfAFree) {
  using Free = FreeTarget::Kind;
  const auto target = [](const std::string& what) {
    return operation_of<SendReceive>("T1 free=" + what).free;
  };
  EXPECT_EQ(target("m1"), (FreeTarget{.kind = Free::message, .message = m1}));
  EXPECT_EQ(target("ptr:m1:2"), (FreeTarget{.kind = Free::ptr, .message = m1, .index = 2}));
  EXPECT_EQ(target("interior:m1"), (FreeTarget{.kind = Free::interior, .message = m1}));
  EXPECT_EQ(target("data:m1"), (FreeTarget{.kind = Free::data, .message = m1}));
  EXPECT_EQ(target("null"), FreeTarget{.kind = Free::null});
  EXPECT_EQ(target("outside"), FreeTarget{.kind = Free::outside});
  EXPECT_EQ(target("pool_start"), FreeTarget{.kind = Free::pool_start});
  EXPECT_EQ(target("pool_end"), FreeTarget{.kind = Free::pool_end});
  EXPECT_EQ(target("past_end"), FreeTarget{.kind = Free::past_end});
  EXPECT_EQ(target("0x1000"), (FreeTarget{.kind = Free::address, .address = 0x1000}));
}

TEST(CaseParser, KeepsFlagsApartFromThePointersBesideThem) {
  EXPECT_EQ(operation_of<SendReceive>("T1 free=m1").flags, flag_buffer_free);
  const SendReceive receive = operation_of<SendReceive>("T1 recv free=m1");
  EXPECT_EQ(receive.flags, flag_receive);
  EXPECT_EQ(receive.free.kind, FreeTarget::Kind::message);
  const SendReceive raw = operation_of<SendReceive>("T1 msg flags=12 request to=cms");
  EXPECT_EQ(raw.flags, 12u);
  EXPECT_TRUE(raw.flags_are_raw);
  EXPECT_EQ(operation_of<SendReceive>("T1 free").free.kind, FreeTarget::Kind::none);
}

TEST(CaseParser, ReadsEveryKindOfOutcome) {
  EXPECT_EQ(outcome_of("0x10").value, 16);
  EXPECT_EQ(outcome_of("-9223372036854775808").value, INT64_MIN);
  EXPECT_EQ(outcome_of("EINVAL").value, 22);
  EXPECT_EQ(outcome_of("E999").kind, Kind::error);
  EXPECT_EQ(outcome_of("E999").value, 999);
  EXPECT_EQ(outcome_of("blocked").kind, Kind::blocked);
  EXPECT_EQ(outcome_of("crash").kind, Kind::crash);
  EXPECT_EQ(outcome_of("hang").kind, Kind::hang);
  EXPECT_EQ(outcome_of("T2").task, (TaskValue{TaskValue::Kind::task, 2}));
  EXPECT_EQ(outcome_of("0 service=T2").kind, Kind::service);
  EXPECT_EQ(outcome_of("0 service=5").task, (TaskValue{TaskValue::Kind::number, 5}));
  EXPECT_EQ(outcome_of("0 version=2").kind, Kind::version);
  EXPECT_EQ(outcome_of("0 version=2").value, 2);
  EXPECT_EQ(outcome_of("not_run \"T2 # sleeps\"").reason, "T2 # sleeps");
  EXPECT_EQ(outcome_of("lost \"a\\\"\\\\\\n\\x07\"").reason, "a\"\\\n\x07");
}

TEST(CaseParser, ReadsEveryWordOfAReceivedMessage) {
  const Outcome outcome = outcome_of(
      "0 m2=death_notify to=cms token=T2 cookie=1 code=2 flag=7 from=T2/P1 uid=3 gid=4 time=t9 "
      "data=0000 obj@0=fd:F102/of=P1.F101 obj@4=ptr:ab obj@8=svc:T2/cookie=5 obj@9=type:6 "
      "defect=RCV-15 \"data is not null\"");
  ASSERT_EQ(outcome.kind, Kind::message);
  const ReceivedMessage& message = outcome.message;
  EXPECT_EQ(message.name, MessageName{1});
  EXPECT_EQ(message.type, static_cast<std::uint32_t>(MessageType::death_notify));
  EXPECT_EQ(message.to.kind, TaskValue::Kind::cms);
  EXPECT_EQ(message.token, (TaskValue{TaskValue::Kind::task, 2}));
  EXPECT_EQ(message.flag, 7u);
  EXPECT_EQ(message.from_task, (TaskValue{TaskValue::Kind::task, 2}));
  EXPECT_EQ(message.from_process, (TaskValue{TaskValue::Kind::task, 1}));
  EXPECT_EQ(message.time, TimeName{9});
  EXPECT_EQ(message.data, bytes({0, 0}));
  ASSERT_EQ(message.objects.size(), 4u);
  EXPECT_EQ(message.objects[0].descriptor, DescriptorName{102});
  EXPECT_EQ(message.objects[0].origin, (FileOrigin{ProcessName{1}, DescriptorName{101}}));
  EXPECT_EQ(message.objects[1].bytes, bytes({0xab}));
  EXPECT_EQ(message.objects[2].cookie, 5u);
  EXPECT_EQ(message.objects[3].type, 6u);
  ASSERT_EQ(message.defects.size(), 1u);
  EXPECT_EQ(message.defects[0].clause, "RCV-15");
  EXPECT_EQ(message.defects[0].text, "data is not null");
}

TEST(CaseParser, ReadsTheKernelAsSender) {
  const ReceivedMessage message =
      outcome_of("0 n=death_notify to=T1 token=T2 from=KERNEL/KERNEL uid=0 gid=0 time=t1").message;
  EXPECT_EQ(message.from_task.kind, TaskValue::Kind::kernel);
  EXPECT_EQ(message.from_process.kind, TaskValue::Kind::kernel);
}

TEST(CaseParser, ReadsAlternatives) {
  const Step step = step_of("T1 recv -> EINVAL | ENOMEM | 0");
  ASSERT_EQ(step.expected.size(), 3u);
  EXPECT_EQ(step.expected[1].value, 12);
  EXPECT_TRUE(step_of("T1 recv").expected.empty());
}

TEST(CaseParser, LetsALaterMessageTakeAName) {
  const Program program =
      parse(std::string(beginning) +
            "T1 recv -> 0 m1=reply to=T1 from=T2/P1 uid=0 gid=0 time=t2\nT1 free=m1\n");
  EXPECT_EQ(program.message_names, std::vector<std::string>{"m1"});
}

TEST(CaseParser, FindsEachOfManyMessageNames) {
  std::string text(beginning);
  for (int index = 2; index < 200; ++index) {
    text += "T1 recv -> 0 m" + std::to_string(index) +
            "=request to=T1 from=T2/P1 uid=0 gid=0 time=t1\n";
  }
  for (std::uint32_t index = 1; index < 200; ++index) {
    const Program program = parse(text + "T1 free=m" + std::to_string(index));
    ASSERT_FALSE(program.steps.empty());
    const auto& step = std::get<SendReceive>(program.steps.back().operation);
    EXPECT_EQ(step.free.message, MessageName{index - 1});
  }
}

TEST(ParseOutcome, GivesAndTakesMessageNamesOfTheProgram) {
  Program program;
  program.message_names = {"m1"};
  const std::string words = "=request to=T5 from=7/8 uid=0 gid=0 time=t1";
  const auto known = parse_outcome("0 m1" + words, program);
  const auto fresh = parse_outcome("0 m2" + words, program);
  const auto unnamed = parse_outcome("0 _" + words, program);
  ASSERT_TRUE(known && fresh && unnamed);
  EXPECT_EQ(known->message.name, MessageName{0});
  EXPECT_EQ(fresh->message.name, MessageName{1});
  EXPECT_EQ(unnamed->message.name, unnamed_message);
  EXPECT_EQ(program.message_names, (std::vector<std::string>{"m1", "m2"}));
}

TEST(ParseOutcome, TakesOneOutcomeOnOneLine) {
  Program program;
  EXPECT_EQ(parse_outcome("0 | 1", program).error().expected, "one outcome");
  EXPECT_EQ(parse_outcome("0\n1", program).error().expected, "one line");
  EXPECT_EQ(parse_outcome("", program).error().found, "end of text");
}

// Errors of the header; those of steps and outcomes are in case_parser_error_test.cc.
struct WrongHeader {
  std::string_view text;
  std::uint32_t line;
  std::uint32_t column;
  std::string_view expected;
  std::string_view found;
};

constexpr WrongHeader wrong_headers[] = {
    {"", 1, 1, "a `case:` line before the first step", "end of text"},
    {"# only a comment\n\n", 3, 1, "a `case:` line before the first step", "end of text"},
    {"title: t\nP1 spawn T1 uid=0 gid=0\n", 2, 1, "a `case:` line before the first step", "P1"},
    {"P1 spawn T1 uid=0 gid=0\n", 1, 1, "a `case:` line before the first step", "P1"},
    {"case: x\n", 2, 1, "at least one step", "end of text"},
    {"case:\n", 1, 6, "a value for case:", "end of line"},
    {"case:   # nothing\n", 1, 6, "a value for case:", "end of line"},
    {"case: two words\n", 1, 7, "a name without spaces", "two words"},
    {"case: x\ncase: y\n", 2, 1, "no second `case:` line", "case:"},
    {"case: x\nauthor: me\n", 2, 1,
     "case:, title:, clauses:, class:, abi:, limits:, needs:, quirk:, bug: or ids:", "author:"},
    {"case: x\nclass: wrong\n", 2, 8, "contract, quirk, bug, unspecified or generated", "wrong"},
    {"case: x\nabi: ilp64\n", 2, 6, "any, ilp32 or lp64", "ilp64"},
    {"case: x\nids: kept\n", 2, 6, "reused", "kept"},
    {"case: x\nclauses: MSG-1,#MSG-2\n", 2, 16,
     "a clause such as MSG-1, and commas between clauses", "#MSG-2"},
    {"case: x\nneeds: fork flying\n", 2, 13,
     "a capability: virtual-time, fork, exec, alloc-fault, id-reuse, credentials, fd, fd-count or "
     "user-range",
     "flying"},
    {"case: x\nneeds: fork fork\n", 2, 13, "each capability once", "fork"},
    {"case: x\nclauses: MSG-1,,MSG-2\n", 2, 16,
     "a clause such as MSG-1, and commas between clauses", "nothing"},
    {"case: x\nclauses: MSG-1 MSG-2\n", 2, 10, "a clause such as MSG-1, and commas between clauses",
     "MSG-1 MSG-2"},
    {"case: x\nlimits: tasks=128 heap=3\n", 2, 19, "tasks=N, processes=N or page=N", "heap=3"},
    {"case: x\nlimits: tasks=128 tasks=3\n", 2, 19, "no second `tasks`", "tasks=3"},
    {"case: x\nlimits: tasks=many\n", 2, 15, "a number", "many"},
    {"case: x\nP1 spawn T1 uid=0 gid=0\ntitle: late\n", 3, 1,
     "a step, since header lines stand before the first step", "title:"},
};

TEST(CaseParserError, NamesPlaceAndExpectationOfEveryWrongHeader) {
  for (const WrongHeader& wrong : wrong_headers) {
    SCOPED_TRACE(wrong.text);
    const auto program = parse_case(wrong.text);
    ASSERT_FALSE(program.has_value());
    EXPECT_EQ(program.error().line, wrong.line);
    EXPECT_EQ(program.error().column, wrong.column);
    EXPECT_EQ(program.error().expected, wrong.expected);
    EXPECT_EQ(program.error().found, wrong.found);
  }
}

TEST(CaseParserError, ShowsOnlyTheBeginningOfALongWord) {
  const auto program = parse_case("case: x\n" + std::string(5000, 'q'));
  ASSERT_FALSE(program.has_value());
  EXPECT_EQ(program.error().found, std::string(40, 'q') + "...");
}

TEST(CaseParserError, IsPrintedWithFileLineAndColumn) {
  const ParseError error{.line = 3, .column = 7, .expected = "a number", .found = "x"};
  EXPECT_EQ(to_string(error, "a.case"), "a.case:3:7: expected a number, found x");
}

}  // namespace
}  // namespace touchstone
