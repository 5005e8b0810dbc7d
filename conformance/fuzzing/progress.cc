#include "conformance/fuzzing/progress.h"

#include <fmt/format.h>

#include <algorithm>

namespace touchstone::fuzzing {

std::optional<double> Figures::useful_percent() const {
  if (counted == 0) return std::nullopt;
  return 100.0 * static_cast<double>(useful) / static_cast<double>(counted);
}

std::string grouped(std::uint64_t number) {
  std::string digits = std::to_string(number);
  for (std::size_t at = digits.size(); at > 3; at -= 3) digits.insert(at - 3, ",");
  return digits;
}

std::string useful_text(const Figures& figures) {
  const auto percent = figures.useful_percent();
  return percent ? fmt::format("{:.1f} % useful", *percent) : "";
}

std::string figures_text(const Figures& figures, std::chrono::milliseconds elapsed,
                         std::string_view unit) {
  const auto milliseconds = std::max<std::uint64_t>(1, static_cast<std::uint64_t>(elapsed.count()));
  std::string line = fmt::format("{} {}   {}/s", grouped(figures.executions), unit,
                                 grouped(figures.executions * 1000 / milliseconds));
  if (figures.edges != 0) line += fmt::format("   {} edges", grouped(figures.edges));
  if (figures.corpus != 0) line += fmt::format("   corpus {}", grouped(figures.corpus));
  if (const std::string useful = useful_text(figures); !useful.empty()) line += "   " + useful;
  return line;
}

std::string progress_line(const Figures& figures, std::chrono::milliseconds elapsed,
                          std::size_t findings, std::string_view unit) {
  return fmt::format("{:>7} s   {}   {} {}", elapsed.count() / 1000,
                     figures_text(figures, elapsed, unit), findings,
                     findings == 1 ? "finding" : "findings");
}

}  // namespace touchstone::fuzzing
