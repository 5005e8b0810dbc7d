// judge.h: the verdict on one case.  A run is held against the case's own text, and the reference
// is asked only where that is contradicted; a recording, which is its own observation, is held
// against the reference.  Runs no backend and writes no report.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "adapter/backend.h"
#include "adapter/program.h"
#include "conformance/explain.h"
#include "conformance/profile.h"
#include "conformance/result.h"
#include "conformance/spec_catalogue.h"

namespace touchstone {

struct Ruling {
  Verdict verdict = Verdict::pass;
  std::string reason;
  std::vector<Tolerated> tolerated;
  std::vector<Difference> differences;  // in the order of the steps
};

// Who was judged, as far as it matters for the verdict.
struct Judged {
  DataModel data_model = DataModel::ilp32;
  bool credentials = true;
  bool is_reference = false;
};

class Judge {
 public:
  // Both must live as long as this.
  Judge(const SpecCatalogue& catalogue, const Profile& profile);

  const SpecCatalogue& catalogue() const { return catalogue_; }

  // `observed` are the outcomes of the first steps; it ends early after a crash, a hang, or `lost`.
  //
  // In a case of class `quirk`, `bug` or `generated` the text is what the observed driver or the
  // reference did, and no expectation: the reference alone decides.
  Ruling judge_run(const Program& program, const std::vector<Outcome>& observed,
                   const Judged& judged) const;

  // Every step that differs from the plain reference is in the ruling.
  Ruling judge_recording(const Program& program) const;

 private:
  Ruling rule(const Question& question, const Explanation& explanation) const;
  std::vector<Outcome> right_outcomes(const Question& question, std::size_t step,
                                      const Outcome& reference) const;
  Difference deciding_difference_at(const Question& question, const Explanation& explanation,
                                    std::size_t step) const;
  Ruling rule_on_contradicted_text(const Question& question,
                                   const std::vector<std::size_t>& contradicted,
                                   const Explanation& explanation, const Judged& judged) const;

  const SpecCatalogue& catalogue_;
  Explainer explainer_;
};

// The data model that a case is judged in where no backend says: its own, or ILP32.
DataModel data_model_of(const Program& program);

}  // namespace touchstone
