// Programs of the generator on backends that are right, wrong, dying, hanging and gone.
#include "conformance/fuzzing/generated.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <memory>
#include <regex>
#include <sstream>
#include <string>
#include <vector>

#include "adapter/backends/reference_backend.h"
#include "adapter/case_text.h"
#include "adapter/forwarding_backend.h"
#include "conformance/test_support.h"

namespace touchstone::fuzzing {
namespace {

using namespace std::chrono_literals;

const std::string minimal = std::string("plugin:") + TOUCHSTONE_MINIMAL_PLUGIN;

std::string wrong_plugin(const std::string& name) {
  return std::string("plugin:") + TOUCHSTONE_SELF_TEST_PLUGINS + "/" + name + ".so";
}

GeneratedResult run_on(const std::string& given, const GeneratedOptions& options) {
  auto backend = open_backend(given, DataModel::ilp32);
  EXPECT_TRUE(backend) << (backend ? "" : backend.error().text);
  const Profile profile = real_profile("");
  const Judge judge(real_catalogue(), profile);
  std::ostringstream progress;
  return run_generated(options, *backend, judge, progress);
}

GeneratedOptions programs(std::uint64_t count) {
  GeneratedOptions options;
  options.programs = count;
  return options;
}

std::vector<std::string> findings_of(const GeneratedResult& result) {
  std::vector<std::string> lines;
  for (const Found& found : result.found.all()) {
    lines.push_back(found.kind + " " + found.signature + " " + std::to_string(found.number) + " " +
                    std::to_string(found.count));
  }
  return lines;
}

TEST(GeneratedProgram, DependsOnSeedAndNumberAlone) {
  const BackendInfo info;
  const auto text = [&info](std::uint64_t seed, std::uint64_t number) {
    GeneratedOptions options;
    options.seed = seed;
    Program program = generated_program(options, number, info);
    program.header.name = "generated";
    return print_case(program);
  };
  EXPECT_EQ(text(1, 5), text(1, 5));
  EXPECT_NE(text(1, 5), text(1, 6));
  EXPECT_NE(text(1, 5), text(2, 5));
}

TEST(Generated, FindsNothingWrongWithTheReference) {
  const GeneratedResult result = run_on("reference", programs(300));
  EXPECT_EQ(findings_of(result), std::vector<std::string>());
  EXPECT_EQ(result.figures.executions, 300u);
  EXPECT_EQ(result.broken, "");
}

TEST(Generated, FindsNothingWrongWithTheReferenceAsAPlugin) {
  const GeneratedResult result =
      run_on(std::string("plugin:") + TOUCHSTONE_REFERENCE_PLUGIN, programs(150));
  EXPECT_EQ(findings_of(result), std::vector<std::string>());
  EXPECT_EQ(result.figures.executions, 150u);
}

TEST(Generated, FindsTheSameHoweverManyShareTheWork) {
  GeneratedOptions options = programs(100);
  const GeneratedResult alone = run_on(minimal, options);
  options.jobs = 3;
  const GeneratedResult shared = run_on(minimal, options);
  EXPECT_FALSE(alone.found.all().empty());
  EXPECT_EQ(findings_of(alone), findings_of(shared));
  EXPECT_EQ(alone.figures.executions, shared.figures.executions);
  EXPECT_EQ(alone.steps, shared.steps);
}

TEST(Generated, FindsAProgramAgainByItsNumber) {
  const GeneratedResult all = run_on(minimal, programs(20));
  ASSERT_FALSE(all.found.all().empty());
  const Found& last = all.found.all().back();
  GeneratedOptions one = programs(1);
  one.first = last.number;
  const GeneratedResult again = run_on(minimal, one);
  ASSERT_EQ(again.found.size(), 1u);
  EXPECT_EQ(again.found.all()[0].signature, last.signature);
  EXPECT_EQ(again.found.all()[0].input, last.input);
}

bool has_kind(const GeneratedResult& result, const std::string& kind) {
  return std::ranges::find(result.found.all(), kind, &Found::kind) != result.found.all().end();
}

TEST(Generated, OutlivesAnImplementationThatDies) {
  const GeneratedResult result = run_on(wrong_plugin("crashes_in_ioctl"), programs(200));
  EXPECT_EQ(result.figures.executions, 200u);
  EXPECT_TRUE(has_kind(result, "crash"));
}

TEST(Generated, OutlivesAnImplementationThatHangs) {
  GeneratedOptions options = programs(120);
  options.step_time = 50ms;
  const GeneratedResult result = run_on(wrong_plugin("hangs_in_ioctl"), options);
  EXPECT_EQ(result.figures.executions, 120u);
  EXPECT_TRUE(has_kind(result, "timeout"));
}

TEST(Generated, EndsWhenTheBackendIsLost) {
  const GeneratedResult result = run_on(wrong_plugin("never_boots"), programs(64));
  EXPECT_NE(result.lost, "");
  EXPECT_EQ(result.found.size(), 0u);
}

TEST(Generated, EndsAtItsTime) {
  GeneratedOptions options;
  options.time = 500ms;
  const GeneratedResult result = run_on("reference", options);
  EXPECT_EQ(result.broken, "");
  EXPECT_GT(result.figures.executions, 0u);
}

// The reference, which tells what it reaches as a driver does whose kernel has KCOV: a point for
// each clause that decides a call.
class NotingBackend : public ForwardingBackend {
 public:
  explicit NotingBackend(MappedFile file)
      : ForwardingBackend(make_reference({})), file_(std::move(file)) {}
  Completion ioctl(std::uint32_t task, std::uint64_t command, std::uint64_t argument) override {
    const Completion completion = inner().ioctl(task, command, argument);
    auto* map = static_cast<touchstone_kcov_map*>(file_.data());
    const std::size_t point = std::hash<std::string_view>()(completion.clause) % code_bytes;
    map->edges[point] = 1;
    TOUCHSTONE_KCOV_POINTS(map)[point] = 1;
    return completion;
  }

