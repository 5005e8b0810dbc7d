// The service manager as a task of the daemon's own: asked by clients, over the kernel.
#include "daemon/service_manager_task.h"

#include <algorithm>
#include <array>

#include "daemon/trace_test_support.h"
#include "reference/services/fields.h"

namespace touchstone::daemon {
namespace {

using services::FieldReader;
using services::FieldWriter;

constexpr const char* bindings =
    "register uid=1000 service=camera\n"
    "reach uid=1000 service=camera\n";

class ServiceManagerTaskTest : public TracedBroker {
 protected:
  void SetUp() override { ASSERT_EQ(manager_.start({getpid(), 0, 0}), 0); }

  // A request, and the answer's data as the client finds it.
  std::vector<std::byte> ask(kernel::TaskId client, const services::Parcel& request) {
    Call call(TOUCHSTONE_SEND | TOUCHSTONE_RECV);
    call.message.code = services::manager_code;
    call.data.resize(request.data.size());
    std::memcpy(call.data.data(), request.data.data(), request.data.size());
    EXPECT_EQ(exchange(client, call), 0);
    const auto& ipc = broker_.kernel().process(broker_.kernel().process_of(client)).ipc;
    const auto block = static_cast<kernel::PoolOffset>(message_of(client) - pool_at);
    const auto data =
        ipc->pool->block(block).subspan(80, ipc->delivered.at(block)->header.data_bytes);
    std::vector<std::byte> answer(data.begin(), data.end());
    EXPECT_EQ(exchange(client, Call(0).giving_back(message_of(client))), 0);
    return answer;
  }
  std::uint32_t post(kernel::TaskId client) {
    FieldWriter request(services::DataModel::lp64);
    const auto answer = ask(client, request.number(0).number(1).finish());
    return FieldReader(services::DataModel::lp64, answer).number();
  }
  // Of service camera.
  std::vector<std::byte> feature(kernel::TaskId client, std::uint32_t option) {
    FieldWriter request(services::DataModel::lp64);
    request.number(1).number(option).text("camera").truth(true);
    if (option == 2) request.number(77);
    return ask(client, request.finish());
  }
  static std::int32_t code_of(std::span<const std::byte> answer) {
    return FieldReader(services::DataModel::lp64, answer).signed_number();
  }

  ServiceManagerTask manager_{broker_, bindings};
};

TEST_F(ServiceManagerTaskTest, GivesAFeatureToAnotherClient) {
  const kernel::TaskId camera = arrive(100), app = arrive(200);
  EXPECT_EQ(post(camera), camera);
  EXPECT_EQ(code_of(feature(camera, 2)), 0);
  Call call(TOUCHSTONE_SEND);
  call.message.target_handle = camera;
  EXPECT_EQ(exchange(app, call), -EACCES);
  const auto got = feature(app, 0);
  ASSERT_EQ(code_of(got), 0);
  const std::array<std::uint32_t, 1> offsets{4};  // behind the code
  FieldReader fields(services::DataModel::lp64, got, offsets);
  fields.number();
  const services::ServiceObject service = fields.service();
  EXPECT_EQ(service.handle, camera);
  EXPECT_EQ(service.token, 77u);
  EXPECT_EQ(exchange(app, call), 0);
  EXPECT_EQ(exchange(camera, Call(TOUCHSTONE_RECV)), 0);
  EXPECT_EQ(broker_.kernel().broken_invariant(), std::nullopt);
}

TEST_F(ServiceManagerTaskTest, ForgetsAServiceWithItsProcess) {
  const kernel::TaskId camera = arrive(100), app = arrive(200);
  post(camera);
  EXPECT_EQ(code_of(feature(camera, 2)), 0);
  broker_.end_process(100);
  EXPECT_EQ(code_of(feature(app, 0)), static_cast<std::int32_t>(services::Code::no_service));
}

TEST_F(ServiceManagerTaskTest, AnswersNoOneWayRequestAndHoldsNothing) {
  const kernel::TaskId client = arrive(100);
  for (int i = 0; i < 3; ++i) {
    Call call(TOUCHSTONE_SEND);
    call.message.flag = TOUCHSTONE_FLAG_ONEWAY;
    EXPECT_EQ(exchange(client, call), 0);
  }
  const auto& kernel = broker_.kernel();
  EXPECT_TRUE(kernel.sleeps(manager_.task()));
  EXPECT_TRUE(kernel.process(kernel.process_of(manager_.task())).ipc->delivered.empty());
}

TEST_F(ServiceManagerTaskTest, GoesOnWhereAnAnswerHasNoRoom) {
  const kernel::TaskId small = arrive(100, 1);
  EXPECT_EQ(exchange(small, Call(TOUCHSTONE_SEND | TOUCHSTONE_RECV).with_data("x")), 0);
  const kernel::TaskId other = arrive(200);
  Call fill(TOUCHSTONE_SEND);
  fill.message.target_handle = join(100, 101);
  while (exchange(small, fill) == 0) {
  }
  Call call(TOUCHSTONE_SEND | TOUCHSTONE_RECV);
  EXPECT_EQ(exchange(small, call.with_data(std::string(100, 'x'))), std::nullopt);
  EXPECT_EQ(post(other), other);
}

TEST_F(ServiceManagerTaskTest, IsTheBeginningOfACase) {
  begin_whole();
  const kernel::TaskId camera = arrive(100), app = arrive(200);
  post(camera);
  feature(camera, 2);
  feature(app, 0);
  broker_.end_process(100);
  const auto text = case_of(heard());
  ASSERT_TRUE(text) << text.error();
  const std::vector<std::string> steps = played(*text);
  for (const std::string& step : steps) EXPECT_FALSE(step.contains(" BUT ")) << step;
  EXPECT_EQ(steps[3], "T10 set_cms 256 -> 0");
  EXPECT_EQ(steps[4], "T10 recv -> blocked");
  EXPECT_EQ(std::ranges::count(steps, "T10 cms gen_handle subject=T11 -> 0 service=T11"), 1);
  broker_.end_process(200);
  EXPECT_TRUE(trace_.ask(2, "trace whole").value().contains("\"trace\""));
}

}  // namespace
}  // namespace touchstone::daemon
