// payloads.h: parcels for the requests of an interface: valid ones, and broken ones that differ
// from a valid one in one thing each, as bytes and offsets.  The same choices make the same
// payloads. Knows no service and sends nothing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "conformance/userspace/interface_description.h"
#include "conformance/userspace/services_port.h"

namespace touchstone::userspace {

// Where values come from: a seed, or bytes (a fuzzer's input), after whose end every choice is 0.
class Choices {
 public:
  explicit Choices(std::uint64_t seed) : state_(seed) {}
  explicit Choices(std::span<const std::byte> bytes) : bytes_(bytes), has_bytes_(true) {}

  // 0 to `greatest`.
  std::uint64_t up_to(std::uint64_t greatest);

 private:
  std::uint64_t next();

  std::uint64_t state_ = 0;
  std::span<const std::byte> bytes_{};
  bool has_bytes_ = false;
};

// Texts worth trying, by field: taken as long as there are any and they fit the bounds.
using Dictionary = std::map<std::string, std::vector<std::string>, std::less<>>;

struct Payload {
  std::string broken;  // "cut service"; empty: it is valid
  ServicesParcel parcel{};
  std::int32_t refusal = 0;     // what a broken one is answered with
  bool is_still_valid = false;  // an `extra` that the interface ignores
};

class PayloadMaker {
 public:
  // All must live as long as this.
  PayloadMaker(const InterfaceDescription& interface, DataModel model, const Dictionary& dictionary)
      : interface_(interface), model_(model), dictionary_(dictionary) {}

  Payload valid(const InterfaceRequest& request, Choices& choices) const;
  // One of each way that the valid payload of these choices can be broken.
  std::vector<Payload> broken(const InterfaceRequest& request, Choices& choices) const;

 private:
  const InterfaceDescription& interface_;
  DataModel model_;
  const Dictionary& dictionary_;
};

// Whether the answer has exactly the fields of the request's reply, within their bounds; else the
// first field that it breaks, in words.
std::optional<std::string> broken_reply_field(const InterfaceRequest& request, DataModel model,
                                              const ServicesParcel& answer);

}  // namespace touchstone::userspace
