// liteipcctl: asks a running liteipcd what there is: who is connected, who waits, who may call
// whom, and what they do.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <expected>
#include <nlohmann/json.hpp>
#include <string>

#include "daemon/control_client.h"
#include "daemon/protocol.h"
#include "daemon/trace_watch.h"

namespace touchstone::daemon {
namespace {

using Json = nlohmann::ordered_json;

std::string word(const Json& value) {
  return value.is_null() ? "-" : value.is_string() ? value.get<std::string>() : value.dump();
}

void print_status(const Json& status) {
  for (const auto& [key, value] : status.items()) fmt::print("{:<14} {}\n", key, word(value));
}

void print_clients(const Json& clients) {
  fmt::print("{:>8} {:>6} {:>6} {:>8} {:>8}  {}\n", "pid", "uid", "pool", "buffers", "access",
             "tasks");
  for (const Json& client : clients) {
    fmt::print("{:>8} {:>6} {:>6} {:>8} {:>8}  ", word(client["pid"]), word(client["uid"]),
               word(client["pool_bytes"]), word(client["buffers"]), client["access"].size());
    for (const Json& task : client["tasks"]) {
      fmt::print("{} {}{}; ", word(task["task"]), word(task["state"]),
                 task["queue"].empty() ? "" : fmt::format(", {} queued", task["queue"].size()));
    }
    fmt::print("\n");
  }
}

void print_services(const Json& services) {
  fmt::print("{:>6} {:>8} {:>7}  {}\n", "task", "pid", "queued", "callers (processes)");
  for (const Json& service : services) {
    fmt::print("{:>6} {:>8} {:>7}  {}\n", word(service["task"]), word(service["pid"]),
               word(service["queued"]), service["callers"].dump());
  }
}

int run(const std::string& question, const std::string& socket, bool wants_json) {
  const auto connection = connect_to(socket);
  const auto answer =
      connection ? ask(connection->get(), question)
                 : std::expected<std::string, std::string>(std::unexpected(connection.error()));
  if (!answer) {
    std::fprintf(stderr, "liteipcctl: %s\n", answer.error().c_str());
    return 3;
  }
  const Json json = Json::parse(*answer, nullptr, false);
  if (json.is_discarded() || (json.is_object() && json.contains("error"))) {
    std::fprintf(stderr, "liteipcctl: liteipcd says: %s\n", answer->c_str());
    return 3;
  }
  if (wants_json) {
    fmt::print("{}\n", json.dump(2));
  } else if (question == "status") {
    print_status(json);
  } else if (question == "clients") {
    print_clients(json);
  } else {
    print_services(json);
  }
  return 0;
}

}  // namespace
}  // namespace touchstone::daemon

int main(int argc, char** argv) {
  CLI::App app("What there is in a running liteipcd", "liteipcctl");
  std::string socket = LITEIPCD_SOCKET_DEFAULT;
  bool wants_json = false;
  app.add_option("--socket", socket, "where it listens");
  app.add_flag("--json", wants_json, "the answer as JSON");
  app.add_subcommand("status", "counts and limits");
  app.add_subcommand("clients", "processes, their pools, what their tasks do");
  app.add_subcommand("services", "tasks that receive, and who may call them");
  CLI::App* const trace = app.add_subcommand("trace", "what clients do, until it is interrupted");
  std::string case_file;
  trace->add_option("--case", case_file,
                    "saves it as a case, which begins before the first client");
  app.require_subcommand(1);
  app.fallthrough();
  CLI11_PARSE(app, argc, argv);
  if (trace->parsed()) return touchstone::daemon::watch({socket, case_file, wants_json});
  return touchstone::daemon::run(app.get_subcommands().front()->get_name(), socket, wants_json);
}
