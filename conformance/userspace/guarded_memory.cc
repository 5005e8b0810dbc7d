#include "conformance/userspace/guarded_memory.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

namespace touchstone::userspace {
namespace {

constexpr std::byte watched{0xc3};

std::size_t page_bytes() { return static_cast<std::size_t>(::sysconf(_SC_PAGESIZE)); }

bool is_all_watched(const std::byte* from, const std::byte* to) {
  return std::all_of(from, to, [](std::byte byte) { return byte == watched; });
}

}  // namespace

std::optional<GuardedMemory> GuardedMemory::make(std::size_t bytes, std::size_t multiple,
                                                 std::size_t past, std::byte fill) {
  const std::size_t page = page_bytes();
  const std::size_t inner = (bytes + multiple + page - 1) / page * page;
  GuardedMemory memory;
  memory.pages_bytes_ = inner + 2 * page;
  void* pages = ::mmap(nullptr, memory.pages_bytes_, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (pages == MAP_FAILED) return std::nullopt;
  memory.pages_ = static_cast<std::byte*>(pages);
  std::byte* const begin = memory.pages_ + page;
  if (::mprotect(begin, inner, PROT_READ | PROT_WRITE) != 0) return std::nullopt;
  std::fill_n(begin, inner, watched);
  // Pages begin at a multiple of any `multiple` that is asked for.
  std::size_t at = inner - bytes;
  at -= (at - past) % multiple;
  memory.data_ = begin + at;
  memory.bytes_ = bytes;
  std::fill_n(memory.data_, bytes, fill);
  return memory;
}

GuardedMemory::GuardedMemory(GuardedMemory&& other) noexcept { *this = std::move(other); }

GuardedMemory& GuardedMemory::operator=(GuardedMemory&& other) noexcept {
  std::swap(pages_, other.pages_);
  std::swap(pages_bytes_, other.pages_bytes_);
  std::swap(data_, other.data_);
  std::swap(bytes_, other.bytes_);
  return *this;
}

GuardedMemory::~GuardedMemory() {
  if (pages_ != nullptr) ::munmap(pages_, pages_bytes_);
}

void GuardedMemory::make_read_only() {
  const std::size_t page = page_bytes();
  ::mprotect(pages_ + page, pages_bytes_ - 2 * page, PROT_READ);
}

bool GuardedMemory::holds(const void* address, std::size_t count) const {
  const auto first = reinterpret_cast<std::uintptr_t>(address);
  const auto begin = reinterpret_cast<std::uintptr_t>(data_);
  return first >= begin && first - begin <= bytes_ && count <= bytes_ - (first - begin);
}

bool GuardedMemory::is_written_outside() const {
  const std::size_t page = page_bytes();
  return !is_all_watched(pages_ + page, data_) ||
         !is_all_watched(data_ + bytes_, pages_ + pages_bytes_ - page);
}

}  // namespace touchstone::userspace
