#include "conformance/userspace/properties/parcel_plan.h"

#include <algorithm>
#include <array>
#include <ostream>
#include <utility>

#include "conformance/userspace/parcel_reference.h"
#include "conformance/userspace/parcel_text.h"
#include "conformance/userspace/properties/parcel_laws.h"

namespace touchstone::userspace {
namespace {

using Source = ParcelOperation::Source;
using Start = ParcelDomain::Start;

class Draw {
 public:
  explicit Draw(std::uint64_t seed) : state_(seed) {}
  std::uint64_t number() {
    std::uint64_t mixed = state_ += 0x9e3779b97f4a7c15;
    mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9;
    mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111eb;
    return mixed ^ (mixed >> 31);
  }
  std::uint64_t below(std::uint64_t limit) { return number() % limit; }
  bool one_in(std::uint64_t count) { return below(count) == 0; }
  template <typename T, std::size_t count>
  T one_of(const std::array<T, count>& choices) {
    return choices[below(count)];
  }
  // Small ones, those with a byte of ones, any.
  std::uint64_t value() {
    switch (below(4)) {
      case 0: return below(4);
      case 1: return 0 - below(4);
      case 2: return std::uint64_t{0xff} << below(57);
      default: return number();
    }
  }
  std::vector<std::byte> bytes(std::uint64_t count) {
    std::vector<std::byte> bytes(count);
    for (std::byte& byte : bytes) byte = static_cast<std::byte>(value());
    return bytes;
  }

 private:
  std::uint64_t state_;
};

class PlanMaker {
 public:
  PlanMaker(const ParcelDomain& domain, std::uint64_t seed, int size)
      : domain_(domain), draw_(seed) {
    operations_max_ = 1 + static_cast<std::uint64_t>(size) * 2 / 5;
    plan_.api = domain.api.value_or(draw_.one_in(2) ? ParcelApi::newer : ParcelApi::legacy);
    plan_.data_model =
        domain.data_model.value_or(draw_.one_in(2) ? DataModel::lp64 : DataModel::ilp32);
    for (int type = 0; type <= static_cast<int>(ParcelType::double_vector); ++type) {
      if (is_drawn(static_cast<ParcelType>(type))) types_.push_back(static_cast<ParcelType>(type));
    }
  }

  ParcelPlan make() {
    start();
    for (std::uint64_t left = draw_.below(operations_max_ + 1); left > 0; --left) {
      plan_.operations.push_back(operation());
    }
    return std::move(plan_);
  }

 private:
  bool is_drawn(ParcelType type) const {
    if (!is_in(type, plan_.api)) return false;
    if (!domain_.types.empty() && std::ranges::find(domain_.types, type) == domain_.types.end()) {
      return false;
    }
    if (domain_.is_portable && (is_object(type) || value_bytes(type, DataModel::ilp32) !=
                                                       value_bytes(type, DataModel::lp64))) {
      return false;
    }
    return !domain_.is_shared ||
           (is_in(type, ParcelApi::legacy) && is_in(type, ParcelApi::newer) && !is_object(type));
  }

  void start() {
    if (domain_.start == Start::roomy || domain_.start == Start::tight) {
      plan_.operations.push_back(init());
    } else if (domain_.start == Start::noise) {
      plan_.operations.push_back(noise());
    } else {
      sent();
    }
  }

  ParcelOperation init() {
    ParcelOperation init;
    init.verb = ParcelVerb::init;
    init.size = 8192;
    init.objects = 32;
    if (domain_.start != Start::tight) return init;
    init.size = draw_.below(100);
    init.objects = draw_.one_in(2) ? draw_.below(3) : 0;
    init.at = static_cast<std::uint32_t>(draw_.below(16));
    if (domain_.has_refusals && draw_.one_in(8)) init.size = 8190 + draw_.below(5);
    if (domain_.has_refusals && draw_.one_in(16)) init.objects = 31 + draw_.below(4);
    if (domain_.has_refusals && draw_.one_in(32)) init.source = Source::null;
    return init;
  }

  ParcelOperation noise() {
    ParcelOperation message;
    message.verb = ParcelVerb::message;
    message.bytes = draw_.bytes(draw_.below(80));
    // Lengths that are not too large, here and there.
    for (std::size_t at = 3; at < message.bytes.size(); at += 1 + draw_.below(4)) {
      if (draw_.one_in(2))
        std::fill_n(message.bytes.begin() + static_cast<int>(at) - 2, 3, std::byte{0});
    }
    for (std::uint64_t left = draw_.below(4); left > 0; --left) {
      message.offsets.push_back(draw_.one_in(4) ? draw_.below(0x100000000) : 4 * draw_.below(12));
    }
    return message;
  }

