#include "adapter/backends/reference_backend.h"

#include <algorithm>
#include <array>
#include <utility>

#include "adapter/backends/describe_kernel.h"
#include "adapter/backends/reference_world.h"
#include "adapter/operation.h"
#include "reference/kernel/kernel.h"

namespace touchstone {
namespace {

constexpr std::array<std::pair<Quirk, const char*>, 8> quirk_words{{
    {Quirk::copy_failure_gives_count, "copy_failure_gives_count"},
    {Quirk::pool_end_is_inside, "pool_end_is_inside"},
    {Quirk::refused_mmap_drops_pool, "refused_mmap_drops_pool"},
    {Quirk::kernel_sends_late_notices, "kernel_sends_late_notices"},
    {Quirk::ids_inherit, "ids_inherit"},
    {Quirk::cms_limit_only_for_handle_0, "cms_limit_only_for_handle_0"},
    {Quirk::exec_keeps_service, "exec_keeps_service"},
    {Quirk::undone_access_is_withdrawn, "undone_access_is_withdrawn"},
}};

kernel::Quirks kernel_quirks(std::uint32_t bits) {
  const auto has = [bits](Quirk quirk) { return (bits & static_cast<std::uint32_t>(quirk)) != 0; };
  return {.copy_failure_gives_count = has(Quirk::copy_failure_gives_count),
          .pool_end_is_inside = has(Quirk::pool_end_is_inside),
          .refused_mmap_drops_pool = has(Quirk::refused_mmap_drops_pool),
          .kernel_sends_late_notices = has(Quirk::kernel_sends_late_notices),
          .ids_inherit = has(Quirk::ids_inherit),
          .cms_limit_only_for_handle_0 = has(Quirk::cms_limit_only_for_handle_0),
          .exec_keeps_service = has(Quirk::exec_keeps_service),
          .undone_access_is_withdrawn = has(Quirk::undone_access_is_withdrawn)};
}

kernel::DataModel kernel_model(DataModel model) {
  return model == DataModel::ilp32 ? kernel::DataModel::ilp32 : kernel::DataModel::lp64;
}

BackendInfo reference_info(const ReferenceOptions& options) {
  const DataModel model = options.data_model;
  BackendInfo info;
  info.name = model == DataModel::ilp32 ? "reference" : "reference:lp64";
  info.version = "1";
  info.data_model = model;
  info.capabilities = every_capability;
  info.task_limit = kernel::task_limit;
  info.process_limit = kernel::process_limit;
  info.page_bytes = kernel::page_bytes;
  info.scratch_bytes_max = options.scratch_bytes_max;
  info.bad_address = 0x3e000000;
  info.kernel_address = model == DataModel::ilp32 ? 0xc0000000 : 0xffff800000001000;
  info.kernel_task = kernel::kernel_task;
  info.kernel_process = kernel::kernel_process;
  return info;
}

// What mmap refuses stays as it is.
std::uint64_t scaled(PoolScale scale, std::uint64_t bytes) {
  constexpr std::uint64_t page = kernel::page_bytes;
  constexpr std::uint64_t most = kernel::pool_bytes_max;
  if (scale == PoolScale::as_asked || bytes == 0 || bytes > most) return bytes;
  const std::uint64_t pages = (bytes + page - 1) / page;
  const std::uint64_t scaled_pages = scale == PoolScale::half ? (pages + 1) / 2 : pages * 2;
  return std::min(scaled_pages * page, most);
}

class ReferenceBackend final : public ReferenceInstance {
 public:
  explicit ReferenceBackend(const ReferenceOptions& options)
      : info_(reference_info(options)),
        kernel_(world_, kernel::abi_of(kernel_model(options.data_model)),
                kernel_quirks(options.quirks)),
        pools_(options.pools) {}

  const BackendInfo& info() const override { return info_; }
  void reuse_ids() override { kernel_.reuse_ids(); }

  OrErrno<NewTask> spawn(std::uint32_t uid, std::uint32_t gid) override {
    const auto spawned = kernel_.spawn(uid, gid);
    if (!spawned) return refused(spawned.error());
    world_.make_area(spawned->task, spawned->process);
    world_.make_descriptors(spawned->process);
    return done("LIF-1", NewTask{spawned->process, spawned->task});
  }

  OrErrno<NewTask> fork(std::uint32_t task) override {
    const auto child = kernel_.fork(task);
    if (!child) return refused(child.error());
    world_.make_area(child->task, child->process);
    world_.copy_descriptors(kernel_.process_of(task), child->process);
    return done("LIF-3", NewTask{child->process, child->task});
  }

  OrErrno<std::uint32_t> create_thread(std::uint32_t process) override {
    const auto task = kernel_.create_thread(process);
    if (!task) return refused(task.error());
    world_.make_area(*task, process);
    return done("LIF-2", *task);
  }

  OrErrno<void> exit_task(std::uint32_t task) override {
    if (kernel_.process(kernel_.process_of(task)).main_task == task) {
      return exit_process(kernel_.process_of(task));
    }
    kernel_.exit_task(task);
    world_.drop_area(task);
    return done("LIF-6");
  }

  OrErrno<void> exit_process(std::uint32_t process) override {
    kernel_.exit_process(process);
    drop_areas_of_the_dead(process);
    world_.drop_descriptors(process);
    return done("LIF-9");
  }

