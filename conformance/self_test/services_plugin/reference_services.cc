// The reference service manager as a shared object (include/touchstone/service_manager.h): what
// another implementation of it looks like, and what faults are planted in.
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "reference/services/capability_list.h"
#include "reference/services/endpoint.h"
#include "reference/services/service_manager.h"
#include "touchstone/service_manager.h"

namespace services = touchstone::services;

namespace {

services::DataModel model_of(std::uint32_t model) {
  return model == TOUCHSTONE_PARCELS_ILP32 ? services::DataModel::ilp32 : services::DataModel::lp64;
}

std::span<const std::byte> data_of(const touchstone_parcel& parcel) {
  return {static_cast<const std::byte*>(parcel.data), parcel.data_bytes};
}

services::Parcel parcel_of(const touchstone_parcel& parcel) {
  const std::span<const std::byte> data = data_of(parcel);
  services::Parcel copy{{data.begin(), data.end()}, {}};
  if (parcel.offset_count != 0) {
    copy.offsets.assign(parcel.offsets, parcel.offsets + parcel.offset_count);
  }
  return copy;
}

class HostKernel : public services::KernelPort {
 public:
  explicit HostKernel(const touchstone_service_manager_host& host) : host_(host) {}

  std::expected<services::Handle, services::KernelRefusal> generate_handle(
      services::TaskId task) override {
    services::Handle handle = 0;
    const std::int32_t given = host_.generate_handle(host_.host, task, &handle);
    if (given != 0) return std::unexpected(services::KernelRefusal{-given});
    return handle;
  }
  std::expected<void, services::KernelRefusal> add_access(services::TaskId client,
                                                          services::Handle service) override {
    const std::int32_t given = host_.add_access(host_.host, client, service);
    if (given != 0) return std::unexpected(services::KernelRefusal{-given});
    return {};
  }

 private:
  touchstone_service_manager_host host_;
};

}  // namespace

struct touchstone_manager {
  touchstone_manager(services::DataModel model, const touchstone_service_manager_host& host)
      : kernel(host), manager(kernel, model) {}

  HostKernel kernel;
  services::ServiceManager manager;
  std::optional<services::Parcel> answer;  // valid until the next call
  std::string reason;
};

struct touchstone_endpoint {
  services::Endpoint endpoint;
};

namespace {

touchstone_manager* create(std::uint32_t model, const touchstone_service_manager_host* host) {
  return new touchstone_manager(model_of(model), *host);
}

void destroy(touchstone_manager* manager) { delete manager; }

std::int32_t load_bindings(touchstone_manager* manager, const char* text, std::size_t bytes,
                           touchstone_bindings_refusal* refusal) {
  const auto loaded = manager->manager.load_bindings(std::string_view(text, bytes));
  if (loaded) return 0;
  manager->reason = loaded.error().reason;
  *refusal = {loaded.error().line, loaded.error().column, manager->reason.c_str()};
  return 1;
}

std::int32_t handle(touchstone_manager* manager, const touchstone_service_manager_request* request,
                    touchstone_parcel* answer) {
  manager->answer =
      manager->manager.handle({.caller = {request->process, request->task, request->user},
                               .data = data_of(request->parcel),
                               .token = request->token,
                               .is_one_way = request->is_one_way != 0,
                               .now_ns = request->now_ns});
  if (!manager->answer) return 0;
  const services::Parcel& given = *manager->answer;
  *answer = {given.data.data(), given.data.size(), given.offsets.data(), given.offsets.size()};
  return 1;
}

void process_ended(touchstone_manager* manager, std::uint32_t process) {
  manager->manager.process_ended(process);
}

std::uint32_t references(touchstone_manager* manager, std::uint32_t process) {
  return static_cast<std::uint32_t>(manager->manager.references_of(process));
}

touchstone_endpoint* create_endpoint(std::uint32_t model) {
  return new touchstone_endpoint{services::Endpoint(model_of(model))};
}

void destroy_endpoint(touchstone_endpoint* endpoint) { delete endpoint; }

void add_service(touchstone_endpoint* endpoint, std::uint32_t token, std::uint32_t is_exempt) {
  endpoint->endpoint.add_service(token, is_exempt != 0);
}

void learn(touchstone_endpoint* endpoint, std::uint32_t token, const touchstone_parcel* answer) {
  endpoint->endpoint.learn(token, parcel_of(*answer));
}

std::int32_t takes(touchstone_endpoint* endpoint, std::uint32_t user, std::uint32_t token,
                   std::uint64_t now_ns) {
  return endpoint->endpoint.takes({user, token, now_ns}) ? 1 : 0;
}

std::uint32_t gather(std::uint32_t model, std::uint32_t capacity, const touchstone_parcel* answers,
                     std::size_t answer_count) {
  services::CapabilityList list(model_of(model), capacity);
  for (std::size_t index = 0; index < answer_count; ++index) list.take(parcel_of(answers[index]));
  return static_cast<std::uint32_t>(list.names().size());
}

constexpr touchstone_service_manager_table table{
    .interface_version = TOUCHSTONE_SERVICE_MANAGER_VERSION,
    .struct_bytes = sizeof(touchstone_service_manager_table),
    .name = "touchstone reference",
    .version = "1",
    .data_models = TOUCHSTONE_PARCELS_ILP32 | TOUCHSTONE_PARCELS_LP64,
    .message_bytes_max = services::message_bytes_max,
    .create = create,
    .destroy = destroy,
    .load_bindings = load_bindings,
    .handle = handle,
    .process_ended = process_ended,
    .references = references,
    .create_endpoint = create_endpoint,
    .destroy_endpoint = destroy_endpoint,
    .add_service = add_service,
    .learn = learn,
    .takes = takes,
    .gather = gather,
};

}  // namespace

extern "C" TOUCHSTONE_SERVICE_MANAGER_EXPORT const touchstone_service_manager_table*
touchstone_service_manager(void) {
  return &table;
}