  static constexpr std::size_t code_bytes = 0x1000;

 private:
  MappedFile file_;
};

class NotingFactory : public BackendFactory {
 public:
  const BackendInfo& info() const override { return info_; }
  bool needs_isolation() const override { return false; }
  std::unique_ptr<Backend> create() override {
    const char* file = std::getenv(TOUCHSTONE_KCOV_VARIABLE);
    if (file == nullptr) return make_reference({});
    auto mapped = MappedFile::open(
        file, sizeof(touchstone_kcov_map) + NotingBackend::code_bytes + TOUCHSTONE_KCOV_EDGES);
    return mapped ? std::make_unique<NotingBackend>(*std::move(mapped)) : nullptr;
  }

 private:
  BackendInfo info_ = make_reference({})->info();
};

GeneratedResult run_guided(std::unique_ptr<BackendFactory> factory, std::uint32_t jobs) {
  OpenBackend backend{"device:x", std::move(factory), false};
  const Profile profile = real_profile("");
  const Judge judge(real_catalogue(), profile);
  GeneratedOptions options = programs(150);
  options.jobs = jobs;
  options.functions = {{"first", 0x10000, 0x10800}, {"second", 0x10800, 0x11000}};
  std::ostringstream progress;
  return run_generated(options, backend, judge, progress);
}

TEST(GuidedByCoverage, KeepsWhatReachesSomethingNew) {
  for (const std::uint32_t jobs : {1u, 2u}) {
    const GeneratedResult result = run_guided(std::make_unique<NotingFactory>(), jobs);
    EXPECT_EQ(result.broken, "");
    EXPECT_EQ(findings_of(result), std::vector<std::string>());
    EXPECT_EQ(result.figures.executions, 150u);
    EXPECT_GT(result.figures.edges, 40u);
    EXPECT_GT(result.figures.corpus, 5u);
    EXPECT_LT(result.figures.corpus, 100u);
    ASSERT_EQ(result.reached.size(), 2u);
    EXPECT_EQ(result.reached[0].points.size() + result.reached[1].points.size(),
              result.figures.edges);
  }
}

TEST(GuidedByCoverage, IsBrokenWhereNobodyTellsWhatIsReached) {
  const GeneratedResult result = run_guided(make_reference_factory({}), 1);
  EXPECT_EQ(result.broken, "no task has told of anything that it reached");
}

class FuzzGenerated : public testing::Test {
 protected:
  CliResult fuzz(const std::string& backend, const std::vector<std::string>& more) const {
    std::vector<std::string> words{"fuzz", "--backend", backend, "--findings", findings()};
    words.insert(words.end(), more.begin(), more.end());
    return touchstone_in(suite_, words);
  }
  std::string findings() const { return suite_.path("findings"); }

  SampleSuite suite_;
};

TEST_F(FuzzGenerated, HoldsOnTheReference) {
  const CliResult result = fuzz("reference", {"--programs", "100"});
  EXPECT_EQ(result.status, 0) << result.err;
  EXPECT_NE(result.out.find("100 Programs"), std::string::npos);
}

TEST_F(FuzzGenerated, WritesACaseThatReplaysToTheSameClause) {
  const CliResult result = fuzz(minimal, {"--programs", "30", "--findings-max", "1"});
  EXPECT_EQ(result.status, 1) << result.err;
  std::smatch match;
  ASSERT_TRUE(std::regex_search(result.out, match, std::regex("fail ([A-Z]+-[0-9]+) ")))
      << result.out;
  const std::string clause = match[1];
  ASSERT_TRUE(std::regex_search(result.out, match, std::regex("touchstone replay (\\S+) ")));
  const CliResult replayed = touchstone_in(suite_, {"replay", match[1], "--backend", minimal});
  EXPECT_EQ(replayed.status, 1);
  EXPECT_NE(replayed.out.find(clause), std::string::npos) << replayed.out;
  EXPECT_NE(result.out.find("replays   10/10"), std::string::npos) << result.out;
}

TEST_F(FuzzGenerated, SaysThatTheBackendCannotBeUsed) {
  EXPECT_EQ(fuzz(wrong_plugin("no_symbol"), {"--programs", "1"}).status, 3);
  EXPECT_EQ(fuzz(wrong_plugin("never_boots"), {"--programs", "1"}).status, 3);
  EXPECT_EQ(fuzz("nothing", {"--programs", "1"}).status, 2);
}

TEST_F(FuzzGenerated, RefusesWhatGoesWithATarget) {
  EXPECT_EQ(fuzz("reference", {"--corpus", "x"}).status, 2);
  EXPECT_EQ(fuzz("reference", {"--engine", "afl"}).status, 2);
  EXPECT_EQ(touchstone_in(suite_, {"fuzz"}).status, 2);
}

TEST_F(FuzzGenerated, LooksIntoADriverOfThisMachineAlone) {
  const CliResult elsewhere = fuzz("reference", {"--kcov"});
  EXPECT_EQ(elsewhere.status, 3);
  EXPECT_NE(elsewhere.err.find("device:PATH or agent:exec:COMMAND"), std::string::npos);
  const CliResult of_target = touchstone_in(suite_, {"fuzz", "program", "--kcov"});
  EXPECT_EQ(of_target.status, 2);
  EXPECT_NE(of_target.err.find("leave out the TARGET"), std::string::npos);
}

}  // namespace
}  // namespace touchstone::fuzzing
