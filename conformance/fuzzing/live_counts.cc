#include "conformance/fuzzing/live_counts.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>

namespace touchstone::fuzzing {

std::expected<std::unique_ptr<LiveCounts>, std::string> LiveCounts::open(
    const std::filesystem::path& file) {
  const auto error = [&file] { return file.string() + ": " + ::strerrordesc_np(errno); };
  const int descriptor = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  if (descriptor < 0) return std::unexpected(error());
  void* shared = MAP_FAILED;
  if (::ftruncate(descriptor, sizeof(Shared)) == 0) {
    shared = ::mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
  }
  const std::string what = shared == MAP_FAILED ? error() : "";
  ::close(descriptor);
  if (shared == MAP_FAILED) return std::unexpected(what);
  return std::unique_ptr<LiveCounts>(new LiveCounts(static_cast<Shared*>(shared)));
}

LiveCounts::~LiveCounts() { ::munmap(shared_, sizeof *shared_); }

void LiveCounts::add(bool is_useful) {
  std::atomic_ref(shared_->executions).fetch_add(1, std::memory_order_relaxed);
  if (is_useful) std::atomic_ref(shared_->useful).fetch_add(1, std::memory_order_relaxed);
}

std::uint64_t LiveCounts::executions() const {
  return std::atomic_ref(shared_->executions).load(std::memory_order_relaxed);
}

std::uint64_t LiveCounts::useful() const {
  return std::atomic_ref(shared_->useful).load(std::memory_order_relaxed);
}

}  // namespace touchstone::fuzzing
