// Reports as sanitizers and libFuzzer print them, long lines and far frames cut.
#include "conformance/fuzzing/crash_report.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace touchstone::fuzzing {
namespace {

constexpr const char* heap_overflow = R"(INFO: Running with entropic power schedule (0xFF, 100).
INFO: Seed: 4253185133
./t: Running 1 inputs 1 time(s) each.
=================================================================
==8924==ERROR: AddressSanitizer: heap-buffer-overflow on address 0x50200000006a at pc 0x561ce4267c76
READ of size 1 at 0x50200000006a thread T0
    #0 0x561ce4267c75 in demo::Parser::read_far(int) /src/demo/t.cc:9:33
    #1 0x561ce4266ea9 in allocate /usr/include/c++/12/bits/new_allocator.h:137:27
    #2 0x561ce4267c75 in demo::(anonymous namespace)::parse(int, char) /src/demo/t.cc:13:58
    #3 0x561ce4266db3 in LLVMFuzzerTestOneInput /src/demo/t.cc:25:93
    #4 0x561ce416b3b6 in fuzzer::Fuzzer::RunOne(bool) (/build/t+0x4e3b6) (BuildId: 7ef9aa84)

0x50200000006a is located 20 bytes after 6-byte region [0x502000000050,0x502000000056)
allocated by thread T0 here:
    #0 0x561ce426497d in operator new(unsigned long) (/build/t+0x14797d) (BuildId: 7ef9aa84)
    #1 0x561ce4266ea9 in demo::elsewhere() /src/demo/t.cc:12:26

SUMMARY: AddressSanitizer: heap-buffer-overflow /src/demo/t.cc:13:58 in demo::Parser::parse()
Shadow bytes around the buggy address:
  0x501ffffffd80: 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
==9012==ABORTING
)";

constexpr const char* undefined =
    R"(t.cc:14:78: runtime error: shift exponent 40 is too large for 32-bit type 'int'
    #0 0x55f1d779ec8f in demo::Parser::parse() /src/demo/t.cc:14:78
    #1 0x55f1d779ddb3 in LLVMFuzzerTestOneInput /src/demo/t.cc:25:93

SUMMARY: UndefinedBehaviorSanitizer: undefined-behavior t.cc:14:78
)";

constexpr const char* timeout = R"(ALARM: working on the last Unit for 3 seconds
       and the timeout value is 2 (use -timeout=N to change)
==8940== ERROR: libFuzzer: timeout after 3 seconds
    #0 0x55ca2c01c901 in __sanitizer_print_stack_trace (/build/t+0x112901) (BuildId: 7ef9aa84)
    #1 0x55ca2bf718c8 in fuzzer::PrintStackTrace() (/build/t+0x678c8) (BuildId: 7ef9aa84)
    #2 0x55ca2bf56de7 in fuzzer::Fuzzer::AlarmCallback() (/build/t+0x4cde7) (BuildId: 7ef9aa84)
    #3 0x7fe1d105a04f  (/lib/x86_64-linux-gnu/libc.so.6+0x3c04f) (BuildId: 93ac61ec)
    #4 0x55ca2bf6ff54 in __sanitizer_cov_trace_const_cmp1 (/build/t+0x65f54) (BuildId: 7ef9aa84)
    #5 0x55ca2c054201 in demo::Parser::parse() /src/demo/t.cc:15:80
    #6 0x55ca2c053db3 in LLVMFuzzerTestOneInput /src/demo/t.cc:25:93

SUMMARY: libFuzzer: timeout
)";

constexpr const char* out_of_memory =
    R"(==11821== ERROR: libFuzzer: out-of-memory (malloc(2046820352))
   To change the out-of-memory limit use -rss_limit_mb=<N>

    #0 0x55f35270c8f1 in __sanitizer_print_stack_trace (/build/o+0x1128f1) (BuildId: 31188216)
    #3 0x55f352645b3b in fuzzer::MallocHook(void const volatile*, unsigned long) (/build/o+0x4bb3b)
    #4 0x55f352714472 in __sanitizer::RunMallocHooks(void*, unsigned long) (/build/o+0x11a472)
    #6 0x55f352664733 in __asan::asan_malloc(unsigned long) (/build/o+0x6a733)
    #7 0x55f3527014ef in malloc (/build/o+0x1074ef) (BuildId: 31188216)
    #8 0x55f352743eb2 in take /src/demo/o.cc:4:86
    #9 0x55f352743eb2 in LLVMFuzzerTestOneInput /src/demo/o.cc:5:69
SUMMARY: libFuzzer: out-of-memory (malloc(2046820352))
)";

constexpr const char* leak = R"(
=================================================================
==11914==ERROR: LeakSanitizer: detected memory leaks

Direct leak of 100 byte(s) in 1 object(s) allocated from:
    #0 0x55699a542a8d in operator new[](unsigned long) (/build/t+0x147a8d) (BuildId: 8ca692b5)
    #1 0x55699a5453be in demo::Parser::parse() /src/demo/t.cc:17:83
    #2 0x55699a544db3 in LLVMFuzzerTestOneInput /src/demo/t.cc:25:93

SUMMARY: AddressSanitizer: 100 byte(s) leaked in 1 allocation(s).
)";

