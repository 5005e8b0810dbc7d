// The reference service manager as the CMS of the reference kernel: requests, replies and access go
// through the device, as processes would do it.
#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "adapter/backends/reference_backend.h"
#include "conformance/userspace/services_messages.h"
#include "reference/kernel/abi.h"
#include "reference/services/endpoint.h"
#include "reference/services/service_manager.h"

namespace touchstone::userspace {
namespace {

constexpr std::int64_t eacces = -13;

struct Received {
  std::uint64_t message = 0;  // where it lies, to give it back
  kernel::Header header;
  ServicesParcel parcel;
};

// One process with one task and a mapped pool.
struct Process {
  std::uint32_t process = 0;
  std::uint32_t task = 0;
  std::uint64_t scratch = 0;
};

class Machine {
 public:
  Machine() : backend_(make_reference({.data_model = DataModel::ilp32})) {}

  Process spawn(std::uint32_t user) {
    const NewTask made = backend_->spawn(user, user).value();
    EXPECT_TRUE(backend_->open(made.task));
    EXPECT_TRUE(backend_->mmap(made.task, 16384, /*protection=*/1, /*flags=*/2));
    return {made.process, made.task, backend_->scratch(made.task).address};
  }
  void exit(const Process& process) { EXPECT_TRUE(backend_->exit_process(process.process)); }

  std::int64_t set_cms(const Process& cms) {
    return backend_->ioctl(cms.task, kernel::set_cms_word, services::message_bytes_max).value;
  }

  std::int64_t cms_command(const Process& cms, std::uint32_t command, std::uint32_t task,
                           std::uint32_t service, std::uint32_t* handle) {
    std::array<std::byte, kernel::cms_content_bytes> content{};
    kernel::store32(content, 0, command);
    kernel::store32(content, 4, task);
    kernel::store32(content, 8, service);
    backend_->write(cms.task, cms.scratch, content);
    const Completion done = backend_->ioctl(cms.task, kernel::cms_command_word, cms.scratch);
    backend_->read(cms.task, cms.scratch, content);
    if (handle != nullptr) *handle = kernel::load32(content, 8);
    return done.value;
  }

  Completion send(const Process& from, kernel::Header header, const ServicesParcel& parcel,
                  std::uint32_t flags, std::uint64_t given_back = 0) {
    const std::uint64_t data = from.scratch + 0x400;
    const std::uint64_t offsets = from.scratch + 0x200;
    std::vector<std::byte> table(parcel.offsets.size() * kernel::offset_bytes);
    for (std::size_t index = 0; index < parcel.offsets.size(); ++index) {
      kernel::store32(table, index * kernel::offset_bytes, parcel.offsets[index]);
    }
    header.data_bytes = static_cast<std::uint32_t>(parcel.data.size());
    header.data = data;
    header.object_count = static_cast<std::uint32_t>(parcel.offsets.size());
    header.offsets = offsets;
    std::vector<std::byte> message(abi_.limits.message_header_bytes);
    kernel::encode_header(abi_, header, message);
    backend_->write(from.task, data, parcel.data);
    backend_->write(from.task, offsets, table);
    backend_->write(from.task, from.scratch + 0x100, message);
    return transfer(from, flags | kernel::flag_send, given_back);
  }

  // What waits for the task, or nothing.
  std::optional<Received> receive(const Process& to) {
    const Completion done = transfer(to, kernel::flag_receive, 0);
    return done.blocked || done.value != 0 ? std::nullopt : std::optional(received(to));
  }
  // What the last call of the task brought.
  Completion poll(const Process& process) { return backend_->poll(process.task); }
  Received received(const Process& to) {
    Received got;
    std::vector<std::byte> content(abi_.content_bytes);
    backend_->read(to.task, to.scratch, content);
    got.message = kernel::load_pointer(abi_, content, abi_.in_message);
    std::vector<std::byte> header(abi_.limits.message_header_bytes);
    EXPECT_TRUE(backend_->read(to.task, got.message, header));
    got.header = kernel::decode_header(abi_, header);
    got.parcel.data.resize(got.header.data_bytes);
    // Without bytes the pointers of a message are not looked at.
    EXPECT_TRUE(got.parcel.data.empty() ||
                backend_->read(to.task, got.header.data, got.parcel.data));
    std::vector<std::byte> table(got.header.object_count * kernel::offset_bytes);
    EXPECT_TRUE(table.empty() || backend_->read(to.task, got.header.offsets, table));
    for (std::size_t at = 0; at < table.size(); at += kernel::offset_bytes) {
      got.parcel.offsets.push_back(kernel::load32(table, at));
    }
    return got;
  }

