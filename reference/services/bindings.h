// bindings.h: the policy that was declared in advance: which clients may register and reach which
// services, where they are led, and which capabilities there are.  Spec 14, "The bindings file".
// Knows no process that runs.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "reference/services/policy.h"
#include "reference/services/protocol.h"

namespace touchstone::services {

// The first malformed line (SMG-25).
struct BindingsError {
  std::uint32_t line = 0;    // from 1
  std::uint32_t column = 0;  // from 1, in bytes
  std::string reason;
};

struct Client {
  UserId first = 0;
  UserId last = 0;
  bool is_named = false;  // SMG-15

  bool has(UserId user) const { return first <= user && user <= last; }  // SMG-14
  bool has_all_of(const Client& other) const { return first <= other.first && other.last <= last; }
};

struct RegisterBinding {
  Client client;
  ServiceName name;
};

struct ReachBinding {
  Client client;
  ServiceName name;      // what the client asks for
  ServiceName provider;  // what it gets: the same, or another (SMG-19)
};

class Bindings {
 public:
  static std::expected<Bindings, BindingsError> parse(std::string_view text);

  bool may_register(UserId user, const ServiceName& name) const;
  // Where the user is led; null where no line allows it.
  const ServiceName* provider_for(UserId user, const ServiceName& name) const;
  // Whom a provider must admit: at most policies_max (SMG-43).
  std::vector<Policy> policies_of(const ServiceName& provider) const;
  // In the order of their lines; a name's place is its index.
  const std::vector<std::string>& capabilities() const { return capabilities_; }

 private:
  friend class BindingsParser;

  std::vector<RegisterBinding> registering_;
  std::vector<ReachBinding> reaching_;
  std::vector<std::string> capabilities_;
};

}  // namespace touchstone::services
