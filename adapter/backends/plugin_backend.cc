#include "adapter/backends/plugin_backend.h"

#include <dlfcn.h>

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

#include "adapter/backends/plugin_table.h"
#include "adapter/printable_text.h"
#include "adapter/trial.h"
#include "touchstone/plugin.h"

namespace touchstone {
namespace {

using Table = ::touchstone_plugin_table;

static_assert(TOUCHSTONE_CAP_VIRTUAL_TIME == static_cast<std::uint32_t>(Capability::virtual_time));
static_assert(TOUCHSTONE_CAP_FORK == static_cast<std::uint32_t>(Capability::fork));
static_assert(TOUCHSTONE_CAP_EXEC == static_cast<std::uint32_t>(Capability::exec));
static_assert(TOUCHSTONE_CAP_ALLOC_FAULT == static_cast<std::uint32_t>(Capability::alloc_fault));
static_assert(TOUCHSTONE_CAP_ID_REUSE == static_cast<std::uint32_t>(Capability::id_reuse));
static_assert(TOUCHSTONE_CAP_CREDENTIALS == static_cast<std::uint32_t>(Capability::credentials));
static_assert(TOUCHSTONE_CAP_FD_PASSING == static_cast<std::uint32_t>(Capability::fd_passing));
static_assert(TOUCHSTONE_CAP_DESCRIPTOR_IDENTITY ==
              static_cast<std::uint32_t>(Capability::descriptor_identity));
static_assert(TOUCHSTONE_CAP_DESCRIPTOR_COUNT ==
              static_cast<std::uint32_t>(Capability::descriptor_count));
static_assert(TOUCHSTONE_CAP_USER_RANGE == static_cast<std::uint32_t>(Capability::user_range));

class PluginBackend : public Backend {
 public:
  PluginBackend(const Table& table, const BackendInfo& info, touchstone_instance* machine)
      : table_(table), info_(info), machine_(machine) {}
  PluginBackend(const PluginBackend&) = delete;
  PluginBackend& operator=(const PluginBackend&) = delete;
  ~PluginBackend() override { table_.destroy(machine_); }

  const BackendInfo& info() const override { return info_; }

  void reuse_ids() override {
    if (table_.reuse_ids != nullptr) table_.reuse_ids(machine_);
  }

  OrErrno<NewTask> spawn(std::uint32_t uid, std::uint32_t gid) override {
    NewTask made;
    const std::int32_t given = table_.spawn(machine_, uid, gid, &made.process, &made.task);
    return made_task("spawn", given, made);
  }
  OrErrno<NewTask> fork(std::uint32_t task) override {
    if (table_.fork == nullptr) return not_offered();
    NewTask made;
    const std::int32_t given = table_.fork(machine_, task, &made.process, &made.task);
    return made_task("fork", given, made);
  }
  OrErrno<std::uint32_t> create_thread(std::uint32_t process) override {
    std::uint32_t task = 0;
    const std::int32_t given = table_.create_thread(machine_, process, &task);
    if (given == 0 && task == 0) lose("create_thread gave an id 0");
    return result("create_thread", given, task);
  }
  OrErrno<void> exit_task(std::uint32_t task) override {
    return status("exit_task", table_.exit_task(machine_, task));
  }
  OrErrno<void> exit_process(std::uint32_t process) override {
    return status("exit_process", table_.exit_process(machine_, process));
  }
  OrErrno<void> exec(std::uint32_t task) override {
    if (table_.exec == nullptr) return not_offered();
    return status("exec", table_.exec(machine_, task));
  }

  OrErrno<void> open(std::uint32_t task) override {
    return status("open", table_.open(machine_, task));
  }
  OrErrno<void> close(std::uint32_t task) override {
    return status("close", table_.close(machine_, task));
  }
  OrErrno<std::uint64_t> mmap(std::uint32_t task, std::uint64_t bytes, std::uint32_t protection,
                              std::uint32_t flags) override {
    std::uint64_t address = 0;
    const std::int32_t given = table_.mmap(machine_, task, bytes, protection, flags, &address);
    return result("mmap", given, address);
  }
  OrErrno<void> munmap(std::uint32_t task) override {
    return status("munmap", table_.munmap(machine_, task));
  }
  Completion ioctl(std::uint32_t task, std::uint64_t command, std::uint64_t argument) override {
    std::int64_t value = 0;
    const std::int32_t state = table_.ioctl(machine_, task, command, argument, &value);
    return completion("ioctl", state, value);
  }
  Completion poll(std::uint32_t task) override {
    std::int64_t value = 0;
    const std::int32_t state = table_.poll(machine_, task, &value);
    return completion("poll", state, value);
  }

  Region scratch(std::uint32_t task) override;
  bool read(std::uint32_t task, std::uint64_t address, std::span<std::byte> bytes) override {
    return table_.read(machine_, task, address, bytes.data(), bytes.size()) == 0;
  }
  bool write(std::uint32_t task, std::uint64_t address, std::span<const std::byte> bytes) override {
    return table_.write(machine_, task, address, bytes.data(), bytes.size()) == 0;
  }

  void advance(std::uint64_t nanoseconds) override {
    if (table_.advance != nullptr) table_.advance(machine_, nanoseconds);
  }
  void inject_alloc_failure(std::uint32_t after) override {
    if (table_.inject_alloc_failure != nullptr) table_.inject_alloc_failure(machine_, after);
  }

