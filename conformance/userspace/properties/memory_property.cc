// Laws of the memory around a parcel, with the C++ functions of the reference called directly: one
// type of each shape stands for the others, which share its code.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "conformance/userspace/parcel_text.h"
#include "conformance/userspace/properties/law_check.h"
#include "conformance/userspace/properties/parcel_laws.h"
#include "conformance/userspace/properties/parcel_plan.h"
#include "reference/parcel/newer_reader.h"
#include "reference/parcel/newer_writer.h"
#include "reference/parcel/parcel.h"
#include "reference/parcel/parcel_reader.h"
#include "reference/parcel/parcel_writer.h"

namespace touchstone::userspace {
namespace {

constexpr int plans = 5000;
constexpr std::size_t margin_bytes = 48;

const std::vector<ParcelType> types{ParcelType::int32,
                                    ParcelType::uint8_unaligned,
                                    ParcelType::uint16_unaligned,
                                    ParcelType::uint64,
                                    ParcelType::string,
                                    ParcelType::flat_obj,
                                    ParcelType::descriptor,
                                    ParcelType::service,
                                    ParcelType::data_buff,
                                    ParcelType::buffer,
                                    ParcelType::raw,
                                    ParcelType::string16,
                                    ParcelType::bool_vector,
                                    ParcelType::uint16_vector};

parcel::DataModel model_of(DataModel data_model) {
  return data_model == DataModel::ilp32 ? parcel::DataModel::ilp32 : parcel::DataModel::lp64;
}

// Memory with as much around it.
class Surrounded {
 public:
  Surrounded(std::size_t bytes, std::byte fill)
      : fill_(fill), memory_(bytes + 2 * margin_bytes, fill) {}
  std::span<std::byte> inside() {
    return std::span(memory_).subspan(margin_bytes, memory_.size() - 2 * margin_bytes);
  }
  // Nothing was written before the memory, nor from `used` bytes of it on.
  bool is_clean_around(std::size_t used) const {
    const auto is_fill = [this](std::byte byte) { return byte == fill_; };
    return std::all_of(memory_.begin(), memory_.begin() + margin_bytes, is_fill) &&
           std::all_of(memory_.begin() + static_cast<std::ptrdiff_t>(margin_bytes + used),
                       memory_.end(), is_fill);
  }

