// service_manager.h: the CMS of LiteIPC as a deterministic state machine: who serves, under which
// name, and who may reach it.  Requests and answers are parcels; the kernel is a port, the policy a
// bindings file, time an argument.  Spec 14.
#pragma once

#include <cstdint>
#include <expected>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "reference/services/bindings.h"
#include "reference/services/endpoint.h"
#include "reference/services/fields.h"
#include "reference/services/kernel_port.h"
#include "reference/services/protocol.h"

namespace touchstone::services {

// The sender as the kernel names it (MSG-39).
struct Caller {
  ProcessId process = 0;
  TaskId task = 0;
  UserId user = 0;
};

struct Request {
  Caller caller;
  std::span<const std::byte> data;
  Token token = manager_token;
  bool is_one_way = false;
  std::uint64_t now_ns = 0;
};

class ServiceManager {
 public:
  ServiceManager(KernelPort& kernel, DataModel model);

  // Takes the place of the bindings in force, or changes nothing.
  std::expected<void, BindingsError> load_bindings(std::string_view text);

  // The answer; none where the request is given back without one.
  std::optional<Parcel> handle(const Request& request);

  // Must be told before the id is used again.
  void process_ended(ProcessId process);

  // How many services and features the process has been given (SMG-50).
  std::size_t references_of(ProcessId process) const;

 private:
  struct Registered {
    ProcessId provider = 0;
    Handle handle = 0;
    std::map<std::string, Token> tokens;  // by feature, empty for the service alone
  };
  struct EndpointRecord {
    UserId user = 0;
    Handle handle = 0;
  };

  Parcel answer_of(Code code) const;

  // service_manager.cc: ENDPOINT and FEATURE
  Parcel endpoint(const Caller& caller, FieldReader& fields);
  Parcel feature(const Caller& caller, FieldReader& fields);
  Code validate_put(const Caller& caller, const ServiceName& name) const;
  Parcel put(const Caller& caller, const ServiceName& name, Token token);
  std::expected<ServiceName, Code> validate_get(const Caller& caller,
                                                const ServiceName& name) const;
  Parcel get(const Caller& caller, const ServiceName& name);

  // syscap.cc
  Parcel syscap(const Caller& caller, FieldReader& fields);
  Parcel put_capability(FieldReader& fields);
  Parcel get_capability(FieldReader& fields) const;
  Parcel list_capabilities(FieldReader& fields) const;
  bool is_declared(const std::string& capability) const;

  KernelPort& kernel_;
  DataModel model_;
  Endpoint self_;
  std::optional<Bindings> bindings_;
  std::map<ProcessId, EndpointRecord> endpoints_;
  std::map<std::string, Registered> services_;
  std::set<std::pair<ProcessId, ServiceName>> references_;  // client, what it was given
  std::set<std::string> capabilities_;                      // the registered ones
};

}  // namespace touchstone::services
