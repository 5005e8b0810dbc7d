// trace_recorder.h: the broker's calls as steps of a case with what came of them, in the order in
// which the kernel has carried them out.  The broker tells it; it changes nothing.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "adapter/program.h"
#include "daemon/broker.h"
#include "daemon/trace_call.h"
#include "daemon/trace_line.h"
#include "daemon/trace_names.h"

namespace touchstone::daemon {

class TraceRecorder {
 public:
  using Tell = std::function<void(const TraceLine&)>;
  TraceRecorder(const Broker& broker, Tell tell);

  // What is there when the trace begins, as the steps that make it: the daemon's own task.
  void tell_residents();

  // Once they are there, and while they are still there.
  void process_came(kernel::TaskId main_task);
  void thread_came(kernel::TaskId task);
  void thread_ends(kernel::TaskId task);
  void process_ends(kernel::TaskId main_task);

  void opened(kernel::TaskId task, std::int64_t value);
  void mapped(kernel::TaskId task, const liteipcd_mmap& request, std::int64_t value);
  // Before the kernel sees the call; then whether it sleeps; then, perhaps later, its end.
  void call_begins(const TracedCall& call);
  void call_sleeps(kernel::TaskId task);
  void call_is_over(kernel::TaskId task, const Written& written);
  // Where the descriptors of the task's last message stand in the block, and their numbers.
  void placed(kernel::TaskId task, std::span<const std::uint32_t> places,
              std::span<const std::uint32_t> numbers);
  // What the daemon has refused by itself, of a process or one of its tasks.
  void refused(std::int32_t process, std::int32_t thread, const std::string& what);

 private:
  struct Call {
    enum class Gives : std::uint8_t { value, message, handle, task, version } gives = Gives::value;
    std::uint64_t time_ns = 0;
    std::string step;
    std::string unsayable;
    bool has_slept = false;
  };

  Call call_of(const CallStep& step) const;
  Outcome outcome_of(kernel::TaskId task, Call& call, const Written& written);
  Outcome message_of(kernel::TaskId task, Call& call, const Written& written);
  std::string text(const Operation& operation) const;
  void tell(kernel::TaskId task, const Operation& operation, std::int64_t value);
  void tell(kernel::TaskId task, const Call& call, const Outcome& outcome);
  void tell_resident(kernel::TaskId task);

  const Broker& broker_;
  const kernel::Kernel& kernel_;
  const kernel::Abi& abi_;
  const Tell tell_;
  TraceNames names_;
  std::vector<std::optional<Call>> calls_;  // by task: under way
  std::vector<std::vector<std::pair<std::uint32_t, DescriptorName>>> unplaced_;  // by task
};

}  // namespace touchstone::daemon
