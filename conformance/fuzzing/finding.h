// finding.h: what a fuzz run has found, folded: one entry for what is likely one mistake, by the
// signature of a wrong answer or by the stack of a crash.  Runs nothing.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "conformance/verdict.h"

namespace touchstone::fuzzing {

struct Found {
  std::string kind;       // one word: "difference", "invariant", "crash", "timeout", "oom", "leak"
  std::string signature;  // one line
  std::string text;       // the target's story, or the report of the crash
  std::string input;      // the first bytes that showed it
  std::string extension{};  // of `reproducer`; empty where there is none
  std::string reproducer{};
  std::uint64_t count = 1;   // how often it was seen; what targets report they report once
  std::uint64_t number = 0;  // of the generator's Program
  bool is_by_stack = false;  // the signature is that of a crash's report, not of a wrong answer

  std::string name() const;  // of its folder
};

// FNV-1a, 64 bits, as 16 hexadecimal digits: as targets name their findings and know the inputs
// that they shall skip.
std::string hash_of(std::string_view bytes);

// KIND-HASH: the name of its folder.
std::string name_of_finding(const std::string& kind, const std::string& signature);

// What a wrong Program is called: "difference", "crash", "timeout", or "lost"; "unplayable" where a
// step could not be carried out, which says nothing of the implementation.
std::string_view kind_of(Verdict verdict);

class FoundList {
 public:
  // True if it is new: of a kind and signature that are not yet among them.
  bool add(Found found);
  const std::vector<Found>& all() const { return all_; }
  std::size_t size() const { return all_.size(); }

 private:
  std::vector<Found> all_;  // in the order in which they came
};

}  // namespace touchstone::fuzzing
