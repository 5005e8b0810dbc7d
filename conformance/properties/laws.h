// laws.h: what must hold of every Program, each law as a function that says what is wrong, and the
// ways to find a Program for which one does not hold.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "adapter/backend.h"
#include "adapter/program.h"
#include "conformance/generator/program_writer.h"

namespace touchstone {

// What is wrong, in a sentence; none if the law holds.
using Law = std::function<std::optional<std::string>(const Written&)>;

// "step 3: expected EFAULT, got 0", for the first outcome that is not the same.
std::optional<std::string> first_difference(const Program& program,
                                            const std::vector<Outcome>& expected,
                                            const std::vector<Outcome>& got);

// Runs the Program on a fresh instance and compares with what the reference gave.
std::optional<std::string> difference_on(const Written& written, Backend& backend);

// The programs and their text are the same, lines not counted.
std::optional<std::string> text_difference(const Program& program);

// Another outcome than the one given, which no clause allows beside it; none where there is none
// that is surely wrong.  `choice` picks among them.
std::optional<Outcome> wrong_outcome(const Written& written, std::size_t step,
                                     std::uint32_t choice);

}  // namespace touchstone
