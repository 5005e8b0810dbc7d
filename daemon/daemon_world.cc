#include "daemon/daemon_world.h"

#include <time.h>

#include <algorithm>
#include <cstring>

#include "daemon/sealed_file.h"
#include "reference/kernel/errors.h"

namespace touchstone::daemon {
namespace {

constexpr kernel::Descriptor first_ticket = 0x40000000;  // no process has descriptors up there

}  // namespace

DaemonWorld::Call::Call(DaemonWorld& world, kernel::ProcessId process, const IoctlRequest& request,
                        std::span<const SharedFd> files)
    : world_(world) {
  world_.caller_ = process;
  world_.request_ = &request;
  world_.request_files_ = files;
}

DaemonWorld::Call::~Call() {
  world_.request_ = nullptr;
  world_.request_files_ = {};
}

void DaemonWorld::add_unwritable(kernel::ProcessId process, kernel::Address argument) {
  unwritable_.insert({process, argument});
}

void DaemonWorld::remove_unwritable(kernel::ProcessId process, kernel::Address argument) {
  unwritable_.erase({process, argument});
}

SharedFd DaemonWorld::take_file(kernel::Descriptor ticket) {
  const auto found = files_.find(ticket);
  if (found == files_.end()) return {};
  SharedFd file = std::move(found->second.file);
  const auto sent = sent_.find(found->second.sender);
  if (sent != sent_.end() && --sent->second == 0) sent_.erase(sent);
  files_.erase(found);
  return file;
}

std::size_t DaemonWorld::file_count(kernel::ProcessId sender) const {
  const auto sent = sent_.find(sender);
  return sent == sent_.end() ? 0 : sent->second;
}

std::uint64_t DaemonWorld::read_clock() {
  timespec now{};
  CHECK(clock_gettime(CLOCK_MONOTONIC, &now) == 0, "a monotonic clock");
  const auto reading =
      static_cast<std::uint64_t>(now.tv_sec) * 1000000000 + static_cast<std::uint64_t>(now.tv_nsec);
  last_reading_ = std::max(reading, last_reading_ + 1);
  return last_reading_;
}

bool DaemonWorld::read_user(kernel::ProcessId process, kernel::Address from,
                            std::span<std::byte> to) {
  CHECK(request_ != nullptr && process == caller_, "only a caller's memory is read");
  for (const Segment& segment : request_->segments) {
    if (from < segment.address || from - segment.address > segment.bytes.size()) continue;
    const std::size_t at = from - segment.address;
    if (to.size() > segment.bytes.size() - at) continue;
    if (!to.empty()) std::memcpy(to.data(), segment.bytes.data() + at, to.size());
    return true;
  }
  return false;
}

bool DaemonWorld::write_user(kernel::ProcessId process, kernel::Address to,
                             std::span<const std::byte> from) {
  CHECK(from.size() <= written_.bytes.size(), "a call writes 12 bytes at most");
  const kernel::Address argument = to - abi_.in_message;  // of a message, else it is `to` itself
  const bool is_callers = request_ != nullptr && process == caller_ &&
                          (request_->argument == to || request_->argument == argument);
  if (is_callers && !request_->argument_is_writable) return false;
  if (unwritable_.contains({process, argument})) return false;
  written_ = {to, {}, static_cast<std::uint32_t>(from.size())};
  std::ranges::copy(from, written_.bytes.begin());
  return true;
}

bool DaemonWorld::descriptor_is_open(kernel::ProcessId process, kernel::Descriptor number) const {
  return request_ != nullptr && process == caller_ &&
         std::ranges::find(request_->numbers, number) != request_->numbers.end();
}

kernel::Descriptor DaemonWorld::copy_descriptor(kernel::ProcessId from, kernel::Descriptor number,
                                                kernel::ProcessId, kernel::Descriptor) {
  const auto found = std::ranges::find(request_->numbers, number);
  const auto index = static_cast<std::size_t>(found - request_->numbers.begin());
  while (files_.contains(first_ticket + next_ticket_))
    next_ticket_ = (next_ticket_ + 1) % first_ticket;
  const kernel::Descriptor ticket = first_ticket + next_ticket_;
  next_ticket_ = (next_ticket_ + 1) % first_ticket;
  files_[ticket] = {request_files_[index], from};
  ++sent_[from];
  return ticket;
}

void DaemonWorld::close_descriptor(kernel::ProcessId, kernel::Descriptor ticket) {
  take_file(ticket);
}

kernel::PoolMemory DaemonWorld::map_pool(kernel::ProcessId, std::uint32_t bytes) {
  SealedFile pool = make_sealed_file("lite_ipc-pool", bytes, Sharing::read_only);
  if (!pool.memory) return {};
  pool_file_ = std::move(pool.file);
  return {std::move(pool.memory), pool_address_};
}

void DaemonWorld::call_is_over(kernel::TaskId task) {
  over_.push_back({task, written_});
  written_ = {};
}

}  // namespace touchstone::daemon
