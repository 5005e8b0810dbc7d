#include "fuzz/seeds_daemon.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "daemon/protocol.h"

namespace touchstone::fuzz {
namespace {

template <typename Structure>
std::string bytes_of(const Structure& structure) {
  return {reinterpret_cast<const char*>(&structure), sizeof structure};
}

// As fuzz/daemon_trial.h says; the body is whole unless `missing` bytes of it are still to come.
std::string packet(std::uint32_t operation, const std::string& body, std::uint32_t files = 0,
                   std::uint32_t offset = 0, std::uint32_t missing = 0) {
  const auto body_bytes = static_cast<std::uint32_t>(body.size()) + offset + missing;
  const std::string bytes = bytes_of(liteipcd_packet{operation, body_bytes, offset, files}) + body;
  return std::string{static_cast<char>(files)} +
         bytes_of(static_cast<std::uint16_t>(bytes.size())) + bytes;
}

std::string answer(std::uint32_t operation, std::int64_t value, std::uint32_t files = 0) {
  liteipcd_answer with{};
  with.value = value;
  with.descriptor_count = files;
  const std::size_t places = operation == LITEIPCD_MMAP ? 0 : files;
  return packet(operation, bytes_of(with) + std::string(places * sizeof(std::uint32_t), '\4'),
                files);
}

// A greeting, an open and a pool.
std::string mapped() {
  liteipcd_welcome welcome{};
  welcome.task = 10;
  return packet(LITEIPCD_HELLO, bytes_of(welcome)) + answer(LITEIPCD_OPEN, 0) +
         answer(LITEIPCD_MMAP, 0, 1);
}

std::string in_two_packets() {
  const std::string body = bytes_of(liteipcd_answer{});
  return packet(LITEIPCD_IOCTL, body.substr(0, 10), 0, 0, 30) +
         packet(LITEIPCD_IOCTL, body.substr(10), 0, 10);
}

}  // namespace

std::vector<Seed> daemon_seeds() {
  liteipcd_answer wild{};
  wild.write_address = 0x1000;
  wild.write_bytes = 8;
  return {
      {"descriptors", mapped() + answer(LITEIPCD_IOCTL, 0, 3) + answer(LITEIPCD_PLACED, 0)},
      {"gone-while-placing", mapped() + answer(LITEIPCD_IOCTL, 0, 2)},
      {"noise", std::string("\0\5\0noise", 8)},
      {"pool-refused", mapped().substr(0, mapped().size() - 59) + answer(LITEIPCD_MMAP, -17) +
                           answer(LITEIPCD_IOCTL, -12)},
      {"two-packets", mapped() + in_two_packets() + answer(LITEIPCD_IOCTL, 1)},
      {"unasked-descriptors", mapped() + answer(LITEIPCD_PLACED, 0, 4)},
      {"values", mapped() + answer(LITEIPCD_IOCTL, 0) + answer(LITEIPCD_IOCTL, -22) +
                     answer(LITEIPCD_IOCTL, INT64_MAX)},
      {"wild-write", mapped() + packet(LITEIPCD_IOCTL, bytes_of(wild))},
  };
}

namespace {

// Events of fuzz/broker_trial.h.
std::string event(char what, int thread, const std::string& more = "") {
  return std::string{static_cast<char>(what | thread << 4)} + more;
}

// A thread comes, opens the device and has a pool of a page.
std::string arrive(int thread) {
  return event(0, thread) + event(1, thread) + event(2, thread, std::string("\0\0\x0f\xff\1\2", 6));
}

std::string exchange(int thread, char flags, char type, char handle, char replies,
                     const std::string& data = "") {
  return event(4, thread,
               std::string{flags, type, handle, 0, replies, static_cast<char>(data.size())} + data +
                   std::string("\0\0\0\1\1", 5));
}

}  // namespace

std::vector<Seed> broker_seeds() {
  const std::string both = arrive(0) + event(8, 0, std::string(3, '\0')) + arrive(2);
  const std::string called =
      both + exchange(0, 2, 0, 0, 0) + exchange(2, 3, 0, 0, 0, "sixteen bytes");
  return {
      {"called", called},
      {"caller-ends", called + event(7, 2)},
      {"noise", "noise"},
      {"queued-server-ends", both + exchange(2, 1, 0, 0, 0, "x") + event(7, 0)},
      {"replied", called + exchange(0, 5, 1, 11, 1, "well")},
      {"threads", both + event(0, 1) + exchange(1, 2, 0, 0, 0) + event(6, 1) + event(6, 0)},
  };
}

}  // namespace touchstone::fuzz
