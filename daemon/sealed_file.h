// sealed_file.h: memory that the daemon shares with one process through a file that keeps its size,
// so that neither can take it away from under the other.
#pragma once

#include <cstddef>
#include <memory>
#include <span>

#include "daemon/unique_fd.h"

namespace touchstone::daemon {

enum class Sharing { read_only, read_write };  // what the other side may do

struct SealedFile {
  UniqueFd file;
  std::shared_ptr<std::byte[]> memory;  // zeroes; null: there is no memory or no descriptor
};

SealedFile make_sealed_file(const char* name, std::size_t bytes, Sharing sharing);

}  // namespace touchstone::daemon
