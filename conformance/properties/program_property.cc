// Laws of random Programs on the reference: alone, a second time, as a plug-in, on the other data
// model.  And the finder of broken laws itself, against backends that are wrong on purpose.
#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "adapter/backends/plugin_backend.h"
#include "adapter/backends/reference_backend.h"
#include "adapter/case_text.h"
#include "adapter/executor.h"
#include "adapter/forwarding_backend.h"
#include "adapter/isolated_run.h"
#include "conformance/properties/findings.h"

namespace touchstone {
namespace {

void expect_law(const Search& search, const Law& law) {
  if (const auto finding = find_counterexample(search, law)) ADD_FAILURE() << finding->text;
}

DataModel data_model_of(const Program& program) {
  return program.header.abi == CaseAbi::lp64 ? DataModel::lp64 : DataModel::ilp32;
}

TEST(RandomPrograms, KeepEveryInvariantAfterEachStep) {
  expect_law({.law = "keeps-invariants", .programs = 3000, .options = {.checks_invariants = true}},
             [](const Written& written) { return written.broken_invariant; });
}

TEST(RandomPrograms, KeepEveryInvariantWithAnyQuirks) {
  expect_law({.law = "keeps-invariants-with-quirks",
              .programs = 2000,
              .domain = {.has_quirks = true},
              .options = {.checks_invariants = true}},
             [](const Written& written) { return written.broken_invariant; });
}

// A generator whose programs all fail at their first step would keep every law.
TEST(RandomPrograms, ReachTheClausesOfTheContract) {
  std::set<std::string> reached;
  const auto collect = [&reached](const Written& written) {
    for (const Outcome& outcome : written.outcomes) reached.insert(outcome.clause);
    return std::optional<std::string>();
  };
  EXPECT_FALSE(find_counterexample(
      {.law = "reaches-clauses", .programs = 2000, .fixed_seed = 20260101}, collect));
  for (const char* clause :
       {"ACC-3",  "CMS-4",  "CMS-12", "CMS-19", "CMS-21", "DEV-11", "LIF-15", "LIF-17", "MSG-5",
        "MSG-6",  "MSG-15", "MSG-17", "MSG-23", "MSG-24", "MSG-25", "MSG-27", "MSG-28", "MSG-30",
        "MSG-31", "MSG-33", "MSG-35", "MSG-36", "OBJ-2",  "OBJ-7",  "OBJ-9",  "OBJ-12", "OBJ-15",
        "OBJ-18", "RCV-1",  "RCV-3",  "RCV-4",  "RCV-6",  "RCV-7",  "RCV-8",  "RCV-12"}) {
    EXPECT_TRUE(reached.contains(clause)) << clause;
  }
  constexpr std::size_t fewest = 85;
  EXPECT_GE(reached.size(), fewest);
}

TEST(RandomPrograms, GiveTheSameObservationsTwice) {
  expect_law({.law = "same-twice", .programs = 2000}, [](const Written& written) {
    const auto again = make_reference({.data_model = data_model_of(written.program)});
    return difference_on(written, *again);
  });
}

TEST(RandomPrograms, GiveTheSameOnBothDataModels) {
  expect_law({.law = "same-on-both-models", .programs = 2000, .domain = {.is_portable = true}},
             [](const Written& written) {
               const auto lp64 = make_reference({.data_model = DataModel::lp64});
               return difference_on(written, *lp64);
             });
}

// $TOUCHSTONE_PLUGIN is held against the laws in its place: one with a fault breaks them.
std::string reference_plugin_path() {
  const char* given = std::getenv("TOUCHSTONE_PLUGIN");
  return given != nullptr ? given : TOUCHSTONE_REFERENCE_PLUGIN;
}

std::unique_ptr<BackendFactory> reference_plugin() {
  auto loaded = load_plugin(reference_plugin_path());
  if (!loaded) {
    ADD_FAILURE() << loaded.error();
    return nullptr;
  }
  return *std::move(loaded);
}

// The plug-in is built for one data model at a time; Programs for the other are not its to run.
bool is_for_the_plugin(const Written& written, const BackendFactory& plugin) {
  return data_model_of(written.program) == plugin.info().data_model;
}

TEST(RandomPrograms, NeverDifferOnTheReferenceAsAPlugIn) {
  const auto factory = reference_plugin();
  ASSERT_NE(factory, nullptr);
  expect_law({.law = "same-as-plugin",
              .programs = 1500,
              .replayed_on = "plugin:" + reference_plugin_path()},
             [&](const Written& written) -> std::optional<std::string> {
               if (!is_for_the_plugin(written, *factory)) return std::nullopt;
               const auto plugin = factory->create();
               return difference_on(written, *plugin);
             });
}

TEST(RandomPrograms, NeverDifferOnAPlugInInAChildProcess) {
  const auto factory = reference_plugin();
  ASSERT_NE(factory, nullptr);
  expect_law({.law = "same-in-child-process",
              .programs = 40,
              .replayed_on = "plugin:" + reference_plugin_path()},
             [&](const Written& written) -> std::optional<std::string> {
               if (!is_for_the_plugin(written, *factory)) return std::nullopt;
               const IsolatedResult result = run_isolated(written.program, *factory);
               return first_difference(written.program, written.outcomes, result.outcomes);
             });
}

// --- the finder ---

// The reference, but for calls that one clause decided: those give another value.
class WrongAtAClause : public ForwardingBackend {
 public:
  WrongAtAClause(DataModel model, std::string_view clause, std::int64_t value)
      : ForwardingBackend(make_reference({.data_model = model})), clause_(clause), value_(value) {}

