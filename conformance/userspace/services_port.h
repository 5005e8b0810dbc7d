// services_port.h: an implementation of the service manager, and of what stands around it, one call
// at a time: requests and answers are bytes, the kernel is a host.  Judges nothing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "adapter/backend.h"

namespace touchstone::userspace {

// A parcel as it is sent: `offsets` are those of its objects.
struct ServicesParcel {
  std::vector<std::byte> data;
  std::vector<std::uint32_t> offsets;
};

struct ServicesRequest {
  std::uint32_t process = 0;
  std::uint32_t task = 0;
  std::uint32_t user = 0;
  std::uint32_t token = 0;
  std::uint32_t code = 0xffffffff;
  bool is_one_way = false;
  std::uint64_t now_ns = 0;
  ServicesParcel parcel{};
};

// The kernel, as the manager sees it.
class ServicesHost {
 public:
  virtual ~ServicesHost() = default;
  // Errors are the target's numbers, above 0.
  virtual std::expected<std::uint32_t, std::int32_t> generate_handle(std::uint32_t task) = 0;
  virtual std::expected<void, std::int32_t> add_access(std::uint32_t client,
                                                       std::uint32_t service) = 0;
};

struct BindingsRefusal {
  std::uint32_t line = 0;
  std::uint32_t column = 0;
  std::string reason;
};

// One manager in its first state.
class ServicesPort {
 public:
  virtual ~ServicesPort() = default;

  virtual std::uint32_t message_bytes_max() const = 0;
  virtual std::expected<void, BindingsRefusal> load_bindings(std::string_view text) = 0;
  // None: given back without an answer.
  virtual std::optional<ServicesParcel> handle(const ServicesRequest& request) = 0;
  virtual void process_ended(std::uint32_t process) = 0;
  // None: the implementation does not tell.
  virtual std::optional<std::uint32_t> references(std::uint32_t process) = 0;
};

class EndpointPort {
 public:
  virtual ~EndpointPort() = default;

  virtual void add_service(std::uint32_t token, bool is_exempt) = 0;
  virtual void learn(std::uint32_t token, const ServicesParcel& answer) = 0;
  virtual bool takes(std::uint32_t user, std::uint32_t token, std::uint64_t now_ns) = 0;
};

// What makes them: an implementation in one data model.
class ServicesFactory {
 public:
  virtual ~ServicesFactory() = default;

  // The host must live as long as the manager.  Null: there is none to be had.
  virtual std::unique_ptr<ServicesPort> create(DataModel model, ServicesHost& host) = 0;
  // Null: the implementation has no endpoints.
  virtual std::unique_ptr<EndpointPort> create_endpoint(DataModel model) = 0;
  // How many names a client with so much room keeps of the answers; none: it has no such client.
  virtual std::optional<std::uint32_t> gather(DataModel model, std::uint32_t capacity,
                                              std::span<const ServicesParcel> answers) = 0;
};

}  // namespace touchstone::userspace
