#include "fuzz/daemon_trial.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>

#include "daemon/client/link.h"
#include "fuzz/input_bytes.h"

namespace touchstone::fuzz {
namespace {

constexpr std::size_t packets_max = 16;
constexpr std::size_t packet_bytes_max = 4096;
constexpr std::size_t files_max = 4;

int lowest_free_number() {
  const int number = fcntl(0, F_DUPFD_CLOEXEC, 3);
  close(number);
  return number;
}

// A file to send along.
int some_file() {
  static const int file = open("/dev/null", O_RDWR | O_CLOEXEC);
  return file;
}

void send_packet(int socket, std::span<const std::uint8_t> bytes, std::size_t files) {
  iovec part{const_cast<std::uint8_t*>(bytes.data()), bytes.size()};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(files_max * sizeof(int))> control{};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  if (files > 0) {
    message.msg_control = control.data();
    message.msg_controllen = CMSG_SPACE(files * sizeof(int));
    cmsghdr* const header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(files * sizeof(int));
    const int file = some_file();
    for (std::size_t i = 0; i < files; ++i) {
      std::memcpy(CMSG_DATA(header) + i * sizeof file, &file, sizeof file);
    }
  }
  sendmsg(socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
}

// Lays the answers into the socket, and hangs up behind them.
void lay(int socket, std::span<const std::uint8_t> input) {
  InputBytes rest(input);
  for (std::size_t i = 0; i < packets_max && !rest.is_empty(); ++i) {
    const std::size_t files = rest.byte() % (files_max + 1);
    const std::size_t bytes = rest.number(2) % packet_bytes_max;
    send_packet(socket, rest.take(bytes), files);
  }
  shutdown(socket, SHUT_WR);
}

// Closes what the link says it has put into the process's table.
void close_placed(int socket) {
  struct {
    liteipcd_packet packet;
    liteipcd_placed head;
    std::array<std::uint32_t, LITEIPCD_DESCRIPTORS_MAX> numbers;
  } placed;
  while (recv(socket, &placed, sizeof placed, MSG_DONTWAIT) > 0) {
    if (placed.packet.operation != LITEIPCD_PLACED) continue;
    for (std::uint32_t i = 0; i < placed.head.descriptor_count; ++i) {
      if (placed.numbers[i] != LITEIPCD_NO_PLACE) close(static_cast<int>(placed.numbers[i]));
    }
  }
}

// One connection and the argument of its device calls.
class Caller {
 public:
  explicit Caller(int socket) {
    link_.socket = socket;
    link_.is_broken = 0;
    link_.memory = {.process = getpid(), .stack_low = 0, .stack_high = 0, .frame = 0};
    argument_.before.fill(guard);
    argument_.after.fill(guard);
    argument_.content = {};
    argument_.content.flag = TOUCHSTONE_RECV;
  }

  std::string broken_law() const { return law_; }
  bool is_answered() const { return is_answered_; }

  void run() {
    liteipcd_welcome welcome{};
    const liteipcd_mmap request{4096, 0x10000000, TOUCHSTONE_PROT_READ, TOUCHSTONE_MAP_PRIVATE};
    int pool = -1;
    if (!goes_on(lite_ipc_link_hello(&link_, 1, 0, &welcome))) return;
    if (!goes_on(lite_ipc_link_open(&link_))) return;
    const bool maps = goes_on(lite_ipc_link_mmap(&link_, &request, &pool));
    if (pool >= 0) close(pool);
    const auto argument = reinterpret_cast<std::uintptr_t>(&argument_.content);
    for (int i = 0; maps && i < 4; ++i) {
      const std::uint32_t command = i % 2 == 0 ? LITE_IPC_SEND_RECEIVE : TOUCHSTONE_IPC_GET_VERSION;
      if (!goes_on(lite_ipc_link_ioctl(&link_, {0, 0}, command, argument, 0))) return;
      is_answered_ = true;
    }
  }

 private:
  static constexpr std::byte guard{0xa5};

  // Whether another call can be made.
  bool goes_on(std::int64_t value) {
    const auto is_whole = [](std::byte byte) { return byte == guard; };
    if (value < -4095 || value > INT32_MAX) law_ = "a call gives what no call can give";
    if (link_.is_broken && value != -ENODEV) law_ = "a link breaks and its call does not say so";
    if (!std::ranges::all_of(argument_.before, is_whole) ||
        !std::ranges::all_of(argument_.after, is_whole)) {
      law_ = "a call writes beside its argument";
    }
    return law_.empty() && !link_.is_broken;
  }

  static inline lite_ipc_link link_{};  // large; all of it that is read is written before
  struct {
    std::array<std::byte, 32> before;
    lite_ipc_content content;
    std::array<std::byte, 32> after;
  } argument_{};
  std::string law_;
  bool is_answered_ = false;
};

}  // namespace

DaemonVerdict try_daemon_answers(std::span<const std::uint8_t> input) {
  some_file();
  const int lowest = lowest_free_number();
  std::array<int, 2> pair{-1, -1};
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair.data()) != 0) return {};
  lay(pair[1], input);
  Caller caller(pair[0]);
  caller.run();
  close_placed(pair[1]);
  close(pair[0]);
  close(pair[1]);
  DaemonVerdict verdict{caller.broken_law(), caller.is_answered()};
  if (verdict.broken_law.empty() && lowest_free_number() != lowest) {
    verdict.broken_law = "a call leaves a descriptor behind";
  }
  return verdict;
}

}  // namespace touchstone::fuzz
