// isolated_steps.h: runs steps one after another in a forked child, takes a result of bytes from
// each, and knows at which step the child was when it ended badly.  Knows nothing of what a step or
// a result is.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "adapter/child_process.h"

namespace touchstone {

// The child's side.
class StepSender {
 public:
  explicit StepSender(FrameSender& frames) : frames_(frames) {}
  void begin();                        // a step begins: what happens from here on is its doing
  void give(std::string_view result);  // the result of the step, or of what comes before them all
  void finish();                       // the steps are over

 private:
  FrameSender& frames_;
};

struct StepsEnd {
  // Not `finished`: trouble of the step that has begun and given no result, or of the one after the
  // last result.
  ChildEnd::Kind kind = ChildEnd::Kind::finished;
  std::string reason;  // ends in "(before the first step)" or "(after the last step)" where so
  bool is_after_last = false;
  std::string captured;  // what the child printed, see ChildEnd
};

// `on_result` gives false for what the child cannot have meant; so do more than `steps_max` steps.
StepsEnd run_steps_in_child(const ChildOptions& options, std::size_t steps_max,
                            const std::function<void(StepSender&)>& body,
                            const std::function<bool(std::string_view)>& on_result);

}  // namespace touchstone
