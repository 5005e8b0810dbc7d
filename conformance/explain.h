// explain.h: could a right implementation, or one with nothing but tolerated quirks, have answered
// so?  Runs the Program on the reference with more and more of a profile's switches, as long as
// each moves the first difference to a later step.  So a profile tolerates what the reference with
// its quirks does, and nothing that only looks like it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "adapter/backend.h"
#include "adapter/program.h"
#include "conformance/compare.h"
#include "conformance/profile.h"
#include "conformance/spec_catalogue.h"

namespace touchstone {

// What came back from each step; alternatives where a recording says so, nothing where it says
// nothing.  Borrows what it is made of.
class Observations {
 public:
  static Observations of_run(const std::vector<Outcome>& outcomes);
  static Observations of_recording(const Program& program);

  std::size_t count() const { return count_; }
  std::span<const Outcome> at(std::size_t step) const;

 private:
  const std::vector<Outcome>* outcomes_ = nullptr;
  const Program* program_ = nullptr;
  std::size_t count_ = 0;
};

struct Question {
  const Program& program;
  Observations observed;
  DataModel data_model = DataModel::ilp32;
  CompareRules rules;
  // The steps that the case's own text calls wrong.  The others are then right, up to the first
  // difference that a switch explains.  None: the text is no expectation, the reference alone
  // decides.
  std::optional<std::vector<std::size_t>> contradicted;
};

struct Explanation {
  // The rows whose switches or outcomes were needed, in the order of the steps.
  std::vector<const ProfileRow*> rows;
  std::vector<std::size_t> differing;  // all steps that the plain reference calls wrong
  std::vector<Outcome> plain;          // what the plain reference answered
  // The first step that nothing explains.
  std::optional<std::size_t> unexplained;
  std::uint32_t quirks = 0;               // the reference's switches up to there
  std::vector<Outcome> with_quirks = {};  // what it answered with them, if there are any

  bool holds() const { return !unexplained; }
  const std::vector<Outcome>& reference() const { return quirks == 0 ? plain : with_quirks; }
};

class Explainer {
 public:
  // Both must live as long as this and its Explanations.
  Explainer(const SpecCatalogue& catalogue, const Profile& profile);

  Explanation explain(const Question& question) const;

 private:
  class Search;

  const SpecCatalogue& catalogue_;
  const Profile& profile_;
};

// What the reference with those quirks answers.
std::vector<Outcome> run_reference(const Program& program, DataModel data_model,
                                   std::uint32_t quirks);
// Its state just before the step, in lines.
std::string reference_state_before(const Program& program, std::size_t step, DataModel data_model,
                                   std::uint32_t quirks);

}  // namespace touchstone
