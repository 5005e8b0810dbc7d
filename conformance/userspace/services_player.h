// services_player.h: plays the steps of the service manager's scripts, section 4 of
// spec/userspace-case-format.md: a kernel of a few switches, clients by name, one manager,
// endpoints. Judges nothing.
#pragma once

#include <cstdint>
#include <expected>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "adapter/backend.h"
#include "conformance/userspace/player.h"
#include "conformance/userspace/services_messages.h"
#include "conformance/userspace/services_port.h"

namespace touchstone::userspace {

// The kernel of a script: a task's handle is its id.  Keeps what it was asked in the words of a
// script: "generate:9", "access:9>11".
class ScriptedKernel : public ServicesHost {
 public:
  std::expected<std::uint32_t, std::int32_t> generate_handle(std::uint32_t task) override;
  std::expected<void, std::int32_t> add_access(std::uint32_t client,
                                               std::uint32_t service) override;

  bool gives_handles = true;
  bool gives_access = true;
  std::vector<std::string> asked;
};

class ServicesPlayer : public Player {
 public:
  // The factory must live as long as this.
  ServicesPlayer(ServicesFactory& factory, DataModel model);

  // False: the implementation made no manager, and no step can be played.
  bool is_ready() const { return manager_ != nullptr; }

  std::expected<Shown, StepError> play(const ScriptStep& step) override;
  bool can_show(const ScriptStep& step, std::string_view key) const override;
  std::string describe_state() const override;

 private:
  struct Client {
    std::uint32_t process = 0;
    std::uint32_t task = 0;
    std::uint32_t user = 0;
  };
  struct Sent {
    ServicesParcel parcel;
    ServicesAnswer answer = ServicesAnswer::code_alone;
  };

  Shown play_setting(StepReader& reader, const ScriptStep& step);
  Shown add_binding(StepReader& reader, const ScriptStep& step);
  Shown reload();
  Shown set_kernel(StepReader& reader);
  Shown gather(StepReader& reader);
  void name_client(StepReader& reader);
  Shown name_endpoint(StepReader& reader);
  Shown references(StepReader& reader);
  const Client& known_client(StepReader& reader, const Word& name);

  Shown play_client(const Client& client, StepReader& reader);
  Shown play_many(const Client& client, const std::string& verb, StepReader& reader);
  Sent sent_by(const std::string& verb, const Word& word, StepReader& reader);
  ServicesRequest request_of(const Client& client, StepReader& reader) const;
  Shown send(ServicesRequest request, ServicesAnswer kind);
  Shown list_capabilities(const Client& client);

  Shown play_endpoint(EndpointPort& endpoint, StepReader& reader);

  ServicesFactory& factory_;
  DataModel model_;
  ScriptedKernel kernel_;
  std::unique_ptr<ServicesPort> manager_;
  std::map<std::string, Client> clients_;
  std::map<std::string, std::unique_ptr<EndpointPort>> endpoints_;
  std::string draft_;  // of the bindings file
  std::uint64_t now_ns_ = 1'000'000'000;
};

}  // namespace touchstone::userspace
