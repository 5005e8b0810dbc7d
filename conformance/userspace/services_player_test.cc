#include "conformance/userspace/services_player.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "conformance/userspace/services_reference.h"
#include "conformance/userspace/shown.h"

namespace touchstone::userspace {
namespace {

class ServicesSteps : public testing::Test {
 protected:
  // What the last of the steps shows, or "COLUMN: expected ..." of a malformed one.
  std::string played(const std::string& steps, DataModel model = DataModel::ilp32) {
    const auto script = parse_script("case: sample\n\n" + steps);
    EXPECT_TRUE(script) << script.error().line << ": expected " << script.error().expected;
    if (!script) return {};
    const auto factory = reference_services();
    ServicesPlayer player(*factory, model);
    EXPECT_TRUE(player.is_ready());
    std::string last;
    for (const ScriptStep& step : script->steps) {
      const auto shown = player.play(step);
      if (!shown) return std::to_string(shown.error().column) + ": " + shown.error().expected;
      last = text_of(*shown);
      for (const auto& [key, value] : shown->values) EXPECT_TRUE(player.can_show(step, key)) << key;
    }
    state_ = player.describe_state();
    return last;
  }

  std::string state_;
};

constexpr const char* camera =
    "client camera pid=10 tid=11 uid=3\n"
    "binding register uid=3 service=camera\n"
    "binding reach uid=1-5 service=camera\n"
    "reload\n"
    "camera post\n";

TEST_F(ServicesSteps, ShowEveryFieldOfAnAnswer) {
  EXPECT_EQ(played("client camera pid=10 tid=11 uid=3\ncamera post\n"),
            "answered handle=11 data=0b000000 offsets=- kernel=generate:11");
  EXPECT_EQ(played(std::string(camera) + "camera put camera token=7\n"),
            "answered ret=0 handle=11 token=7 policies=range:1-5 "
            "data=00000000020000000b000000070000000000000001000000010000000100000005000000 "
            "offsets=4 kernel=-");
  EXPECT_EQ(played(std::string(camera) + "camera get camera\n"),
            "answered ret=-11 data=f5ffffff offsets=- kernel=-");
  EXPECT_EQ(played(std::string(camera) + "camera get camera oneway=1\n"), "none kernel=-");
}

TEST_F(ServicesSteps, ShowNothingThatIsNotInTheAnswer) {
  EXPECT_EQ(played(std::string(camera) + "camera syscap_get a.b option=4\n"),
            "answered ret=0 registered=1 data=00000000010000000000000000000000 offsets=- kernel=-");
  EXPECT_EQ(played(std::string(camera) + "camera syscap_all 0 option=0\n"),
            "answered ret=-9 data=f7ffffff offsets=- kernel=-");
}

TEST_F(ServicesSteps, TellWhereTheyAreMalformed) {
  const std::string client = "client camera pid=10 tid=11 uid=3\n";
  EXPECT_EQ(played("clint camera\n"),
            "1: a verb of the service manager, or a client or endpoint named");
  EXPECT_EQ(played("client reload pid=1\n"), "8: a name of its own");
  EXPECT_EQ(played(client + "endpoint camera\n"), "10: a name of its own");
  EXPECT_EQ(played("exit nobody\n"), "6: a client that was named before");
  EXPECT_EQ(played("references nobody\n"), "12: a client that was named before");
  EXPECT_EQ(played("kernel access=maybe\n"), "15: given or refused");
  EXPECT_EQ(played(client + "camera sing loudly\n"), "8: something that a client does");
  EXPECT_EQ(played(client + "camera sing_many 3 loudly\n"), "20: something done often");
  EXPECT_EQ(played(client + "camera raw 123\n").substr(0, 3), "12:");
  EXPECT_EQ(played("binding_many 3 reach\n"), "16: a line in quotes with # for the number");
  EXPECT_EQ(played("endpoint camera\ncamera learn range:5 token=1\n"),
            "14: range:N-M, fixed:N/N, bundle:N or type:N");
  EXPECT_EQ(played("endpoint camera\ncamera sing\n"), "8: service, learn, call or call_many");
  EXPECT_NE(played("reload now\n").substr(0, 1), "a");
}

TEST_F(ServicesSteps, DescribeTheClients) {
  played(std::string(camera) + "camera put camera\ncamera get camera\n");
  EXPECT_EQ(state_, "camera: process 10, task 11, uid 3, references 1\n");
}

// An implementation with the required functions alone.
class BareServices : public ServicesFactory {
 public:
  std::unique_ptr<ServicesPort> create(DataModel model, ServicesHost& host) override {
    class Bare : public ServicesPort {
     public:
      explicit Bare(std::unique_ptr<ServicesPort> all) : all_(std::move(all)) {}
      std::uint32_t message_bytes_max() const override { return all_->message_bytes_max(); }
      std::expected<void, BindingsRefusal> load_bindings(std::string_view text) override {
        return all_->load_bindings(text);
      }
      std::optional<ServicesParcel> handle(const ServicesRequest& request) override {
        return all_->handle(request);
      }
      void process_ended(std::uint32_t process) override { all_->process_ended(process); }
      std::optional<std::uint32_t> references(std::uint32_t) override { return std::nullopt; }

     private:
      std::unique_ptr<ServicesPort> all_;
    };
    return std::make_unique<Bare>(reference_->create(model, host));
  }
  std::unique_ptr<EndpointPort> create_endpoint(DataModel) override { return nullptr; }
  std::optional<std::uint32_t> gather(DataModel, std::uint32_t,
                                      std::span<const ServicesParcel>) override {
    return std::nullopt;
  }

 private:
  std::unique_ptr<ServicesFactory> reference_ = reference_services();
};

TEST(ServicesLacks, AreNamedByTheFunction) {
  BareServices bare;
  for (const auto& [steps, function] :
       {std::pair("client a pid=1 tid=2 uid=3\nreferences a\n", "references"),
        std::pair("endpoint e\n", "create_endpoint"), std::pair("gather 1\n", "gather")}) {
    ServicesPlayer player(bare, DataModel::ilp32);
    const auto script = parse_script("case: sample\n\n" + std::string(steps));
    ASSERT_TRUE(script);
    std::string lacks;
    for (const ScriptStep& step : script->steps) lacks = player.play(step).value().lacks;
    EXPECT_EQ(lacks, function);
  }
}

}  // namespace
}  // namespace touchstone::userspace
