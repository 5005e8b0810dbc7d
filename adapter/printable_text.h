// printable_text.h: text from outside (what a child printed, what a plug-in calls itself) made fit
// for reports: valid UTF-8, no control characters but newline and tab.  Changes nothing else.
#pragma once

#include <string>
#include <string_view>

namespace touchstone {

// Each byte that does not belong becomes '?'.
std::string printable_text(std::string_view text);

}  // namespace touchstone
