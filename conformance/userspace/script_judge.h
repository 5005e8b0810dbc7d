// script_judge.h: the verdict on a script that was played: each step against the outcomes that its
// text states, and what a profile tolerates.  The text alone decides; no reference is asked.  Plays
// nothing and writes no report.
#pragma once

#include <expected>
#include <string>

#include "adapter/case_text.h"
#include "conformance/judge.h"
#include "conformance/spec_catalogue.h"
#include "conformance/userspace/legacy_profile.h"
#include "conformance/userspace/script.h"
#include "conformance/userspace/script_play.h"

namespace touchstone::userspace {

// The clause that the expectation of a step was written from; empty where the script names none.
std::string clause_of(const Script& script, const ScriptStep& step);

// What a step did, in the words of a script: "null flag=1", "crash", "hang".
std::string got_text(const PlayedStep& step);

struct ScriptRuling {
  Ruling ruling;
  std::string lacks;  // the function for want of which the case is unsupported
};

class ScriptJudge {
 public:
  // Both must live as long as this.
  ScriptJudge(const SpecCatalogue& catalogue, const LegacyProfile& profile)
      : catalogue_(catalogue), profile_(profile) {}

  // The first step that differs decides.  If a row of the profile accounts for it the case is a
  // quirk, and judged no further; else the steps after it that differ too are in the ruling.  An
  // error is the text's: a step that the player does not understand.
  std::expected<ScriptRuling, ParseError> judge(const Script& script,
                                                const PlayedScript& played) const;

 private:
  Difference difference_at(const Script& script, const PlayedScript& played,
                           std::size_t index) const;

  const SpecCatalogue& catalogue_;
  const LegacyProfile& profile_;
};

}  // namespace touchstone::userspace
