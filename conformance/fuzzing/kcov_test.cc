#include "conformance/fuzzing/kcov.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <sstream>

#include "conformance/fuzzing/work_folder.h"

namespace touchstone::fuzzing {
namespace {

constexpr const char* symbols =
    "ffffffff81000000 T _stext\n"
    "ffffffffc0201040 t lite_ipc_ioctl\t[liteipc]\n"
    "ffffffffc0201000 t lite_ipc_open\t[liteipc]\n"
    "ffffffffc0201040 t same_as_ioctl\t[liteipc]\n"
    "ffffffffc0205000 d lite_ipc_fops\t[liteipc]\n"
    "ffffffffc0301000 t other_open\t[other]\n"
    "ffffffffc0201100 t lite_ipc_release\t[liteipc]\n";

std::vector<DriverFunction> functions() {
  std::istringstream lines(symbols);
  auto found = functions_of_module("liteipc", lines);
  EXPECT_TRUE(found) << (found ? "" : found.error());
  return found ? *std::move(found) : std::vector<DriverFunction>();
}

TEST(Kcov, FindsTheFunctionsOfTheModuleInTheirOrder) {
  const auto found = functions();
  ASSERT_EQ(found.size(), 3u);
  EXPECT_EQ(found[0].name, "lite_ipc_open");
  EXPECT_EQ(found[0].end, 0xffffffffc0201040);
  EXPECT_EQ(found[1].name, "lite_ipc_ioctl");
  EXPECT_EQ(found[2].name, "lite_ipc_release");
  EXPECT_EQ(found[2].end, 0xffffffffc0202000);
}

TEST(Kcov, SaysWhyFunctionsAreNotKnown) {
  std::istringstream lines(symbols);
  const auto absent = functions_of_module("lite", lines);
  ASSERT_FALSE(absent);
  EXPECT_NE(absent.error().find("is it loaded"), std::string::npos);
  std::istringstream hidden("0000000000000000 t lite_ipc_open\t[liteipc]\n");
  const auto no_address = functions_of_module("liteipc", hidden);
  ASSERT_FALSE(no_address);
  EXPECT_NE(no_address.error().find("hides"), std::string::npos);
}

// As an agent writes it, in another mapping of the file.
TEST(Kcov, TellsEachEdgeOnceAndKeepsPoints) {
  const auto folder = WorkFolder::make();
  ASSERT_TRUE(folder);
  const auto file = folder->path() / "kcov";
  auto map = KcovMap::open(file, functions());
  ASSERT_TRUE(map);
  const auto agent =
      MappedFile::open(file, sizeof(touchstone_kcov_map) + 0x1000 + TOUCHSTONE_KCOV_EDGES);
  ASSERT_TRUE(agent);
  auto& written = *static_cast<touchstone_kcov_map*>(agent->data());
  EXPECT_EQ(written.begin, 0xffffffffc0201000);
  EXPECT_EQ(written.end, 0xffffffffc0202000);

  EXPECT_EQ(map->take_new_edges(), 0u);
  written.edges[5] = written.edges[77] = 1;
  std::uint8_t* const points = TOUCHSTONE_KCOV_POINTS(&written);
  points[0x44] = points[0x48] = points[0x200] = 1;
  EXPECT_EQ(map->take_new_edges(), 2u);
  written.edges[5] = written.edges[6] = 1;
  EXPECT_EQ(map->take_new_edges(), 1u);
  EXPECT_EQ(std::ranges::count(map->edges(), 1), 3);

  const auto reached = reached_functions(functions(), map->points());
  ASSERT_EQ(reached.size(), 3u);
  EXPECT_EQ(reached[0].points, (std::vector<std::uint64_t>{}));
  EXPECT_EQ(reached[1].points, (std::vector<std::uint64_t>{0x4, 0x8}));
  EXPECT_EQ(reached[2].points, (std::vector<std::uint64_t>{0x100}));
  written.error = 13;
  EXPECT_EQ(map->error(), 13);
}

TEST(Kcov, NamesItsFileToAgents) {
  KcovMap::use("/tmp/some/kcov");
  EXPECT_STREQ(std::getenv(TOUCHSTONE_KCOV_VARIABLE), "/tmp/some/kcov");
  ::unsetenv(TOUCHSTONE_KCOV_VARIABLE);
}

}  // namespace
}  // namespace touchstone::fuzzing
