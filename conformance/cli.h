// cli.h: the command line of `touchstone`.  Everything that it takes from the world comes in here,
// so that tests can call it as a function.
#pragma once

#include <filesystem>
#include <iosfwd>
#include <string>
#include <vector>

namespace touchstone {

struct World {
  std::ostream& out;
  std::ostream& err;
  std::string today;                     // YYYY-MM-DD
  const char* data_folder = nullptr;     // value of $TOUCHSTONE_DATA
  std::filesystem::path program_folder;  // where the program lies
};

// `arguments` without the program's name.  Gives the exit status (ExitStatus).
int run_cli(const std::vector<std::string>& arguments, const World& world);

}  // namespace touchstone
