#include "conformance/userspace/services_library.h"

#include <dlfcn.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "adapter/printable_text.h"
#include "touchstone/service_manager.h"

namespace touchstone::userspace {
namespace {

using Table = ::touchstone_service_manager_table;

// The table as it was in version 1's first edition: no library has less.
constexpr std::size_t table_bytes_min = offsetof(Table, gather) + sizeof(Table::gather);

std::uint32_t number_of(DataModel model) {
  return model == DataModel::ilp32 ? TOUCHSTONE_PARCELS_ILP32 : TOUCHSTONE_PARCELS_LP64;
}

touchstone_parcel parcel_of(const ServicesParcel& parcel) {
  return {parcel.data.data(), parcel.data.size(), parcel.offsets.data(), parcel.offsets.size()};
}

ServicesParcel copy_of(const touchstone_parcel& parcel) {
  ServicesParcel copy;
  const auto* const data = static_cast<const std::byte*>(parcel.data);
  if (parcel.data_bytes != 0) copy.data.assign(data, data + parcel.data_bytes);
  if (parcel.offset_count != 0) {
    copy.offsets.assign(parcel.offsets, parcel.offsets + parcel.offset_count);
  }
  return copy;
}

std::int32_t generate_handle(void* host, std::uint32_t task, std::uint32_t* handle) {
  const auto given = static_cast<ServicesHost*>(host)->generate_handle(task);
  if (!given) return -given.error();
  *handle = *given;
  return 0;
}

std::int32_t add_access(void* host, std::uint32_t client, std::uint32_t service) {
  const auto given = static_cast<ServicesHost*>(host)->add_access(client, service);
  return given ? 0 : -given.error();
}

touchstone_service_manager_host host_of(ServicesHost& host) {
  return {&host, &generate_handle, &add_access};
}

class LibraryManager : public ServicesPort {
 public:
  using Host = std::unique_ptr<touchstone_service_manager_host>;

  LibraryManager(const Table& table, Host host, touchstone_manager* manager)
      : table_(table), host_(std::move(host)), manager_(manager) {}
  LibraryManager(const LibraryManager&) = delete;
  LibraryManager& operator=(const LibraryManager&) = delete;
  ~LibraryManager() override { table_.destroy(manager_); }

  std::uint32_t message_bytes_max() const override { return table_.message_bytes_max; }
  std::expected<void, BindingsRefusal> load_bindings(std::string_view text) override {
    touchstone_bindings_refusal refusal{};
    if (table_.load_bindings(manager_, text.data(), text.size(), &refusal) == 0) return {};
    return std::unexpected(BindingsRefusal{refusal.line, refusal.column,
                                           refusal.reason != nullptr ? refusal.reason : ""});
  }
  std::optional<ServicesParcel> handle(const ServicesRequest& request) override {
    const touchstone_service_manager_request asked{request.process, request.task,
                                                   request.user,    request.token,
                                                   request.code,    request.is_one_way ? 1u : 0u,
                                                   request.now_ns,  parcel_of(request.parcel)};
    touchstone_parcel answer{};
    if (table_.handle(manager_, &asked, &answer) == 0) return std::nullopt;
    return copy_of(answer);
  }
  void process_ended(std::uint32_t process) override { table_.process_ended(manager_, process); }
  std::optional<std::uint32_t> references(std::uint32_t process) override {
    if (table_.references == nullptr) return std::nullopt;
    return table_.references(manager_, process);
  }

 private:
  const Table& table_;
  Host host_;  // the library may read it as long as the manager lives
  touchstone_manager* manager_;
};

class LibraryEndpoint : public EndpointPort {
 public:
  LibraryEndpoint(const Table& table, touchstone_endpoint* endpoint)
      : table_(table), endpoint_(endpoint) {}
  LibraryEndpoint(const LibraryEndpoint&) = delete;
  LibraryEndpoint& operator=(const LibraryEndpoint&) = delete;
  ~LibraryEndpoint() override { table_.destroy_endpoint(endpoint_); }

  void add_service(std::uint32_t token, bool is_exempt) override {
    table_.add_service(endpoint_, token, is_exempt ? 1 : 0);
  }
  void learn(std::uint32_t token, const ServicesParcel& answer) override {
    const touchstone_parcel parcel = parcel_of(answer);
    table_.learn(endpoint_, token, &parcel);
  }
  bool takes(std::uint32_t user, std::uint32_t token, std::uint64_t now_ns) override {
    return table_.takes(endpoint_, user, token, now_ns) != 0;
  }

