#include "conformance/fuzzing/live_input.h"

#include <algorithm>
#include <atomic>
#include <cstring>

namespace touchstone::fuzzing {

std::expected<std::unique_ptr<LiveInput>, std::string> LiveInput::open(
    const std::filesystem::path& file) {
  auto mapped = MappedFile::open(file, sizeof(Shared));
  if (!mapped) return std::unexpected(mapped.error());
  return std::unique_ptr<LiveInput>(new LiveInput(*std::move(mapped)));
}

void LiveInput::begin(std::span<const std::uint8_t> input) {
  Shared& all = shared();
  all.bytes = std::min<std::uint64_t>(input.size(), input_bytes_max);
  if (all.bytes != 0) std::memcpy(all.input, input.data(), all.bytes);
  std::atomic_ref(all.begun).fetch_add(1, std::memory_order_release);
}

void LiveInput::clear() {
  shared().bytes = 0;
  std::atomic_ref(shared().begun).store(0, std::memory_order_release);
}

std::uint64_t LiveInput::begun() const {
  return std::atomic_ref(shared().begun).load(std::memory_order_acquire);
}

std::string LiveInput::input() const {
  const Shared& all = shared();
  // A target that writes wildly can have written here, too.
  const auto bytes = std::min<std::uint64_t>(all.bytes, input_bytes_max);
  return {reinterpret_cast<const char*>(all.input), bytes};
}

}  // namespace touchstone::fuzzing
