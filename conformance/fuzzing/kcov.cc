#include "conformance/fuzzing/kcov.h"

#include <fmt/format.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <algorithm>
#include <charconv>
#include <istream>
#include <optional>
#include <string_view>
#include <tuple>
#include <utility>

namespace touchstone::fuzzing {
namespace {

// The last function ends with its page at the latest.
constexpr std::uint64_t page_bytes = 4096;

// "ffffffffc0201000 t liteipc_open\t[liteipc]"
std::optional<DriverFunction> function_in(std::string_view line, std::string_view module) {
  const std::string behind = fmt::format("\t[{}]", module);
  if (!line.ends_with(behind)) return std::nullopt;
  line.remove_suffix(behind.size());
  DriverFunction function;
  const auto [end, error] =
      std::from_chars(line.data(), line.data() + line.size(), function.begin, 16);
  line.remove_prefix(static_cast<std::size_t>(end - line.data()));
  constexpr std::size_t type_bytes = 3;  // " t "
  if (error != std::errc() || line.size() <= type_bytes) return std::nullopt;
  if (line[1] != 't' && line[1] != 'T') return std::nullopt;
  function.name = line.substr(type_bytes);
  return function;
}

}  // namespace

std::expected<std::vector<DriverFunction>, std::string> functions_of_module(
    const std::string& module, std::istream& kallsyms) {
  std::vector<DriverFunction> functions;
  for (std::string line; std::getline(kallsyms, line);) {
    if (auto function = function_in(line, module)) functions.push_back(*std::move(function));
  }
  if (functions.empty()) {
    return std::unexpected(
        fmt::format("/proc/kallsyms names no function of a module {}: is it loaded?", module));
  }
  if (functions.front().begin == 0) {
    return std::unexpected(
        "/proc/kallsyms hides its addresses: this takes root, and a "
        "kernel.kptr_restrict below 2");
  }
  std::ranges::sort(functions, [](const DriverFunction& left, const DriverFunction& right) {
    return std::tie(left.begin, left.name) < std::tie(right.begin, right.name);
  });
  const auto same = std::ranges::unique(functions, {}, &DriverFunction::begin);  // aliases
  functions.erase(same.begin(), same.end());
  for (std::size_t i = 0; i < functions.size(); ++i) {
    const std::uint64_t page_end = (functions[i].begin / page_bytes + 1) * page_bytes;
    functions[i].end = i + 1 < functions.size() ? functions[i + 1].begin : page_end;
  }
  return functions;
}

std::expected<KcovMap, std::string> KcovMap::open(const std::filesystem::path& file,
                                                  std::span<const DriverFunction> functions) {
  const std::uint64_t begin = functions.front().begin;
  const std::uint64_t end = functions.back().end;
  const std::size_t points = end - begin;
  auto mapped =
      MappedFile::open(file, sizeof(touchstone_kcov_map) + points + TOUCHSTONE_KCOV_EDGES);
  if (!mapped) return std::unexpected(mapped.error());
  ::chmod(file.c_str(), 0666);
  KcovMap made(*std::move(mapped), points);
  made.map().begin = begin;
  made.map().end = end;
  return made;
}

void KcovMap::use(const std::filesystem::path& file) {
  ::setenv(TOUCHSTONE_KCOV_VARIABLE, file.c_str(), 1);
}

std::size_t KcovMap::take_new_edges() {
  std::size_t count = 0;
  for (std::size_t edge = 0; edge < TOUCHSTONE_KCOV_EDGES; ++edge) {
    if (std::exchange(map().edges[edge], 0) == 0) continue;
    if (std::exchange(seen()[edge], 1) == 0) ++count;
  }
  return count;
}

std::span<const std::uint8_t> KcovMap::edges() const { return {seen(), TOUCHSTONE_KCOV_EDGES}; }

std::span<const std::uint8_t> KcovMap::points() const {
  return {TOUCHSTONE_KCOV_POINTS(&map()), point_count_};
}

std::vector<ReachedFunction> reached_functions(std::span<const DriverFunction> functions,
                                               std::span<const std::uint8_t> points) {
  std::vector<ReachedFunction> reached;
  for (const DriverFunction& function : functions) {
    ReachedFunction& one = reached.emplace_back(ReachedFunction{function.name});
    const std::uint64_t begin = function.begin - functions.front().begin;
    for (std::uint64_t at = 0; at < function.end - function.begin; ++at) {
      if (points[begin + at] != 0) one.points.push_back(at);
    }
  }
  return reached;
}

}  // namespace touchstone::fuzzing
