// fake_socket.h: the socket of the fake device: listening, who calls, answers with descriptors.
// For tests only.
#pragma once

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <cstring>
#include <string>
#include <vector>

#include "conformance/reproduce/fake_device/frames.h"

namespace touchstone::fake {

// Anyone may connect.
inline int listen_at(const std::string& path) {
  sockaddr_un at{};
  at.sun_family = AF_UNIX;
  path.copy(at.sun_path, sizeof at.sun_path - 1);
  const int listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
  EXPECT_EQ(bind(listener, reinterpret_cast<sockaddr*>(&at), sizeof at), 0) << path;
  EXPECT_EQ(chmod(path.c_str(), 0666), 0);
  EXPECT_EQ(listen(listener, 128), 0);
  return listener;
}

inline pid_t pid_behind(int socket) {
  ucred about{};
  socklen_t bytes = sizeof about;
  EXPECT_EQ(getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &about, &bytes), 0);
  return about.pid;
}

// One that has hung up is seen elsewhere.
inline void send_answer(int socket, fake_answer& answer, const std::vector<int>& files) {
  alignas(cmsghdr) char control[CMSG_SPACE(fake_files_max * sizeof(int))] = {};
  iovec bytes{&answer, sizeof answer};
  msghdr message{};
  message.msg_iov = &bytes;
  message.msg_iovlen = 1;
  if (!files.empty()) {
    message.msg_control = control;
    message.msg_controllen = CMSG_SPACE(files.size() * sizeof(int));
    cmsghdr* const header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(files.size() * sizeof(int));
    std::memcpy(CMSG_DATA(header), files.data(), files.size() * sizeof(int));
  }
  sendmsg(socket, &message, MSG_NOSIGNAL);
}

}  // namespace touchstone::fake
