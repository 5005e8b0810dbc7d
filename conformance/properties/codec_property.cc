// Laws of single parts with values of RapidCheck's own: the pool against a list of intervals, and a
// message against what its receiver reads, in both data models.
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>
#include <rapidcheck/state.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <map>
#include <memory>
#include <optional>
#include <ostream>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "adapter/abi.h"
#include "adapter/backends/reference_backend.h"
#include "adapter/case_text.h"
#include "adapter/executor.h"
#include "adapter/program.h"
#include "reference/kernel/abi.h"
#include "reference/kernel/limits.h"
#include "reference/kernel/pool.h"

namespace touchstone {
namespace {

using kernel::Pool;
using kernel::PoolOffset;

// --- the pool ---

// Blocks by their first byte.  A block takes whole granules; the first one of the pool is nobody's.
using Blocks = std::map<PoolOffset, std::uint32_t>;
constexpr std::uint32_t granule = 16;
constexpr std::uint32_t pool_bytes = 4 * kernel::page_bytes;

std::uint32_t whole(std::uint32_t bytes) { return (bytes + granule - 1) / granule * granule; }

std::optional<PoolOffset> first_gap(const Blocks& blocks, std::uint32_t bytes) {
  PoolOffset at = granule;
  for (const auto& [start, size] : blocks) {
    if (start - at >= whole(bytes)) return at;
    at = start + whole(size);
  }
  return pool_bytes - at >= whole(bytes) ? std::optional(at) : std::nullopt;
}

using PoolCommand = rc::state::Command<Blocks, Pool>;

class Allocate : public PoolCommand {
 public:
  explicit Allocate(std::uint32_t bytes) : bytes_(bytes) {}
  void apply(Blocks& blocks) const override {
    if (const auto at = first_gap(blocks, bytes_)) blocks.emplace(*at, bytes_);
  }
  void run(const Blocks& before, Pool& pool) const override {
    const auto block = pool.allocate(bytes_);
    RC_ASSERT(block == first_gap(before, bytes_));
    RC_ASSERT(pool.is_consistent(before.size() + (block ? 1 : 0)));
    if (!block) return;
    RC_ASSERT(pool.block(*block).size() == bytes_);
    std::ranges::fill(pool.block(*block), static_cast<std::byte>(*block / granule));
  }
  void show(std::ostream& out) const override { out << "allocate " << bytes_; }

 private:
  std::uint32_t bytes_;
};

class Release : public PoolCommand {
 public:
  explicit Release(std::size_t index) : index_(index) {}
  void checkPreconditions(const Blocks& blocks) const override { RC_PRE(index_ < blocks.size()); }
  void apply(Blocks& blocks) const override {
    blocks.erase(std::next(blocks.begin(), static_cast<std::ptrdiff_t>(index_)));
  }
  void run(const Blocks& before, Pool& pool) const override {
    const PoolOffset block = std::next(before.begin(), static_cast<std::ptrdiff_t>(index_))->first;
    // Nobody else wrote into it.
    const auto bytes = pool.block(block);
    RC_ASSERT(std::ranges::all_of(bytes, [block](std::byte byte) {
      return byte == static_cast<std::byte>(block / granule);
    }));
    pool.release(block);
    RC_ASSERT(!pool.is_block(block));
    RC_ASSERT(pool.is_consistent(before.size() - 1));
  }
  void show(std::ostream& out) const override { out << "release block " << index_; }

