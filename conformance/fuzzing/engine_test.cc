// What engines print and write, as they do it, and what they are called with.
#include "conformance/fuzzing/engine.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "conformance/fuzzing/engine_afl.h"
#include "conformance/fuzzing/engine_libfuzzer.h"
#include "conformance/test_support.h"

namespace touchstone::fuzzing {
namespace {

TEST(LibfuzzerStatus, IsReadFromItsLines) {
  const auto status = parse_libfuzzer_status(
      "#24152\tREDUCE cov: 29 ft: 30 corp: 9/33b lim: 205 exec/s: 0 rss: 36Mb L: 4/4 MS: 3 "
      "CopyPart-CopyPart-EraseBytes-");
  ASSERT_TRUE(status);
  EXPECT_EQ(status->executions, 24152u);
  EXPECT_EQ(status->edges, 29u);
  EXPECT_EQ(status->corpus, 9u);
}

TEST(LibfuzzerStatus, IsNotReadFromAStackFrame) {
  EXPECT_FALSE(parse_libfuzzer_status("#0 0x561ce4267c75 in demo::parse() /src/t.cc:13:58"));
  EXPECT_FALSE(parse_libfuzzer_status("INFO: Seed: 3"));
}

TEST(LibfuzzerStatus, HasExactFiguresAtTheEnd) {
  EXPECT_EQ(parse_executed_units("stat::number_of_executed_units: 31088"), 31088u);
  EXPECT_FALSE(parse_executed_units("stat::average_exec_per_sec:     0"));
  const auto counts = parse_target_counts("touchstone: 31088 executions, 29011 useful");
  ASSERT_TRUE(counts);
  EXPECT_EQ(counts->executions, 31088u);
  EXPECT_EQ(counts->useful, 29011u);
  EXPECT_FALSE(parse_target_counts("touchstone: something else"));
}

TEST(LibfuzzerArtifact, IsKnownByItsName) {
  EXPECT_EQ(artifact_kind("crash-a0282dc30c7f074832da0ac394e299ab7f8e605a"), "crash");
  EXPECT_EQ(artifact_kind("timeout-a0282dc3"), "timeout");
  EXPECT_EQ(artifact_kind("oom-a0282dc3"), "oom");
  EXPECT_EQ(artifact_kind("leak-a0282dc3"), "leak");
  EXPECT_EQ(artifact_kind("slow-unit-a0282dc3"), "");
  EXPECT_EQ(artifact_kind("crash"), "");
}

TEST(AflStatus, IsReadFromItsFile) {
  const auto status = parse_fuzzer_stats(
      "start_time        : 1700000000\n"
      "run_time          : 30\n"
      "execs_done        : 48213\n"
      "execs_per_sec     : 1607.10\n"
      "corpus_count      : 411\n"
      "bitmap_cvg        : 4.51%\n"
      "saved_crashes     : 0\n"
      "edges_found       : 3120\n"
      "command_line      : afl-fuzz -i in -o out -- ./t\n");
  ASSERT_TRUE(status);
  EXPECT_EQ(status->executions, 48213u);
  EXPECT_EQ(status->edges, 3120u);
  EXPECT_EQ(status->corpus, 411u);
  EXPECT_FALSE(parse_fuzzer_stats("run_time : 30\n"));
}

TEST(AflInput, IsNoReadme) {
  EXPECT_TRUE(is_afl_input("id:000000,sig:06,src:000001,time:37,op:havoc,rep:2"));
  EXPECT_FALSE(is_afl_input("README.txt"));
}

class EngineCall : public testing::Test {
 protected:
  EngineSettings settings() const {
    EngineSettings settings;
    settings.programs.program = "/build/bin/fuzz/program";
    settings.programs.mutator = "/build/lib/mutator.so";
    settings.target = "program";
    settings.takes_programs = true;
    settings.environment = {{"TOUCHSTONE_PLUGIN", "./mine.so"}};
    settings.work = folder_.path();
    settings.seeds = folder_.path() / "seeds";
    settings.corpus = folder_.path() / "corpus";
    settings.dictionary = "/data/program.dict";
    settings.jobs = 2;
    settings.input_time_max = std::chrono::seconds(7);
    for (const auto& folder : {settings.seeds, settings.corpus}) {
      std::filesystem::create_directories(folder);
    }
    return settings;
  }
  static bool has(const ProgramCall& call, const std::string& word) {
    return std::ranges::find(call.words, word) != call.words.end();
  }
  static bool sets(const ProgramCall& call, const std::string& name, const std::string& value) {
    return std::ranges::find(call.environment, std::pair(name, value)) != call.environment.end();
  }
  TempFolder folder_;
};

TEST_F(EngineCall, OfLibfuzzerHasItsLimitsAndAnotherSeedForEachStart) {
  const auto engine = make_libfuzzer(settings());
  const ProgramCall call = engine->call(0, 0, std::chrono::seconds(30));
  for (const char* word : {"/build/bin/fuzz/program", "-max_total_time=30", "-timeout=7",
                           "-rss_limit_mb=2560", "-max_len=65536", "-dict=/data/program.dict"}) {
    EXPECT_TRUE(has(call, word)) << word;
  }
  EXPECT_TRUE(sets(call, "TOUCHSTONE_PLUGIN", "./mine.so"));
  EXPECT_TRUE(sets(call, "TOUCHSTONE_FUZZ_INPUT", (folder_.path() / "input-0").string()));
  EXPECT_EQ(call.words.back(), (folder_.path() / "seeds").string());
  EXPECT_EQ(call.words, engine->call(0, 0, std::chrono::seconds(30)).words);
  EXPECT_NE(call.words, engine->call(0, 1, std::chrono::seconds(30)).words);
  EXPECT_NE(call.words, engine->call(1, 0, std::chrono::seconds(30)).words);
}

TEST_F(EngineCall, OfAflHasOneMainWorkerAndTheMutatorOfPrograms) {
  const auto engine = make_afl(settings(), "/usr/bin/afl-fuzz");
  const ProgramCall call = engine->call(0, 0, std::chrono::seconds(30));
  EXPECT_TRUE(has(call, "-M"));
  EXPECT_TRUE(has(call, "7000"));
  EXPECT_EQ(call.words.back(), "/build/bin/fuzz/program");
  EXPECT_TRUE(sets(call, "AFL_CUSTOM_MUTATOR_LIBRARY", "/build/lib/mutator.so"));
  EXPECT_TRUE(has(engine->call(1, 0, std::chrono::seconds(30)), "-S"));
}

TEST_F(EngineCall, OfAReplayIsOneShellLine) {
  const auto engine = make_libfuzzer(settings());
  EXPECT_EQ(shell_line(engine->replay("findings/crash-1/input")),
            "TOUCHSTONE_PLUGIN=./mine.so /build/bin/fuzz/program -timeout=7 -rss_limit_mb=2560 "
            "findings/crash-1/input");
}

TEST_F(EngineCall, AndItsFiguresAddUpOverStarts) {
  const auto engine = make_libfuzzer(settings());
  engine->call(0, 0, std::chrono::seconds(30));
  engine->read_line(0, "#100\tNEW    cov: 5 ft: 14 corp: 3/2b exec/s: 0 rss: 32Mb");
  engine->call(0, 1, std::chrono::seconds(29));
  engine->read_line(0, "#40\tNEW    cov: 4 ft: 14 corp: 2/2b exec/s: 0 rss: 32Mb");
  engine->read_line(1, "stat::number_of_executed_units: 7");
  const Figures figures = engine->figures();
  EXPECT_EQ(figures.executions, 147u);
  EXPECT_EQ(figures.edges, 5u);
  EXPECT_EQ(engine->executions_of(0), 40u);
}

}  // namespace
}  // namespace touchstone::fuzzing
