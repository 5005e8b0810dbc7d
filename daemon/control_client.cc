#include "daemon/control_client.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <nlohmann/json.hpp>
#include <vector>

#include "daemon/protocol.h"

namespace touchstone::daemon {
namespace {

std::unexpected<std::string> because(const std::string& what) {
  return std::unexpected(fmt::format("{}: {}", what, std::strerror(errno)));
}

}  // namespace

std::expected<UniqueFd, std::string> connect_to(const std::string& path) {
  sockaddr_un at{};
  at.sun_family = AF_UNIX;
  if (path.size() >= sizeof at.sun_path) return std::unexpected(path + ": the path is too long");
  path.copy(at.sun_path, path.size());
  UniqueFd connection(socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
  if (!connection ||
      connect(connection.get(), reinterpret_cast<const sockaddr*>(&at), sizeof at) != 0) {
    return because(path);
  }
  return connection;
}

std::expected<void, std::string> send_question(int connection, const std::string& question) {
  const liteipcd_packet head{LITEIPCD_CONTROL, static_cast<std::uint32_t>(question.size()), 0, 0};
  std::string packet(reinterpret_cast<const char*>(&head), sizeof head);
  packet += question;
  if (send(connection, packet.data(), packet.size(), MSG_NOSIGNAL) < 0) return because("liteipcd");
  return {};
}

// It may take several packets.
std::expected<std::string, std::string> receive_answer(int connection) {
  std::string answer;
  std::vector<char> room(LITEIPCD_PACKET_BYTES_MAX);
  for (;;) {
    const ssize_t bytes = recv(connection, room.data(), room.size(), 0);
    if (bytes < 0) return because("liteipcd");
    liteipcd_packet got{};
    if (bytes < static_cast<ssize_t>(sizeof got)) {
      return std::unexpected("liteipcd ended the connection: only its own user and root may ask");
    }
    std::memcpy(&got, room.data(), sizeof got);
    answer.append(room.data() + sizeof got, static_cast<std::size_t>(bytes) - sizeof got);
    if (answer.size() >= got.body_bytes) return answer;
  }
}

std::expected<std::string, std::string> ask(int connection, const std::string& question) {
  if (const auto sent = send_question(connection, question); !sent) {
    return std::unexpected(sent.error());
  }
  return receive_answer(connection);
}

std::string error_in(const std::string& answer) {
  const auto json = nlohmann::json::parse(answer, nullptr, false);
  if (!json.is_object()) return "";
  const auto error = json.find("error");
  return error != json.end() && error->is_string() ? error->get<std::string>() : "";
}

}  // namespace touchstone::daemon
