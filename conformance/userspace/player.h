// player.h: what plays the steps of a script on an implementation, and what it shows of each.
// Judges nothing.  One player for each user-space chapter: parcel, newer-parcel, dispatch,
// services.
#pragma once

#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "conformance/userspace/script.h"

namespace touchstone::userspace {

// What one step shows: keys and values in words, `result` first where there is one.  Numbers are
// decimal, bytes are hexadecimal digits, and texts are what a script would write between quotes.
struct Shown {
  std::vector<std::pair<std::string, std::string>> values;
  // Not empty: the implementation lacks this function, so the case is unsupported from here on.
  std::string lacks;
};

class Player {
 public:
  virtual ~Player() = default;

  // Plays one step.  An error means that the step is malformed, not that it failed.
  virtual std::expected<Shown, StepError> play(const ScriptStep& step) = 0;

  // Whether such a step shows the key at all, whatever comes back: a stated key that it never shows
  // is malformed.  A key that it can show, and this time does not, differs from what is stated.
  virtual bool can_show(const ScriptStep& /*step*/, std::string_view /*key*/) const { return true; }

  // The state in a few lines, for the report of a failure; may be empty.
  virtual std::string describe_state() const { return {}; }
};

}  // namespace touchstone::userspace
