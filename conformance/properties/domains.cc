#include "conformance/properties/domains.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "conformance/generator/plan_draw.h"

namespace touchstone {
namespace {

std::vector<Command> plainer(const Command& command) {
  std::vector<Command> commands;
  for (const auto choice : command_choices) {
    const std::uint16_t value = command.*choice;
    for (const std::uint32_t smaller : {0u, value / 2u, value % 256u, value - 1u}) {
      if (smaller >= value) continue;
      Command simpler = command;
      simpler.*choice = static_cast<std::uint16_t>(smaller);
      if (commands.empty() || commands.back() != simpler) commands.push_back(simpler);
    }
  }
  return commands;
}

// What is left when two commands go that are no neighbours: a task and what it was for.
std::vector<std::vector<Command>> without_pairs(const std::vector<Command>& commands) {
  constexpr std::size_t most = 30;  // there are a great many pairs of more
  std::vector<std::vector<Command>> left;
  if (commands.size() > most) return left;
  for (std::size_t first = 0; first < commands.size(); ++first) {
    for (std::size_t second = first + 2; second < commands.size(); ++second) {
      std::vector<Command>& rest = left.emplace_back();
      for (std::size_t i = 0; i < commands.size(); ++i) {
        if (i != first && i != second) rest.push_back(commands[i]);
      }
    }
  }
  return left;
}

rc::Seq<Plan> simpler_plans(const Plan& plan) {
  const auto with_commands = [plan](std::vector<Command> commands) {
    Plan simpler = plan;
    simpler.commands = std::move(commands);
    return simpler;
  };
  std::vector<Plan> switches;
  if (plan.ids_reused) {
    switches.push_back(plan);
    switches.back().ids_reused = false;
  }
  if (plan.abi != PlanAbi::any) {
    switches.push_back(plan);
    switches.back().abi = PlanAbi::any;
  }
  for (std::uint32_t bit = 1; bit <= plan.quirks; bit <<= 1) {
    if ((plan.quirks & bit) == 0) continue;
    switches.push_back(plan);
    switches.back().quirks &= ~bit;
  }
  return rc::seq::concat(
      rc::seq::map(rc::shrink::removeChunks(plan.commands), with_commands),
      rc::seq::fromContainer(std::move(switches)),
      rc::seq::map(rc::shrink::eachElement(plan.commands,
                                           [](const Command& command) {
                                             return rc::seq::fromContainer(plainer(command));
                                           }),
                   with_commands),
      rc::seq::map(rc::seq::fromContainer(without_pairs(plan.commands)), with_commands));
}

}  // namespace

rc::Gen<Plan> plans(const PlanDomain& domain) {
  return [domain](const rc::Random& random, int size) {
    rc::Random seeds = random;
    const int percent = std::clamp(size, 0, rc::kNominalSize) * 100 / rc::kNominalSize;
    return rc::shrinkable::shrinkRecur(
        draw_plan(seeds.next(), domain, static_cast<std::uint32_t>(percent)), &simpler_plans);
  };
}

}  // namespace touchstone
