#include "conformance/userspace/parcel_player.h"

#include <fmt/format.h>

#include "conformance/userspace/parcel_library.h"
#include "conformance/userspace/parcel_reference.h"
#include "conformance/userspace/parcel_text.h"

namespace touchstone::userspace {
namespace {

// A port on a library that lives as long as it.
class OwningPort : public ParcelPort {
 public:
  explicit OwningPort(ParcelLibrary library)
      : library_(std::move(library)), port_(library_.make_port()) {}

  ParcelApi api() const override { return port_->api(); }
  DataModel data_model() const override { return port_->data_model(); }
  ParcelShown perform(const ParcelOperation& operation) override {
    return port_->perform(operation);
  }

 private:
  ParcelLibrary library_;
  std::unique_ptr<ParcelPort> port_;
};

bool makes(const ParcelOperation& operation) {
  return operation.verb == ParcelVerb::init || operation.verb == ParcelVerb::message;
}

}  // namespace

std::expected<Shown, StepError> ParcelPlayer::play(const ScriptStep& step) {
  const auto operation = read_parcel_step(step, port_->api(), port_->data_model());
  if (!operation) return std::unexpected(operation.error());
  const bool needs_none = makes(*operation) || operation->verb == ParcelVerb::use_null;
  if (!is_made_ && !needs_none) {
    return std::unexpected(StepError{0, "init, message or null first", step.text});
  }
  is_made_ = true;
  const ParcelShown shown = port_->perform(*operation);
  const ParcelState& state = shown.state;
  state_ = fmt::format("used={} left={} entries={} entries_left={} flag={}", state.used, state.left,
                       state.entries, state.entries_left, state.flag);
  return shown_of(*operation, shown, port_->data_model());
}

Subject parcel_subject(ParcelApi api, const std::string& library) {
  Subject subject;
  subject.name = library.empty() ? "reference" : library;
  subject.is_reference = library.empty();
  if (library.empty()) {
    subject.version = TOUCHSTONE_VERSION;
    subject.data_models = {DataModel::ilp32, DataModel::lp64};
    subject.make_player = [api](DataModel data_model) {
      return std::make_unique<ParcelPlayer>(std::make_unique<ParcelReference>(api, data_model));
    };
    return subject;
  }
  subject.data_models = {host_data_model};
  subject.make_player = [api, library](DataModel) -> std::unique_ptr<Player> {
    auto loaded = ParcelLibrary::load(library, api);
    if (!loaded) return nullptr;
    return std::make_unique<ParcelPlayer>(std::make_unique<OwningPort>(std::move(*loaded)));
  };
  return subject;
}

}  // namespace touchstone::userspace
