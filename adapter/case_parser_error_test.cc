// Every way a step or an outcome can be wrong, with the place and the words of the error.
#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "adapter/case_text.h"

namespace touchstone {
namespace {

constexpr const char* task_verb_expected =
    "what a task does: exit, fork, exec, open, close, mmap, munmap, set_cms, cms, "
    "set_ipc_thread, get_version, ioctl, poll, msg, or send, free, recv joined by + "
    "in this order";
constexpr const char* outcome_expected =
    "an outcome: a number, a task (T1), an errno (EINVAL), blocked, crash, hang, "
    "not_run or lost";
constexpr const char* message_word_expected =
    "a word of a message (to=, token=, cookie=, code=, flag=, time=, data=, "
    "data_size=, object_count=, offsets=, obj@N=), free=, out=, arg=, -> or the end "
    "of the line";
constexpr const char* received_word_expected =
    "a word of a received message (to=, token=, cookie=, code=, flag=, from=, uid=, "
    "gid=, time=, data=, obj@N=, defect=), | or the end of the line";
constexpr const char* message_type_expected =
    "the message's type (request, reply, failed_reply, death_notify or type=N) before"
    " its other words";
constexpr const char* message_expected =
    "the name of a message that an earlier outcome has received";
constexpr const char* made_task_expected = "a task made by an earlier step (spawn, fork or thread)";
constexpr const char* made_process_expected = "a process made by an earlier step (spawn or fork)";
constexpr const char* task_value_expected = "a task name such as T1, cms, self or a number";
constexpr const char* object_expected = "obj@OFFSET= and fd:, ptr:, svc: or type: with a value";

struct WrongText {
  std::string_view text;
  std::uint32_t column;
  std::string_view expected;
  std::string_view found;
};

constexpr WrongText wrong_steps[] = {
    {"jump", 1, "a step, which begins with a task (T1), a process (P1), advance or inject", "jump"},
    {"T9 open", 1, made_task_expected, "T9"},
    {"T1", 3, task_verb_expected, "end of line"},
    {"T1 dance", 4, task_verb_expected, "dance"},
    {"T1 spawn T2", 4, task_verb_expected, "spawn"},
    {"P1 open", 4, "what a process does: spawn, thread, exit or descriptors", "open"},
    {"P1 dance", 4, "what a process does: spawn, thread, exit or descriptors", "dance"},
    {"P2 exit", 1, made_process_expected, "P2"},
    {"P2 thread T2", 1, made_process_expected, "P2"},
    {"P2 descriptors", 1, made_process_expected, "P2"},
    {"P1 descriptors 3", 16, "-> or the end of the line", "3"},
    {"T01 open", 1, "a task name such as T1", "T01"},
    {"Tx open", 1, "a task name such as T1", "Tx"},
    {"P01 exit", 1, "a process name such as P1", "P01"},
    {"T4294967296 open", 2, "a number of at most 4294967295", "4294967296"},
    {"P1 spawn T2 uid=0 gid=0", 1, "a process name that no earlier step has made", "P1"},
    {"P2 spawn T1 uid=0 gid=0", 10, "a task name that no earlier step has made", "T1"},
    {"P2 spawn", 9, "a name for the main task such as T1", "end of line"},
    {"P2 spawn P3", 10, "a task name such as T1", "P3"},
    {"P2 spawn T2 gid=0", 13, "uid=", "gid=0"},
    {"P2 spawn T2 uid=0", 18, "gid=", "end of line"},
    {"P2 spawn T2 uid=0 gid=4294967296", 23, "a number of at most 4294967295", "4294967296"},
    {"P2 spawn T2 uid= gid=0", 17, "a number", "nothing"},
    {"P2 spawn T2 uid=-1 gid=0", 17, "a number", "-1"},
    {"P1 thread T1", 11, "a task name that no earlier step has made", "T1"},
    {"P1 thread", 10, "a name for the task such as T2", "end of line"},
    {"T1 fork P1 T2", 9, "a process name that no earlier step has made", "P1"},
    {"T1 fork P2 T1", 12, "a task name that no earlier step has made", "T1"},
    {"T1 fork", 8, "a name for the child such as P2", "end of line"},
    {"T1 fork P2", 11, "a name for the child's task such as T2", "end of line"},
    {"T1 open now", 9, "-> or the end of the line", "now"},
    {"T1 open - > 0", 9, "-> or the end of the line", "-"},
    {"T1 mmap", 8, "the size of the pool, bytes", "end of line"},
    {"T1 mmap big", 9, "a number", "big"},
    {"T1 mmap 18446744073709551616 prot=read flags=private", 9,
     "a number of at most 18446744073709551615", "18446744073709551616"},
    {"T1 mmap 0x10000000000000000 prot=read flags=private", 9,
     "a number of at most 18446744073709551615", "0x10000000000000000"},
    {"T1 mmap 0x prot=read flags=private", 9, "a number", "0x"},
    {"T1 mmap 4096 flags=private", 14, "prot=", "flags=private"},
    {"T1 mmap 4096 prot=read", 23, "flags=", "end of line"},
    {"T1 mmap 4096 prot=read,read flags=private", 24,
     "none, or read, write, exec joined by commas, each once", "read"},
    {"T1 mmap 4096 prot=swim flags=private", 19,
     "none, or read, write, exec joined by commas, each once", "swim"},
    {"T1 mmap 4096 prot=read flags=private,", 38,
     "none, or private, shared joined by a comma, each once", "nothing"},
    {"T1 set_cms", 11, "the size of the greatest message, bytes", "end of line"},
    {"T1 set_cms all", 12, "a number", "all"},
    {"T1 cms", 7, "gen_handle, add_access, remove_handle or a number", "end of line"},
    {"T1 cms steal", 8, "gen_handle, add_access, remove_handle or a number", "steal"},
    {"T1 cms add_access subject=T2", 27, made_task_expected, "T2"},
    {"T1 cms add_access subject=T1 subject=T1", 30, "no second `subject`", "subject=T1"},
    {"T1 cms add_access subjekt=T1", 19, "subject=, service=, arg=, -> or the end of the line",
     "subjekt=T1"},
    {"T1 cms add_access service=anyone", 27, task_value_expected, "anyone"},
    {"T1 cms add_access arg=valid", 23, "null, bad, kernel or data:MESSAGE", "valid"},
    {"T1 cms add_access arg=data:m1", 28, message_expected, "m1"},
    {"T1 get_version now", 16, "arg=, -> or the end of the line", "now"},
    {"T1 get_version arg=7", 20, "null, bad, kernel or data:MESSAGE", "7"},
    {"T1 get_version arg=bad arg=bad", 24, "-> or the end of the line", "arg=bad"},
    {"T1 ioctl", 9, "cmd=", "end of line"},
    {"T1 ioctl cmd=1", 15, "arg=", "end of line"},
    {"T1 ioctl arg=1 cmd=1", 10, "cmd=", "arg=1"},
    {"T1 recv+send", 4, task_verb_expected, "recv+send"},
    {"T1 send+send", 4, task_verb_expected, "send+send"},
    {"T1 msg", 7, "flags=", "end of line"},
    {"T1 msg flags=send", 14, "a number", "send"},
    {"T1 send hello", 9, message_word_expected, "hello"},
    {"T1 send to=cms", 9, message_type_expected, "to=cms"},
    {"T1 send request", 16, "to= for the message", "end of line"},
    {"T1 send request code=1 -> 0", 24, "to= for the message", "->"},
    {"T1 send obj@0=fd:F1", 9, message_type_expected, "obj@0=fd:F1"},
    {"T1 send request reply to=cms", 17, "no second `reply`", "reply"},
    {"T1 send request to=cms to=cms", 24, "no second `to`", "to=cms"},
    {"T1 send request to=T2", 20, made_task_expected, "T2"},
    {"T1 send request to=", 20, task_value_expected, "nothing"},
    {"T1 send request to", 17, message_word_expected, "to"},
    {"T1 send type=x to=cms", 14, "a number", "x"},
    {"T1 send request to=cms code=0x1ffffffff", 29, "a number of at most 4294967295",
     "0x1ffffffff"},
    {"T1 send request to=cms flag=twoway", 29, "default, oneway or a number", "twoway"},
    {"T1 send request to=cms time=m1", 29, message_expected, "m1"},
    {"T1 send request to=cms time=t1", 29, message_expected, "t1"},
    {"T1 send request to=cms data=", 29, "bytes in hexadecimal, null, bad or kernel", "nothing"},
    {"T1 send request to=cms data=abc", 29, "an even number of hexadecimal digits", "abc"},
    {"T1 send request to=cms data=12g4", 31, "a hexadecimal digit", "g4"},
    {"T1 send request to=cms data=bad0bad", 29, "an even number of hexadecimal digits", "bad0bad"},
    {"T1 send request to=cms data=00 data=bad", 32, "no second `data`", "data=bad"},
    {"T1 send request to=cms offsets=0,,4", 34, "a number", "nothing"},
    {"T1 send request to=cms offsets=", 32, "null, bad, or numbers joined by commas", "nothing"},
    {"T1 send request to=cms offsets=kernel", 32, "null, bad, or numbers joined by commas",
     "kernel"},
    {"T1 send request to=cms object_count=-1", 37, "a number", "-1"},
    {"T1 send request to=cms obj@=fd:F1", 28, "a number", "nothing"},
    {"T1 send request to=cms obj@0", 24, object_expected, "obj@0"},
    {"T1 send request to=cms obj@0=", 24, object_expected, "obj@0="},
    {"T1 send request to=cms obj@0=F1", 24, object_expected, "obj@0=F1"},
    {"T1 send request to=cms obj@x=fd:F1", 28, "a number", "x"},
    {"T1 send request to=cms obj@0=blob:1", 30, "fd:, ptr:, svc: or type:", "blob"},
    {"T1 send request to=cms obj@0=fd:F101", 33,
     "a descriptor that an earlier outcome has received, or one below F101", "F101"},
    {"T1 send request to=cms obj@0=fd:f1", 33, "a descriptor such as F1, or a number", "f1"},
    {"T1 send request to=cms obj@0=fd:F1/of=P1.F1", 36, "no `/` after this object", "of=P1.F1"},
    {"T1 send request to=cms obj@0=ptr:0", 34, "an even number of hexadecimal digits", "0"},
    {"T1 send request to=cms obj@0=ptr:zz", 34, "a hexadecimal digit", "zz"},
    {"T1 send request to=cms obj@0=ptr:00/size=1/size=1", 44, "one /size=N", "size=1"},
    {"T1 send request to=cms obj@0=ptr:00/length=1", 37, "one /size=N", "length=1"},
    {"T1 send request to=cms obj@0=svc:T2", 34, made_task_expected, "T2"},
    {"T1 send request to=cms obj@0=svc:me", 34, task_value_expected, "me"},
    {"T1 send request to=cms obj@0=svc:self/token=1/token=2", 47, "no second `token`", "token=2"},
    {"T1 send request to=cms obj@0=svc:self/size=2", 39, "/token=N or /cookie=N", "size=2"},
    {"T1 send request to=cms obj@0=type:x", 35, "a number", "x"},
    {"T1 free=m1", 9, message_expected, "m1"},
    {"T1 free=", 9, message_expected, "nothing"},
    {"T1 free=ptr:m1:0", 13, message_expected, "m1"},
    {"T1 free=interior:m1", 18, message_expected, "m1"},
    {"T1 free=data:m1", 14, message_expected, "m1"},
    {"T1 free=12z", 9, "a number", "12z"},
    {"T1 recv free=null free=null", 19, "no second `free`", "free=null"},
    {"T1 recv out=valid", 13, "null, bad or kernel", "valid"},
    {"T1 recv out=null out=null", 18, "no second `out`", "out=null"},
    {"T1 recv arg=here", 13, "null, bad, kernel or data:MESSAGE", "here"},
    {"advance", 8, "a time in milliseconds such as 100ms", "end of line"},
    {"advance 5s", 9, "a time in milliseconds such as 100ms", "5s"},
    {"advance ms", 9, "a number", "nothing"},
    {"advance 100 ms", 9, "a time in milliseconds such as 100ms", "100"},
    {"advance 18446744073709551616ms", 9, "a number of at most 18446744073709551615",
     "18446744073709551616"},
    {"inject", 7, "alloc_failure", "end of line"},
    {"inject crash", 8, "alloc_failure", "crash"},
    {"inject alloc_failure", 21, "after=", "end of line"},
    {"inject alloc_failure after=x", 28, "a number", "x"},
};

constexpr WrongText wrong_outcomes[] = {
    {"", 11, outcome_expected, "end of line"},
    {"0 |", 15, outcome_expected, "end of line"},
    {"| 0", 12, outcome_expected, "|"},
    {"0 1", 14, "service=, version=, MESSAGE=TYPE, | or the end of the line", "1"},
    {"done", 12, outcome_expected, "done"},
    {"OK", 12, outcome_expected, "OK"},
    {"einval", 12, outcome_expected, "einval"},
    {"E0", 12, outcome_expected, "E0"},
    {"E09", 12, outcome_expected, "E09"},
    {"E1234567890123456789", 12, outcome_expected, "E1234567890123456789"},
    {"1x", 12, "a number", "1x"},
    {"-", 13, "a number", "nothing"},
    {"-9223372036854775809", 13, "a number of at most 9223372036854775808", "9223372036854775809"},
    {"99999999999999999999", 12, "a number of at most 9223372036854775807", "99999999999999999999"},
    {"blocked 1", 20, "| or the end of the line", "1"},
    {"T2", 12, made_task_expected, "T2"},
    {"0 service", 14, "service=, version=, MESSAGE=TYPE, | or the end of the line", "service"},
    {"0 service=", 22, task_value_expected, "nothing"},
    {"0 service=nobody", 22, task_value_expected, "nobody"},
    {"0 version=x", 22, "a number", "x"},
    {"1 version=1", 14, "| or the end of the line", "version=1"},
    {"0 version=1 0", 24, "| or the end of the line", "0"},
    {"0 -> 1", 14, "service=, version=, MESSAGE=TYPE, | or the end of the line", "->"},
    {"not_run", 19, "a text in double quotes", "end of line"},
    {"not_run because", 20, "a text in double quotes", "because"},
    {"lost \"gone", 17, "a closing double quote before the end of the line", "\"gone"},
    {"lost \"a\\q\"", 19, "one of the escapes \\\" \\\\ \\n \\xHH", "\\q"},
    {"lost \"a\"b", 20, "a space after the text", "b"},
    {"0 m1=", 17, "request, reply, failed_reply, death_notify or a number", "nothing"},
    {"0 m1=question", 17, "request, reply, failed_reply, death_notify or a number", "question"},
    {"0 1m=request", 14, "a name for the message: letters, digits and _, no digit first", "1m"},
    {"0 null=request", 14, "a message name that is no word of the format", "null"},
    {"0 m1=request", 24, "to= for the received message", "end of line"},
    {"0 m1=request to=T1", 30, "from= for the received message", "end of line"},
    {"0 m1=request to=T1 from=T1/P1", 41, "uid= for the received message", "end of line"},
    {"0 m1=request to=T1 from=T1/P1 uid=0", 47, "gid= for the received message", "end of line"},
    {"0 m1=request to=T1 from=T1/P1 uid=0 gid=0", 53, "time= for the received message",
     "end of line"},
    {"0 m1=request to=T1 from=T1", 36, "TASK/PROCESS, e.g. T2/P2 or KERNEL/KERNEL", "T1"},
    {"0 m1=request to=T1 from=T1/P2", 39, made_process_expected, "P2"},
    {"0 m1=request to=T1 from=kernel/KERNEL", 36, task_value_expected, "kernel"},
    {"0 m1=request to=T1 to=T1", 31, "no second `to`", "to=T1"},
    {"0 m1=request to=T1 size=4", 31, received_word_expected, "size=4"},
    {"0 m1=request to=T1 from=T1/P1 uid=0 gid=0 time=1", 59, "a time name such as t1", "1"},
    {"0 m1=request data=", 30, "bytes in hexadecimal", "nothing"},
    {"0 m1=request data=123", 30, "an even number of hexadecimal digits", "123"},
    {"0 m1=request data=null", 30, "a hexadecimal digit", "null"},
    {"0 m1=request flag=maybe", 30, "default, oneway or a number", "maybe"},
    {"0 m1=request token=T7", 31, made_task_expected, "T7"},
    {"0 m1=request obj@0=fd:7", 34, "a descriptor name such as F101", "7"},
    {"0 m1=request obj@0=fd:F101/of=P1", 42, "PROCESS.DESCRIPTOR such as P2.F1", "P1"},
    {"0 m1=request obj@0=fd:F101/of=P1.F102", 45,
     "a descriptor that an earlier outcome has received, or one below F101", "F102"},
    {"0 m1=request obj@0=fd:F101/of=P7.F1", 42, made_process_expected, "P7"},
    {"0 m1=request obj@0=fd:F101/from=P1.F1", 39, "one /of=PROCESS.DESCRIPTOR", "from=P1.F1"},
    {"0 m1=request obj@0=ptr:null", 35, "a hexadecimal digit", "null"},
    {"0 m1=request obj@0=ptr:00/size=1", 38, "no `/` after this object", "size=1"},
    {"0 m1=request obj@0=svc:T7", 35, made_task_expected, "T7"},
    {"0 m1=request obj@0=type:", 36, "a number", "nothing"},
    {"0 m1=request obj@0=mem:00", 31, "fd:, ptr:, svc: or type:", "mem"},
    {"0 m1=request defect=RCV-1", 37, "a text in double quotes", "end of line"},
    {"0 m1=request defect RCV-1", 25, received_word_expected, "defect"},
};

constexpr std::string_view beginning = "case: x\nP1 spawn T1 uid=0 gid=0 -> 0\n";
constexpr std::uint32_t wrong_line = 3;

void expect_error(const std::string& text, const WrongText& wrong) {
  SCOPED_TRACE(text);
  const auto program = parse_case(text);
  ASSERT_FALSE(program.has_value());
  EXPECT_EQ(program.error().line, wrong_line);
  EXPECT_EQ(program.error().column, wrong.column);
  EXPECT_EQ(program.error().expected, wrong.expected);
  EXPECT_EQ(program.error().found, wrong.found);
}

TEST(CaseParserError, NamesPlaceAndExpectationOfEveryWrongStep) {
  for (const WrongText& wrong : wrong_steps) {
    expect_error(std::string(beginning).append(wrong.text).append("\n"), wrong);
  }
}

TEST(CaseParserError, NamesPlaceAndExpectationOfEveryWrongOutcome) {
  for (const WrongText& wrong : wrong_outcomes) {
    expect_error(std::string(beginning).append("T1 recv -> ").append(wrong.text).append("\n"),
                 wrong);
  }
}

}  // namespace
}  // namespace touchstone
