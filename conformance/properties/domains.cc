#include "conformance/properties/domains.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace touchstone {
namespace {

// Numbers from one RapidCheck seed: asking RapidCheck for each of them costs more than using them.
class Draw {
 public:
  explicit Draw(std::uint64_t seed) : state_(seed) {}
  std::uint32_t below(std::uint32_t limit) {
    std::uint64_t mixed = state_ += 0x9e3779b97f4a7c15;
    mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9;
    mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111eb;
    return static_cast<std::uint32_t>((mixed ^ (mixed >> 31)) % limit);
  }
  std::uint16_t choice() { return static_cast<std::uint16_t>(below(0x10000)); }
  bool one_in(std::uint32_t count) { return below(count) == 0; }

 private:
  std::uint64_t state_;
};

struct WeightedVerb {
  Verb verb;
  std::uint32_t weight;
};

constexpr std::array<WeightedVerb, verb_count> verb_weights{{
    {Verb::spawn, 1},
    {Verb::open, 2},
    {Verb::map, 3},
    {Verb::set_cms, 2},
    {Verb::set_ipc_thread, 3},
    {Verb::give_access, 8},
    {Verb::request, 24},
    {Verb::receive, 16},
    {Verb::answer, 12},
    {Verb::give_back, 8},
    {Verb::poll, 4},
    {Verb::create_thread, 3},
    {Verb::fork, 2},
    {Verb::exec, 1},
    {Verb::exit_task, 2},
    {Verb::exit_process, 1},
    {Verb::close, 1},
    {Verb::unmap, 1},
    {Verb::get_version, 1},
    {Verb::raw_ioctl, 3},
    {Verb::advance, 3},
    {Verb::inject, 2},
    {Verb::count_descriptors, 1},
}};

constexpr std::uint32_t weights_of_all = [] {
  std::uint32_t sum = 0;
  for (const WeightedVerb& one : verb_weights) sum += one.weight;
  return sum;
}();

Verb draw_verb(Draw& draw) {
  std::uint32_t at = draw.below(weights_of_all);
  for (const WeightedVerb& one : verb_weights) {
    if (at < one.weight) return one.verb;
    at -= one.weight;
  }
  return Verb::poll;
}

Command draw_command(Draw& draw) {
  Command command;
  command.verb = draw_verb(draw);
  // Mostly one of those that were set up.
  command.caller = draw.one_in(4) ? draw.choice() : static_cast<std::uint16_t>(draw.below(3));
  command.object = draw.one_in(3) ? 0 : draw.choice();
  command.manner = draw.choice();
  command.content = draw.choice();
  if (draw.one_in(4)) command.breakage = draw.choice();
  if (draw.one_in(3)) command.objects = draw.choice();
  return command;
}

// T1 as the CMS, T2 as a service that T3 may call, both with IPC threads.
std::vector<Command> set_up() {
  const auto by = [](Verb verb, std::uint16_t caller, std::uint16_t object = 0,
                     std::uint16_t content = 0) {
    Command command;
    command.verb = verb;
    command.caller = caller;
    command.object = object;
    command.content = content;
    return command;
  };
  constexpr std::uint16_t second_task = 1;
  constexpr std::uint16_t third_task = 2;
  // As an object of a request, the task after the CMS and T1.
  constexpr std::uint16_t to_second_task = 2;
  return {by(Verb::spawn, 0),
          by(Verb::open, 0),
          by(Verb::map, 0),
          by(Verb::set_cms, 0),
          by(Verb::spawn, 0, 0, 1),
          by(Verb::open, second_task),
          by(Verb::map, second_task),
          by(Verb::set_ipc_thread, second_task),
          by(Verb::spawn, 0, 0, 6),
          by(Verb::open, third_task),
          by(Verb::map, third_task),
          by(Verb::set_ipc_thread, third_task),
          by(Verb::request, second_task, to_second_task),
          by(Verb::receive, second_task),
          by(Verb::give_back, second_task),
          by(Verb::give_access, 0, third_task, second_task)};
}

Plan draw_plan(Draw& draw, const PlanDomain& domain, int size) {
  Plan plan;
  plan.is_portable = domain.is_portable;
  if (!domain.is_portable) plan.abi = static_cast<PlanAbi>(draw.below(3));
  plan.ids_reused = draw.one_in(4);
  if (domain.has_quirks) plan.quirks = draw.below(256);
  for (Command command : set_up()) {
    if (draw.one_in(48)) continue;
    if (command.verb == Verb::map && draw.one_in(5)) command.object = draw.choice();
    plan.commands.push_back(command);
  }
  constexpr std::uint32_t fewest = 5;
  constexpr std::uint32_t most = 60;
  const std::uint32_t scale = static_cast<std::uint32_t>(std::clamp(size, 0, rc::kNominalSize));
  const std::uint32_t limit = fewest + (most - fewest) * scale / rc::kNominalSize;
  const std::uint32_t count = fewest + draw.below(limit - fewest + 1);
  for (std::uint32_t i = 0; i < count; ++i) plan.commands.push_back(draw_command(draw));
  return plan;
}

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
    Draw draw(seeds.next());
    return rc::shrinkable::shrinkRecur(draw_plan(draw, domain, size), &simpler_plans);
  };
}

}  // namespace touchstone