  OrErrno<void> exec(std::uint32_t task) override {
    kernel_.exec(task);
    drop_areas_of_the_dead(kernel_.process_of(task));
    return done("LIF-14");
  }

  OrErrno<void> open(std::uint32_t task) override {
    const bool is_first = !kernel_.process(kernel_.process_of(task)).ipc;
    const auto opened = kernel_.open(task);
    if (!opened) return refused(opened.error());
    return done(is_first ? "DEV-1" : "DEV-2");
  }

  OrErrno<void> close(std::uint32_t task) override {
    kernel_.close(task);
    return done("DEV-4");
  }

  OrErrno<std::uint64_t> mmap(std::uint32_t task, std::uint64_t bytes, std::uint32_t protection,
                              std::uint32_t flags) override {
    const kernel::MapRequest request{.bytes = scaled(pools_, bytes),
                                     .read = (protection & protection_read) != 0,
                                     .write = (protection & protection_write) != 0,
                                     .exec = (protection & protection_exec) != 0,
                                     .shared = (flags & map_shared) != 0,
                                     .private_copy = (flags & map_private) != 0};
    const auto address = kernel_.mmap(task, request);
    if (!address) return refused(address.error());
    return done("DEV-14", *address);
  }

  OrErrno<void> munmap(std::uint32_t task) override {
    const auto& ipc = kernel_.process(kernel_.process_of(task)).ipc;
    kernel_.munmap(task);
    return done(ipc && ipc->pool ? "DEV-15" : "DEV-14");
  }

  Completion ioctl(std::uint32_t task, std::uint64_t command, std::uint64_t argument) override {
    kernel_.ioctl(task, command, argument);
    return poll(task);
  }

  Completion poll(std::uint32_t task) override {
    const kernel::Answer& answer = kernel_.last_call(task);
    return {answer.blocked, answer.value, answer.clause};
  }

  Region scratch(std::uint32_t task) override {
    Region area = ReferenceWorld::area_of(task);
    area.bytes = std::min(area.bytes, info_.scratch_bytes_max);
    return area;
  }

  bool read(std::uint32_t task, std::uint64_t address, std::span<std::byte> bytes) override {
    return kernel_.read_user(kernel_.process_of(task), address, bytes);
  }

  bool write(std::uint32_t task, std::uint64_t address, std::span<const std::byte> bytes) override {
    return world_.write_user(kernel_.process_of(task), address, bytes);
  }

  void advance(std::uint64_t nanoseconds) override {
    clause_ = "RCV-18";
    world_.advance(nanoseconds);
    kernel_.wake_expired();
  }

  void inject_alloc_failure(std::uint32_t after) override { world_.inject_alloc_failure(after); }

  OrErrno<std::uint32_t> open_descriptor(std::uint32_t process) override {
    return world_.open_descriptor(process);
  }
  std::optional<std::uint64_t> descriptor_identity(std::uint32_t process,
                                                   std::uint32_t descriptor) override {
    return world_.file_of(process, descriptor);
  }
  std::uint32_t descriptor_count(std::uint32_t process) override {
    return world_.descriptor_count(process);
  }

  const char* deciding_clause() const override { return clause_; }

  std::string describe_state(const IdNames& names) const override {
    return describe_kernel(kernel_, names);
  }
  std::optional<std::string> broken_invariant() const override {
    return kernel_.broken_invariant();
  }

 private:
  // How a call other than ioctl ended, and the clause that decided it.
  std::unexpected<ErrnoNumber> refused(const kernel::Refusal& refusal) {
    clause_ = refusal.clause;
    return std::unexpected(static_cast<ErrnoNumber>(-refusal.returned));
  }
  OrErrno<void> done(const char* clause) {
    clause_ = clause;
    return {};
  }
  template <typename T>
  OrErrno<T> done(const char* clause, T value) {
    done(clause);
    return value;
  }

  void drop_areas_of_the_dead(std::uint32_t process) {
    for (std::uint32_t task = 0; task < kernel::task_limit; ++task) {
      if (kernel_.process_of(task) == process && !kernel_.is_alive(task)) world_.drop_area(task);
    }
  }

  const BackendInfo info_;
  const char* clause_ = "";
  ReferenceWorld world_;
  kernel::Kernel kernel_;
  const PoolScale pools_;
};

class ReferenceFactory final : public BackendFactory {
 public:
  explicit ReferenceFactory(const ReferenceOptions& options)
      : options_(options), info_(reference_info(options)) {}
  const BackendInfo& info() const override { return info_; }
  bool needs_isolation() const override { return false; }
  std::unique_ptr<Backend> create() override {
    return std::make_unique<ReferenceBackend>(options_);
  }

 private:
  const ReferenceOptions options_;
  const BackendInfo info_;
};

}  // namespace

std::string quirk_word(Quirk quirk) {
  for (const auto& [value, word] : quirk_words) {
    if (value == quirk) return word;
  }
  return {};
}

std::optional<Quirk> quirk_from_word(const std::string& word) {
  for (const auto& [value, known] : quirk_words) {
    if (word == known) return value;
  }
  return std::nullopt;
}

std::unique_ptr<ReferenceInstance> make_reference(const ReferenceOptions& options) {
  return std::make_unique<ReferenceBackend>(options);
}

std::unique_ptr<BackendFactory> make_reference_factory(const ReferenceOptions& options) {
  return std::make_unique<ReferenceFactory>(options);
}

}  // namespace touchstone
