// stage.h: what a command about user space plays its cases on: a subject for each chapter, and what
// else there is to play.  Selects and judges nothing.
#pragma once

#include <chrono>
#include <cstdint>
#include <expected>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "conformance/options.h"
#include "conformance/runner.h"
#include "conformance/suite.h"
#include "conformance/userspace/legacy_profile.h"
#include "conformance/userspace/subject.h"

namespace touchstone::userspace {

struct ChapterSubject {
  std::string chapter;
  Subject subject;
};

// What results of cases that are no scripts are made with.
struct MoreContext {
  const SpecCatalogue& catalogue;
  const LegacyProfile& profile;
  const OnCase& on_case;
  // Whether the command line asks for the result.
  std::function<bool(const CaseResult&)> is_wanted;
};

// Cases that are no scripts.  Their ids begin with one of the prefixes, and so do the words that
// choose them on the command line: "vectors/".
struct MoreCases {
  std::string title;  // "vectors of the observed library"
  std::vector<std::string> prefixes;
  std::optional<std::uint64_t> seed{};
  std::function<std::expected<void, std::string>(const MoreContext&, RunResult&)> play;
};

struct Stage {
  std::string command;                   // "parcel"
  std::vector<ChapterSubject> subjects;  // one implementation, with the player of each chapter
  std::optional<MoreCases> more{};
};

// An error is the exit status's: the options do not fit, or the library cannot be used.
std::expected<Stage, BackendError> open_stage(const Options& options, const Suite& suite);
std::expected<Stage, BackendError> open_parcel_stage(const Options& options, const Suite& suite);

// The embedded reference, without a player.
Subject reference_subject();

std::chrono::milliseconds step_time(const Options& options);
// What a replay needs behind the case's name: " --library ./libfoo.so".
std::string replay_flags(const Options& options);

}  // namespace touchstone::userspace
