#include "reference/services/service_manager.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace touchstone::services {
namespace {

class FakeKernel : public KernelPort {
 public:
  std::expected<Handle, KernelRefusal> generate_handle(TaskId task) override { return task; }
  std::expected<void, KernelRefusal> add_access(TaskId client, Handle service) override {
    given.emplace_back(client, service);
    return {};
  }
  std::vector<std::pair<TaskId, Handle>> given;
};

constexpr Caller camera{10, 11, 3};
constexpr Caller app{20, 21, 1000};

class Manager : public testing::Test {
 protected:
  Manager() {
    EXPECT_TRUE(
        manager_.load_bindings("register uid=3 service=camera\n"
                               "reach uid=1000-1999 service=camera\n"
                               "reach uid=5 service=camera\n"));
  }
  std::optional<Parcel> send(const Caller& caller, const Parcel& parcel) {
    return manager_.handle({.caller = caller, .data = parcel.data});
  }
  // The first number of the answer.
  std::int32_t code_of(const Caller& caller, const Parcel& parcel) {
    const std::optional<Parcel> answer = send(caller, parcel);
    if (!answer) return 1;
    return FieldReader(model, answer->data, answer->offsets).signed_number();
  }
  void register_camera() {
    EXPECT_EQ(code_of(camera, FieldWriter(model).number(0).number(1).finish()), 11);
    put_answer_ = *send(camera, feature(2).number(7).finish());
  }
  static FieldWriter feature(std::uint32_t option) {
    FieldWriter fields(model);
    fields.number(1).number(option).text("camera").truth(true);
    return fields;
  }

  static constexpr DataModel model = DataModel::ilp32;
  FakeKernel kernel_;
  ServiceManager manager_{kernel_, model};
  Parcel put_answer_;
};

TEST_F(Manager, AdmitsExactlyTheUsersWhomTheEndpointAdmits) {
  register_camera();
  Endpoint endpoint(model);
  endpoint.add_service(7, false);
  ASSERT_TRUE(endpoint.learn(7, put_answer_));
  std::uint64_t now = 0;
  for (const UserId user : {0u, 4u, 5u, 6u, 999u, 1000u, 1999u, 2000u, 0x7fffffffu, 0xffffffffu}) {
    now += 1'000'000'000;
    const Caller caller{30, 31, user};
    const Parcel request = feature(0).finish();
    const auto answer = manager_.handle({.caller = caller, .data = request.data, .now_ns = now});
    const bool is_given = FieldReader(model, answer->data).signed_number() == 0;
    EXPECT_EQ(is_given, endpoint.takes({.user = user, .token = 7, .now_ns = now})) << user;
  }
}

TEST_F(Manager, HoldsReferencesByServiceAndFeature) {
  register_camera();
  EXPECT_EQ(manager_.references_of(app.process), 0u);
  EXPECT_EQ(code_of(app, feature(0).finish()), 0);
  EXPECT_EQ(code_of(app, feature(0).finish()), 0);
  EXPECT_EQ(manager_.references_of(app.process), 1u);
  EXPECT_EQ(kernel_.given.size(), 2u);
  manager_.process_ended(camera.process);
  EXPECT_EQ(manager_.references_of(app.process), 0u);
}

TEST_F(Manager, ForgetsAProcessThatItNeverKnew) {
  register_camera();
  manager_.process_ended(99);
  EXPECT_EQ(code_of(app, feature(0).finish()), 0);
}

// Every prefix of every request, and every single byte of it changed: an answer, always.
TEST_F(Manager, AnswersWhateverTheBytes) {
  register_camera();
  const std::vector<Parcel> requests = [] {
    std::vector<Parcel> made;
    made.push_back(feature(2).number(7).finish());
    made.push_back(feature(0).finish());
    made.push_back(FieldWriter(model).number(2).number(4).number(0).finish());
    made.push_back(FieldWriter(model).number(2).number(2).text("a.b").truth(true).finish());
    return made;
  }();
  std::uint64_t now = 0;
  const auto is_answered = [&](std::span<const std::byte> data) {
    now += 1'000'000;
    return manager_.handle({.caller = camera, .data = data, .now_ns = now}).has_value();
  };
  for (const Parcel& request : requests) {
    for (std::size_t bytes = 0; bytes < request.data.size(); ++bytes) {
      EXPECT_TRUE(is_answered(std::span(request.data).first(bytes)));
      Parcel changed = request;
      for (int value = 0; value < 256; ++value) {
        changed.data[bytes] = static_cast<std::byte>(value);
        EXPECT_TRUE(is_answered(changed.data));
      }
    }
  }
}

}  // namespace
}  // namespace touchstone::services
