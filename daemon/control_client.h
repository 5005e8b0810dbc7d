// control_client.h: the other end of a control connection: a question to a running daemon, and its
// answer.
#pragma once

#include <expected>
#include <string>

#include "daemon/unique_fd.h"

namespace touchstone::daemon {

// Errors in words.
std::expected<UniqueFd, std::string> connect_to(const std::string& path);
std::expected<void, std::string> send_question(int connection, const std::string& question);
// Waits for it.
std::expected<std::string, std::string> receive_answer(int connection);
std::expected<std::string, std::string> ask(int connection, const std::string& question);

// What the daemon says instead of an answer; empty if it has answered.
std::string error_in(const std::string& answer);

}  // namespace touchstone::daemon
