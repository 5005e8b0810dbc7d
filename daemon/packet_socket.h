// packet_socket.h: Unix sockets of type SOCK_SEQPACKET: listening, who is behind a connection,
// packets with descriptors.  Never waits.
#pragma once

#include <cstddef>
#include <expected>
#include <span>
#include <string>
#include <vector>

#include "daemon/broker.h"
#include "daemon/unique_fd.h"

namespace touchstone::daemon {

// In place of a socket that nobody listens to any more.  Errors in words: the path is too long, or
// another kind of file, or served by a daemon that lives.
std::expected<UniqueFd, std::string> listen_at(const std::string& path, unsigned mode);

// None if the socket does not say, as for a process that we cannot name.
std::expected<Peer, std::string> peer_of(int socket);
// Readable when the process ends.
UniqueFd open_process(int socket, pid_t pid);

struct Received {
  enum class Kind { packet, nothing, end } kind = Kind::nothing;
  std::size_t bytes = 0;
  bool is_cut = false;          // the packet is longer than the room for it
  bool has_lost_files = false;  // our table has no place for all of them
};

// One packet, into the room given; descriptors are added to `files`.
Received receive_packet(int socket, std::span<std::byte> room, std::vector<SharedFd>& files);

// False: it did not go, so the peer does not read, or has gone.
bool send_packet(int socket, std::span<const std::byte> packet, std::span<const SharedFd> files);

}  // namespace touchstone::daemon
