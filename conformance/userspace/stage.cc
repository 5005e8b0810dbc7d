#include "conformance/userspace/stage.h"

#include <fmt/format.h>

#include <memory>
#include <utility>

#include "adapter/trial.h"
#include "conformance/shell_word.h"
#include "conformance/userspace/dispatch_player.h"
#include "conformance/userspace/dispatch_reference.h"
#include "conformance/userspace/services_library.h"
#include "conformance/userspace/services_player.h"
#include "conformance/userspace/services_reference.h"

namespace touchstone::userspace {
namespace {

using Opened = std::expected<Stage, BackendError>;

Stage dispatch_stage() {
  Subject subject = reference_subject();
  subject.make_player = [](DataModel data_model) {
    return std::make_unique<DispatchPlayer>(make_reference_dispatch(data_model));
  };
  return {"dispatch", {{"dispatch", std::move(subject)}}, {}};
}

Stage services_stage(Subject subject, std::unique_ptr<ServicesFactory> factory) {
  // Outlives every player that the stage makes.
  const std::shared_ptr<ServicesFactory> shared = std::move(factory);
  subject.make_player = [shared](DataModel data_model) -> std::unique_ptr<Player> {
    auto player = std::make_unique<ServicesPlayer>(*shared, data_model);
    if (!player->is_ready()) return nullptr;
    return player;
  };
  return {"services", {{"services", std::move(subject)}}, {}};
}

std::string trouble_with_services(const std::string& path) {
  const auto library = load_services_library(path);
  return library ? "" : library.error();
}

Opened services_stage(const std::string& path, std::chrono::milliseconds time_max) {
  if (path.empty()) return services_stage(reference_subject(), reference_services());
  const auto trouble = trouble_in_child(time_max, [&path] { return trouble_with_services(path); });
  if (trouble) return std::unexpected(BackendError{false, path + ": " + *trouble});
  const StdoutAside aside;
  auto library = load_services_library(path);
  if (!library) return std::unexpected(BackendError{false, path + ": " + library.error()});
  Subject subject;
  subject.name = library->name;
  subject.version = library->version;
  subject.data_models = library->data_models;
  return services_stage(std::move(subject), std::move(library->factory));
}

}  // namespace

Subject reference_subject() {
  Subject subject;
  subject.name = "reference";
  subject.version = TOUCHSTONE_VERSION;
  subject.is_reference = true;
  subject.data_models = {DataModel::ilp32, DataModel::lp64};
  return subject;
}

std::chrono::milliseconds step_time(const Options& options) {
  return std::chrono::milliseconds(static_cast<std::int64_t>(options.timeout_seconds * 1e3));
}

std::string replay_flags(const Options& options) {
  std::string flags;
  const auto add = [&flags](const char* flag, const std::string& value) {
    if (!value.empty()) flags += fmt::format(" {} {}", flag, shell_word(value));
  };
  add("--library", options.userspace.library);
  add("--api", options.userspace.api);
  add("--profile", options.profile);
  return flags;
}

Opened open_stage(const Options& options, const Suite& suite) {
  if (options.command == Command::parcel) return open_parcel_stage(options, suite);
  if (options.command == Command::dispatch) return dispatch_stage();
  return services_stage(options.userspace.library, step_time(options));
}

}  // namespace touchstone::userspace
