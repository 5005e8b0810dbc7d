#include "conformance/reproduce/case_needs.h"

#include "conformance/judge.h"
#include "conformance/support.h"

namespace touchstone {

std::vector<std::string> needs_of(const Program& program) {
  Program plain = program;
  plain.header.needs.clear();
  plain.header.limits.clear();
  BackendInfo nothing;
  nothing.data_model = data_model_of(program);
  return missing_for(plain, nothing);
}

}  // namespace touchstone
