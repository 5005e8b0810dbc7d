#include "conformance/fuzzing/live_counts.h"

#include <atomic>

namespace touchstone::fuzzing {

std::expected<std::unique_ptr<LiveCounts>, std::string> LiveCounts::open(
    const std::filesystem::path& file) {
  auto mapped = MappedFile::open(file, sizeof(Shared));
  if (!mapped) return std::unexpected(mapped.error());
  return std::unique_ptr<LiveCounts>(new LiveCounts(*std::move(mapped)));
}

void LiveCounts::add(bool is_useful) {
  std::atomic_ref(shared().executions).fetch_add(1, std::memory_order_relaxed);
  if (is_useful) std::atomic_ref(shared().useful).fetch_add(1, std::memory_order_relaxed);
}

std::uint64_t LiveCounts::executions() const {
  return std::atomic_ref(shared().executions).load(std::memory_order_relaxed);
}

std::uint64_t LiveCounts::useful() const {
  return std::atomic_ref(shared().useful).load(std::memory_order_relaxed);
}

}  // namespace touchstone::fuzzing
