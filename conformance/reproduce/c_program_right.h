// c_program_right.h: what a printed program expects of a step, as C functions that say whether it
// has come.
#pragma once

#include <cstddef>
#include <map>
#include <string>

#include "adapter/program.h"
#include "conformance/reproduce/c_program_plan.h"

namespace touchstone {

class CRightWriter {
 public:
  CRightWriter(const Program& program, const CPlan& plan) : program_(program), plan_(plan) {}

  // The name of the function for a step, "NULL" where it expects nothing.
  std::string function_of(std::size_t step);
  // The functions named since it was last asked for.
  std::string take_functions() { return std::move(functions_); }

 private:
  std::string shared_function(const Step& step);
  std::string message_function(std::size_t step);
  std::string notice_group(const std::vector<std::size_t>& steps);

  const Program& program_;
  const CPlan& plan_;
  std::map<std::string, bool> written_;
  std::string functions_;
};

}  // namespace touchstone
