#include "daemon/service_manager_task.h"

#include <touchstone/lite_ipc_abi.h>

#include <utility>

#include "reference/kernel/errors.h"

namespace touchstone::daemon {
namespace {

// Where its memory lies, if it were a process of its own.
constexpr kernel::Address argument_at = 0x10000000, message_at = 0x10001000, data_at = 0x10002000,
                          offsets_at = 0x10006000, pool_at = 0x20000000;

services::DataModel model_of(const Broker& broker) {
  return broker.data_model() == kernel::DataModel::ilp32 ? services::DataModel::ilp32
                                                         : services::DataModel::lp64;
}

std::unexpected<services::KernelRefusal> refusal(std::int64_t value) {
  return std::unexpected(services::KernelRefusal{static_cast<std::int32_t>(-value)});
}

}  // namespace

ServiceManagerTask::ServiceManagerTask(Broker& broker, std::string_view bindings)
    : broker_(broker),
      abi_(kernel::abi_of(broker.data_model())),
      manager_(*this, model_of(broker)) {
  const auto loaded = manager_.load_bindings(bindings);
  CHECK(loaded, "SMG-26");
}

std::int64_t ServiceManagerTask::start(const Peer& self) {
  liteipcd_hello hello{};
  hello.version = LITEIPCD_PROTOCOL_VERSION;
  hello.pointer_bytes = static_cast<std::uint32_t>(abi_.pointer_bytes);
  hello.thread = static_cast<std::uint32_t>(self.pid);
  const std::int64_t task = broker_.join(self, hello);
  CHECK(task >= 0, "LIF-20");
  task_ = static_cast<kernel::TaskId>(task);
  broker_.host(*this);
  const std::int64_t opened = broker_.open(task_);
  CHECK(opened == 0, "DEV-1");
  UniqueFd file;
  const liteipcd_mmap request{kernel::pool_bytes_max, pool_at, TOUCHSTONE_PROT_READ,
                              TOUCHSTONE_MAP_PRIVATE};
  if (const std::int64_t mapped = broker_.mmap(task_, request, file); mapped != 0) return mapped;
  const auto is_cms = call(kernel::set_cms_word, services::message_bytes_max, {});  // SMG-4
  CHECK(is_cms && is_cms->value == 0, "CMS-3");
  answer_ = exchange(kernel::flag_receive, 0, {});
  is_busy_ = false;
  return 0;
}

// Its own calls bring answers too, and those of others: the next message is there when it has
// received it, whoever called.
void ServiceManagerTask::take_turn() {
  if (is_busy_) return;
  is_busy_ = true;
  while (answer_) {
    CHECK(answer_->value == 0, "RCV-3");
    serve(kernel::load_pointer(abi_, std::exchange(answer_, std::nullopt)->written.bytes, 0));
    answer_ = exchange(kernel::flag_receive, 0, {});
  }
  is_busy_ = false;
}

void ServiceManagerTask::serve(kernel::Address message) {
  const kernel::ProcessIpc& ipc = *broker_.kernel().process(broker_.kernel().process_of(task_)).ipc;
  const auto block = static_cast<kernel::PoolOffset>(message - ipc.pool->address());
  const kernel::Header header = ipc.delivered.at(block)->header;
  const auto data =
      ipc.pool->block(block).subspan(abi_.limits.message_header_bytes, header.data_bytes);
  const services::Request request{.caller = {header.process_id, header.task_id, header.user_id},
                                  .data = data,
                                  .token = header.token,
                                  .is_one_way = header.flag == kernel::message_flag_oneway,
                                  .now_ns = header.timestamp};
  const bool is_request = header.type == kernel::request;
  const auto answer = is_request ? manager_.handle(request) : std::nullopt;
  if (!answer) {
    exchange(kernel::flag_buffer_free, message, {});
  } else {
    reply(header, message, *answer);
  }
}

// A client that has gone, or has no room, gets none: what comes of it does not matter here.
void ServiceManagerTask::reply(const kernel::Header& request, kernel::Address message,
                               const services::Parcel& answer) {
  kernel::Header header = request;
  header.type = kernel::reply;
  header.handle = request.task_id;
  header.data_bytes = static_cast<std::uint32_t>(answer.data.size());
  header.data = data_at;
  header.object_count = static_cast<std::uint32_t>(answer.offsets.size());
  header.offsets = offsets_at;
  std::vector<std::byte> bytes(abi_.limits.message_header_bytes);
  kernel::encode_header(abi_, header, bytes);
  exchange(kernel::flag_send | kernel::flag_buffer_free, message,
           {{message_at, bytes},
            {data_at, answer.data},
            {offsets_at, std::as_bytes(std::span(answer.offsets))}});
}

std::optional<CallAnswer> ServiceManagerTask::exchange(std::uint32_t flags,
                                                       kernel::Address given_back,
                                                       std::vector<Segment> memory) {
  std::vector<std::byte> content(abi_.content_bytes);
  kernel::store32(content, 0, flags);
  kernel::store_pointer(abi_, content, abi_.out_message, message_at);
  kernel::store_pointer(abi_, content, abi_.buffer, given_back);
  memory.push_back({argument_at, content});
  return call(abi_.send_receive_word, argument_at, std::move(memory));
}

std::optional<CallAnswer> ServiceManagerTask::call(std::uint64_t command, std::uint64_t argument,
                                                   std::vector<Segment> memory) {
  broker_.ioctl(task_, {command, argument, true, std::move(memory), {}}, {});
  return std::exchange(answer_, std::nullopt);
}

CallAnswer ServiceManagerTask::command(std::uint32_t command, std::uint32_t subject,
                                       std::uint32_t service) {
  std::vector<std::byte> content(kernel::cms_content_bytes);
  kernel::store32(content, 0, command);
  kernel::store32(content, 4, subject);
  kernel::store32(content, 8, service);
  auto answer = call(kernel::cms_command_word, argument_at, {{argument_at, content}});
  CHECK(answer, "CMS-7");
  return *std::move(answer);
}

std::expected<services::Handle, services::KernelRefusal> ServiceManagerTask::generate_handle(
    services::TaskId task) {
  const CallAnswer answer = command(kernel::gen_handle_command, task, 0);
  if (answer.value != 0) return refusal(answer.value);
  return kernel::load32(answer.written.bytes, 8);
}

std::expected<void, services::KernelRefusal> ServiceManagerTask::add_access(
    services::TaskId client, services::Handle service) {
  const CallAnswer answer = command(kernel::add_access_command, client, service);
  if (answer.value != 0) return refusal(answer.value);
  return {};
}

}  // namespace touchstone::daemon
