// touchstone: tells whether an implementation of LiteIPC is right.
#include <cstdlib>
#include <ctime>
#include <exception>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

#include "conformance/cli.h"
#include "conformance/data_dir.h"
#include "conformance/verdict.h"

namespace {

std::string today() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  char text[sizeof "YYYY-MM-DD"] = "";
  if (gmtime_r(&now, &parts) != nullptr) std::strftime(text, sizeof text, "%Y-%m-%d", &parts);
  return text;
}

}  // namespace

int main(int argument_count, char** arguments) {
  using touchstone::ExitStatus;
  try {
    const touchstone::World world{std::cout, std::cerr, today(), std::getenv("TOUCHSTONE_DATA"),
                                  touchstone::folder_of_this_program()};
    return touchstone::run_cli({arguments + 1, arguments + argument_count}, world);
  } catch (const std::exception& error) {
    std::cerr << "touchstone: broken: " << error.what() << '\n';
    return std::to_underlying(ExitStatus::harness_broken);
  }
}
