#include "adapter/backends/plugin_table.h"

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>

#include "adapter/printable_text.h"

namespace touchstone {
namespace {

using Table = ::touchstone_plugin_table;
using Wrong = std::optional<std::string>;

// The table as it was in version 1's first edition: no plug-in has less.
constexpr std::size_t table_bytes_min = offsetof(Table, lost) + sizeof(Table::lost);
constexpr std::uint32_t ids_max = 1u << 16;

std::string hexadecimal(std::uint64_t number) {
  std::string digits;
  do {
    digits.insert(digits.begin(), "0123456789abcdef"[number % 16]);
    number /= 16;
  } while (number != 0);
  return "0x" + digits;
}

Wrong missing_required_function(const Table& table) {
  const struct {
    const char* name;
    bool present;
  } functions[] = {
      {"create", table.create != nullptr},       {"destroy", table.destroy != nullptr},
      {"spawn", table.spawn != nullptr},         {"create_thread", table.create_thread != nullptr},
      {"exit_task", table.exit_task != nullptr}, {"exit_process", table.exit_process != nullptr},
      {"open", table.open != nullptr},           {"close", table.close != nullptr},
      {"mmap", table.mmap != nullptr},           {"munmap", table.munmap != nullptr},
      {"ioctl", table.ioctl != nullptr},         {"poll", table.poll != nullptr},
      {"scratch", table.scratch != nullptr},     {"read", table.read != nullptr},
      {"write", table.write != nullptr},
  };
  for (const auto& function : functions) {
    if (!function.present) return std::string("required function `") + function.name + "` is NULL";
  }
  return std::nullopt;
}

Wrong capability_without_function(const Table& table) {
  const struct {
    std::uint32_t bit;
    const char* capability;
    const char* function;
    bool present;
  } pairs[] = {
      {TOUCHSTONE_CAP_VIRTUAL_TIME, "VIRTUAL_TIME", "advance", table.advance != nullptr},
      {TOUCHSTONE_CAP_FORK, "FORK", "fork", table.fork != nullptr},
      {TOUCHSTONE_CAP_EXEC, "EXEC", "exec", table.exec != nullptr},
      {TOUCHSTONE_CAP_ALLOC_FAULT, "ALLOC_FAULT", "inject_alloc_failure",
       table.inject_alloc_failure != nullptr},
      {TOUCHSTONE_CAP_ID_REUSE, "ID_REUSE", "reuse_ids", table.reuse_ids != nullptr},
      {TOUCHSTONE_CAP_FD_PASSING, "FD_PASSING", "open_descriptor",
       table.open_descriptor != nullptr},
      {TOUCHSTONE_CAP_DESCRIPTOR_IDENTITY, "DESCRIPTOR_IDENTITY", "descriptor_identity",
       table.descriptor_identity != nullptr},
      {TOUCHSTONE_CAP_DESCRIPTOR_COUNT, "DESCRIPTOR_COUNT", "descriptor_count",
       table.descriptor_count != nullptr},
  };
  for (const auto& pair : pairs) {
    if ((table.capabilities & pair.bit) == 0 || pair.present) continue;
    return std::string("capability ") + pair.capability + " is stated, but its function `" +
           pair.function + "` is NULL";
  }
  const std::uint32_t unknown = table.capabilities & ~every_capability;
  // A longer table comes from a later edition, which may state what this one cannot ask for.
  if (unknown != 0 && table.struct_bytes <= sizeof(Table)) {
    return "capability bits " + hexadecimal(unknown) + " mean nothing";
  }
  return std::nullopt;
}

Wrong wrong_number(const char* field, const std::string& value, const char* wanted) {
  return std::string("`") + field + "` is " + value + ", where " + wanted + " is wanted";
}

Wrong nonsense_limits(const Table& table) {
  const auto count = [](std::uint32_t number) { return std::to_string(number); };
  if (table.data_model != TOUCHSTONE_ILP32 && table.data_model != TOUCHSTONE_LP64) {
    return "data model " + count(table.data_model) + " is unknown";
  }
  if (table.task_limit < 8 || table.task_limit > ids_max) {
    return wrong_number("task_limit", count(table.task_limit), "8 to 65536");
  }
  if (table.process_limit < 4 || table.process_limit > ids_max) {
    return wrong_number("process_limit", count(table.process_limit), "4 to 65536");
  }
  if (table.page_bytes < 64 || table.page_bytes > (1u << 20) ||
      !std::has_single_bit(table.page_bytes)) {
    return wrong_number("page_bytes", count(table.page_bytes), "a power of two, 64 to 1048576,");
  }
  const std::uint64_t address_max = table.data_model == TOUCHSTONE_ILP32 ? UINT32_MAX : UINT64_MAX;
  if (table.bad_address == 0 || table.bad_address > address_max) {
    return wrong_number("bad_address", hexadecimal(table.bad_address), "a user address");
  }
  if (table.kernel_address == 0 || table.kernel_address > address_max ||
      table.kernel_address == table.bad_address) {
    return wrong_number("kernel_address", hexadecimal(table.kernel_address),
                        "an address outside the user range");
  }
  return std::nullopt;
}

}  // namespace

std::expected<touchstone_plugin_table, std::string> check_plugin_table(const Table* table) {
  if (table == nullptr) return std::unexpected("touchstone_plugin() gave no table (NULL)");
  // Only these two fields are where they are in every version.
  if (table->interface_version != TOUCHSTONE_PLUGIN_VERSION) {
    return std::unexpected("interface version " + std::to_string(table->interface_version) +
                           ", where version " + std::to_string(TOUCHSTONE_PLUGIN_VERSION) +
                           " is spoken");
  }
  if (table->struct_bytes < table_bytes_min) {
    return std::unexpected("the table is too small: struct_bytes is " +
                           std::to_string(table->struct_bytes) + ", and version " +
                           std::to_string(TOUCHSTONE_PLUGIN_VERSION) + " has at least " +
                           std::to_string(table_bytes_min));
  }
  Table checked{};
  std::memcpy(&checked, table, std::min<std::size_t>(table->struct_bytes, sizeof checked));
  if (checked.name == nullptr) return std::unexpected("`name` is NULL");
  if (checked.version == nullptr) return std::unexpected("`version` is NULL");
  Wrong wrong = missing_required_function(checked);
  if (!wrong) wrong = capability_without_function(checked);
  if (!wrong) wrong = nonsense_limits(checked);
  if (wrong) return std::unexpected(*wrong);
  return checked;
}

BackendInfo describe_plugin(const Table& table) {
  BackendInfo info;
  info.name = printable_text(table.name);
  info.version = printable_text(table.version);
  info.data_model = table.data_model == TOUCHSTONE_LP64 ? DataModel::lp64 : DataModel::ilp32;
  info.capabilities = table.capabilities & every_capability;
  info.task_limit = table.task_limit;
  info.process_limit = table.process_limit;
  info.page_bytes = table.page_bytes;
  info.bad_address = table.bad_address;
  info.kernel_address = table.kernel_address;
  info.kernel_task = table.kernel_task;
  info.kernel_process = table.kernel_process;
  return info;
}

}  // namespace touchstone
