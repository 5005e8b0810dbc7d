#include "daemon/sealed_file.h"

#include <fcntl.h>
#include <sys/mman.h>

namespace touchstone::daemon {

SealedFile make_sealed_file(const char* name, std::size_t bytes, Sharing sharing) {
  UniqueFd file(memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!file || ftruncate(file.get(), static_cast<off_t>(bytes)) != 0) return {};
  void* const at = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file.get(), 0);
  if (at == MAP_FAILED) return {};
  const auto unmap = [bytes](std::byte* memory) { munmap(memory, bytes); };
  std::shared_ptr<std::byte[]> memory(static_cast<std::byte*>(at), unmap);
  const int seals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL |
                    (sharing == Sharing::read_only ? F_SEAL_FUTURE_WRITE : 0);
  if (fcntl(file.get(), F_ADD_SEALS, seals) != 0) return {};
  return {std::move(file), std::move(memory)};
}

}  // namespace touchstone::daemon
