#include "conformance/generator/plan_vary.h"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <utility>

namespace touchstone {
namespace {

constexpr std::size_t commands_max = 160;

using Place = std::ptrdiff_t;

Place place_in(const std::vector<Command>& commands, Draw& draw) {
  return static_cast<Place>(draw.below(static_cast<std::uint32_t>(commands.size())));
}

Place gap_in(const std::vector<Command>& commands, Draw& draw) {
  return static_cast<Place>(draw.below(static_cast<std::uint32_t>(commands.size() + 1)));
}

void take_end_of(const std::vector<Command>& other, std::vector<Command>& commands, Draw& draw) {
  commands.resize(static_cast<std::size_t>(gap_in(commands, draw)));
  std::copy(other.begin() + gap_in(other, draw), other.end(), std::back_inserter(commands));
}

void change(std::vector<Command>& commands, const std::vector<Command>& other, Draw& draw) {
  const std::uint32_t way = commands.empty() ? 0 : draw.below(8);
  switch (way) {
    case 0: commands.insert(commands.begin() + gap_in(commands, draw), draw_command(draw)); break;
    case 1: {
      const std::vector<Command> scene = draw_scene(draw);
      commands.insert(commands.begin() + gap_in(commands, draw), scene.begin(), scene.end());
      break;
    }
    case 2: commands.erase(commands.begin() + place_in(commands, draw)); break;
    case 3: *(commands.begin() + place_in(commands, draw)) = draw_command(draw); break;
    case 4: {
      const auto from = commands.begin() + place_in(commands, draw);
      std::iter_swap(from, commands.begin() + place_in(commands, draw));
      break;
    }
    case 5: take_end_of(other, commands, draw); break;
    default: {
      Command& command = *(commands.begin() + place_in(commands, draw));
      command.*command_choices[draw.below(command_choices.size())] = draw.choice();
      break;
    }
  }
}

}  // namespace

Plan vary_plan(const Plan& plan, const Plan& other, Draw& draw) {
  Plan varied = plan;
  for (std::uint32_t i = 1 + draw.below(4); i > 0; --i) {
    change(varied.commands, other.commands, draw);
  }
  varied.commands.resize(std::min(varied.commands.size(), commands_max));
  return varied;
}

}  // namespace touchstone
