// Every case and every recording, on the reference in both data models, with its invariants checked
// after each call: none is broken, whatever the outcomes.
#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "adapter/backends/reference_backend.h"
#include "adapter/case_text.h"
#include "adapter/executor.h"
#include "conformance/test_support.h"
#include "conformance/text_file.h"

namespace touchstone {
namespace {

// How many steps the reference took before one broke an invariant; all of them, if none did.
std::size_t steps_within_the_laws(const Program& program, DataModel model, std::string& broken) {
  const auto reference = make_reference({.data_model = model});
  Executor executor(program, *reference);
  for (std::size_t step = 0; step < program.steps.size(); ++step) {
    executor.run_step(step);
    if (const auto law = reference->broken_invariant()) {
      broken = *law;
      return step;
    }
  }
  return program.steps.size();
}

std::size_t check_all_under(const std::filesystem::path& folder) {
  std::size_t count = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.path().extension() != ".case") continue;
    const auto text = read_text_file(entry.path());
    const auto program = text ? parse_case(*text) : std::unexpected(ParseError{});
    EXPECT_TRUE(program) << entry.path();
    if (!program) continue;
    for (const DataModel model : {DataModel::ilp32, DataModel::lp64}) {
      std::string broken;
      EXPECT_EQ(steps_within_the_laws(*program, model, broken), program->steps.size())
          << entry.path() << ": " << broken;
    }
    ++count;
  }
  return count;
}

TEST(Invariants, HoldAfterEveryStepOfEveryCase) {
  EXPECT_GE(check_all_under(source_folder() / "conformance" / "cases"), 300u);
}

TEST(Invariants, HoldAfterEveryStepOfEveryRecording) {
  EXPECT_EQ(check_all_under(source_folder() / "corpora" / "golden" / "kernel"), 688u);
}

}  // namespace
}  // namespace touchstone
