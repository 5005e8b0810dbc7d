// limits.h: every number of the contract, spec chapter 9, same names, same order.
#pragma once

#include <cstdint>

namespace touchstone::kernel {

enum class DataModel : std::uint8_t { ilp32, lp64 };

// Limits that differ between the data models.
struct Limits {
  std::uint32_t data_bytes_max;        // LIM-1
  std::uint32_t objects_max;           // LIM-2
  std::uint32_t message_header_bytes;  // LIM-7
  std::uint64_t user_range_end;        // LIM-10, exclusive
};

inline constexpr Limits limits_ilp32{6553, 409, 64, 0x3f000000};
inline constexpr Limits limits_lp64{6144, 256, 80, 0x7fffff000000};

inline constexpr std::uint32_t pool_bytes_max = 64 * 4096;               // LIM-3
inline constexpr std::uint64_t reply_time_limit_ns = 5000 * 1000000ull;  // LIM-4
inline constexpr std::uint32_t task_limit = 128;                         // LIM-5
inline constexpr std::uint32_t process_limit = 64;                       // LIM-6
inline constexpr std::uint32_t version_word = 2;                         // LIM-8
inline constexpr std::uint32_t first_received_descriptor = 3;            // LIM-9
inline constexpr std::uint64_t user_range_start = 0x01000000;            // LIM-10

inline constexpr std::uint32_t page_bytes = 4096;
// Lower ids are those of the system itself.
inline constexpr std::uint32_t first_user_task = 10;
inline constexpr std::uint32_t first_user_process = 2;
inline constexpr std::uint32_t kernel_task = 1;
inline constexpr std::uint32_t kernel_process = 1;

}  // namespace touchstone::kernel
