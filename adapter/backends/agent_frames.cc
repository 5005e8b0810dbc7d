#include "adapter/backends/agent_frames.h"

#include <algorithm>
#include <array>

#include "adapter/abi.h"

namespace touchstone {
namespace {

constexpr std::size_t version_at = 4;
constexpr std::size_t type_at = 5;
constexpr std::size_t header_check_at = 6;
constexpr std::size_t sequence_at = 8;
constexpr std::size_t payload_bytes_at = 12;
constexpr std::size_t header_bytes = TOUCHSTONE_AGENT_HEADER_BYTES;
constexpr std::size_t check_bytes = TOUCHSTONE_AGENT_CHECK_BYTES;

constexpr std::array<std::uint32_t, 256> crc_table = [] {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t byte = 0; byte < table.size(); ++byte) {
    std::uint32_t crc = byte;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0xedb88320u : 0);
    table[byte] = crc;
  }
  return table;
}();

// The CRC-32 of the bytes behind those that gave `crc`.
std::uint32_t add_to_crc(std::uint32_t crc, std::span<const std::byte> bytes) {
  crc = ~crc;
  for (const std::byte byte : bytes) {
    crc = crc_table[(crc ^ static_cast<std::uint32_t>(byte)) & 0xff] ^ (crc >> 8);
  }
  return ~crc;
}

std::uint32_t header_check_of(std::span<const std::byte> header) {
  const std::uint32_t crc = add_to_crc(0, header.first(header_check_at));
  return add_to_crc(crc, header.subspan(sequence_at, header_bytes - sequence_at)) & 0xffff;
}

std::uint32_t byte_at(std::span<const std::byte> bytes, std::size_t at) {
  return static_cast<std::uint32_t>(bytes[at]);
}

std::string_view trouble_in_header(std::span<const std::byte> header) {
  if (byte_at(header, version_at) != TOUCHSTONE_AGENT_VERSION) {
    return "it is of another version of the protocol";
  }
  if (load_u32(header, payload_bytes_at) > TOUCHSTONE_AGENT_PAYLOAD_BYTES_MAX) {
    return "it is too long";
  }
  return {};
}

}  // namespace

std::vector<std::byte> encode_agent_frame(const AgentFrame& frame) {
  const std::size_t checked = header_bytes + frame.payload.size();
  std::vector<std::byte> bytes(checked + check_bytes);
  store_u32(bytes, 0, TOUCHSTONE_AGENT_MAGIC);
  bytes[version_at] = std::byte{TOUCHSTONE_AGENT_VERSION};
  bytes[type_at] = std::byte{frame.type};
  store_u32(bytes, sequence_at, frame.sequence);
  store_u32(bytes, payload_bytes_at, static_cast<std::uint32_t>(frame.payload.size()));
  const std::uint32_t header_check = header_check_of(bytes);
  bytes[header_check_at] = static_cast<std::byte>(header_check & 0xff);
  bytes[header_check_at + 1] = static_cast<std::byte>(header_check >> 8);
  std::ranges::copy(frame.payload, bytes.begin() + header_bytes);
  store_u32(bytes, checked, add_to_crc(0, std::span(bytes).first(checked)));
  return bytes;
}

AgentFrameFound find_agent_frame(std::span<const std::byte> bytes) {
  using State = AgentFrameFound::State;
  const auto wrong = [](State state, std::string_view what) {
    return AgentFrameFound{state, {}, 0, what};
  };
  if (bytes.size() < header_bytes) return {};
  if (load_u32(bytes, 0) != TOUCHSTONE_AGENT_MAGIC) {
    return wrong(State::noise, "it does not begin with the magic");
  }
  const std::uint32_t header_check =
      byte_at(bytes, header_check_at) | byte_at(bytes, header_check_at + 1) << 8;
  if (header_check != header_check_of(bytes)) {
    return wrong(State::noise, "its header does not fit its check");
  }
  if (const auto trouble = trouble_in_header(bytes); !trouble.empty()) {
    return wrong(State::broken, trouble);
  }
  const std::size_t checked = header_bytes + load_u32(bytes, payload_bytes_at);
  if (bytes.size() < checked + check_bytes) return {};
  if (load_u32(bytes, checked) != add_to_crc(0, bytes.first(checked))) {
    return wrong(State::broken, "its bytes do not fit their check");
  }
  const auto payload = bytes.subspan(header_bytes, checked - header_bytes);
  return {State::whole,
          {static_cast<std::uint8_t>(byte_at(bytes, type_at)),
           load_u32(bytes, sequence_at),
           {payload.begin(), payload.end()}},
          checked + check_bytes,
          {}};
}

const AgentShape& shape_of(AgentOrder order) {
#define TOUCHSTONE_AGENT_SHAPE(name, type, words, bytes, answer_words, answer_bytes) \
  AgentShape{#name, words, bytes, answer_words, answer_bytes},
  static constexpr std::array shapes{TOUCHSTONE_AGENT_ORDERS(TOUCHSTONE_AGENT_SHAPE)};
#undef TOUCHSTONE_AGENT_SHAPE
  return shapes[static_cast<std::size_t>(order) - 1];
}

}  // namespace touchstone