  // Pushes on the reference give the message; the pops that belong to it come first.
  void sent() {
    ParcelReference reference(plan_.api, plan_.data_model);
    reference.perform(init_of(8192, 32));
    std::vector<ParcelOperation> pops;
    for (std::uint64_t left = draw_.below(operations_max_ + 1); left > 0; --left) {
      const ParcelOperation operation = push();
      reference.perform(operation);
      if (!reference.state().is_available) break;
      pops.push_back(draw_.one_in(12) ? pop() : pop_of(operation));
    }
    ParcelOperation message = message_of(reference);
    if (draw_.one_in(2)) harm(message);
    plan_.operations.push_back(std::move(message));
    plan_.operations.insert(plan_.operations.end(), pops.begin(), pops.end());
  }

  void harm(ParcelOperation& message) {
    std::vector<std::byte>& bytes = message.bytes;
    switch (draw_.below(4)) {
      case 0: bytes.resize(draw_.below(bytes.size() + 1)); break;
      case 1:
        if (!bytes.empty())
          bytes[draw_.below(bytes.size())] = static_cast<std::byte>(draw_.value());
        break;
      case 2:
        if (!message.offsets.empty()) message.offsets.erase(message.offsets.begin());
        break;
      default:
        if (!message.offsets.empty()) message.offsets[draw_.below(message.offsets.size())] += 4;
    }
  }

  ParcelOperation operation() {
    if (domain_.has_others && draw_.one_in(8)) return other();
    if (domain_.has_pops && (!domain_.has_pushes || draw_.one_in(3))) return pop();
    return push();
  }

  ParcelOperation other() {
    ParcelOperation other;
    switch (draw_.below(5)) {
      case 0: return init();
      case 1:
        other.verb = plan_.api == ParcelApi::legacy ? ParcelVerb::free_buffers : ParcelVerb::append;
        if (other.verb == ParcelVerb::append) {
          other.size = 128;
          other.objects = 1;
          other.bytes = draw_.bytes(32 + draw_.below(20));
          if (draw_.one_in(2)) other.offsets = {4 * draw_.below(5)};
        }
        return other;
      case 2: other.verb = ParcelVerb::show_data; return other;
      case 3: other.verb = ParcelVerb::show_table; return other;
      default: other.verb = ParcelVerb::copy; return other;
    }
  }

  ParcelOperation pop() {
    ParcelOperation pop;
    pop.verb = ParcelVerb::pop;
    pop.type = types_[draw_.below(types_.size())];
    if (pop.type == ParcelType::buffer || pop.type == ParcelType::raw) pop.size = draw_.below(12);
    const bool has_count = pop.type == ParcelType::string || pop.type == ParcelType::flat_obj;
    pop.with_count = !has_count || !draw_.one_in(8);
    return pop;
  }

  ParcelOperation push() {
    ParcelOperation push;
    push.type = types_[draw_.below(types_.size())];
    const ParcelTypeInfo& info = info_of(push.type);
    switch (info.shape) {
      case ParcelShape::number:
        push.number = as_value(push.type, draw_.value(), plan_.data_model);
        break;
      case ParcelShape::descriptor: push.number = static_cast<std::uint32_t>(draw_.value()); break;
      case ParcelShape::service: push.service = service(); break;
      case ParcelShape::buffer: data_buff(push); break;
      case ParcelShape::string:
      case ParcelShape::bytes:
      case ParcelShape::units:
      case ParcelShape::vector: push.bytes = contents(push.type);
    }
    const bool has_null = info.shape != ParcelShape::number &&
                          info.shape != ParcelShape::descriptor &&
                          info.shape != ParcelShape::vector;
    if (domain_.has_refusals && has_null && draw_.one_in(16)) {
      push = {.type = push.type, .source = Source::null, .with_free = push.with_free};
      push.size = info.shape == ParcelShape::bytes ? 1 : 0;
    }
    return push;
  }

  ParcelService service() {
    const bool is_wide = plan_.api == ParcelApi::newer && plan_.data_model == DataModel::lp64;
    const std::uint64_t mask = is_wide ? ~std::uint64_t{0} : 0xffffffff;
    // A handle of -1 asks the newer library for a thread.
    return {static_cast<std::uint32_t>(draw_.below(0xffffffff)), draw_.value() & mask,
            draw_.value() & mask};
  }

  void data_buff(ParcelOperation& push) {
    push.size = 1 + draw_.below(65536);
    push.address = 1 + draw_.below(0xffffffff);
    push.with_free = draw_.one_in(2);
    if (!domain_.has_refusals || !draw_.one_in(8)) return;
    push.size = draw_.one_in(2) ? 0 : 65537;
  }

  // What can be pushed; with refusals also nothing.
  std::vector<std::byte> contents(ParcelType type) {
    const std::uint64_t unit = info_of(type).bytes;
    const bool can_be_empty = domain_.has_refusals || type == ParcelType::string ||
                              info_of(type).shape == ParcelShape::vector;
    const std::uint64_t most = draw_.one_in(20) ? 600 : 9;
    const std::uint64_t count = (can_be_empty ? 0 : 1) + draw_.below(most);
    std::vector<std::byte> bytes = draw_.bytes(count * unit);
    for (std::byte& byte : bytes) {
      if (type == ParcelType::string && byte == std::byte{0}) byte = std::byte{'n'};
      if (type == ParcelType::bool_vector) byte &= std::byte{1};
    }
    return bytes;
  }