constexpr const char* no_symbols = R"(AddressSanitizer:DEADLYSIGNAL
==8973==ERROR: AddressSanitizer: SEGV on unknown address 0x000000000008 (pc 0x55c5dbbad57e T0)
==8973==The signal is caused by a WRITE memory access.
==8973==Hint: address points to the zero page.
    #0 0x7f0011aa4a  (/opt/mine/mine.so+0x14aa4a) (BuildId: 8ca692b5)
    #1 0x55925548edb3 in touchstone::PluginBackend::ioctl(unsigned int) plugin.cc:7:3
    #2 0x55925548edb3 in LLVMFuzzerTestOneInput /src/t.cc:25:93
SUMMARY: AddressSanitizer: SEGV (/opt/mine/mine.so+0x14aa4a)
)";

std::string signature_of(const char* printed) {
  const auto report = parse_crash_report(printed);
  return report ? report->signature() : "no report";
}

TEST(CrashReport, IsKnownByWhatIsWrongAndItsInnermostOwnFunctions) {
  EXPECT_EQ(signature_of(heap_overflow),
            "heap-buffer-overflow READ in demo::Parser::read_far(int) < demo::(anonymous "
            "namespace)::parse(int, char)");
  EXPECT_EQ(signature_of(timeout), "timeout in demo::Parser::parse()");
  EXPECT_EQ(signature_of(out_of_memory), "out-of-memory in take");
  EXPECT_EQ(signature_of(leak), "leak in demo::Parser::parse()");
}

TEST(CrashReport, LeavesNumbersOutOfWhatIsUndefined) {
  EXPECT_EQ(signature_of(undefined),
            "undefined: shift exponent N is too large for N-bit type 'int' in "
            "demo::Parser::parse()");
}

TEST(CrashReport, NamesModuleAndOffsetWhereThereAreNoSymbolsAndLeavesOutWhoCalled) {
  EXPECT_EQ(signature_of(no_symbols), "SEGV WRITE in mine.so+0x14aa4a");
}

TEST(CrashReport, IsOneForABrokenHeapWhoeverComesUponItAndHoweverFarItGets) {
  constexpr const char* frames =
      "    #8 0x7f3d978b2869 in malloc_printerr malloc/malloc.c:5662:3\n"
      "    #9 0x55710ae5df5c in demo::Parser::parse() /src/demo/t.cc:14:78\n"
      "SUMMARY: libFuzzer: deadly signal\n";
  const std::string head = "==81== ERROR: libFuzzer: deadly signal\n";
  for (const char* word : {"free(): invalid next size (fast)", "malloc(): corrupted top size",
                           "double free or corruption (out)", "corrupted size vs. prev_size"}) {
    for (const char* rest : {"", frames}) {
      const std::string report = word + ("\n" + head) + rest;
      EXPECT_EQ(signature_of(("INFO: Seed: 3\n" + report).c_str()), "heap corruption");
      EXPECT_EQ(parse_crash_report(report)->text, report);
    }
  }
  EXPECT_EQ(signature_of((head + frames).c_str()),
            "deadly signal in malloc_printerr < demo::Parser::parse()");
}

TEST(CrashReport, IsReadWhereUndefinedBehaviorSanitizerIsTheOnlyOne) {
  EXPECT_EQ(signature_of("UndefinedBehaviorSanitizer:DEADLYSIGNAL\n"
                         "==9==ERROR: UndefinedBehaviorSanitizer: SEGV on unknown address 0x0018\n"
                         "==9==The signal is caused by a READ memory access.\n"),
            "SEGV READ");
}

TEST(CrashReport, BeginsWithItsFirstLine) {
  EXPECT_TRUE(begins_crash_report("==81== ERROR: libFuzzer: deadly signal"));
  EXPECT_TRUE(begins_crash_report("==9==ERROR: AddressSanitizer: SEGV on unknown address 0x00"));
  EXPECT_TRUE(begins_crash_report("t.cc:14:78: runtime error: division by zero"));
  EXPECT_FALSE(begins_crash_report("free(): invalid pointer"));
  EXPECT_FALSE(begins_crash_report("ALARM: working on the last Unit for 3 seconds"));
}

TEST(CrashReport, HoldsTheTextFromItsHeadToItsSummary) {
  const auto report = parse_crash_report(heap_overflow);
  ASSERT_TRUE(report);
  EXPECT_TRUE(report->text.starts_with("==8924==ERROR: AddressSanitizer: "));
  EXPECT_TRUE(report->text.ends_with("in demo::Parser::parse()\n")) << report->text;
}

TEST(CrashReport, IsNoneWhereNothingIsWrong) {
  EXPECT_FALSE(parse_crash_report(""));
  EXPECT_FALSE(
      parse_crash_report("#2\tINITED cov: 13 ft: 14 corp: 1/2b exec/s: 0 rss: 32Mb\n"
                         "stat::number_of_executed_units: 31088\n"));
}

TEST(Story, IsReadFromAFileAndFromWhatAProgramPrintedBeforeItAborted) {
  const std::string story =
      "touchstone finding\nkind: difference\nsignature: fail ACC-3 send EACCES 0\n\nline 3: "
      "wrong\n";
  for (const std::string& text :
       {story,
        "INFO: Seed: 3\n" + story + "==81== ERROR: libFuzzer: deadly signal\n    #0 0x1\n"}) {
    const auto read = parse_story(text);
    ASSERT_TRUE(read) << text;
    EXPECT_EQ(read->kind, "difference");
    EXPECT_EQ(read->signature, "fail ACC-3 send EACCES 0");
    EXPECT_EQ(read->text, "line 3: wrong\n");
  }
  EXPECT_FALSE(parse_story("ERROR: something else\n"));
}

}  // namespace
}  // namespace touchstone::fuzzing
