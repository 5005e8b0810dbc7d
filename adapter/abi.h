// abi.h: the structures of the ioctls as bytes, for both data models: where each field lies, and
// how a case's data is laid out anew for another data model than the one it was written for.
// Spec 10.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "adapter/backend.h"

namespace touchstone {

struct AbiLayout {
  std::uint32_t pointer_bytes;
  // IpcMsg; type, target, code, flag, timestamp and dataSz lie the same in both
  std::uint32_t header_bytes;
  std::uint32_t data;
  std::uint32_t object_count;
  std::uint32_t offsets;
  std::uint32_t process_id;
  // IpcContent
  std::uint32_t content_bytes;
  std::uint32_t out_message;
  std::uint32_t in_message;
  std::uint32_t buffer_to_free;
  // SpecialObj
  std::uint32_t object_bytes;
  std::uint32_t object_value;    // fd, size or handle
  std::uint32_t object_pointer;  // of a PTR
  // command word
  std::uint32_t send_receive;
};

const AbiLayout& layout_of(DataModel model);

inline constexpr std::uint32_t word_set_cms = 0x6901;
inline constexpr std::uint32_t word_cms_command = 0xc00c6902;
inline constexpr std::uint32_t word_set_ipc_thread = 0x6903;
inline constexpr std::uint32_t word_get_version = 0x80046905;
inline constexpr std::uint32_t cms_content_bytes = 12;

// Fills memory that a call is to write, or is not to look at.
inline constexpr std::byte unwritten{0xfe};

std::uint32_t load_u32(std::span<const std::byte> bytes, std::size_t at);
std::uint64_t load_u64(std::span<const std::byte> bytes, std::size_t at);
std::uint64_t load_address(const AbiLayout& abi, std::span<const std::byte> bytes, std::size_t at);
void store_u32(std::span<std::byte> bytes, std::size_t at, std::uint32_t value);
void store_u64(std::span<std::byte> bytes, std::size_t at, std::uint64_t value);
void store_address(const AbiLayout& abi, std::span<std::byte> bytes, std::size_t at,
                   std::uint64_t value);

// Places in the data of a message, in the case's data model and in the backend's.  Objects keep
// their order and the bytes between them; only their own size differs.
class Relayout {
 public:
  // The size of an object in the case's data model and in the backend's.
  Relayout(std::uint32_t case_object_bytes, std::uint32_t object_bytes)
      : case_object_bytes_(case_object_bytes),
        growth_(std::int64_t{object_bytes} - case_object_bytes) {}

  bool is_identity() const { return growth_ == 0; }
  // An object begins at this offset of the case's data.
  void add_case_object(std::uint32_t offset);

  std::uint32_t to_backend(std::uint32_t case_offset) const;
  std::uint32_t to_case(std::uint32_t backend_offset) const;

 private:
  std::uint32_t case_object_bytes_;
  std::int64_t growth_;             // of each object, bytes; negative where it shrinks
  std::vector<std::int64_t> ends_;  // of objects, ascending, no two the same
};

}  // namespace touchstone