  OrErrno<std::uint32_t> open_descriptor(std::uint32_t process) override {
    if (table_.open_descriptor == nullptr) return not_offered();
    std::uint32_t descriptor = 0;
    const std::int32_t given = table_.open_descriptor(machine_, process, &descriptor);
    return result("open_descriptor", given, descriptor);
  }
  std::optional<std::uint64_t> descriptor_identity(std::uint32_t process,
                                                   std::uint32_t descriptor) override {
    if (table_.descriptor_identity == nullptr) return std::nullopt;
    std::uint64_t identity = 0;
    if (table_.descriptor_identity(machine_, process, descriptor, &identity) != 0) {
      return std::nullopt;
    }
    return identity;
  }
  std::uint32_t descriptor_count(std::uint32_t process) override {
    if (table_.descriptor_count == nullptr) return 0;
    std::uint32_t count = 0;
    const auto counted =
        status("descriptor_count", table_.descriptor_count(machine_, process, &count));
    if (!counted) lose("descriptor_count gave errno " + std::to_string(counted.error()));
    return count;
  }

  std::optional<std::string> lost() const override {
    if (lost_ || table_.lost == nullptr) return lost_;
    const char* reason = table_.lost(machine_);
    if (reason == nullptr) return std::nullopt;
    return printable_text(reason);
  }

 private:
  // A function that no case asks for, as its capability is not stated.
  static std::unexpected<ErrnoNumber> not_offered() { return std::unexpected(38); }  // ENOSYS

  // The first break of the interface is the one that is told.
  void lose(std::string reason) {
    if (!lost_) lost_ = "broken interface: " + std::move(reason);
  }

  OrErrno<void> status(const char* function, std::int32_t given) {
    if (given == 0) return {};
    if (given > 0 || given == INT32_MIN) {
      lose(std::string(function) + " returned " + std::to_string(given) +
           ", which is neither 0 nor minus an errno");
      return std::unexpected(TOUCHSTONE_EINVAL);
    }
    return std::unexpected(-given);
  }
  template <typename T>
  OrErrno<T> result(const char* function, std::int32_t given, T value) {
    const OrErrno<void> checked = status(function, given);
    if (!checked) return std::unexpected(checked.error());
    return value;
  }
  OrErrno<NewTask> made_task(const char* function, std::int32_t given, NewTask made) {
    if (given == 0 && (made.process == 0 || made.task == 0)) {
      lose(std::string(function) + " gave an id 0");
    }
    return result(function, given, made);
  }
  Completion completion(const char* function, std::int32_t state, std::int64_t value) {
    if (state == TOUCHSTONE_BLOCKED) return {.blocked = true, .value = 0, .clause = ""};
    if (state != TOUCHSTONE_DONE) {
      lose(std::string(function) + " returned " + std::to_string(state) +
           ", which is neither TOUCHSTONE_DONE nor TOUCHSTONE_BLOCKED");
    } else if (value < -INT32_MAX) {
      lose(std::string(function) + " gave the result " + std::to_string(value) +
           ", which is minus no errno");
      value = 0;
    }
    return {.blocked = false, .value = value, .clause = ""};
  }

  const Table& table_;
  const BackendInfo& info_;
  touchstone_instance* machine_;
  std::optional<std::string> lost_;
};

Region PluginBackend::scratch(std::uint32_t task) {
  touchstone_region region{};
  const std::int32_t given = table_.scratch(machine_, task, &region);
  const std::uint64_t address_max = info_.data_model == DataModel::ilp32 ? UINT32_MAX : UINT64_MAX;
  if (given != 0) {
    lose("scratch gave no area for task " + std::to_string(task));
  } else if (region.bytes < scratch_bytes_min) {
    lose("scratch gave " + std::to_string(region.bytes) + " bytes, where at least " +
         std::to_string(scratch_bytes_min) + " are wanted");
  } else if (region.address == 0 || region.address > address_max ||
             region.bytes - 1 > address_max - region.address) {
    lose("scratch gave an area outside the data model's addresses");
  }
  return {.address = region.address, .bytes = region.bytes};
}

class PluginFactory : public BackendFactory {
 public:
  explicit PluginFactory(const Table& table) : table_(table), info_(describe_plugin(table)) {}

  const BackendInfo& info() const override { return info_; }
  bool needs_isolation() const override { return true; }
  std::unique_ptr<Backend> create() override {
    touchstone_instance* machine = table_.create();
    if (machine == nullptr) return nullptr;
    return std::make_unique<PluginBackend>(table_, info_, machine);
  }

 private:
  Table table_;
  BackendInfo info_;
};

// dlopen looks for a bare name in system folders; a user who writes one means the file here.
std::string with_folder(const std::string& path) {
  return path.find('/') == std::string::npos ? "./" + path : path;
}

std::expected<Table, std::string> load_here(const std::string& path) {
  void* library = ::dlopen(with_folder(path).c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) {
    const char* reason = ::dlerror();
    return std::unexpected("cannot be loaded: " + printable_text(reason != nullptr ? reason : ""));
  }
  void* symbol = ::dlsym(library, "touchstone_plugin");
  if (symbol == nullptr) return std::unexpected("has no symbol `touchstone_plugin`");
  const auto entry = reinterpret_cast<decltype(&::touchstone_plugin)>(symbol);
  return check_plugin_table(entry());
}

// What the table says of itself is read too: its names could point anywhere.
std::string trouble_here(const std::string& path) {
  const auto table = load_here(path);
  if (!table) return table.error();
  describe_plugin(*table);
  return {};
}

}  // namespace

std::expected<std::unique_ptr<BackendFactory>, std::string> load_plugin(
    const std::string& path, const PluginOptions& options) {
  // Constructors and touchstone_plugin() are code that can do anything.
  if (const auto trouble =
          trouble_in_child(options.load_time_max, [&path] { return trouble_here(path); })) {
    return std::unexpected(path + ": " + *trouble);
  }
  const StdoutAside aside;
  const auto table = load_here(path);
  if (!table) return std::unexpected(path + ": " + table.error());
  return std::make_unique<PluginFactory>(*table);
}

}  // namespace touchstone
