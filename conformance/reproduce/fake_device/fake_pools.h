// fake_pools.h: the pools of the fake device's kernel as files that processes map.  For tests only.
#pragma once

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <map>

#include "reference/kernel/kernel.h"

namespace touchstone::fake {

class Pools {
 public:
  Pools() = default;
  Pools(const Pools&) = delete;
  Pools& operator=(const Pools&) = delete;
  ~Pools() {
    for (auto& [process, pool] : pools_) forget(pool);
  }

  // A descriptor of the process's new pool, in place of one that it had.
  int add(kernel::ProcessId process, std::size_t bytes) {
    Pool pool{memfd_create("pool", MFD_CLOEXEC), nullptr, bytes};
    EXPECT_EQ(ftruncate(pool.file, static_cast<off_t>(bytes)), 0);
    pool.bytes = static_cast<std::byte*>(
        mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, pool.file, 0));
    if (const auto old = pools_.find(process); old != pools_.end()) forget(old->second);
    pools_[process] = pool;
    return dup(pool.file);
  }

  // What the kernel has put into them.
  void show(const kernel::Kernel& kernel) {
    for (const auto& [process, pool] : pools_) {
      const auto& ipc = kernel.process(process).ipc;
      if (ipc && ipc->pool) ipc->pool->read(0, {pool.bytes, pool.count});
    }
  }

 private:
  struct Pool {
    int file = -1;
    std::byte* bytes = nullptr;
    std::size_t count = 0;
  };
  static void forget(Pool& pool) {
    munmap(pool.bytes, pool.count);
    close(pool.file);
  }

  std::map<kernel::ProcessId, Pool> pools_;
};

}  // namespace touchstone::fake