 private:
  std::size_t index_;
};

using PoolCommandPointer = std::shared_ptr<const PoolCommand>;

PoolCommandPointer make_pool_command(std::uint32_t choice, std::size_t blocks) {
  const std::uint32_t number = choice / 8;
  if (choice % 8 < 3 && blocks > 0) return std::make_shared<const Release>(number % blocks);
  const std::uint32_t bytes = choice % 8 == 7 ? number % (pool_bytes + 40) : number % 900;
  return std::make_shared<const Allocate>(1 + bytes);
}

RC_GTEST_PROP(PoolAgainstIntervals, GivesTheFirstGapAndTakesBlocksBack, ()) {
  Pool pool({std::make_shared<std::byte[]>(pool_bytes), 0}, pool_bytes);
  rc::state::check(Blocks{}, pool, [](const Blocks& blocks) {
    const std::size_t count = blocks.size();
    return rc::gen::map(rc::gen::inRange<std::uint32_t>(0, 1u << 20),
                        [count](std::uint32_t choice) { return make_pool_command(choice, count); });
  });
}

// --- messages ---

constexpr std::uint32_t ilp32_object_bytes = 16;

rc::Gen<std::vector<std::byte>> bytes(std::size_t count_max) {
  return rc::gen::map(
      rc::gen::resize(static_cast<int>(count_max), rc::gen::arbitrary<std::vector<std::uint8_t>>()),
      [](const std::vector<std::uint8_t>& numbers) {
        std::vector<std::byte> made(numbers.size());
        std::ranges::transform(numbers, made.begin(),
                               [](std::uint8_t number) { return std::byte{number}; });
        return made;
      });
}

OutgoingObject draw_object(std::uint32_t offset) {
  OutgoingObject object;
  object.offset = offset;
  switch (*rc::gen::inRange(0, 3)) {
    case 0:
      object.kind = ObjectKind::fd;
      object.descriptor_is_name = true;
      object.descriptor = *rc::gen::inRange<std::uint32_t>(1, 4);
      break;
    case 1:
      object.kind = ObjectKind::ptr;
      object.bytes = *bytes(40);
      object.bytes.push_back(std::byte{0x7f});
      break;
    default:
      object.kind = ObjectKind::svc;
      object.handle = {TaskValue::Kind::task, 1};
      object.token = *rc::gen::arbitrary<std::uint32_t>();
      object.cookie = *rc::gen::arbitrary<std::uint32_t>();
      break;
  }
  return object;
}

OutgoingMessage draw_message() {
  OutgoingMessage message;
  message.to = {TaskValue::Kind::task, 1};
  message.token = *rc::gen::arbitrary<std::uint32_t>();
  message.cookie = *rc::gen::arbitrary<std::uint32_t>();
  message.code = *rc::gen::arbitrary<std::uint32_t>();
  message.flag = *rc::gen::arbitrary<std::uint32_t>();
  message.data = *bytes(100);
  std::uint32_t end = 0;
  for (int count = *rc::gen::inRange(0, 4); count > 0; --count) {
    const std::uint32_t gap = *rc::gen::inRange<std::uint32_t>(0, 9);
    message.objects.push_back(draw_object(end + gap));
    end += gap + ilp32_object_bytes;
  }
  return message;
}

// T1, which is its own CMS, sends the message to itself and receives it.
Program to_itself(const OutgoingMessage& message) {
  Program program;
  const TaskName task{1};
  Outcome named;
  named.kind = Outcome::Kind::message;
  named.message.name = MessageName{0};
  SendReceive send;
  send.caller = task;
  send.flags = flag_send;
  send.message = message;
  SendReceive receive;
  receive.caller = task;
  receive.flags = flag_receive;
  program.header.name = "to-itself";
  program.message_names = {"m1"};
  program.steps = {{Spawn{ProcessName{1}, task, 5, 6}, {}, 0},
                   {Open{task}, {}, 0},
                   {Mmap{task, 65536, protection_read, map_private}, {}, 0},
                   {SetCms{task, 65536}, {}, 0},
                   {send, {}, 0},
                   {receive, {named}, 0}};
  return program;
}

// The data as it arrives: zeroes where objects stand.
std::vector<std::byte> expected_data(const OutgoingMessage& message) {
  std::vector<std::byte> data = message.data;
  for (const OutgoingObject& object : message.objects) {
    const std::size_t end = object.offset + ilp32_object_bytes;
    if (data.size() < end) data.resize(end);
    std::fill_n(data.begin() + object.offset, ilp32_object_bytes, std::byte{0});
  }
  return data;
}

void check_object(const OutgoingObject& sent, const ReceivedObject& received) {
  RC_ASSERT(received.offset == sent.offset);
  RC_ASSERT(received.kind == sent.kind);
  switch (sent.kind) {
    case ObjectKind::fd: {
      const FileOrigin origin{ProcessName{1}, DescriptorName{sent.descriptor}};
      RC_ASSERT(received.origin == std::optional(origin));
      break;
    }
    case ObjectKind::ptr: RC_ASSERT(received.bytes == sent.bytes); break;
    case ObjectKind::svc:
      RC_ASSERT(received.handle == sent.handle);
      RC_ASSERT(received.token == sent.token);
      RC_ASSERT(received.cookie == sent.cookie);
      break;
    case ObjectKind::other: RC_FAIL("never sent"); break;
  }
}

void check_arrival(DataModel model) {
  const OutgoingMessage sent = draw_message();
  const Program program = to_itself(sent);
  RC_LOG(print_case(program));
  const auto reference = make_reference({.data_model = model});
  const std::vector<Outcome> outcomes = execute(program, *reference);
  RC_ASSERT(outcomes.back().kind == Outcome::Kind::message);
  const ReceivedMessage& received = outcomes.back().message;
  RC_ASSERT(received.defects.empty());
  RC_ASSERT(received.type == sent.type);
  RC_ASSERT(received.to == sent.to);
  RC_ASSERT(received.token == (TaskValue{TaskValue::Kind::number, sent.token}));
  RC_ASSERT(received.cookie == sent.cookie);
  RC_ASSERT(received.code == sent.code);
  RC_ASSERT(received.flag == sent.flag);
  RC_ASSERT(received.from_task == (TaskValue{TaskValue::Kind::task, 1}));
  RC_ASSERT(received.uid == 5u);
  RC_ASSERT(received.gid == 6u);
  RC_ASSERT(received.data == expected_data(sent));
  RC_ASSERT(received.objects.size() == sent.objects.size());
  for (std::size_t i = 0; i < sent.objects.size(); ++i) {
    check_object(sent.objects[i], received.objects[i]);
  }
}

RC_GTEST_PROP(MessageToItself, ArrivesAsItWasSentInIlp32, ()) { check_arrival(DataModel::ilp32); }
RC_GTEST_PROP(MessageToItself, ArrivesAsItWasSentInLp64, ()) { check_arrival(DataModel::lp64); }

// --- the two descriptions of the ABI, the reference's own and the adapter's ---

RC_GTEST_PROP(AbiOfReferenceAndAdapter, NameTheSameBytes, ()) {
  const bool is_lp64 = *rc::gen::arbitrary<bool>();
  const kernel::Abi& theirs =
      kernel::abi_of(is_lp64 ? kernel::DataModel::lp64 : kernel::DataModel::ilp32);
  const AbiLayout& ours = layout_of(is_lp64 ? DataModel::lp64 : DataModel::ilp32);
  const auto raw = *rc::gen::container<std::vector<std::uint8_t>>(
      ours.header_bytes, rc::gen::arbitrary<std::uint8_t>());
  const auto header_bytes = std::as_bytes(std::span(raw));
  const kernel::Header header = kernel::decode_header(theirs, header_bytes);
  RC_ASSERT(header.timestamp == load_u64(header_bytes, 24));
  RC_ASSERT(header.data_bytes == load_u32(header_bytes, 32));
  RC_ASSERT(header.data == load_address(ours, header_bytes, ours.data));
  RC_ASSERT(header.object_count == load_u32(header_bytes, ours.object_count));
  RC_ASSERT(header.offsets == load_address(ours, header_bytes, ours.offsets));
  RC_ASSERT(header.process_id == load_u32(header_bytes, ours.process_id));
  RC_ASSERT(header.group_id == load_u32(header_bytes, ours.process_id + 12));
}

RC_GTEST_PROP(Relayout, FindsTheWayBackFromEveryByte, ()) {
  touchstone::Relayout relayout(ilp32_object_bytes, 24);
  std::uint32_t end = 0;
  for (int count = *rc::gen::inRange(0, 6); count > 0; --count) {
    const std::uint32_t offset = end + *rc::gen::inRange<std::uint32_t>(0, 30);
    relayout.add_case_object(offset);
    end = offset + ilp32_object_bytes;
  }
  const std::uint32_t byte = *rc::gen::inRange<std::uint32_t>(0, end + 100);
  RC_ASSERT(relayout.to_case(relayout.to_backend(byte)) == byte);
  RC_ASSERT(relayout.to_backend(byte) < relayout.to_backend(byte + 1));
}

}  // namespace
}  // namespace touchstone
