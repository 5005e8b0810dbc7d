// parcel_judge.h: a sequence of operations that was performed, held against what it must show.
// Plays nothing and writes no report.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "conformance/result.h"
#include "conformance/spec_catalogue.h"
#include "conformance/userspace/legacy_profile.h"
#include "conformance/userspace/parcel_expectation.h"
#include "conformance/userspace/parcel_play.h"
#include "conformance/userspace/parcel_story.h"

namespace touchstone::userspace {

// A sequence, and for each of its operations what it may show; none where nothing is asked.
struct ParcelCase {
  ParcelApi api = ParcelApi::legacy;
  DataModel data_model = DataModel::lp64;
  ParcelSequence operations{};
  std::vector<std::vector<ParcelExpectation>> expected{};
};

// The first operation that came out wrong.
struct ParcelFinding {
  std::size_t index = 0;
  std::string clause;
};

std::optional<ParcelFinding> first_finding(const ParcelCase& one, const PlayedParcel& played);

// Whether all operations were played, or it is known why not: a death, a missing function.
bool is_accounted_for(const ParcelCase& one, const PlayedParcel& played);

// What the reference shows, with what the contract leaves open left open.
ParcelCase case_of_reference(ParcelApi api, DataModel data_model, ParcelSequence operations);

// The clauses that a sequence is about: of each value, and of each refusal.
std::vector<std::string> clauses_of(const ParcelCase& one);

class ParcelJudge {
 public:
  // Both must live as long as this.
  ParcelJudge(const SpecCatalogue& catalogue, const LegacyProfile& profile)
      : catalogue_(catalogue), profile_(profile) {}

  // Verdict, reason, differences, steps and what was printed.  `line` is that of the sequence in
  // its file, 0 if it has none.
  void judge(const ParcelCase& one, const PlayedParcel& played, std::uint32_t line,
             CaseResult& result) const;

 private:
  Difference difference_at(const ParcelCase& one, const PlayedParcel& played,
                           const ParcelFinding& finding) const;

  const SpecCatalogue& catalogue_;
  const LegacyProfile& profile_;
};

}  // namespace touchstone::userspace
