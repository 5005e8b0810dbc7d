// forwarding_backend.h: a Backend that hands every call on to another one, for wrappers that change
// a few: those that watch, and those that are wrong on purpose.  Changes nothing itself.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "adapter/backend.h"

namespace touchstone {

class ForwardingBackend : public Backend {
 public:
  explicit ForwardingBackend(std::unique_ptr<Backend> inner) : inner_(std::move(inner)) {}

  const BackendInfo& info() const override { return inner_->info(); }
  void reuse_ids() override { inner_->reuse_ids(); }

  OrErrno<NewTask> spawn(std::uint32_t uid, std::uint32_t gid) override {
    return inner_->spawn(uid, gid);
  }
  OrErrno<NewTask> fork(std::uint32_t task) override { return inner_->fork(task); }
  OrErrno<std::uint32_t> create_thread(std::uint32_t process) override {
    return inner_->create_thread(process);
  }
  OrErrno<void> exit_task(std::uint32_t task) override { return inner_->exit_task(task); }
  OrErrno<void> exit_process(std::uint32_t process) override {
    return inner_->exit_process(process);
  }
  OrErrno<void> exec(std::uint32_t task) override { return inner_->exec(task); }

  OrErrno<void> open(std::uint32_t task) override { return inner_->open(task); }
  OrErrno<void> close(std::uint32_t task) override { return inner_->close(task); }
  OrErrno<std::uint64_t> mmap(std::uint32_t task, std::uint64_t bytes, std::uint32_t protection,
                              std::uint32_t flags) override {
    return inner_->mmap(task, bytes, protection, flags);
  }
  OrErrno<void> munmap(std::uint32_t task) override { return inner_->munmap(task); }
  Completion ioctl(std::uint32_t task, std::uint64_t command, std::uint64_t argument) override {
    return inner_->ioctl(task, command, argument);
  }
  Completion poll(std::uint32_t task) override { return inner_->poll(task); }

  Region scratch(std::uint32_t task) override { return inner_->scratch(task); }
  bool read(std::uint32_t task, std::uint64_t address, std::span<std::byte> bytes) override {
    return inner_->read(task, address, bytes);
  }
  bool write(std::uint32_t task, std::uint64_t address, std::span<const std::byte> bytes) override {
    return inner_->write(task, address, bytes);
  }

  void advance(std::uint64_t nanoseconds) override { inner_->advance(nanoseconds); }
  void inject_alloc_failure(std::uint32_t after) override { inner_->inject_alloc_failure(after); }

  OrErrno<std::uint32_t> open_descriptor(std::uint32_t process) override {
    return inner_->open_descriptor(process);
  }
  std::optional<std::uint64_t> descriptor_identity(std::uint32_t process,
                                                   std::uint32_t descriptor) override {
    return inner_->descriptor_identity(process, descriptor);
  }
  std::uint32_t descriptor_count(std::uint32_t process) override {
    return inner_->descriptor_count(process);
  }

  const char* deciding_clause() const override { return inner_->deciding_clause(); }
  std::optional<std::string> lost() const override { return inner_->lost(); }

 protected:
  Backend& inner() { return *inner_; }

 private:
  std::unique_ptr<Backend> inner_;
};

}  // namespace touchstone
