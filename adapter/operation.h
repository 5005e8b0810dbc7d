// operation.h: the things that can be done to a LiteIPC device by one task, with symbolic names
// instead of ids and addresses.  Plain data.  The text form of each: spec/case-format.md.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <variant>
#include <vector>

namespace touchstone {

// The number N of a name P<N>, T<N>, F<N>, t<N>.  Names are the Program's, never the backend's ids.
enum class ProcessName : std::uint32_t {};
enum class TaskName : std::uint32_t {};
enum class DescriptorName : std::uint32_t {};  // below 101: opened at first use; from 101: received
enum class TimeName : std::uint32_t {};

// The name of a received message: an index into Program::message_names.
enum class MessageName : std::uint32_t {};
inline constexpr MessageName unnamed_message{0xffffffff};

// A handle or task id as an argument: a task by name, or a raw number.  `cms` is handle 0, `self`
// is 0xFFFFFFFF (object handle), `kernel` is the sender of a notice made by the kernel itself.
struct TaskValue {
  enum class Kind : std::uint8_t { number, task, cms, self, kernel };
  Kind kind = Kind::number;
  std::uint32_t value = 0;  // the number, or the N of T<N>; 0 for the others
  friend bool operator==(const TaskValue&, const TaskValue&) = default;
};

// Where a pointer argument points.  `received_data` is the data of the message named beside it:
// user memory that can be read but not written (only as the argument of an ioctl).
enum class Pointer : std::uint8_t { valid, null, bad, kernel, received_data };

struct Argument {
  Pointer pointer = Pointer::valid;
  MessageName message = unnamed_message;  // with received_data
  friend bool operator==(const Argument&, const Argument&) = default;
};

enum class MessageType : std::uint32_t {
  request = 0,
  reply = 1,
  failed_reply = 2,
  death_notify = 3
};

// Bits of SendReceive::flags.
inline constexpr std::uint32_t flag_send = 1;
inline constexpr std::uint32_t flag_receive = 2;
inline constexpr std::uint32_t flag_buffer_free = 4;

enum class ObjectKind : std::uint8_t { fd, ptr, svc, other };

struct OutgoingObject {
  std::uint32_t offset = 0;  // bytes from the start of the data, in the case's ABI
  ObjectKind kind = ObjectKind::fd;
  // fd: a name of the sender's, or a raw number
  bool descriptor_is_name = false;
  std::uint32_t descriptor = 0;
  // ptr
  Pointer pointer = Pointer::valid;  // valid, null, bad or kernel
  std::vector<std::byte> bytes;
  std::optional<std::uint32_t> stated_size;  // `/size=N`; else bytes.size(), 9 for null/bad/kernel
  // svc
  TaskValue handle;
  std::uint32_t token = 0;
  std::uint32_t cookie = 0;
  // other: the type word
  std::uint32_t type = 0;
  friend bool operator==(const OutgoingObject&, const OutgoingObject&) = default;
};

// The timestamp word of a message to send: 0, a number, or that of a received message.
struct TimeValue {
  enum class Kind : std::uint8_t { number, message };
  Kind kind = Kind::number;
  std::uint64_t number = 0;
  MessageName message = unnamed_message;
  friend bool operator==(const TimeValue&, const TimeValue&) = default;
};

struct OutgoingMessage {
  std::uint32_t type = 0;  // MessageType, or any number
  TaskValue to;
  std::uint32_t token = 0;
  std::uint32_t cookie = 0;
  std::uint32_t code = 0;
  std::uint32_t flag = 0;  // 0 default, 1 oneway, or any number
  TimeValue time;
  std::vector<std::byte> data;
  Pointer data_pointer = Pointer::valid;              // valid, null, bad or kernel
  Pointer offsets_pointer = Pointer::valid;           // valid, null or bad
  std::optional<std::uint32_t> data_size;             // stated size, bytes; the rest is zeroes
  std::optional<std::uint32_t> object_count;          // stated count
  std::optional<std::vector<std::uint32_t>> offsets;  // replaces the array, in the case's ABI
  std::vector<OutgoingObject> objects;                // in the order of the words, not by offset
  friend bool operator==(const OutgoingMessage&, const OutgoingMessage&) = default;
};

// The buffer pointer of IPC_SEND_RECV_MSG.
struct FreeTarget {
  enum class Kind : std::uint8_t {
    none,        // no `free=` word: a null pointer
    null,        // the same pointer, written out
    message,     // a received message
    ptr,         // the buffer of the index-th PTR object of a received message
    interior,    // inside a received message, past its start
    data,        // the data of a received message
    outside,     // an address before the pool
    pool_start,  // the pool's first address
    pool_end,    // the first address after the pool
    past_end,    // the address after that one
    address,     // a raw number
  };
  Kind kind = Kind::none;
  MessageName message = unnamed_message;
  std::uint32_t index = 0;
  std::uint64_t address = 0;
  friend bool operator==(const FreeTarget&, const FreeTarget&) = default;
};

// CMS command numbers; CmsCommand::command may be any other number.
inline constexpr std::uint32_t cms_gen_handle = 0;
inline constexpr std::uint32_t cms_remove_handle = 1;
inline constexpr std::uint32_t cms_add_access = 2;

// Bits of Mmap::protection and Mmap::flags.
inline constexpr std::uint32_t protection_read = 1;
inline constexpr std::uint32_t protection_write = 2;
inline constexpr std::uint32_t protection_exec = 4;
inline constexpr std::uint32_t map_shared = 1;
inline constexpr std::uint32_t map_private = 2;

#define TOUCHSTONE_EQUAL(Type) friend bool operator==(const Type&, const Type&) = default

struct Spawn {
  ProcessName process{};
  TaskName task{};
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
  TOUCHSTONE_EQUAL(Spawn);
};
struct Fork {
  TaskName caller{};
  ProcessName child{};
  TaskName child_task{};
  TOUCHSTONE_EQUAL(Fork);
};
struct CreateThread {
  ProcessName process{};
  TaskName task{};
  TOUCHSTONE_EQUAL(CreateThread);
};
struct ExitTask {
  TaskName caller{};
  TOUCHSTONE_EQUAL(ExitTask);
};
struct ExitProcess {
  ProcessName process{};
  TOUCHSTONE_EQUAL(ExitProcess);
};
struct Exec {
  TaskName caller{};
  TOUCHSTONE_EQUAL(Exec);
};
struct Open {
  TaskName caller{};
  TOUCHSTONE_EQUAL(Open);
};
struct Close {
  TaskName caller{};
  TOUCHSTONE_EQUAL(Close);
};
struct Mmap {
  TaskName caller{};
  std::uint64_t bytes = 0;
  std::uint32_t protection = 0;
  std::uint32_t flags = 0;
  TOUCHSTONE_EQUAL(Mmap);
};
struct Munmap {
  TaskName caller{};
  TOUCHSTONE_EQUAL(Munmap);
};
struct SetCms {
  TaskName caller{};
  std::uint64_t message_bytes_max = 0;
  TOUCHSTONE_EQUAL(SetCms);
};
struct CmsCommand {
  TaskName caller{};
  std::uint32_t command = 0;
  TaskValue subject;
  TaskValue service;
  Argument argument;
  TOUCHSTONE_EQUAL(CmsCommand);
};
struct SetIpcThread {
  TaskName caller{};
  TOUCHSTONE_EQUAL(SetIpcThread);
};
struct GetVersion {
  TaskName caller{};
  Argument argument;
  TOUCHSTONE_EQUAL(GetVersion);
};
struct RawIoctl {
  TaskName caller{};
  std::uint64_t command = 0;
  std::uint64_t argument = 0;
  TOUCHSTONE_EQUAL(RawIoctl);
};
struct SendReceive {
  TaskName caller{};
  std::uint32_t flags = 0;
  bool flags_are_raw = false;              // written `msg flags=N`
  std::optional<OutgoingMessage> message;  // none: the out pointer is null
  Pointer out = Pointer::valid;            // valid, or null/bad/kernel in place of the message
  FreeTarget free;
  Argument argument;
  TOUCHSTONE_EQUAL(SendReceive);
};
struct Poll {
  TaskName task{};
  TOUCHSTONE_EQUAL(Poll);
};
struct Advance {
  std::uint64_t milliseconds = 0;
  TOUCHSTONE_EQUAL(Advance);
};
struct InjectAllocFailure {
  std::uint32_t after = 0;
  TOUCHSTONE_EQUAL(InjectAllocFailure);
};
// How many descriptors the process holds that the Program opened or received: `P1 descriptors ->
// 2`.
struct CountDescriptors {
  ProcessName process{};
  TOUCHSTONE_EQUAL(CountDescriptors);
};

#undef TOUCHSTONE_EQUAL

using Operation = std::variant<Spawn, Fork, CreateThread, ExitTask, ExitProcess, Exec, Open, Close,
                               Mmap, Munmap, SetCms, CmsCommand, SetIpcThread, GetVersion, RawIoctl,
                               SendReceive, Poll, Advance, InjectAllocFailure, CountDescriptors>;

}  // namespace touchstone
