// abi.h: the arguments of the ioctls as bytes, spec chapter 10, and nothing else: it knows no
// state. Integers are little-endian; nothing here reads or writes past the span it is given.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "reference/kernel/limits.h"

namespace touchstone::kernel {

using Address = std::uint64_t;  // in a caller's user space; 0 is null

// ABI-8: types, flags, kinds.
enum MessageType : std::uint32_t { request = 0, reply = 1, failed_reply = 2, death_notify = 3 };
inline constexpr std::uint32_t flag_send = 1, flag_receive = 2, flag_buffer_free = 4;
inline constexpr std::uint32_t message_flag_oneway = 1;
enum ObjectType : std::uint32_t { object_fd = 0, object_ptr = 1, object_svc = 2 };
inline constexpr std::uint32_t gen_handle_command = 0, remove_handle_command = 1;
inline constexpr std::uint32_t add_access_command = 2;

inline constexpr std::uint32_t handle_cms = 0;
inline constexpr std::uint32_t handle_self = 0xffffffff;
inline constexpr std::uint32_t token_self = 1;

// The fields of IpcMsg (ABI-1).
struct Header {
  std::uint32_t type = 0;
  std::uint32_t handle = 0, token = 0, cookie = 0;  // target
  std::uint32_t code = 0;
  std::uint32_t flag = 0;
  std::uint64_t timestamp = 0;  // nanoseconds
  std::uint32_t data_bytes = 0;
  Address data = 0;
  std::uint32_t object_count = 0;
  Address offsets = 0;
  std::uint32_t process_id = 0, task_id = 0, user_id = 0, group_id = 0;  // of the sender
};

// CmsCmdContent (ABI-4): command, task id, service handle, 4 bytes each.
inline constexpr std::size_t cms_content_bytes = 12;
inline constexpr std::size_t version_bytes = 4;  // ABI-5
inline constexpr std::size_t offset_bytes = 4;   // ABI-6

// Where everything lies, for one data model.
struct Abi {
  Limits limits;
  std::size_t pointer_bytes;
  std::size_t data, object_count, offsets, process_id;         // in IpcMsg
  std::size_t content_bytes, out_message, in_message, buffer;  // in IpcContent (ABI-2)
  std::size_t object_bytes, object_value, object_pointer;      // in SpecialObj (ABI-3)
  std::uint32_t send_receive_word;                             // ABI-7
};

const Abi& abi_of(DataModel model);

inline constexpr std::uint32_t set_cms_word = 0x6901;  // ABI-7, the same in both models
inline constexpr std::uint32_t cms_command_word = 0xc00c6902;
inline constexpr std::uint32_t set_ipc_thread_word = 0x6903;
inline constexpr std::uint32_t get_version_word = 0x80046905;

std::uint32_t load32(std::span<const std::byte> bytes, std::size_t at);
std::uint64_t load_pointer(const Abi& abi, std::span<const std::byte> bytes, std::size_t at);
void store32(std::span<std::byte> bytes, std::size_t at, std::uint32_t value);
void store_pointer(const Abi& abi, std::span<std::byte> bytes, std::size_t at, Address value);

// Each takes or fills exactly the bytes of its structure.
Header decode_header(const Abi& abi, std::span<const std::byte> bytes);
void encode_header(const Abi& abi, const Header& header, std::span<std::byte> bytes);

}  // namespace touchstone::kernel
