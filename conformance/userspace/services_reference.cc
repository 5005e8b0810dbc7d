#include "conformance/userspace/services_reference.h"

#include <utility>

#include "reference/services/capability_list.h"
#include "reference/services/endpoint.h"
#include "reference/services/service_manager.h"

namespace touchstone::userspace {
namespace {

services::DataModel model_of(DataModel model) {
  return model == DataModel::ilp32 ? services::DataModel::ilp32 : services::DataModel::lp64;
}

services::Parcel parcel_of(const ServicesParcel& parcel) { return {parcel.data, parcel.offsets}; }

class HostAsKernel : public services::KernelPort {
 public:
  explicit HostAsKernel(ServicesHost& host) : host_(host) {}

  std::expected<services::Handle, services::KernelRefusal> generate_handle(
      services::TaskId task) override {
    const auto handle = host_.generate_handle(task);
    if (!handle) return std::unexpected(services::KernelRefusal{handle.error()});
    return *handle;
  }
  std::expected<void, services::KernelRefusal> add_access(services::TaskId client,
                                                          services::Handle service) override {
    const auto given = host_.add_access(client, service);
    if (!given) return std::unexpected(services::KernelRefusal{given.error()});
    return {};
  }

 private:
  ServicesHost& host_;
};

class ReferenceManager : public ServicesPort {
 public:
  ReferenceManager(DataModel model, ServicesHost& host)
      : kernel_(host), manager_(kernel_, model_of(model)) {}

  std::uint32_t message_bytes_max() const override { return services::message_bytes_max; }
  std::expected<void, BindingsRefusal> load_bindings(std::string_view text) override {
    const auto loaded = manager_.load_bindings(text);
    if (loaded) return {};
    const services::BindingsError& error = loaded.error();
    return std::unexpected(BindingsRefusal{error.line, error.column, error.reason});
  }
  std::optional<ServicesParcel> handle(const ServicesRequest& request) override {
    auto answer = manager_.handle({.caller = {request.process, request.task, request.user},
                                   .data = request.parcel.data,
                                   .token = request.token,
                                   .is_one_way = request.is_one_way,
                                   .now_ns = request.now_ns});
    if (!answer) return std::nullopt;
    return ServicesParcel{std::move(answer->data), std::move(answer->offsets)};
  }
  void process_ended(std::uint32_t process) override { manager_.process_ended(process); }
  std::optional<std::uint32_t> references(std::uint32_t process) override {
    return static_cast<std::uint32_t>(manager_.references_of(process));
  }

 private:
  HostAsKernel kernel_;
  services::ServiceManager manager_;
};

class ReferenceEndpoint : public EndpointPort {
 public:
  explicit ReferenceEndpoint(DataModel model) : endpoint_(model_of(model)) {}

  void add_service(std::uint32_t token, bool is_exempt) override {
    endpoint_.add_service(token, is_exempt);
  }
  void learn(std::uint32_t token, const ServicesParcel& answer) override {
    endpoint_.learn(token, parcel_of(answer));
  }
  bool takes(std::uint32_t user, std::uint32_t token, std::uint64_t now_ns) override {
    return endpoint_.takes({.user = user, .token = token, .now_ns = now_ns});
  }

 private:
  services::Endpoint endpoint_;
};

class ReferenceServices : public ServicesFactory {
 public:
  std::unique_ptr<ServicesPort> create(DataModel model, ServicesHost& host) override {
    return std::make_unique<ReferenceManager>(model, host);
  }
  std::unique_ptr<EndpointPort> create_endpoint(DataModel model) override {
    return std::make_unique<ReferenceEndpoint>(model);
  }
  std::optional<std::uint32_t> gather(DataModel model, std::uint32_t capacity,
                                      std::span<const ServicesParcel> answers) override {
    services::CapabilityList list(model_of(model), capacity);
    for (const ServicesParcel& answer : answers) list.take(parcel_of(answer));
    return static_cast<std::uint32_t>(list.names().size());
  }
};

}  // namespace

std::unique_ptr<ServicesFactory> reference_services() {
  return std::make_unique<ReferenceServices>();
}

}  // namespace touchstone::userspace
