#include "daemon/packet_socket.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "daemon/protocol.h"

namespace touchstone::daemon {
namespace {

constexpr int backlog = 1024;

std::string because(const std::string& what) {
  return fmt::format("{}: {}", what, std::strerror(errno));
}

union Control {
  cmsghdr header;
  std::array<std::byte, CMSG_SPACE(LITEIPCD_PACKET_DESCRIPTORS_MAX * sizeof(int))> bytes;
};

void take_files(msghdr& message, std::vector<SharedFd>& files) {
  for (cmsghdr* header = CMSG_FIRSTHDR(&message); header != nullptr;
       header = CMSG_NXTHDR(&message, header)) {
    if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) continue;
    const std::size_t count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (std::size_t i = 0; i < count; ++i) {
      int number = -1;
      std::memcpy(&number, CMSG_DATA(header) + i * sizeof number, sizeof number);
      files.push_back(std::make_shared<UniqueFd>(number));
    }
  }
}

}  // namespace

std::expected<UniqueFd, std::string> listen_at(const std::string& path, unsigned mode) {
  sockaddr_un at{};
  at.sun_family = AF_UNIX;
  if (path.size() >= sizeof at.sun_path) {
    return std::unexpected(fmt::format("{}: longer than {} bytes", path, sizeof at.sun_path - 1));
  }
  path.copy(at.sun_path, path.size());
  const auto* address = reinterpret_cast<const sockaddr*>(&at);
  struct stat there{};
  if (lstat(path.c_str(), &there) == 0) {
    if (!S_ISSOCK(there.st_mode)) return std::unexpected(path + ": is there and is no socket");
    const UniqueFd caller(socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
    if (connect(caller.get(), address, sizeof at) == 0) {
      return std::unexpected(path + ": another daemon listens there");
    }
    if (errno != ECONNREFUSED) return std::unexpected(because(path));
    unlink(path.c_str());
  }
  UniqueFd listener(socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!listener || bind(listener.get(), address, sizeof at) != 0 ||
      chmod(path.c_str(), mode) != 0 || listen(listener.get(), backlog) != 0) {
    return std::unexpected(because(path));
  }
  return listener;
}

std::expected<Peer, std::string> peer_of(int socket) {
  ucred about{};
  socklen_t bytes = sizeof about;
  if (getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &about, &bytes) != 0) {
    return std::unexpected(because("SO_PEERCRED"));
  }
  if (about.pid == 0) return std::unexpected("a process of another PID namespace");
  return Peer{about.pid, about.uid, about.gid};
}

UniqueFd open_process(int socket, pid_t pid) {
#ifndef SO_PEERPIDFD
  constexpr int SO_PEERPIDFD = 77;  // since Linux 6.5: of the process that connected, not its id's
#endif
  int process = -1;
  socklen_t bytes = sizeof process;
  if (getsockopt(socket, SOL_SOCKET, SO_PEERPIDFD, &process, &bytes) == 0) return UniqueFd(process);
  return UniqueFd(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
}

Received receive_packet(int socket, std::span<std::byte> room, std::vector<SharedFd>& files) {
  Control control;
  iovec bytes{room.data(), room.size()};
  msghdr message{};
  message.msg_iov = &bytes;
  message.msg_iovlen = 1;
  message.msg_control = &control;
  message.msg_controllen = sizeof control;
  const ssize_t count = recvmsg(socket, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
  if (count < 0) {
    const bool is_nothing = errno == EAGAIN || errno == EINTR;
    return {is_nothing ? Received::Kind::nothing : Received::Kind::end, 0, false, false};
  }
  if (message.msg_controllen > 0) take_files(message, files);
  if (count == 0) return {Received::Kind::end, 0, false, false};
  return {Received::Kind::packet, static_cast<std::size_t>(count),
          (message.msg_flags & MSG_TRUNC) != 0, (message.msg_flags & MSG_CTRUNC) != 0};
}

bool send_packet(int socket, std::span<const std::byte> packet, std::span<const SharedFd> files) {
  constexpr int flags = MSG_DONTWAIT | MSG_NOSIGNAL;
  if (files.empty()) {
    return send(socket, packet.data(), packet.size(), flags) == static_cast<ssize_t>(packet.size());
  }
  Control control{};
  iovec bytes{const_cast<std::byte*>(packet.data()), packet.size()};
  msghdr message{};
  message.msg_iov = &bytes;
  message.msg_iovlen = 1;
  message.msg_control = &control;
  message.msg_controllen = CMSG_SPACE(files.size() * sizeof(int));
  cmsghdr* const header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(files.size() * sizeof(int));
  for (std::size_t i = 0; i < files.size(); ++i) {
    const int number = files[i]->get();
    std::memcpy(CMSG_DATA(header) + i * sizeof number, &number, sizeof number);
  }
  return sendmsg(socket, &message, flags) == static_cast<ssize_t>(packet.size());
}

}  // namespace touchstone::daemon
