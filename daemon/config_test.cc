// The daemon's settings: each value, and what is said of a wrong one.
#include "daemon/config.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace touchstone::daemon {
namespace {

class ConfigTest : public testing::Test {
 protected:
  std::expected<Config, std::string> read(const std::string& text) {
    std::ofstream(path_) << text;
    return read_config(path_);
  }
  std::string error_of(const std::string& text) {
    const auto config = read(text);
    if (config) return "none";
    const std::string prefix = path_ + ":";
    EXPECT_TRUE(config.error().starts_with(prefix)) << config.error();
    return config.error().substr(prefix.size());
  }
  void TearDown() override {
    std::filesystem::remove(path_);
    std::filesystem::remove(bindings_);
  }
  // With a file of bindings beside it.
  std::expected<Config, std::string> read_with_bindings(const std::string& bindings) {
    std::ofstream(bindings_) << bindings;
    const std::string name = std::filesystem::path(bindings_).filename().string();
    return read("\n[service_manager]\nbindings = \"" + name + "\"\n");
  }

  const std::string path_ = testing::TempDir() + "liteipcd-" +
                            testing::UnitTest::GetInstance()->current_test_info()->name() + ".toml";
  const std::string bindings_ = path_ + ".bindings";
};

TEST_F(ConfigTest, TakesEverySetting) {
  const auto config = read(
      "socket = \"/run/x\"\nsocket_mode = 0o660\nlog_level = \"debug\"\ndata_model = \"ilp32\"\n"
      "[limits]\ntasks = 4096\nprocesses = 2048\nthreads_per_process = 5\n"
      "descriptors_per_process = 6\ndescriptors = 7\n");
  ASSERT_TRUE(config) << config.error();
  EXPECT_EQ(config->socket, "/run/x");
  EXPECT_EQ(config->socket_mode, 0660u);
  EXPECT_EQ(config->log_level, LogLevel::debug);
  EXPECT_EQ(config->data_model, kernel::DataModel::ilp32);
  EXPECT_EQ(config->limits.tasks, 4096u);
  EXPECT_EQ(config->limits.processes, 2048u);
  EXPECT_EQ(config->limits.threads_per_process, 5u);
  EXPECT_EQ(config->limits.descriptors_per_process, 6u);
  EXPECT_EQ(config->limits.descriptors, 7u);
}

TEST_F(ConfigTest, HasADefaultForEach) {
  const auto config = read("");
  ASSERT_TRUE(config) << config.error();
  EXPECT_EQ(config->socket, "/run/liteipc/lite_ipc");
  EXPECT_EQ(config->limits.tasks, 128u);
}

TEST_F(ConfigTest, ShowsEachDefaultInItsExample) {
  const auto shown = read_config(TOUCHSTONE_SOURCE_DIR "/daemon/liteipcd.toml");
  ASSERT_TRUE(shown) << shown.error();
  const Config config;
  EXPECT_EQ(shown->socket, config.socket);
  EXPECT_EQ(shown->socket_mode, config.socket_mode);
  EXPECT_EQ(shown->log_level, config.log_level);
  EXPECT_EQ(shown->data_model, config.data_model);
  EXPECT_EQ(shown->limits, config.limits);
}

TEST_F(ConfigTest, TakesTheBindingsOfTheServiceManager) {
  EXPECT_FALSE(read("")->bindings);
  const std::string bindings = "register uid=3 service=camera\n";
  const auto config = read_with_bindings(bindings);
  ASSERT_TRUE(config) << config.error();
  EXPECT_EQ(config->bindings, bindings);
}

TEST_F(ConfigTest, SaysWhichBindingIsWrongAndWhere) {
  EXPECT_EQ(read_with_bindings("# none\nregister uid=x service=camera\n").error(),
            bindings_ + ":2:14: `x` is no user id from 0 to 2147483647");
  std::filesystem::remove(bindings_);
  EXPECT_EQ(error_of("[service_manager]\nbindings = \"/nonexistent/x\""),
            "2: bindings: /nonexistent/x: cannot be read");
  EXPECT_EQ(error_of("service_manager = 3"), "1: service_manager: expected a table");
  EXPECT_EQ(error_of("[service_manager]\nbinding = 3"),
            "2: service_manager.binding: is no setting");
  EXPECT_EQ(error_of("[service_manager]\nbindings = 3"), "2: bindings: expected a text");
}

TEST_F(ConfigTest, SaysWhatIsWrongAndWhere) {
  EXPECT_EQ(error_of("\nsokcet = \"x\"\n"), "2: sokcet: is no setting");
  EXPECT_EQ(error_of("socket = 5"), "1: socket: expected a text");
  EXPECT_EQ(error_of("socket_mode = 0o1777"), "1: socket_mode: expected a number from 0 to 511");
  EXPECT_EQ(error_of("log_level = \"loud\""),
            "1: log_level: expected error, warning, info or debug, found `loud`");
  EXPECT_EQ(error_of("data_model = \"lp32\""),
            "1: data_model: expected ilp32 or lp64, found `lp32`");
  EXPECT_EQ(error_of("limits = 3"), "1: limits: expected a table, [limits]");
  EXPECT_EQ(error_of("[limits]\n\ntasks = 3"), "3: tasks: expected a number from 11 to 65536");
  EXPECT_EQ(error_of("[limits]\ntask = 300"), "2: limits.task: is no setting");
  EXPECT_NE(error_of("socket = "), "none");
  EXPECT_FALSE(read_config("/nonexistent/x.toml"));
}

}  // namespace
}  // namespace touchstone::daemon
