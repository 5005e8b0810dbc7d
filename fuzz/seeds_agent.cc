#include "fuzz/seeds_agent.h"

#include <algorithm>
#include <initializer_list>
#include <string>

namespace touchstone::fuzz {
namespace {

std::string bytes(std::initializer_list<unsigned> numbers) {
  std::string text;
  for (const unsigned number : numbers) text += static_cast<char>(number);
  return text;
}

// For the harness, whose first answer is a plain hello of "a\n1".
std::string for_harness(const std::string& calls) { return bytes({0, 8, 3}) + "a\n1" + calls; }

// A spawn: its answer has the value 0, the ids 2 and 10, and memory of 64 KiB at 0x10000000.
std::string spawn() { return bytes({0, 0, 0, 0, 1, 2, 1, 10, 4, 0, 0, 0, 0x10, 3, 0, 0, 1}); }

}  // namespace

std::vector<Seed> agent_seeds() {
  std::vector<Seed> seeds{
      {"answers-spawn", for_harness(spawn())},
      {"answers-call",
       for_harness(spawn() + bytes({10, 10, 4, 0x69, 16, 0xc0, 0, 0, 0, 0x10, 0, 1, 7, 0}))},
      {"answers-sleeper", for_harness(spawn() + bytes({10, 10, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1,
                                                       11, 10, 0, 20, 0}))},
      {"answers-memory",
       for_harness(spawn() + bytes({12, 10, 4, 0, 0, 0, 0x10, 8, 1, 4}) + "data")},
      {"answers-errno", for_harness(bytes({6, 10, 0, 21, 7, 10, 0, 12}))},
      {"answers-spoilt", for_harness(spawn() + bytes({6, 10, 5, 0, 20, 0, 1}))},
      {"answers-descriptors", for_harness(bytes({14, 2, 0, 1, 3, 0, 0, 1, 5, 0, 1, 1}))},
      {"answers-noise", bytes({0, 7, 4}) + "TsAg"},
      {"frames-orders", bytes({1, 0, 1, 0, 0, 0, 2, 0, 0, 0, 8, 0, 8, 10, 0, 0, 0, 0, 0, 0, 0})},
      {"frames-spoilt", bytes({1, 1, 2, 0, 0, 9, 0, 4})},
      {"frames-cut", bytes({1, 2, 2, 0, 0, 18, 0})},
      {"frames-any-bytes", bytes({1, 3, 24, 0}) + "TsAg\x01\x02\xf3\x18\x05" +
                               std::string(7, '\0') + "\xdb\x99\x8e\x2f and so"},
  };
  std::ranges::sort(seeds, {}, &Seed::name);
  return seeds;
}

}  // namespace touchstone::fuzz
