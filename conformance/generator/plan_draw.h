// plan_draw.h: Plans and Commands by chance, from one number: the same number gives the same. Knows
// no RapidCheck, which shrinks what is drawn here in properties/domains.h.
#pragma once

#include <cstdint>
#include <vector>

#include "conformance/generator/plan.h"

namespace touchstone {

// Numbers from one seed: asking a framework for each of them costs more than using them.
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

Command draw_command(Draw& draw);

// Commands that only together come to something: a call, received and answered while its caller
// sleeps; requests until the pool of who should receive them is full, and what then becomes of it.
std::vector<Command> draw_scene(Draw& draw);

// Commands that set up a CMS, a service and a client, now and then less of it, then 5 to 60 more:
// up to 5 at 0 `percent`, up to 60 at 100; a scene counts as one of them.
Plan draw_plan(std::uint64_t seed, const PlanDomain& domain, std::uint32_t percent);

}  // namespace touchstone
