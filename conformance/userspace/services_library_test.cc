// The reference manager as a shared object does what it does in process.
#include "conformance/userspace/services_library.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "conformance/text_file.h"
#include "conformance/userspace/services_player.h"
#include "conformance/userspace/services_reference.h"
#include "conformance/userspace/shown.h"

namespace touchstone::userspace {
namespace {

// Each step's shown text.
std::vector<std::string> played(const Script& script, ServicesFactory& factory, DataModel model) {
  std::vector<std::string> texts;
  ServicesPlayer player(factory, model);
  for (const ScriptStep& step : script.steps) {
    const auto shown = player.play(step);
    EXPECT_TRUE(shown) << step.text;
    texts.push_back(shown ? text_of(*shown) : "");
  }
  return texts;
}

TEST(ServicesLibrary, DoesAsTheReferenceInEveryCase) {
  auto library = load_services_library(TOUCHSTONE_SELF_TEST_PLUGINS "/reference_services.so");
  ASSERT_TRUE(library) << library.error();
  EXPECT_EQ(library->data_models.size(), 2u);
  const auto reference = reference_services();
  const std::filesystem::path root = TOUCHSTONE_SOURCE_DIR;
  int count = 0;
  for (const auto& entry :
       std::filesystem::directory_iterator(root / "conformance/userspace/cases/services")) {
    const auto text = read_text_file(entry.path());
    ASSERT_TRUE(text);
    const auto script = parse_script(*text);
    ASSERT_TRUE(script) << entry.path();
    for (const DataModel model : library->data_models) {
      EXPECT_EQ(played(*script, *library->factory, model), played(*script, *reference, model))
          << entry.path();
    }
    ++count;
  }
  EXPECT_GT(count, 80);
}

TEST(ServicesLibrary, ThatCannotBeUsedIsToldWhy) {
  const auto missing = load_services_library("/nowhere/libsamgr.so");
  ASSERT_FALSE(missing);
  EXPECT_TRUE(missing.error().starts_with("cannot be loaded: ")) << missing.error();
  const auto other = load_services_library("libm.so.6");
  ASSERT_FALSE(other);
  const auto plain = load_services_library(TOUCHSTONE_MINIMAL_PLUGIN);
  ASSERT_FALSE(plain);
  EXPECT_EQ(plain.error(), "has no symbol `touchstone_service_manager`");
}

}  // namespace
}  // namespace touchstone::userspace
