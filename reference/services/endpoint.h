// endpoint.h: a process that serves, as far as it judges its calls: by token, by rate, and by the
// policies that its PUTs were answered with.  Time comes in as an argument.  Carries out no call.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "reference/services/fields.h"
#include "reference/services/policy.h"

namespace touchstone::services {

// SMG-75, SMG-76: each request takes its share of a second; what was idle is saved up.
class FlowControl {
 public:
  bool has_room(std::uint64_t now_ns);
  void take() { saved_ns_ -= request_ns; }

 private:
  static constexpr std::uint64_t request_ns = 1'000'000'000 / requests_in_a_second_max;
  static constexpr std::uint64_t saved_ns_max = burst_requests_max * request_ns;

  std::uint64_t saved_ns_ = saved_ns_max;
  std::uint64_t last_ns_ = 0;
};

struct Call {
  UserId user = 0;
  Token token = 0;
  std::uint64_t now_ns = 0;
};

class Endpoint {
 public:
  explicit Endpoint(DataModel model) : model_(model) {}

  // A service that admits nobody yet; or, exempt, everybody.
  void add_service(Token token, bool is_exempt);
  // Takes the answer to the PUT of that service.  False: it cannot be read, or refuses (SMG-74).
  bool learn(Token token, const Parcel& answer);
  // Whether the call is carried out; if not, it is not answered either.
  bool takes(const Call& call);

 private:
  struct Service {
    bool is_exempt = false;
    std::vector<Policy> policies;
  };

  DataModel model_;
  std::map<Token, Service> services_;
  FlowControl flow_;
};

}  // namespace touchstone::services
