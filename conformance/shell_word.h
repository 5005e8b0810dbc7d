// shell_word.h: words of a command line that is shown to be typed again.  Runs none.
#pragma once

#include <string>

namespace touchstone {

// A word that a shell takes apart is put in quotes.
std::string shell_word(const std::string& word);

}  // namespace touchstone
