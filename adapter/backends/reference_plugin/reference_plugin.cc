// reference_plugin.cc: the reference behind the C interface, so that the port is tested against
// itself.  TOUCHSTONE_REFERENCE_ABI=lp64 in the environment picks LP64, else it is ILP32.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "adapter/backend.h"
#include "adapter/backends/reference_backend.h"
#include "touchstone/plugin.h"

using touchstone::Backend;
using touchstone::BackendFactory;
using touchstone::BackendInfo;
using touchstone::Completion;
using touchstone::DataModel;
using touchstone::NewTask;
using touchstone::OrErrno;

struct touchstone_instance {
  std::unique_ptr<Backend> backend;
};

namespace {

using Machine = touchstone_instance;

DataModel wanted_data_model() {
  const char* wanted = std::getenv("TOUCHSTONE_REFERENCE_ABI");
  const bool lp64 = wanted != nullptr && std::string_view(wanted) == "lp64";
  return lp64 ? DataModel::lp64 : DataModel::ilp32;
}

BackendFactory& factory() {
  static const std::unique_ptr<BackendFactory> made =
      touchstone::make_reference_factory({.data_model = wanted_data_model(), .quirks = 0});
  return *made;
}

std::int32_t status(const OrErrno<void>& result) { return result ? 0 : -result.error(); }

template <typename T>
std::int32_t give(const OrErrno<T>& result, T* into) {
  if (!result) return -result.error();
  *into = *result;
  return 0;
}

std::int32_t give_task(const OrErrno<NewTask>& made, std::uint32_t* process, std::uint32_t* task) {
  if (!made) return -made.error();
  *process = made->process;
  *task = made->task;
  return 0;
}

std::int32_t give_completion(const Completion& completion, std::int64_t* result) {
  if (completion.blocked) return TOUCHSTONE_BLOCKED;
  *result = completion.value;
  return TOUCHSTONE_DONE;
}

touchstone_plugin_table make_table() {
  const BackendInfo& info = factory().info();
  touchstone_plugin_table table{};
  table.interface_version = TOUCHSTONE_PLUGIN_VERSION;
  table.struct_bytes = sizeof table;
  table.name = info.name.c_str();
  table.version = info.version.c_str();
  table.data_model = info.data_model == DataModel::lp64 ? TOUCHSTONE_LP64 : TOUCHSTONE_ILP32;
  table.capabilities = info.capabilities;
  table.task_limit = info.task_limit;
  table.process_limit = info.process_limit;
  table.page_bytes = info.page_bytes;
  table.kernel_task = info.kernel_task;
  table.kernel_process = info.kernel_process;
  table.bad_address = info.bad_address;
  table.kernel_address = info.kernel_address;
  return table;
}

void add_life(touchstone_plugin_table& table) {
  table.create = [] { return new Machine{factory().create()}; };
  table.destroy = [](Machine* machine) { delete machine; };
  table.spawn = [](Machine* machine, std::uint32_t uid, std::uint32_t gid, std::uint32_t* process,
                   std::uint32_t* task) {
    return give_task(machine->backend->spawn(uid, gid), process, task);
  };
  table.fork = [](Machine* machine, std::uint32_t task, std::uint32_t* child_process,
                  std::uint32_t* child_task) {
    return give_task(machine->backend->fork(task), child_process, child_task);
  };
  table.create_thread = [](Machine* machine, std::uint32_t process, std::uint32_t* task) {
    return give(machine->backend->create_thread(process), task);
  };
  table.exit_task = [](Machine* machine, std::uint32_t task) {
    return status(machine->backend->exit_task(task));
  };
  table.exit_process = [](Machine* machine, std::uint32_t process) {
    return status(machine->backend->exit_process(process));
  };
  table.exec = [](Machine* machine, std::uint32_t task) {
    return status(machine->backend->exec(task));
  };
  table.reuse_ids = [](Machine* machine) { machine->backend->reuse_ids(); };
}

void add_device(touchstone_plugin_table& table) {
  table.open = [](Machine* machine, std::uint32_t task) {
    return status(machine->backend->open(task));
  };
  table.close = [](Machine* machine, std::uint32_t task) {
    return status(machine->backend->close(task));
  };
  table.mmap = [](Machine* machine, std::uint32_t task, std::uint64_t bytes,
                  std::uint32_t protection, std::uint32_t flags, std::uint64_t* address) {
    return give(machine->backend->mmap(task, bytes, protection, flags), address);
  };
  table.munmap = [](Machine* machine, std::uint32_t task) {
    return status(machine->backend->munmap(task));
  };
  table.ioctl = [](Machine* machine, std::uint32_t task, std::uint64_t command,
                   std::uint64_t argument, std::int64_t* result) {
    return give_completion(machine->backend->ioctl(task, command, argument), result);
  };
  table.poll = [](Machine* machine, std::uint32_t task, std::int64_t* result) {
    return give_completion(machine->backend->poll(task), result);
  };
}

void add_surroundings(touchstone_plugin_table& table) {
  table.scratch = [](Machine* machine, std::uint32_t task, touchstone_region* region) {
    const touchstone::Region given = machine->backend->scratch(task);
    *region = {given.address, given.bytes};
    return 0;
  };
  table.read = [](Machine* machine, std::uint32_t task, std::uint64_t address, void* into,
                  std::size_t bytes) {
    const std::span<std::byte> target(static_cast<std::byte*>(into), bytes);
    return machine->backend->read(task, address, target) ? 0 : -TOUCHSTONE_EFAULT;
  };
  table.write = [](Machine* machine, std::uint32_t task, std::uint64_t address, const void* from,
                   std::size_t bytes) {
    const std::span<const std::byte> source(static_cast<const std::byte*>(from), bytes);
    return machine->backend->write(task, address, source) ? 0 : -TOUCHSTONE_EFAULT;
  };
  table.advance = [](Machine* machine, std::uint64_t nanoseconds) {
    machine->backend->advance(nanoseconds);
  };
  table.inject_alloc_failure = [](Machine* machine, std::uint32_t after) {
    machine->backend->inject_alloc_failure(after);
  };
  table.open_descriptor = [](Machine* machine, std::uint32_t process, std::uint32_t* descriptor) {
    return give(machine->backend->open_descriptor(process), descriptor);
  };
  table.descriptor_identity = [](Machine* machine, std::uint32_t process, std::uint32_t descriptor,
                                 std::uint64_t* identity) {
    const auto found = machine->backend->descriptor_identity(process, descriptor);
    if (found) *identity = *found;
    return found ? 0 : -TOUCHSTONE_EBADF;
  };
  table.descriptor_count = [](Machine* machine, std::uint32_t process, std::uint32_t* count) {
    *count = machine->backend->descriptor_count(process);
    return 0;
  };
}

}  // namespace

const touchstone_plugin_table* touchstone_plugin() {
  static const touchstone_plugin_table table = [] {
    touchstone_plugin_table made = make_table();
    add_life(made);
    add_device(made);
    add_surroundings(made);
    return made;
  }();
  return &table;
}
