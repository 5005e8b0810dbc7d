// service_manager_task.h: the service manager as a task of the daemon's own: it is the CMS, and has
// its turn when a request for it is there.  It calls the kernel as a client does, through the
// broker; what it answers is reference/services' business.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "daemon/broker.h"
#include "reference/services/service_manager.h"

namespace touchstone::daemon {

class ServiceManagerTask final : public Resident, private services::KernelPort {
 public:
  // Both outlive this, and nobody is there yet; `bindings` are right.
  ServiceManagerTask(Broker& broker, std::string_view bindings);

  // As the process that the daemon itself is.  Minus an errno: there is no memory for its pool.
  std::int64_t start(const Peer& self);

  kernel::TaskId task() const override { return task_; }
  void answered(CallAnswer answer) override { answer_ = std::move(answer); }
  void take_turn() override;
  void process_ended(kernel::ProcessId process) override { manager_.process_ended(process); }

 private:
  std::expected<services::Handle, services::KernelRefusal> generate_handle(
      services::TaskId task) override;
  std::expected<void, services::KernelRefusal> add_access(services::TaskId client,
                                                          services::Handle service) override;

  // None: it sleeps.
  std::optional<CallAnswer> call(std::uint64_t command, std::uint64_t argument,
                                 std::vector<Segment> memory);
  std::optional<CallAnswer> exchange(std::uint32_t flags, kernel::Address given_back,
                                     std::vector<Segment> memory);
  CallAnswer command(std::uint32_t command, std::uint32_t subject, std::uint32_t service);
  void serve(kernel::Address message);
  void reply(const kernel::Header& request, kernel::Address message,
             const services::Parcel& answer);

  Broker& broker_;
  const kernel::Abi& abi_;
  services::ServiceManager manager_;
  kernel::TaskId task_ = 0;
  bool is_busy_ = true;               // it is not its turn: it has not started, or is at work
  std::optional<CallAnswer> answer_;  // to its last call
};

}  // namespace touchstone::daemon
