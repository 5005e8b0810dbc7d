// minimize.h: makes a Program that an implementation gets wrong as short and plain as can be, while
// the implementation stays wrong in the same way.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>

#include "adapter/backend.h"
#include "adapter/program.h"
#include "conformance/judge.h"
#include "conformance/reproduce/difference_run.h"

namespace touchstone {

struct MinimizeOptions {
  PlayOptions difference;
  std::size_t attempts_max = 3000;
  std::chrono::milliseconds time_max{30000};
};

struct Minimized {
  Program program;  // expects what the contract says; its header names the clause that decides
  Wrong wrong;
  std::size_t attempts = 0;  // Programs that were tried
};

// None: the Program is not wrong on this backend.
std::optional<Minimized> minimize(const Program& program, BackendFactory& backend,
                                  const Judge& judge, const MinimizeOptions& options = {});

}  // namespace touchstone
