// parcel_library_port.h: what the ports of both APIs over a shared object share: memory with guards
// around it, the parcel structure by its layout, and functions by name.  For those two alone.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "conformance/userspace/guarded_memory.h"
#include "conformance/userspace/parcel_library.h"
#include "conformance/userspace/parcel_port.h"

// The library has structures of its own where we pass addresses: a sanitizer that compares the
// types of functions would find every call wrong.
#if defined(__clang__)
#define TOUCHSTONE_CALLS_ANY_TYPE __attribute__((no_sanitize("function")))
#else
#define TOUCHSTONE_CALLS_ANY_TYPE
#endif

namespace touchstone::userspace {

class ParcelLibraryPort : public ParcelPort {
 public:
  explicit ParcelLibraryPort(const ParcelLibrary& library) : library_(library) {}

  ParcelApi api() const override { return library_.api(); }
  DataModel data_model() const override { return host_data_model; }
  ParcelShown perform(const ParcelOperation& operation) override;

 protected:
  using Io = void*;

  // What is not common to both APIs.  `shown` has no state yet.
  virtual void receive(const ParcelOperation& operation) = 0;
  virtual void push(const ParcelOperation& operation, ParcelShown& shown) = 0;
  virtual void pop(const ParcelOperation& operation, ParcelShown& shown) = 0;
  virtual void append(const ParcelOperation& operation, ParcelShown& shown) = 0;
  virtual void free_buffers(ParcelShown& shown) = 0;
  virtual bool is_available(const void* io) const = 0;

  // What the functions are given: the structure, or null.
  Io io() { return is_null_ ? nullptr : &here(); }
  ParcelStructure& here() { return structures_[current_]; }
  const ParcelStructure& here() const { return structures_[current_]; }
  const ParcelLayout& layout() const { return library_.layout(); }
  const ParcelLibrary& library() const { return library_; }

  // Calls the function of this name, which is there, as if it were of this type.
  template <typename Function, typename... Arguments>
  TOUCHSTONE_CALLS_ANY_TYPE auto call(const std::string& name, Arguments... arguments) const {
    return std::bit_cast<Function*>(library_.symbol(name))(arguments...);
  }

  // Memory that the library may read and not write, kept until the next init or message.  Never
  // null, also for no bytes.
  const std::byte* argument(std::span<const std::byte> bytes, std::size_t multiple);
  // The bytes that an operation names, by its source.
  const std::byte* source_of(const ParcelOperation& operation, std::size_t multiple);

  void set_message(const ParcelOperation& operation);
  std::byte* message_data() const { return data_ ? data_->block().data() : nullptr; }
  std::byte* message_table() const { return table_ ? table_->block().data() : nullptr; }

  // `bytes` bytes of the data at `place`, if they lie there; else none of them.
  void show_place(const void* place, std::uint64_t bytes, ParcelShown& shown) const;
  // A place of the data, or one outside it, which is then at no offset that is right.
  std::uint64_t offset_of(const void* place) const;
  bool is_in_data(const void* place, std::size_t bytes) const;

 private:
  void init(const ParcelOperation& operation);
  void copy_structure();
  void show_data(ParcelShown& shown) const;
  void show_table(ParcelShown& shown) const;
  ParcelState state() const;
  void end_if_written_outside() const;

  const ParcelLibrary& library_;
  ParcelStructure structures_[2] = {};
  std::size_t current_ = 0;
  bool is_null_ = false;
  bool is_received_ = false;
  // The buffer of an init, or the data of a message; and its table.
  std::optional<GuardedMemory> data_{};
  std::optional<GuardedMemory> table_{};
  std::vector<GuardedMemory> arguments_{};
};

std::unique_ptr<ParcelPort> make_legacy_port(const ParcelLibrary& library);
std::unique_ptr<ParcelPort> make_newer_port(const ParcelLibrary& library);

// A place for a value that a library may or may not write.
template <typename Value>
struct WatchedPlace {
  static constexpr std::byte unwritten{0x5c};
  alignas(16) std::byte bytes[sizeof(Value)];

  WatchedPlace() { std::memset(bytes, static_cast<int>(unwritten), sizeof bytes); }
  bool is_written() const {
    for (const std::byte byte : bytes) {
      if (byte != unwritten) return true;
    }
    return false;
  }
  Value value() const { return std::bit_cast<Value>(bytes); }
};

// The lowest bits of a value, as ParcelShown has them.
template <typename Value>
std::uint64_t parcel_bits(Value value) {
  std::uint64_t bits = 0;
  std::memcpy(&bits, &value, sizeof value);
  return bits;
}

// Calls `call` with the number that is pushed, as the C type that its function takes.
template <typename Call>
auto with_argument(const ParcelOperation& push, Call call) {
  const std::uint64_t number = push.number;
  switch (push.type) {
    case ParcelType::character:
    case ParcelType::char_unaligned: return call(static_cast<char>(number));
    case ParcelType::boolean:
    case ParcelType::bool_unaligned: return call(number != 0);
    case ParcelType::int8:
    case ParcelType::int8_unaligned: return call(static_cast<std::int8_t>(number));
    case ParcelType::uint8:
    case ParcelType::uint8_unaligned: return call(static_cast<std::uint8_t>(number));
    case ParcelType::int16:
    case ParcelType::int16_unaligned: return call(static_cast<std::int16_t>(number));
    case ParcelType::uint16:
    case ParcelType::uint16_unaligned: return call(static_cast<std::uint16_t>(number));
    case ParcelType::int32: return call(static_cast<std::int32_t>(number));
    case ParcelType::uint32: return call(static_cast<std::uint32_t>(number));
    case ParcelType::int64: return call(static_cast<std::int64_t>(number));
    case ParcelType::uint64: return call(number);
    case ParcelType::intptr: return call(static_cast<std::intptr_t>(number));
    case ParcelType::uintptr:
    case ParcelType::pointer: return call(static_cast<std::uintptr_t>(number));
    case ParcelType::float32: return call(std::bit_cast<float>(static_cast<std::uint32_t>(number)));
    default: return call(std::bit_cast<double>(number));
  }
}

}  // namespace touchstone::userspace
