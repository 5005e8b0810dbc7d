// protocol.h: the numbers of the service manager's messages.  Spec 14.  Knows no byte order and no
// state.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace touchstone::services {

using ProcessId = std::uint32_t;
using TaskId = std::uint32_t;
using UserId = std::uint32_t;
using Handle = std::uint32_t;  // the id of a task that serves
using Token = std::uint32_t;

enum class Resource : std::uint32_t { endpoint = 0, feature = 1, syscap = 2 };           // SMG-6
enum class Option : std::uint32_t { get = 0, post = 1, put = 2, delete_ = 3, all = 4 };  // SMG-6

enum class Code : std::int32_t {
  ok = 0,
  failure = -1,
  invalid = -9,
  no_service = -11,
  permission = -12,
  no_space = -14,
  not_initialized = -26,
};

inline constexpr Token manager_token = 0;                        // SMG-1
inline constexpr std::uint32_t manager_code = 0xffffffff;        // SMG-2
inline constexpr std::uint32_t message_bytes_max = 256;          // SMG-4
inline constexpr std::size_t answer_bytes_max = 8192;            // SMG-5: the table included
inline constexpr std::size_t answer_objects_max = 5;             // SMG-5
inline constexpr std::uint32_t no_handle = 0xffffffff;           // SMG-31, SMG-32
inline constexpr std::size_t service_count_max = 300;            // SMG-40
inline constexpr std::size_t service_name_bytes_max = 15;        // SMG-41
inline constexpr UserId syscap_user_limit = 10000;               // SMG-53: the first without
inline constexpr std::size_t capability_bytes_max = 64;          // SMG-57
inline constexpr std::size_t capabilities_in_answer_max = 118;   // SMG-61
inline constexpr std::uint64_t burst_requests_max = 1500;        // SMG-75
inline constexpr std::uint64_t requests_in_a_second_max = 1000;  // SMG-76

// A service, or a feature of it; the empty feature is the service alone.
struct ServiceName {
  std::string service;
  std::string feature;
  friend auto operator<=>(const ServiceName&, const ServiceName&) = default;
};

}  // namespace touchstone::services