 private:
  Completion transfer(const Process& process, std::uint32_t flags, std::uint64_t given_back) {
    std::vector<std::byte> content(abi_.content_bytes);
    kernel::store32(content, 0, flags);
    kernel::store_pointer(abi_, content, abi_.out_message, process.scratch + 0x100);
    kernel::store_pointer(abi_, content, abi_.buffer, given_back);
    backend_->write(process.task, process.scratch, content);
    return backend_->ioctl(process.task, abi_.send_receive_word, process.scratch);
  }

  const kernel::Abi& abi_ = kernel::abi_of(kernel::DataModel::ilp32);
  std::unique_ptr<Backend> backend_;
};

// The kernel's two commands, given by the task of the manager.
class DeviceKernel : public services::KernelPort {
 public:
  DeviceKernel(Machine& machine, const Process& manager) : machine_(machine), manager_(manager) {}

  std::expected<services::Handle, services::KernelRefusal> generate_handle(
      services::TaskId task) override {
    std::uint32_t handle = 0;
    const auto result =
        machine_.cms_command(manager_, kernel::gen_handle_command, task, 0, &handle);
    if (result != 0) return refusal(result);
    return handle;
  }
  std::expected<void, services::KernelRefusal> add_access(services::TaskId client,
                                                          services::Handle service) override {
    const auto result =
        machine_.cms_command(manager_, kernel::add_access_command, client, service, nullptr);
    if (result != 0) return refusal(result);
    return {};
  }

 private:
  static std::unexpected<services::KernelRefusal> refusal(std::int64_t result) {
    return std::unexpected(services::KernelRefusal{static_cast<std::int32_t>(-result)});
  }

  Machine& machine_;
  const Process& manager_;
};

class ServicesOnKernel : public testing::Test {
 protected:
  ServicesOnKernel() {
    EXPECT_EQ(machine_.set_cms(cms_), 0);
    EXPECT_TRUE(
        manager_.load_bindings("register uid=3 service=camera\n"
                               "reach uid=1000 service=camera\n"));
  }

  // A request to handle 0, the manager's turn, and what came back.
  ServicesParcel ask(const Process& from, const ServicesParcel& request) {
    kernel::Header header;
    header.code = services::manager_code;
    const Completion sent = machine_.send(from, header, request, kernel::flag_receive);
    EXPECT_TRUE(sent.blocked) << sent.value;
    manage();
    EXPECT_FALSE(machine_.poll(from).blocked);
    return machine_.received(from).parcel;
  }

  void manage() {
    const std::optional<Received> got = machine_.receive(cms_);
    ASSERT_TRUE(got);
    const auto answer = manager_.handle(
        {.caller = {got->header.process_id, got->header.task_id, got->header.user_id},
         .data = got->parcel.data,
         .token = got->header.token,
         .now_ns = got->header.timestamp});
    ASSERT_TRUE(answer);
    kernel::Header reply = got->header;
    reply.type = kernel::reply;
    reply.handle = got->header.task_id;
    const Completion replied = machine_.send(cms_, reply, {answer->data, answer->offsets},
                                             kernel::flag_buffer_free, got->message);
    EXPECT_EQ(replied.value, 0);
  }

