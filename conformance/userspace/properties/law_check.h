// law_check.h: holds a law against many random plans, and tells of the smallest that breaks it and
// how to draw it again.
#pragma once

#include <functional>

namespace touchstone::userspace {

// Asserts in the style of RapidCheck within.  Fewer plans under a sanitizer;
// RC_PARAMS="max_success=N" overrides their number.
void expect_law(int plans, const std::function<void()>& law);

}  // namespace touchstone::userspace
