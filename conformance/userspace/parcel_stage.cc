#include <fmt/format.h>

#include <string>
#include <utility>
#include <vector>

#include "conformance/userspace/parcel_library.h"
#include "conformance/userspace/parcel_player.h"
#include "conformance/userspace/parcel_run.h"
#include "conformance/userspace/stage.h"

namespace touchstone::userspace {
namespace {

// Both for the reference where nothing else is asked for; a library has one.
std::vector<ParcelApi> apis_of(const UserspaceOptions& options) {
  if (options.api == "legacy") return {ParcelApi::legacy};
  if (options.api == "new") return {ParcelApi::newer};
  if (!options.library.empty()) return {ParcelApi::legacy};
  return {ParcelApi::legacy, ParcelApi::newer};
}

std::string chapter_of(ParcelApi api) {
  return api == ParcelApi::legacy ? "parcel" : "newer-parcel";
}

// Vectors, and properties against a library.
std::expected<void, std::string> play_more(const std::vector<ParcelRunOptions>& runs,
                                           const MoreContext& context, RunResult& result) {
  for (const ParcelRunOptions& run : runs) {
    if (auto played = run_parcel_vectors(run, context, result); !played) return played;
    if (!result.lost.empty()) return {};
    // The reference needs not be held against itself.
    if (run.source.is_reference()) continue;
    if (auto played = run_parcel_properties(run, context, result); !played) return played;
    if (!result.lost.empty()) return {};
  }
  return {};
}

// What the heading says of a library.
std::string version_of(const ParcelLibraryNote& note) {
  std::string text = "parcel structure " + note.layout_note;
  if (!note.lacks.empty()) text += fmt::format("; lacks {} functions", note.lacks.size());
  return text;
}

std::vector<ParcelRunOptions> runs_of(const Options& options, const Suite& suite) {
  const UserspaceOptions& userspace = options.userspace;
  std::vector<ParcelRunOptions> runs;
  for (const ParcelApi api : apis_of(userspace)) {
    for (const DataModel data_model : {DataModel::ilp32, DataModel::lp64}) {
      if (userspace.data_model.value_or(data_model) != data_model) continue;
      if (!userspace.library.empty() && data_model != host_data_model) continue;
      ParcelRunOptions run;
      run.source = {.api = api,
                    .data_model = data_model,
                    .library = userspace.library,
                    .step_time = step_time(options)};
      run.vectors = userspace.vectors.empty()
                        ? suite.data.root / "corpora" / "golden" / "marshalling"
                        : std::filesystem::path(userspace.vectors);
      run.sequences = static_cast<std::size_t>(userspace.sequences);
      run.seed = userspace.seed;
      run.reproducers = userspace.reproducers;
      run.replay_command = "touchstone parcel";
      run.replay_flags =
          replay_flags(options) + fmt::format(" --seed {} --sequences {}", run.seed, run.sequences);
      runs.push_back(std::move(run));
    }
  }
  return runs;
}

}  // namespace

std::expected<Stage, BackendError> open_parcel_stage(const Options& options, const Suite& suite) {
  Stage stage{"parcel", {}, {}};
  std::vector<ParcelRunOptions> runs = runs_of(options, suite);
  if (runs.empty()) {
    return std::unexpected(
        BackendError{true, "a library has the data model of this machine, and no other"});
  }
  for (const ParcelApi api : apis_of(options.userspace)) {
    Subject subject = parcel_subject(api, options.userspace.library);
    if (!options.userspace.library.empty()) {
      const auto note = describe_parcel_library(runs.front().source);
      if (!note) return std::unexpected(BackendError{false, note.error()});
      subject.version = version_of(*note);
    }
    stage.subjects.push_back({chapter_of(api), std::move(subject)});
  }
  stage.more.emplace();
  stage.more->title = "the vectors of the observed library";
  stage.more->prefixes = {"vectors/", "property/"};
  if (!options.userspace.library.empty()) {
    stage.more->title +=
        fmt::format(", and {} sequences of each property", options.userspace.sequences);
    stage.more->seed = options.userspace.seed;
  }
  stage.more->play = [runs = std::move(runs)](const MoreContext& context, RunResult& result) {
    return play_more(runs, context, result);
  };
  return stage;
}

}  // namespace touchstone::userspace
