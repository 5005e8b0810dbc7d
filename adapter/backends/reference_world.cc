#include "adapter/backends/reference_world.h"

#include <algorithm>
#include <cstring>

#include "reference/kernel/limits.h"

namespace touchstone {
namespace {

constexpr std::uint64_t areas_start = 0x02000000;
constexpr std::uint64_t area_bytes = 0x100000;
constexpr std::uint64_t pools_start = 0x20000000;  // in the user range of both data models
constexpr std::uint32_t first_own_descriptor = 3;  // 0, 1 and 2 are there from the start

}  // namespace

ReferenceWorld::ReferenceWorld() : areas_(kernel::task_limit), files_(kernel::process_limit) {}

Region ReferenceWorld::area_of(std::uint32_t task) {
  return {areas_start + task * area_bytes, area_bytes};
}

void ReferenceWorld::make_area(std::uint32_t task, std::uint32_t process) {
  areas_[task].exists = true;
  areas_[task].process = process;
  areas_[task].bytes.clear();
}

void ReferenceWorld::drop_area(std::uint32_t task) { areas_[task].exists = false; }

// The area that holds all of the bytes and belongs to the process, and where in it they begin.
ReferenceWorld::Area* ReferenceWorld::find_area(std::uint32_t process, std::uint64_t address,
                                                std::size_t bytes, std::size_t& at) {
  if (address < areas_start) return nullptr;
  const std::uint64_t task = (address - areas_start) / area_bytes;
  if (task >= areas_.size()) return nullptr;
  Area& area = areas_[task];
  at = static_cast<std::size_t>((address - areas_start) % area_bytes);
  if (!area.exists || area.process != process || bytes > area_bytes - at) return nullptr;
  return &area;
}

bool ReferenceWorld::read_user(kernel::ProcessId process, kernel::Address from,
                               std::span<std::byte> to) {
  std::size_t at = 0;
  const Area* area = find_area(process, from, to.size(), at);
  if (area == nullptr) return false;
  const std::size_t written = area->bytes.size() > at ? area->bytes.size() - at : 0;
  const std::size_t copied = std::min(written, to.size());
  if (copied > 0) std::memcpy(to.data(), area->bytes.data() + at, copied);
  std::fill(to.begin() + static_cast<std::ptrdiff_t>(copied), to.end(), std::byte{0});
  return true;
}

bool ReferenceWorld::write_user(kernel::ProcessId process, kernel::Address to,
                                std::span<const std::byte> from) {
  std::size_t at = 0;
  Area* area = find_area(process, to, from.size(), at);
  if (area == nullptr) return false;
  if (area->bytes.size() < at + from.size()) area->bytes.resize(at + from.size());
  if (!from.empty()) std::memcpy(area->bytes.data() + at, from.data(), from.size());
  return true;
}

void ReferenceWorld::make_descriptors(std::uint32_t process) {
  files_[process].clear();
  for (std::uint32_t i = 0; i < first_own_descriptor; ++i) put_file(process, next_file_++, 0);
}

void ReferenceWorld::copy_descriptors(std::uint32_t from, std::uint32_t to) {
  files_[to] = files_[from];
}

void ReferenceWorld::drop_descriptors(std::uint32_t process) { files_[process].clear(); }

std::uint32_t ReferenceWorld::open_descriptor(std::uint32_t process) {
  return put_file(process, next_file_++, first_own_descriptor);
}

std::uint32_t ReferenceWorld::put_file(std::uint32_t process, std::uint64_t file,
                                       std::uint32_t lowest) {
  std::vector<std::uint64_t>& files = files_[process];
  if (files.size() < lowest) files.resize(lowest);
  const auto free = std::find(files.begin() + lowest, files.end(), 0);
  const auto descriptor = static_cast<std::uint32_t>(free - files.begin());
  if (free == files.end()) {
    files.push_back(file);
  } else {
    *free = file;
  }
  return descriptor;
}

std::optional<std::uint64_t> ReferenceWorld::file_of(std::uint32_t process,
                                                     std::uint32_t descriptor) const {
  if (!descriptor_is_open(process, descriptor)) return std::nullopt;
  return files_[process][descriptor];
}

std::uint32_t ReferenceWorld::descriptor_count(std::uint32_t process) const {
  const std::vector<std::uint64_t>& files = files_[process];
  std::uint32_t count = 0;
  for (std::size_t i = first_own_descriptor; i < files.size(); ++i) count += files[i] != 0 ? 1 : 0;
  return count;
}

bool ReferenceWorld::descriptor_is_open(kernel::ProcessId process,
                                        kernel::Descriptor descriptor) const {
  return descriptor < files_[process].size() && files_[process][descriptor] != 0;
}

kernel::Descriptor ReferenceWorld::copy_descriptor(kernel::ProcessId from,
                                                   kernel::Descriptor descriptor,
                                                   kernel::ProcessId to,
                                                   kernel::Descriptor lowest) {
  return put_file(to, files_[from][descriptor], lowest);
}

void ReferenceWorld::close_descriptor(kernel::ProcessId process, kernel::Descriptor descriptor) {
  // A wrong kernel may close what was never open.
  if (descriptor < files_[process].size()) files_[process][descriptor] = 0;
}

bool ReferenceWorld::allocation_succeeds() {
  if (!allocations_until_failure_) return true;
  if (*allocations_until_failure_ > 0) {
    --*allocations_until_failure_;
    return true;
  }
  allocations_until_failure_.reset();
  return false;
}

kernel::PoolMemory ReferenceWorld::map_pool(kernel::ProcessId process, std::uint32_t bytes) {
  if (!allocation_succeeds()) return {};
  // An allocation of its own: AddressSanitizer sees its edges.
  return {std::shared_ptr<std::byte[]>(new std::byte[bytes]()), pools_start + process * area_bytes};
}

}  // namespace touchstone