 private:
  const Table& table_;
  touchstone_endpoint* endpoint_;
};

class LibraryServices : public ServicesFactory {
 public:
  explicit LibraryServices(const Table& table) : table_(table) {}

  std::unique_ptr<ServicesPort> create(DataModel model, ServicesHost& host) override {
    auto callbacks = std::make_unique<touchstone_service_manager_host>(host_of(host));
    touchstone_manager* const manager = table_.create(number_of(model), callbacks.get());
    if (manager == nullptr) return nullptr;
    return std::make_unique<LibraryManager>(table_, std::move(callbacks), manager);
  }
  std::unique_ptr<EndpointPort> create_endpoint(DataModel model) override {
    if (table_.create_endpoint == nullptr) return nullptr;
    touchstone_endpoint* const endpoint = table_.create_endpoint(number_of(model));
    if (endpoint == nullptr) return nullptr;
    return std::make_unique<LibraryEndpoint>(table_, endpoint);
  }
  std::optional<std::uint32_t> gather(DataModel model, std::uint32_t capacity,
                                      std::span<const ServicesParcel> answers) override {
    if (table_.gather == nullptr) return std::nullopt;
    std::vector<touchstone_parcel> parcels(answers.size());
    std::ranges::transform(answers, parcels.begin(), parcel_of);
    return table_.gather(number_of(model), capacity, parcels.data(), parcels.size());
  }

 private:
  Table table_;
};

const char* missing_function(const Table& table) {
  if (table.create == nullptr) return "create";
  if (table.destroy == nullptr) return "destroy";
  if (table.load_bindings == nullptr) return "load_bindings";
  if (table.handle == nullptr) return "handle";
  if (table.process_ended == nullptr) return "process_ended";
  const bool has_endpoints = table.create_endpoint != nullptr;
  if (has_endpoints && (table.destroy_endpoint == nullptr || table.add_service == nullptr ||
                        table.learn == nullptr || table.takes == nullptr)) {
    return "destroy_endpoint, add_service, learn or takes";
  }
  return nullptr;
}

std::expected<Table, std::string> check_table(const Table* table) {
  if (table == nullptr) return std::unexpected("touchstone_service_manager() gave no table (NULL)");
  if (table->interface_version != TOUCHSTONE_SERVICE_MANAGER_VERSION) {
    return std::unexpected("interface version " + std::to_string(table->interface_version) +
                           ", where version " + std::to_string(TOUCHSTONE_SERVICE_MANAGER_VERSION) +
                           " is spoken");
  }
  if (table->struct_bytes < table_bytes_min) {
    return std::unexpected("the table is too small: struct_bytes is " +
                           std::to_string(table->struct_bytes) + ", and version 1 has at least " +
                           std::to_string(table_bytes_min));
  }
  Table copy{};
  std::memcpy(&copy, table, std::min<std::size_t>(table->struct_bytes, sizeof(copy)));
  if (const char* const missing = missing_function(copy)) {
    return std::unexpected("function `" + std::string(missing) + "` is NULL");
  }
  if ((copy.data_models & (TOUCHSTONE_PARCELS_ILP32 | TOUCHSTONE_PARCELS_LP64)) == 0) {
    return std::unexpected("it states no data model");
  }
  return copy;
}

}  // namespace

std::expected<ServicesLibrary, std::string> load_services_library(const std::string& path) {
  // dlopen looks for a bare name in system folders; a user who writes one means the file here.
  const std::string file = path.find('/') == std::string::npos ? "./" + path : path;
  void* const library = ::dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) {
    const char* const reason = ::dlerror();
    return std::unexpected("cannot be loaded: " + printable_text(reason != nullptr ? reason : ""));
  }
  void* const symbol = ::dlsym(library, "touchstone_service_manager");
  if (symbol == nullptr) return std::unexpected("has no symbol `touchstone_service_manager`");
  const auto entry = reinterpret_cast<decltype(&::touchstone_service_manager)>(symbol);
  const auto table = check_table(entry());
  if (!table) return std::unexpected(table.error());

  ServicesLibrary loaded;
  loaded.name = table->name != nullptr ? printable_text(table->name) : path;
  loaded.version = table->version != nullptr ? printable_text(table->version) : "";
  for (const DataModel model : {DataModel::ilp32, DataModel::lp64}) {
    if ((table->data_models & number_of(model)) != 0) loaded.data_models.push_back(model);
  }
  loaded.factory = std::make_unique<LibraryServices>(*table);
  return loaded;
}

}  // namespace touchstone::userspace
