// compare.h: is what came back from a step right?  Holds Outcomes against Outcomes, step by step in
// the order of a Program.  Knows no clause, no profile and no backend.
//
// Time names stand for each other from the first time that they meet, one to one.  Names of
// messages do not count.  Death notices of tasks that end together may come in any order (DTH-9):
// one that is not the expected one is kept, and settled against the later ones.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

#include "adapter/program.h"
#include "conformance/cast.h"

namespace touchstone {

struct CompareRules {
  bool credentials = true;  // whether user and group ids count
};

class Comparer {
 public:
  // The Program must live as long as this.
  explicit Comparer(const Program& program, CompareRules rules = {});

  // Whether any of `got` is one of `right`.  A crash, a hang, a step that was not run and a lost
  // backend are never right; with an empty `right` anything else is.  Empty `got`: nothing is
  // known, so nothing is wrong.  `maybe` for a notice that a later step may settle: ask `unsettled`
  // at the end.
  enum class Match : std::uint8_t { yes, no, maybe };
  Match compare(std::size_t step, std::span<const Outcome> right, std::span<const Outcome> got);

  // The steps whose notices were never settled, in order.
  std::vector<std::size_t> unsettled() const;

 private:
  struct Notice {
    std::size_t step = 0;
    const ReceivedMessage* message = nullptr;
  };

  bool same(const Outcome& right, const Outcome& got);
  bool same_message(const ReceivedMessage& right, const ReceivedMessage& got);
  bool same_time(TimeName right, TimeName got);
  bool may_be_out_of_order(const ReceivedMessage& right, const ReceivedMessage& got);
  Match compare_notices(std::size_t step, const ReceivedMessage& right, const ReceivedMessage& got);

  const Program& program_;
  CompareRules rules_;
  std::optional<Cast> cast_;  // made once it is needed
  std::unordered_map<std::uint32_t, std::uint32_t> times_;
  std::unordered_map<std::uint32_t, std::uint32_t> times_back_;
  std::vector<Notice> owed_;    // expected and not yet come
  std::vector<Notice> extras_;  // come and not yet expected
};

}  // namespace touchstone
