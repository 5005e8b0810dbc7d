// services_trial.h: requests chosen by an input, valid and broken by the interface description and
// plain garbage, sent in sequence to a service manager: valid ones are answered as the interface
// has it, broken ones refused as it has it, and another implementation answers all the same.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "conformance/userspace/interface_description.h"
#include "conformance/userspace/services_port.h"

namespace touchstone::fuzz {

struct ServicesVerdict {
  std::string kind{};         // of a finding: "answer" or "difference"; empty: there is none
  std::string signature{};    // what was sent, and what is wrong with the answer
  std::string story{};        // everything that was sent and answered
  bool is_any_taken = false;  // whether a request was carried out, and not refused
  std::uint64_t digest = 0;   // of the answers
};

struct ServicesManagers {
  const userspace::InterfaceDescription& interface;
  userspace::ServicesFactory& judged;  // held against the interface
  userspace::ServicesFactory* other;   // held against `judged`; null: there is none
};

ServicesVerdict try_services(const ServicesManagers& managers, DataModel model,
                             std::span<const std::byte> input);

}  // namespace touchstone::fuzz
