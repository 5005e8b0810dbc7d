// parcel_player.h: the steps of chapters `parcel` and `newer-parcel` on an implementation of
// parcels.  The steps are in spec/userspace-case-format.md, section 2.
#pragma once

#include <memory>
#include <string>

#include "conformance/userspace/parcel_port.h"
#include "conformance/userspace/player.h"
#include "conformance/userspace/subject.h"

namespace touchstone::userspace {

class ParcelPlayer : public Player {
 public:
  explicit ParcelPlayer(std::unique_ptr<ParcelPort> port) : port_(std::move(port)) {}

  std::expected<Shown, StepError> play(const ScriptStep& step) override;
  std::string describe_state() const override { return state_; }

 private:
  std::unique_ptr<ParcelPort> port_;
  bool is_made_ = false;  // there was an init or a message
  std::string state_{};
};

// The reference in both data models, or the library at a path, in the host's.
Subject parcel_subject(ParcelApi api, const std::string& library);

}  // namespace touchstone::userspace