  std::string ask_for(const Process& from, ServicesAnswer kind, const ServicesParcel& request) {
    std::string text;
    for (const auto& [key, value] : shown_answer(model, kind, ask(from, request))) {
      if (key != "data") text += key + "=" + value + " ";
    }
    return text;
  }
  std::string post(const Process& from) {
    return ask_for(from, ServicesAnswer::handle, number_request(model, std::array{0u, 1u}));
  }
  std::string put(const Process& from, std::uint32_t token) {
    return ask_for(from, ServicesAnswer::put,
                   feature_request(model, 2, "camera", std::nullopt, token));
  }
  std::string get(const Process& from) {
    return ask_for(from, ServicesAnswer::get,
                   feature_request(model, 0, "camera", std::nullopt, std::nullopt));
  }
  Completion call(const Process& from, const Process& service, std::uint32_t token) {
    kernel::Header header;
    header.handle = service.task;
    header.token = token;
    header.flag = kernel::message_flag_oneway;
    return machine_.send(from, header, {}, 0);
  }

  static constexpr DataModel model = DataModel::ilp32;
  Machine machine_;
  Process cms_ = machine_.spawn(0);
  DeviceKernel kernel_{machine_, cms_};
  services::ServiceManager manager_{kernel_, services::DataModel::ilp32};
  Process camera_ = machine_.spawn(3);
  Process app_ = machine_.spawn(1000);
};

TEST_F(ServicesOnKernel, GivesAHandleThatCanBeCalledAndNotBefore) {
  const std::string handle = std::to_string(camera_.task);
  EXPECT_EQ(post(camera_), "handle=" + handle + " offsets=- ");
  EXPECT_EQ(put(camera_, 7), "ret=0 handle=" + handle + " token=7 policies=fixed:1000 offsets=4 ");
  EXPECT_EQ(call(app_, camera_, 7).value, eacces);
  EXPECT_EQ(get(app_), "ret=0 handle=" + handle + " token=7 offsets=4 ");
  EXPECT_EQ(call(app_, camera_, 7).value, 0);
  const std::optional<Received> called = machine_.receive(camera_);
  ASSERT_TRUE(called);
  EXPECT_EQ(called->header.token, 7u);
  EXPECT_EQ(called->header.user_id, 1000u);
}

TEST_F(ServicesOnKernel, GivesAClientWithoutABindingNoAccess) {
  const Process stranger = machine_.spawn(1001);
  post(camera_);
  put(camera_, 7);
  EXPECT_EQ(get(stranger), "ret=-12 offsets=- ");
  EXPECT_EQ(call(stranger, camera_, 7).value, eacces);
}

TEST_F(ServicesOnKernel, LeadsToAnotherProviderAfterAReload) {
  const Process other = machine_.spawn(4);
  post(camera_);
  put(camera_, 7);
  get(app_);
  ASSERT_TRUE(
      manager_.load_bindings("register uid=4 service=fake\n"
                             "reach uid=1000 service=camera provider=fake\n"));
  post(other);
  ask(other, feature_request(model, 2, "fake", std::nullopt, 9));
  EXPECT_EQ(get(app_), "ret=0 handle=" + std::to_string(other.task) + " token=9 offsets=4 ");
  EXPECT_EQ(call(app_, other, 9).value, 0);
}

TEST_F(ServicesOnKernel, AnswersFailureForAProviderWhoseEndItWasNotYetTold) {
  post(camera_);
  put(camera_, 7);
  machine_.exit(camera_);
  EXPECT_EQ(get(app_), "ret=-1 offsets=- ");
  manager_.process_ended(camera_.process);
  EXPECT_EQ(get(app_), "ret=-11 offsets=- ");
  EXPECT_EQ(manager_.references_of(app_.process), 0u);
}

// The reply goes through the kernel, and the endpoint admits whom the manager gave the handle.
TEST_F(ServicesOnKernel, TheEndpointAdmitsWhomTheManagerAdmits) {
  post(camera_);
  const ServicesParcel answer = ask(camera_, feature_request(model, 2, "camera", std::nullopt, 7));
  services::Endpoint endpoint(services::DataModel::ilp32);
  endpoint.add_service(7, /*is_exempt=*/false);
  EXPECT_TRUE(endpoint.learn(7, {answer.data, answer.offsets}));
  EXPECT_TRUE(endpoint.takes({.user = 1000, .token = 7, .now_ns = 1}));
  EXPECT_FALSE(endpoint.takes({.user = 1001, .token = 7, .now_ns = 1}));
}

}  // namespace
}  // namespace touchstone::userspace
