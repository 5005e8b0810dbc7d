// messages.h: for tests: device calls put together by hand, and memory of every badness to put them
// in.
#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

#include "daemon/client/layout.h"

namespace touchstone::client {

inline std::uintptr_t address_of(const void* at) { return reinterpret_cast<std::uintptr_t>(at); }

// What the structures keep addresses in.
using Word = decltype(lite_ipc_content::out_message);
inline Word word_of(const void* at) { return static_cast<Word>(address_of(at)); }

// Two pages, of which the second cannot be touched.
class GuardedPage {
 public:
  GuardedPage()
      : bytes_(static_cast<std::size_t>(sysconf(_SC_PAGESIZE))),
        at_(static_cast<std::byte*>(mmap(nullptr, 2 * bytes_, PROT_READ | PROT_WRITE,
                                         MAP_PRIVATE | MAP_ANONYMOUS, -1, 0))) {
    mprotect(at_ + bytes_, bytes_, PROT_NONE);
  }
  ~GuardedPage() { munmap(at_, 2 * bytes_); }
  GuardedPage(const GuardedPage&) = delete;
  GuardedPage& operator=(const GuardedPage&) = delete;

  std::byte* start() const { return at_; }
  std::byte* end() const { return at_ + bytes_; }  // cannot be touched
  // A copy whose last byte is the page's last.
  template <typename Structure>
  Structure* at_end(const Structure& structure) {
    std::byte* const at = end() - sizeof structure;
    std::memcpy(at, &structure, sizeof structure);
    return reinterpret_cast<Structure*>(at);
  }
  void make_read_only() { mprotect(at_, bytes_, PROT_READ); }

 private:
  std::size_t bytes_;
  std::byte* at_;
};

inline lite_ipc_object descriptor_object(std::uint32_t number) {
  lite_ipc_object object{};
  object.type = TOUCHSTONE_OBJ_FD;
  object.first.fd = number;
  return object;
}

inline lite_ipc_object buffer_object(const void* at, std::uint32_t bytes) {
  lite_ipc_object object{};
  object.type = TOUCHSTONE_OBJ_PTR;
  object.first.size = bytes;
  object.second.pointer = word_of(at);
  return object;
}

// A call that sends one message; its parts can be changed until it is made.
struct Send {
  explicit Send(std::vector<std::byte> bytes = {}) : data(std::move(bytes)) { point(); }
  // Objects one behind the other.
  explicit Send(const std::vector<lite_ipc_object>& objects) {
    data.resize(objects.size() * sizeof objects[0]);
    std::memcpy(data.data(), objects.data(), data.size());
    for (std::size_t i = 0; i < objects.size(); ++i) {
      offsets.push_back(static_cast<std::uint32_t>(i * sizeof objects[0]));
    }
    point();
  }
  Send(const Send&) = delete;
  Send& operator=(const Send&) = delete;

  void point() {
    message.data = word_of(data.data());
    message.data_size = static_cast<std::uint32_t>(data.size());
    message.offsets = word_of(offsets.data());
    message.object_count = static_cast<std::uint32_t>(offsets.size());
    content.flag = TOUCHSTONE_SEND;
    content.out_message = word_of(&message);
  }

  std::vector<std::byte> data;
  std::vector<std::uint32_t> offsets;
  lite_ipc_message message{};
  lite_ipc_content content{};
};

}  // namespace touchstone::client
