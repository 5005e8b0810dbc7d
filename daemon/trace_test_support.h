// trace_test_support.h: for tests: a broker that is traced, clients that call it by hand, and the
// case that comes of it, played on the reference.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <touchstone/lite_ipc_abi.h>

#include <cstdint>
#include <cstring>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "adapter/backends/reference_backend.h"
#include "adapter/case_text.h"
#include "adapter/executor.h"
#include "daemon/broker_test_support.h"
#include "daemon/trace.h"
#include "daemon/trace_case.h"

namespace touchstone::daemon {

// The steps of the case, as they are printed, each that plays to another outcome with that.
inline std::vector<std::string> played(const std::string& text) {
  const auto program = parse_case(text);
  if (!program) return {to_string(program.error(), "case")};
  const auto reference = make_reference({.data_model = DataModel::lp64});
  const std::vector<Outcome> outcomes = execute(*program, *reference);
  std::vector<std::string> steps;
  for (std::size_t i = 0; i < program->steps.size(); ++i) {
    const auto& step = program->steps[i];
    steps.push_back(print_operation(step.operation, *program));
    if (step.expected.empty()) continue;
    steps.back() += " -> " + print_outcome(step.expected[0], *program);
    if (same_outcome(step.expected[0], outcomes[i])) continue;
    steps.back() += " BUT " + print_outcome(outcomes[i], *program);
  }
  return steps;
}

// An IPC_SEND_RECV_MSG; the parts are where its pointers say.
struct Call {
  static constexpr std::uint64_t argument_at = 0x10000000, message_at = 0x10001000,
                                 data_at = 0x10002000, offsets_at = 0x10004000,
                                 buffer_at = 0x10005000;
  explicit Call(std::uint32_t flags) {
    content.flag = flags;
    message.data = data_at;
    message.offsets = offsets_at;
  }
  Call& with_data(const std::string& text) {
    data.assign(text.begin(), text.end());
    return *this;
  }
  Call& with_object(const touchstone_object64& object) {
    offsets.push_back(static_cast<std::uint32_t>(data.size()));
    data.resize(data.size() + sizeof object);
    std::memcpy(data.data() + offsets.back(), &object, sizeof object);
    return *this;
  }
  Call& giving_back(std::uint64_t address) {
    content.flag |= TOUCHSTONE_BUFF_FREE;
    content.buffer_to_free = address;
    return *this;
  }

  touchstone_content64 content{0, 0, message_at, 0, 0};
  touchstone_message64 message{};
  std::vector<char> data;
  std::vector<std::uint32_t> offsets;
  std::string buffer = "what a PTR object points to";
  std::vector<std::uint32_t> descriptors;
  bool argument_is_writable = true;
};

class TracedBroker : public AnsweredByBroker {
 protected:
  kernel::TaskId join(pid_t pid, pid_t thread) {
    const liteipcd_hello hello{LITEIPCD_PROTOCOL_VERSION, 8, static_cast<std::uint32_t>(thread), 0,
                               0};
    const std::int64_t task = broker_.join({pid, 1000, 100}, hello);
    EXPECT_GE(task, 0);
    return static_cast<kernel::TaskId>(task);
  }
  kernel::TaskId arrive(pid_t pid, std::uint64_t bytes = 65536) {
    const kernel::TaskId task = join(pid, pid);
    UniqueFd file;
    EXPECT_EQ(broker_.open(task), 0);
    EXPECT_EQ(
        broker_.mmap(task, {bytes, pool_at, TOUCHSTONE_PROT_READ, TOUCHSTONE_MAP_PRIVATE}, file),
        0);
    return task;
  }

  std::optional<std::int64_t> exchange(kernel::TaskId task, Call given) {
    given.message.data_size = static_cast<std::uint32_t>(given.data.size());
    given.message.object_count = static_cast<std::uint32_t>(given.offsets.size());
    std::vector<SharedFd> files;
    for (std::size_t i = 0; i < given.descriptors.size(); ++i) {
      files.push_back(std::make_shared<UniqueFd>(memfd_create("file", MFD_CLOEXEC)));
    }
    return call(task,
                {TOUCHSTONE_IPC_SEND_RECV_MSG_64,
                 Call::argument_at,
                 given.argument_is_writable,
                 {{Call::argument_at, std::as_bytes(std::span(&given.content, 1))},
                  {Call::message_at, std::as_bytes(std::span(&given.message, 1))},
                  {Call::data_at, std::as_bytes(std::span(given.data))},
                  {Call::offsets_at, std::as_bytes(std::span(given.offsets))},
                  {Call::buffer_at, std::as_bytes(std::span(given.buffer))}},
                 given.descriptors},
                files);
  }
  std::optional<std::int64_t> word(kernel::TaskId task, std::uint64_t command,
                                   std::uint64_t argument = 0) {
    return call(task, {command, argument, true, {}, {}});
  }
  std::optional<std::int64_t> cms(kernel::TaskId task, std::uint32_t command, std::uint32_t subject,
                                  std::uint32_t service) {
    const touchstone_cms_command content{command, subject, service};
    return call(task, {TOUCHSTONE_IPC_CMS_CMD,
                       Call::argument_at,
                       true,
                       {{Call::argument_at, std::as_bytes(std::span(&content, 1))}},
                       {}});
  }

  // Where the message lies that the task's last call has brought.
  std::uint64_t message_of(kernel::TaskId task) const {
    std::uint64_t address = 0;
    std::memcpy(&address, answers_.at(task).written.bytes.data(), sizeof address);
    return address;
  }
  std::uint64_t timestamp_of(kernel::TaskId task) const {
    const auto& ipc = broker_.kernel().process(broker_.kernel().process_of(task)).ipc;
    const auto block = static_cast<kernel::PoolOffset>(message_of(task) - pool_at);
    return ipc->delivered.at(block)->header.timestamp;
  }
  Call reply(kernel::TaskId server, kernel::TaskId client) const {
    Call reply(TOUCHSTONE_SEND);
    reply.giving_back(message_of(server));
    reply.message.type = TOUCHSTONE_MT_REPLY;
    reply.message.target_handle = client;
    reply.message.timestamp = timestamp_of(server);
    return reply;
  }

  // All that the trace has to say now.
  std::vector<TraceLine> heard(int watcher = 1) {
    std::vector<TraceLine> lines;
    while (const auto text = trace_.ask(watcher, "trace")) {
      text_ += *text;
      for (std::size_t end = text_.find('\n'); end != std::string::npos; end = text_.find('\n')) {
        const auto line = decode_trace_line(text_.substr(0, end));
        EXPECT_TRUE(line) << text_;
        if (line) lines.push_back(*line);
        text_.erase(0, end + 1);
      }
    }
    trace_.leave(watcher);
    return lines;
  }
  std::expected<std::string, std::string> case_of(const std::vector<TraceLine>& lines) {
    TraceCase all;
    for (const TraceLine& line : lines) all.add(line);
    return all.text("traced");
  }
  void begin_whole() { text_ = trace_.ask(1, "trace whole").value(); }

  static constexpr std::uint64_t pool_at = 0x70000000;
  Trace trace_{broker_};
  std::string text_;  // heard, not yet understood
};

}  // namespace touchstone::daemon
