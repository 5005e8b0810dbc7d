#include "conformance/generator/plan_draw.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <iterator>
#include <vector>

namespace touchstone {
namespace {

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

// Those that are set up: T1 as the CMS, T2 as a service that T3 may call.
constexpr std::uint16_t second_task = 1;
constexpr std::uint16_t third_task = 2;
constexpr std::uint32_t players = 3;

// The object of a request to the task that was made after so many others.
std::uint16_t target(std::uint16_t task) { return static_cast<std::uint16_t>(task + 1); }

Command by(Verb verb, std::uint16_t caller, std::uint16_t object = 0, std::uint16_t content = 0) {
  Command command;
  command.verb = verb;
  command.caller = caller;
  command.object = object;
  command.content = content;
  return command;
}

Command varied(Command command, Draw& draw) {
  command.content = draw.choice();
  if (draw.one_in(3)) command.objects = draw.choice();
  if (draw.one_in(6)) command.breakage = draw.choice();
  return command;
}

std::vector<Command> draw_call(std::uint16_t client, std::uint16_t service, Draw& draw) {
  Command request = varied(by(Verb::request, client, target(service)), draw);
  request.manner = 1;  // waits for the reply
  Command receive = by(Verb::receive, service);
  if (draw.one_in(6)) receive.breakage = draw.choice();
  Command answer = varied(by(Verb::answer, service), draw);
  answer.manner = draw.choice();
  std::vector<Command> scene{request, receive, answer, by(Verb::poll, client)};
  if (draw.one_in(4)) scene[2] = by(Verb::advance, 0, static_cast<std::uint16_t>(draw.below(3)));
  return scene;
}

std::vector<Command> draw_flood(std::uint16_t client, std::uint16_t service, Draw& draw) {
  // Of 4,000 bytes each, as message_writer.cc reads a Command; the smallest pool holds one, the
  // plain one sixteen.
  constexpr std::uint16_t long_message = 7 * 20 * 3 * 2 * 5;
  Command request = by(Verb::request, client, target(service), long_message);
  if (draw.one_in(3)) request.objects = draw.choice();
  std::vector<Command> scene(2 + draw.below(16), request);
  const Verb ends[] = {Verb::receive, Verb::exit_task, Verb::exit_process, Verb::close};
  scene.push_back(by(ends[draw.below(4)], service));
  return scene;
}

// All three with IPC threads.
std::vector<Command> set_up() {
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
          by(Verb::request, second_task, target(second_task)),
          by(Verb::receive, second_task),
          by(Verb::give_back, second_task),
          by(Verb::give_access, 0, third_task, second_task)};
}

}  // namespace

Command draw_command(Draw& draw) {
  Command command;
  command.verb = draw_verb(draw);
  // Mostly one of those that were set up.
  command.caller = draw.one_in(4) ? draw.choice() : static_cast<std::uint16_t>(draw.below(players));
  command.object = draw.one_in(3) ? 0 : draw.choice();
  command.manner = draw.choice();
  command.content = draw.choice();
  if (draw.one_in(4)) command.breakage = draw.choice();
  if (draw.one_in(3)) command.objects = draw.choice();
  if (command.verb == Verb::request && draw.one_in(4)) {
    // Where nothing is wrong yet with who asks whom.
    command.caller = third_task;
    command.object = target(second_task);
  }
  return command;
}

std::vector<Command> draw_scene(Draw& draw) {
  const auto service = static_cast<std::uint16_t>(draw.below(players));
  const auto client = static_cast<std::uint16_t>(draw.below(players));
  return draw.one_in(4) ? draw_flood(client, service, draw) : draw_call(client, service, draw);
}

Plan draw_plan(std::uint64_t seed, const PlanDomain& domain, std::uint32_t percent) {
  Draw draw(seed);
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
  const std::uint32_t limit = fewest + (most - fewest) * std::min(percent, 100u) / 100;
  const std::uint32_t count = fewest + draw.below(limit - fewest + 1);
  for (std::uint32_t i = 0; i < count; ++i) {
    if (draw.one_in(12)) {
      std::ranges::move(draw_scene(draw), std::back_inserter(plan.commands));
    } else {
      plan.commands.push_back(draw_command(draw));
    }
  }
  return plan;
}

}  // namespace touchstone
