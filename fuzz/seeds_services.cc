#include "fuzz/seeds_services.h"

#include <fmt/format.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

#include "conformance/generator/plan_draw.h"
#include "conformance/text_file.h"
#include "conformance/userspace/interface_description.h"
#include "conformance/userspace/services_reference.h"
#include "fuzz/services_trial.h"

namespace touchstone::fuzz {
namespace {

constexpr std::size_t seeds_wanted = 32;
constexpr std::uint64_t draws_max = 2000;
constexpr std::uint32_t shortest = 16, longest = 240;

std::string drawn_bytes(std::uint64_t number) {
  Draw draw(number);
  std::string bytes(shortest + draw.below(longest - shortest), '\0');
  for (char& byte : bytes) byte = static_cast<char>(draw.below(256));
  return bytes;
}

}  // namespace

std::expected<std::vector<Seed>, std::string> services_seeds(const std::filesystem::path& root) {
  const auto path = root / "corpora/interfaces/service_manager.iface";
  const auto text = read_text_file(path);
  if (!text) return std::unexpected(text.error());
  const auto interface = userspace::parse_interface(*text);
  if (!interface) return std::unexpected(to_string(interface.error(), path.string()));
  const auto reference = userspace::reference_services();
  std::vector<Seed> seeds;
  for (std::uint64_t number = 1; number <= draws_max && seeds.size() < seeds_wanted; ++number) {
    std::string bytes = drawn_bytes(number);
    const auto input = std::as_bytes(std::span(bytes));
    const bool is_lp64 = (bytes.front() & 1) != 0;
    const ServicesVerdict verdict =
        try_services({*interface, *reference, nullptr},
                     is_lp64 ? DataModel::lp64 : DataModel::ilp32, input.subspan(1));
    if (verdict.is_any_taken && verdict.kind.empty()) {
      seeds.push_back({fmt::format("requests-{:04}", number), std::move(bytes)});
    }
  }
  return seeds;
}

}  // namespace touchstone::fuzz