  Completion ioctl(std::uint32_t task, std::uint64_t command, std::uint64_t argument) override {
    return falsified(inner().ioctl(task, command, argument));
  }
  Completion poll(std::uint32_t task) override { return falsified(inner().poll(task)); }

 private:
  Completion falsified(Completion completion) const {
    if (completion.clause == clause_) completion.value = value_;
    return completion;
  }

  std::string_view clause_;
  std::int64_t value_;
};

class FindingsFolder {
 public:
  FindingsFolder()
      : folder_(std::filesystem::path(testing::TempDir()) / "touchstone_findings_test") {
    if (const char* old = std::getenv("TOUCHSTONE_FINDINGS")) old_ = old;
    std::filesystem::remove_all(folder_);
    setenv("TOUCHSTONE_FINDINGS", folder_.c_str(), 1);
  }
  ~FindingsFolder() {
    std::filesystem::remove_all(folder_);
    if (old_) {
      setenv("TOUCHSTONE_FINDINGS", old_->c_str(), 1);
    } else {
      unsetenv("TOUCHSTONE_FINDINGS");
    }
  }
  FindingsFolder(const FindingsFolder&) = delete;
  FindingsFolder& operator=(const FindingsFolder&) = delete;

 private:
  std::filesystem::path folder_;
  std::optional<std::string> old_;
};

struct Mistake {
  std::string_view clause;
  std::int64_t value;
  std::size_t steps_max;  // of the shrunk case
};

class FinderOnWrongBackends : public testing::TestWithParam<Mistake> {};

std::string read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST_P(FinderOnWrongBackends, FindsAndShrinksAMistake) {
  const FindingsFolder folder;
  const Mistake mistake = GetParam();
  const auto wrong = [&](const Program& program) {
    return WrongAtAClause(data_model_of(program), mistake.clause, mistake.value);
  };
  const auto finding =
      find_counterexample({.law = "finds-a-mistake", .programs = 500, .fixed_seed = 20260101},
                          [&](const Written& written) {
                            WrongAtAClause backend = wrong(written.program);
                            return difference_on(written, backend);
                          });
  ASSERT_TRUE(finding) << "no program of 500 shows the mistake";
  EXPECT_LE(finding->program.steps.size(), mistake.steps_max) << finding->text;

  const auto kept = parse_case(read_file(finding->file));
  ASSERT_TRUE(kept) << to_string(kept.error(), finding->file.string());
  EXPECT_EQ(print_case(*kept), print_case(finding->program));
  const auto right = make_reference({.data_model = data_model_of(*kept)});
  WrongAtAClause backend = wrong(*kept);
  EXPECT_TRUE(first_difference(*kept, execute(*kept, *right), execute(*kept, backend)));
  EXPECT_NE(finding->text.find("seed=20260101"), std::string::npos);
  EXPECT_NE(finding->text.find("touchstone replay " + finding->file.string()), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(ByClause, FinderOnWrongBackends,
                         testing::Values(Mistake{"ACC-3", 0, 9},    // the access check is skipped
                                         Mistake{"MSG-6", -22, 8},  // EINVAL in place of EFAULT
                                         Mistake{"MSG-24", 0,
                                                 12},  // a reply with any timestamp is taken
                                         Mistake{"OBJ-11", -12, 9},  // ENOMEM in place of EINVAL
                                         Mistake{"RCV-7", -110, 9},  // ETIMEDOUT in place of ETIME
                                         Mistake{"CMS-19", 0, 10}),
                         [](const testing::TestParamInfo<Mistake>& tested) {
                           std::string name(tested.param.clause);
                           std::erase(name, '-');
                           return name;
                         });

TEST(Finder, FindsNothingWhereNothingIsWrong) {
  const FindingsFolder folder;
  const auto finding =
      find_counterexample({.law = "nothing-wrong", .programs = 20, .fixed_seed = 1},
                          [](const Written&) { return std::optional<std::string>(); });
  EXPECT_FALSE(finding);
  EXPECT_FALSE(std::filesystem::exists(findings_folder()));
}

TEST(Finder, KeepsFindingsInTheWorkingFolderUnlessTold) {
  const FindingsFolder folder;
  EXPECT_EQ(findings_folder().filename(), "touchstone_findings_test");
  unsetenv("TOUCHSTONE_FINDINGS");
  EXPECT_EQ(findings_folder(), "findings");
}

}  // namespace
}  // namespace touchstone
