// campaign.h: the workers of one fuzz run, until their time is over: starts them, watches them,
// puts aside the inputs that ended them and starts them again, and folds what they find.  What
// becomes of a finding afterwards is follow_up.h's.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <iosfwd>
#include <string>

#include "conformance/fuzzing/engine.h"
#include "conformance/fuzzing/finding.h"
#include "conformance/fuzzing/progress.h"

namespace touchstone::fuzzing {

struct CampaignOptions {
  std::uint32_t jobs = 1;
  std::chrono::milliseconds time{60000};
  std::chrono::seconds input_time_max{10};
  std::uint32_t findings_max = 0;  // 0: any number
  std::filesystem::path work;      // a folder of ours for this run
  std::filesystem::path seeds{};   // the same
  // How much longer a worker may take than it should, before it is killed.
  std::chrono::milliseconds grace{5000};
};

struct CampaignResult {
  Figures figures;
  std::chrono::milliseconds elapsed{0};
  FoundList found;
  bool was_interrupted = false;
  std::string broken;                // why the run proves nothing; empty if all went well
  bool is_backend_unusable = false;  // and that is why
};

// Where a worker keeps its input (live_input.h), of an engine whose workers end at a crash.
std::filesystem::path live_input_in(const std::filesystem::path& work, std::uint32_t job);
// What targets are told so that they work together with run_campaign.
std::vector<std::pair<std::string, std::string>> campaign_environment(
    const std::filesystem::path& work, const std::filesystem::path& live_input = {});
// The same taken back, for a target that is to run one input as if alone.
std::vector<std::pair<std::string, std::string>> lone_environment();

// A line now and then goes to `progress`.
CampaignResult run_campaign(Engine& engine, const CampaignOptions& options, std::ostream& progress);

}  // namespace touchstone::fuzzing