 private:
  std::byte fill_;
  std::vector<std::byte> memory_;
};

void push_newer(parcel::Parcel& parcel, const ParcelOperation& push) {
  parcel::NewerWriter writer(parcel);
  switch (push.type) {
    case ParcelType::buffer: writer.push_buffer(push.bytes); break;
    case ParcelType::raw: writer.push_raw(push.bytes); break;
    case ParcelType::string16:
      writer.push_string16(push.bytes.data(), push.bytes.size() / 2);
      break;
    case ParcelType::bool_vector:
      writer.push_vector<bool>(push.bytes.data(), push.bytes.size());
      break;
    case ParcelType::uint16_vector:
      writer.push_vector<std::uint16_t>(push.bytes.data(), push.bytes.size() / 2);
      break;
    case ParcelType::service: writer.push_service({push.service.handle, 2, 3}); break;
    default: writer.push_descriptor(static_cast<std::int32_t>(push.number));
  }
}

void push_legacy(parcel::Parcel& parcel, const ParcelOperation& push) {
  parcel::ParcelWriter writer(parcel);
  switch (push.type) {
    case ParcelType::flat_obj: writer.push_flat_object(push.bytes); break;
    case ParcelType::data_buff:
      writer.push_buffer({static_cast<std::uint32_t>(push.size), push.address});
      break;
    case ParcelType::service: writer.push_service({push.service.handle, 2, 3}); break;
    default: writer.push_descriptor(static_cast<std::int32_t>(push.number));
  }
}

void push(parcel::Parcel& parcel, ParcelApi api, const ParcelOperation& push) {
  parcel::ParcelWriter writer(parcel);
  switch (push.type) {
    case ParcelType::int32: writer.push_int32(static_cast<std::int32_t>(push.number)); break;
    case ParcelType::uint64: writer.push_uint64(push.number); break;
    case ParcelType::uint8_unaligned:
      writer.push_uint8_unaligned(static_cast<std::uint8_t>(push.number));
      break;
    case ParcelType::uint16_unaligned:
      writer.push_uint16_unaligned(static_cast<std::uint16_t>(push.number));
      break;
    case ParcelType::string: {
      const std::string text(reinterpret_cast<const char*>(push.bytes.data()), push.bytes.size());
      writer.push_c_string(text.c_str());
      break;
    }
    default: api == ParcelApi::legacy ? push_legacy(parcel, push) : push_newer(parcel, push);
  }
}

// What a pop gave, without the places where it lies.
struct Seen {
  parcel::Refusal refusal = parcel::Refusal::none;
  std::uint64_t number = 0;
  std::vector<std::byte> bytes{};
  std::optional<std::uint32_t> count{};
  std::size_t used = 0;
  std::size_t left = 0;
  std::uint32_t flag = 0;
  friend bool operator==(const Seen&, const Seen&) = default;
};

template <typename Value>
Seen seen(const parcel::Popped<Value>& popped) {
  Seen seen;
  if (popped) {
    seen.number = static_cast<std::uint64_t>(*popped);
  } else {
    seen.refusal = popped.error();
  }
  return seen;
}

Seen seen(const parcel::PoppedBytes& popped) {
  return {.refusal = popped.refusal,
          .bytes = {popped.bytes.begin(), popped.bytes.end()},
          .count = popped.count};
}

Seen seen(const parcel::Popped<parcel::Service>& popped) {
  return popped ? Seen{.number = popped->token} : Seen{.refusal = popped.error()};
}

Seen seen(const parcel::Popped<parcel::NewerService>& popped) {
  return popped ? Seen{.number = popped->cookie} : Seen{.refusal = popped.error()};
}

Seen seen(const parcel::Popped<parcel::Buffer>& popped) {
  return popped ? Seen{.number = popped->address} : Seen{.refusal = popped.error()};
}

Seen pop_value(parcel::Parcel& parcel, ParcelApi api, const ParcelOperation& pop) {
  parcel::ParcelReader reader(parcel);
  parcel::NewerReader newer(parcel);
  const bool is_legacy = api == ParcelApi::legacy;
  switch (pop.type) {
    case ParcelType::int32: return seen(reader.pop_int32());
    case ParcelType::uint64: return seen(reader.pop_uint64());
    case ParcelType::uint8_unaligned: return seen(reader.pop_uint8_unaligned());
    case ParcelType::uint16_unaligned: return seen(reader.pop_uint16_unaligned());
    case ParcelType::string: return seen(is_legacy ? reader.pop_string() : newer.pop_string());
    case ParcelType::flat_obj: return seen(reader.pop_flat_object());
    case ParcelType::service:
      return is_legacy ? seen(reader.pop_service()) : seen(newer.pop_service());
    case ParcelType::data_buff: return seen(reader.pop_buffer());
    case ParcelType::buffer: return seen(newer.pop_buffer(pop.size));
    case ParcelType::raw: return seen(newer.pop_raw(pop.size));
    case ParcelType::string16: return seen(newer.pop_string16());
    case ParcelType::bool_vector: return seen(newer.pop_vector<bool>());
    case ParcelType::uint16_vector: return seen(newer.pop_vector<std::uint16_t>());
    default: return seen(is_legacy ? reader.pop_descriptor() : newer.pop_descriptor());
  }
}

// All that the pops of a plan give when its message lies between bytes of one kind.
std::vector<Seen> read_between(const ParcelPlan& plan, std::byte fill) {
  const ParcelOperation& message = plan.operations.front();
  const parcel::DataModel model = model_of(plan.data_model);
  Surrounded data(message.bytes.size(), fill);
  std::ranges::copy(message.bytes, data.inside().begin());
  Surrounded table(message.offsets.size() * parcel::word_bytes(model), fill);
  std::byte* place = table.inside().data();
  for (const std::uint64_t offset : message.offsets) {
    parcel::store_word(model, place, offset);
    place += parcel::word_bytes(model);
  }
  parcel::Parcel parcel(model);
  parcel.init_from_message(data.inside(), table.inside());
  std::vector<Seen> all;
  for (std::size_t step = 1; step < plan.operations.size(); ++step) {
    all.push_back(pop_value(parcel, plan.api, plan.operations[step]));
    all.back().used = parcel.used();
    all.back().left = parcel.left();
    all.back().flag = parcel.flag();
  }
  return all;
}

TEST(MemoryAroundParcels, IsNeverWritten) {
  expect_law(plans, [] {
    const ParcelPlan plan =
        *parcel_plans({.start = ParcelDomain::Start::tight, .has_refusals = true, .types = types});
    const ParcelOperation& init = plan.operations.front();
    if (init.source == ParcelOperation::Source::null) return;
    Surrounded memory(init.size, std::byte{0x5a});
    parcel::Parcel parcel(model_of(plan.data_model));
    const bool is_made = parcel.init(memory.inside(), init.objects) == parcel::Refusal::none;
    for (std::size_t step = 1; step < plan.operations.size(); ++step) {
      const ParcelOperation& operation = plan.operations[step];
      push(parcel, plan.api, operation);
      const std::size_t table = is_made ? init.objects * parcel::word_bytes(parcel.model()) : 0;
      const bool is_clean = memory.is_clean_around(table + parcel.used());
      if (!is_clean) RC_FAIL(print_parcel_operation(operation, plan.data_model));
    }
  });
}

TEST(MemoryAroundMessages, NeverChangesWhatIsRead) {
  expect_law(plans, [] {
    const auto start = *rc::gen::element(ParcelDomain::Start::sent, ParcelDomain::Start::noise);
    const ParcelPlan plan =
        *parcel_plans({.start = start, .has_pushes = false, .has_pops = true, .types = types});
    const std::vector<Seen> between_zeroes = read_between(plan, std::byte{0});
    const std::vector<Seen> between_ones = read_between(plan, std::byte{0xff});
    const auto differing = std::ranges::mismatch(between_zeroes, between_ones);
    if (differing.in1 == between_zeroes.end()) return;
    const auto step = static_cast<std::size_t>(differing.in1 - between_zeroes.begin()) + 1;
    RC_FAIL(print_parcel_operation(plan.operations[step], plan.data_model));
  });
}

}  // namespace
}  // namespace touchstone::userspace
