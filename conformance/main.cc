// touchstone: tells whether an implementation of LiteIPC is right.
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <ctime>
#include <exception>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

#include "conformance/cli.h"
#include "conformance/data_dir.h"
#include "conformance/keep_memory.h"
#include "conformance/verdict.h"

namespace {

using touchstone::ExitStatus;

std::string today() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  char text[sizeof "YYYY-MM-DD"] = "";
  if (gmtime_r(&now, &parts) != nullptr) std::strftime(text, sizeof text, "%Y-%m-%d", &parts);
  return text;
}

const pid_t main_process = getpid();

// A CHECK that fails here is our mistake and has an exit status of its own; one in a plug-in, which
// runs in a child, stays what it is.
extern "C" void end_as_broken(int) {
  if (getpid() == main_process) _exit(std::to_underlying(ExitStatus::harness_broken));
  std::signal(SIGABRT, SIG_DFL);
  std::raise(SIGABRT);
}

}  // namespace

int main(int argument_count, char** arguments) {
  touchstone::keep_freed_memory();
  std::signal(SIGABRT, end_as_broken);
  try {
    const touchstone::World world{std::cout, std::cerr, today(), std::getenv("TOUCHSTONE_DATA"),
                                  touchstone::folder_of_this_program()};
    return touchstone::run_cli({arguments + 1, arguments + argument_count}, world);
  } catch (const std::exception& error) {
    std::cerr << "touchstone: broken: " << error.what() << '\n';
    return std::to_underlying(ExitStatus::harness_broken);
  }
}
