// services_library.h: a service manager in a shared object (include/touchstone/service_manager.h)
// behind the port.  Its code can do anything: whoever plays on it does so in a child process.
#pragma once

#include <expected>
#include <memory>
#include <string>
#include <vector>

#include "conformance/userspace/services_port.h"

namespace touchstone::userspace {

struct ServicesLibrary {
  std::string name;  // as the library calls itself
  std::string version;
  std::vector<DataModel> data_models;
  std::unique_ptr<ServicesFactory> factory;
};

// Loads it here, in this process.  Errors say what is wrong, without the path.
std::expected<ServicesLibrary, std::string> load_services_library(const std::string& path);

}  // namespace touchstone::userspace
