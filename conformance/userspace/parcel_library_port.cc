#include "conformance/userspace/parcel_library_port.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <utility>

namespace touchstone::userspace {
namespace {

constexpr std::size_t word = sizeof(std::size_t);
constexpr std::size_t buffer_multiple = 16;
// A structure that was copied is no longer there.
constexpr std::byte gone{0xdd};

// Ends the child: there is no library to go on with.
[[noreturn]] void end(const char* why) {
  std::fputs(why, stderr);
  std::abort();
}

GuardedMemory memory_of(std::size_t bytes, std::size_t multiple, std::size_t past, std::byte fill) {
  auto memory = GuardedMemory::make(bytes, multiple, past, fill);
  if (!memory) end("no memory with guards around it\n");
  return std::move(*memory);
}

}  // namespace

ParcelShown ParcelLibraryPort::perform(const ParcelOperation& operation) {
  ParcelShown shown;
  const std::string name = function_of(operation, api());
  if (!name.empty() && library_.symbol(name) == nullptr) {
    shown.lacks = name;
    return shown;
  }
  switch (operation.verb) {
    case ParcelVerb::init: init(operation); break;
    case ParcelVerb::message: receive(operation); break;
    case ParcelVerb::push: push(operation, shown); break;
    case ParcelVerb::pop: pop(operation, shown); break;
    case ParcelVerb::append: append(operation, shown); break;
    case ParcelVerb::free_buffers: free_buffers(shown); break;
    case ParcelVerb::copy: copy_structure(); break;
    case ParcelVerb::use_null: is_null_ = true; break;
    case ParcelVerb::show_data: show_data(shown); break;
    case ParcelVerb::show_table: show_table(shown); break;
  }
  end_if_written_outside();
  shown.state = state();
  return shown;
}

void ParcelLibraryPort::init(const ParcelOperation& operation) {
  is_null_ = false;
  is_received_ = false;
  arguments_.clear();
  table_.reset();
  void* buffer = nullptr;
  if (operation.source != ParcelOperation::Source::null) {
    data_ = memory_of(operation.size, buffer_multiple, operation.at, parcel_fill);
    buffer = data_->block().data();
  }
  using Init = void(Io, void*, std::size_t, std::size_t);
  call<Init>("IpcIoInit", io(), buffer, operation.size, operation.objects);
}

void ParcelLibraryPort::set_message(const ParcelOperation& operation) {
  is_null_ = false;
  is_received_ = true;
  arguments_.clear();
  data_.reset();
  table_.reset();
  if (operation.source != ParcelOperation::Source::null) {
    data_ = memory_of(operation.bytes.size(), word, 0, parcel_fill);
    std::ranges::copy(operation.bytes, data_->block().begin());
    data_->make_read_only();
  }
  if (operation.offsets.empty()) return;
  table_ = memory_of(operation.offsets.size() * word, word, 0, parcel_fill);
  std::byte* to = table_->block().data();
  for (const std::uint64_t offset : operation.offsets) {
    const auto entry = static_cast<std::size_t>(offset);
    std::memcpy(to, &entry, word);
    to += word;
  }
  table_->make_read_only();
}

void ParcelLibraryPort::copy_structure() {
  const std::size_t other = 1 - current_;
  structures_[other] = structures_[current_];
  structures_[current_].bytes.fill(gone);
  current_ = other;
}

const std::byte* ParcelLibraryPort::argument(std::span<const std::byte> bytes,
                                             std::size_t multiple) {
  GuardedMemory memory = memory_of(bytes.size(), multiple, 0, parcel_fill);
  std::ranges::copy(bytes, memory.block().begin());
  memory.make_read_only();
  arguments_.push_back(std::move(memory));
  return arguments_.back().block().data();
}

const std::byte* ParcelLibraryPort::source_of(const ParcelOperation& operation,
                                              std::size_t multiple) {
  switch (operation.source) {
    case ParcelOperation::Source::null: return nullptr;
    case ParcelOperation::Source::self: return read_address(here(), layout().buffer_cur);
    case ParcelOperation::Source::value: return argument(operation.bytes, multiple);
  }
  return nullptr;
}

bool ParcelLibraryPort::is_in_data(const void* place, std::size_t bytes) const {
  return data_ && data_->holds(place, bytes);
}

std::uint64_t ParcelLibraryPort::offset_of(const void* place) const {
  const auto base = reinterpret_cast<std::uintptr_t>(read_address(here(), layout().buffer_base));
  return static_cast<std::uint64_t>(reinterpret_cast<std::uintptr_t>(place)) - base;
}

void ParcelLibraryPort::show_place(const void* place, std::uint64_t bytes,
                                   ParcelShown& shown) const {
  shown.result = place == nullptr ? ParcelShown::Result::null : ParcelShown::Result::place;
  if (place == nullptr) return;
  shown.at = offset_of(place);
  if (bytes > parcel_structure_bytes * 1024 || !is_in_data(place, static_cast<std::size_t>(bytes)))
    return;
  const auto* first = static_cast<const std::byte*>(place);
  shown.bytes.assign(first, first + bytes);
}

void ParcelLibraryPort::show_data(ParcelShown& shown) const {
  shown.result = ParcelShown::Result::bytes;
  const std::byte* const base = read_address(here(), layout().buffer_base);
  const std::byte* const cursor = read_address(here(), layout().buffer_cur);
  if (base == nullptr || cursor < base) return;
  const auto bytes = static_cast<std::size_t>(cursor - base);
  if (is_in_data(base, bytes)) shown.bytes.assign(base, cursor);
}

void ParcelLibraryPort::show_table(ParcelShown& shown) const {
  shown.result = ParcelShown::Result::numbers;
  const std::byte* const base = read_address(here(), layout().offsets_base);
  const std::uint64_t entries = state().entries;
  const auto& memory = is_received_ ? table_ : data_;
  if (base == nullptr || entries > 4096 || !memory) return;
  if (!memory->holds(base, static_cast<std::size_t>(entries) * word)) return;
  for (std::uint64_t index = 0; index < entries; ++index) {
    std::size_t entry = 0;
    std::memcpy(&entry, base + index * word, word);
    shown.numbers.push_back(entry);
  }
}

ParcelState ParcelLibraryPort::state() const {
  const auto distance = [this](std::uint32_t from, std::uint32_t to) {
    return reinterpret_cast<std::uintptr_t>(read_address(here(), to)) -
           reinterpret_cast<std::uintptr_t>(read_address(here(), from));
  };
  ParcelState state;
  state.used = distance(layout().buffer_base, layout().buffer_cur);
  state.left = read_field(here(), layout().buffer_left);
  state.entries = distance(layout().offsets_base, layout().offsets_cur) / word;
  state.entries_left = read_field(here(), layout().offsets_left);
  state.flag = read_field(here(), layout().flag);
  state.is_available = is_available(is_null_ ? nullptr : &here());
  return state;
}

void ParcelLibraryPort::end_if_written_outside() const {
  const auto is_spoilt = [](const auto& memory) { return memory && memory->is_written_outside(); };
  if (is_spoilt(data_) || is_spoilt(table_)) end("bytes outside the parcel were written\n");
  // Arguments are read-only.
}

}  // namespace touchstone::userspace