  ParcelDomain domain_;
  Draw draw_;
  std::uint64_t operations_max_ = 0;
  std::vector<ParcelType> types_;
  ParcelPlan plan_;
};

// The same operation with less in it, where that is still one that can be drawn.
std::vector<ParcelOperation> plainer(const ParcelOperation& operation) {
  std::vector<ParcelOperation> simpler;
  const auto add = [&](auto change) {
    ParcelOperation changed = operation;
    change(changed);
    if (changed != operation) simpler.push_back(std::move(changed));
  };
  const bool is_push = operation.verb == ParcelVerb::push;
  const std::size_t unit = is_push ? std::max(info_of(operation.type).bytes, 1u) : 1;
  const bool is_needed = is_push && info_of(operation.type).shape != ParcelShape::vector &&
                         operation.type != ParcelType::string;
  const std::size_t least = is_needed ? unit : 0;
  const std::size_t count = operation.bytes.size();
  if (operation.verb == ParcelVerb::append) return simpler;
  for (const std::size_t fewer : {least, count / 2 / unit * unit, count - std::min(count, unit)}) {
    if (fewer >= least && fewer < count) add([&](ParcelOperation& op) { op.bytes.resize(fewer); });
  }
  const std::byte zero =
      operation.type == ParcelType::string && is_push ? std::byte{'x'} : std::byte{0};
  for (std::size_t at = 0; at < std::min<std::size_t>(count, 64); ++at) {
    add([&](ParcelOperation& op) { op.bytes[at] = zero; });
  }
  add([](ParcelOperation& op) { op.number = 0; });
  add([](ParcelOperation& op) { op.number >>= 8; });
  add([](ParcelOperation& op) { op.service = {}; });
  add([](ParcelOperation& op) { op.service = {op.service.handle & 0xff, 0, 0}; });
  add([](ParcelOperation& op) { op.service.token &= 0xff; });
  add([](ParcelOperation& op) { op.service.cookie &= 0xff; });
  if (operation.address > 1) add([](ParcelOperation& op) { op.address = 1; });
  if (operation.size > 1) {
    add([](ParcelOperation& op) { op.size /= 2; });
    add([](ParcelOperation& op) { --op.size; });
  }
  add([](ParcelOperation& op) { op.with_free = false; });
  add([](ParcelOperation& op) { op.at = 0; });
  if (!operation.offsets.empty()) add([](ParcelOperation& op) { op.offsets.pop_back(); });
  return simpler;
}

rc::Seq<ParcelPlan> simpler_plans(const ParcelPlan& plan) {
  const ParcelOperation first = plan.operations.front();
  const std::vector<ParcelOperation> rest(plan.operations.begin() + 1, plan.operations.end());
  const auto with_rest = [plan, first](std::vector<ParcelOperation> operations) {
    ParcelPlan simpler{plan.api, plan.data_model, {first}};
    simpler.operations.insert(simpler.operations.end(), operations.begin(), operations.end());
    return simpler;
  };
  const auto with_first = [plan](const ParcelOperation& operation) {
    ParcelPlan simpler = plan;
    simpler.operations.front() = operation;
    return simpler;
  };
  return rc::seq::concat(
      rc::seq::map(rc::shrink::removeChunks(rest), with_rest),
      rc::seq::map(rc::seq::fromContainer(plainer(first)), with_first),
      rc::seq::map(rc::shrink::eachElement(rest,
                                           [](const ParcelOperation& operation) {
                                             return rc::seq::fromContainer(plainer(operation));
                                           }),
                   with_rest));
}

}  // namespace

std::string script_of(const ParcelPlan& plan) {
  std::string text = plan.api == ParcelApi::legacy ? "# parcel, " : "# newer-parcel, ";
  text += plan.data_model == DataModel::ilp32 ? "ilp32\n" : "lp64\n";
  for (const ParcelOperation& operation : plan.operations) {
    text += print_parcel_operation(operation, plan.data_model) + '\n';
  }
  return text;
}

void showValue(const ParcelPlan& plan, std::ostream& out) { out << script_of(plan); }

void showValue(ParcelDomain::Start start, std::ostream& out) {
  constexpr std::array<const char*, 4> names{"roomy", "tight", "sent", "noise"};
  out << names[static_cast<std::size_t>(start)];
}

rc::Gen<ParcelPlan> parcel_plans(const ParcelDomain& domain) {
  return [domain](const rc::Random& random, int size) {
    rc::Random seeds = random;
    return rc::shrinkable::shrinkRecur(PlanMaker(domain, seeds.next(), size).make(),
                                       &simpler_plans);
  };
}

}  // namespace touchstone::userspace
