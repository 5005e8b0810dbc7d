// peer.h: for tests of one link: the other end of its socket.  Answers are laid into the socket
// before the call that they answer, and requests looked at after it, so that nobody has to wait.
#pragma once

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <vector>

#include "daemon/client/link.h"

namespace touchstone::client {

using Bytes = std::vector<std::byte>;

template <typename Structure>
void append(Bytes& bytes, const Structure& structure) {
  const auto more = std::as_bytes(std::span(&structure, 1));
  bytes.insert(bytes.end(), more.begin(), more.end());
}

// What a link has sent for one operation, its packets put together.
struct Request {
  std::uint32_t operation = 0;
  std::size_t packets = 0;
  Bytes body;
  std::vector<int> files;
};

class Peer {
 public:
  Peer() {
    int pair[2] = {-1, -1};
    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair);
    const int room = 1 << 20;
    for (const int socket : pair) setsockopt(socket, SOL_SOCKET, SO_SNDBUF, &room, sizeof room);
    link_->socket = pair[0];
    link_->memory = lite_ipc_memory_of_thread();
    socket_ = pair[1];
  }
  ~Peer() {
    hang_up();
    close(link_->socket);
  }
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;

  lite_ipc_link* link() { return link_.get(); }
  void hang_up() {
    if (socket_ >= 0) close(socket_);
    socket_ = -1;
  }

  // A packet as it is.
  void put(std::span<const std::byte> packet, std::span<const int> files = {}) const {
    iovec part{const_cast<std::byte*>(packet.data()), packet.size()};
    alignas(cmsghdr) std::array<char, CMSG_SPACE(253 * sizeof(int))> control{};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    if (!files.empty()) {
      message.msg_control = control.data();
      message.msg_controllen = CMSG_SPACE(files.size_bytes());
      cmsghdr* const header = CMSG_FIRSTHDR(&message);
      header->cmsg_level = SOL_SOCKET;
      header->cmsg_type = SCM_RIGHTS;
      header->cmsg_len = CMSG_LEN(files.size_bytes());
      std::memcpy(CMSG_DATA(header), files.data(), files.size_bytes());
    }
    sendmsg(socket_, &message, MSG_NOSIGNAL);
  }

  // An answer of one packet.
  void answer(std::uint32_t operation, const liteipcd_answer& answer,
              std::span<const int> files = {}, std::span<const std::uint32_t> places = {}) const {
    Bytes packet;
    const auto body_bytes = static_cast<std::uint32_t>(sizeof answer + places.size_bytes());
    append(packet,
           liteipcd_packet{operation, body_bytes, 0, static_cast<std::uint32_t>(files.size())});
    append(packet, answer);
    for (const std::uint32_t place : places) append(packet, place);
    put(packet, files);
  }
  void answer_value(std::uint32_t operation, std::int64_t value) const {
    liteipcd_answer with{};
    with.value = value;
    answer(operation, with);
  }

  // The next request of the link; empty where none is there.
  Request take() const {
    Request request;
    std::uint32_t expected = 1;
    while (request.body.size() < expected) {
      Bytes packet(LITEIPCD_PACKET_BYTES_MAX);
      iovec part{packet.data(), packet.size()};
      alignas(cmsghdr) std::array<char, CMSG_SPACE(253 * sizeof(int))> control{};
      msghdr message{};
      message.msg_iov = &part;
      message.msg_iovlen = 1;
      message.msg_control = control.data();
      message.msg_controllen = control.size();
      const ssize_t bytes = recvmsg(socket_, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
      liteipcd_packet head{};
      if (bytes < static_cast<ssize_t>(sizeof head)) return {};
      std::memcpy(&head, packet.data(), sizeof head);
      request.operation = head.operation;
      request.packets += 1;
      request.body.insert(request.body.end(), packet.begin() + sizeof head, packet.begin() + bytes);
      expected = head.body_bytes;
      const cmsghdr* const header = CMSG_FIRSTHDR(&message);
      for (std::uint32_t i = 0; i < head.descriptor_count && header != nullptr; ++i) {
        int file = -1;
        std::memcpy(&file, CMSG_DATA(header) + i * sizeof file, sizeof file);
        request.files.push_back(file);
      }
      if (expected == 0) break;
    }
    return request;
  }

 private:
  std::unique_ptr<lite_ipc_link> link_ = std::make_unique<lite_ipc_link>();
  int socket_ = -1;
};

// A request of LITEIPCD_IOCTL, taken apart.
struct Call {
  struct Segment {
    std::uint64_t address = 0;
    Bytes bytes;
  };
  explicit Call(const Request& request) {
    const std::byte* at = request.body.data();
    const auto read = [&](auto& into) {
      std::memcpy(&into, at, sizeof into);
      at += sizeof into;
    };
    read(head);
    std::vector<liteipcd_segment> table(head.segment_count);
    for (liteipcd_segment& segment : table) read(segment);
    numbers.resize(head.descriptor_count);
    for (std::uint32_t& number : numbers) read(number);
    for (const liteipcd_segment& segment : table) {
      segments.push_back({segment.address, Bytes(at, at + segment.bytes)});
      at += segment.bytes;
    }
    is_whole = at == request.body.data() + request.body.size();
  }

  liteipcd_ioctl head{};
  std::vector<Segment> segments;
  std::vector<std::uint32_t> numbers;
  bool is_whole = false;
};

}  // namespace touchstone::client
