#include "conformance/userspace/parcel_story.h"

#include <algorithm>

#include "conformance/userspace/parcel_reference.h"
#include "reference/parcel/data_model.h"

namespace touchstone::userspace {
namespace {

using parcel::Refusal;

constexpr std::size_t length_bytes = 4;

// The roles of the bytes that one push took, in their order.
class Slot {
 public:
  Slot(ParcelApi api, DataModel data_model, const ParcelOperation& push, Refusal refusal,
       std::size_t taken)
      : push_(push), taken_(taken) {
    if (refusal == Refusal::no_entry || refusal == Refusal::flat_overlaps) {
      if (refusal == Refusal::flat_overlaps) add(ByteRole::length, length_bytes);
    } else if (push.verb == ParcelVerb::append) {
      add(ByteRole::body, push.bytes.size());
    } else {
      add_value(api, data_model);
    }
    roles_.resize(taken_, rest_);
  }

  const std::vector<ByteRole>& roles() const { return roles_; }

 private:
  void add(ByteRole role, std::size_t count) {
    roles_.resize(std::min(taken_, roles_.size() + count), role);
  }
  void set(std::size_t at, std::size_t count, ByteRole role) {
    for (std::size_t index = at; index < at + count && index < roles_.size(); ++index) {
      roles_[index] = role;
    }
  }

  void add_value(ParcelApi api, DataModel data_model) {
    const std::size_t body = push_.source == ParcelOperation::Source::value
                                 ? push_.bytes.size()
                                 : static_cast<std::size_t>(push_.size);
    switch (info_of(push_.type).shape) {
      case ParcelShape::number: add(ByteRole::number, taken_); break;
      case ParcelShape::string:
        add(ByteRole::length, length_bytes);
        add(ByteRole::body, body);
        add(ByteRole::end, 1);
        rest_ = ByteRole::padding;
        break;
      case ParcelShape::units:
        add(ByteRole::length, length_bytes);
        add(ByteRole::body, body);
        add(ByteRole::end, 2);
        rest_ = ByteRole::padding;
        break;
      case ParcelShape::bytes:
        if (push_.type != ParcelType::buffer) add(ByteRole::length, length_bytes);
        add(ByteRole::body, body);
        rest_ = push_.type == ParcelType::flat_obj ? ByteRole::anything : ByteRole::padding;
        break;
      case ParcelShape::vector:
        add(ByteRole::length, length_bytes);
        rest_ = ByteRole::body;
        break;
      case ParcelShape::descriptor:
      case ParcelShape::service:
      case ParcelShape::buffer: add_object(api, data_model); break;
    }
  }

  void add_object(ParcelApi api, DataModel data_model) {
    const auto model =
        data_model == DataModel::ilp32 ? parcel::DataModel::ilp32 : parcel::DataModel::lp64;
    const bool is_legacy = api == ParcelApi::legacy;
    const parcel::ObjectLayout layout =
        is_legacy ? parcel::legacy_layout(model) : parcel::newer_layout(model);
    const std::size_t word = word_bytes(data_model);
    add(ByteRole::anything, taken_);
    set(0, 4, ByteRole::type);
    if (push_.type == ParcelType::descriptor) {
      set(layout.descriptor, 4, ByteRole::descriptor);
    } else if (push_.type == ParcelType::data_buff) {
      set(layout.size, 4, ByteRole::buffer);
      set(layout.address, word, ByteRole::buffer);
    } else {
      set(layout.handle, 4, ByteRole::service);
      set(layout.token, is_legacy ? 4 : word, ByteRole::service);
      if (!is_legacy) set(layout.cookie, word, ByteRole::service);
    }
  }

  const ParcelOperation& push_;
  std::size_t taken_;
  std::vector<ByteRole> roles_;
  ByteRole rest_ = ByteRole::anything;
};

std::uint64_t word_at(std::span<const std::byte> data, std::uint64_t at) {
  std::uint64_t word = 0;
  for (std::uint64_t index =
           std::min<std::uint64_t>(4, data.size() - std::min<std::uint64_t>(at, data.size()));
       index-- > 0;) {
    word = word << 8 | std::to_integer<std::uint64_t>(data[at + index]);
  }
  return word;
}

bool makes(const ParcelOperation& operation) {
  return operation.verb == ParcelVerb::init || operation.verb == ParcelVerb::message;
}

}  // namespace

ParcelStory tell_story(ParcelApi api, DataModel data_model,
                       std::span<const ParcelOperation> operations) {
  ParcelReference port(api, data_model);
  ParcelStory story;
  ParcelMoment moment;
  for (std::size_t index = 0; index < operations.size(); ++index) {
    const ParcelOperation& operation = operations[index];
    if (operation.verb == ParcelVerb::use_null) moment.is_null = true;
    if (makes(operation)) moment.is_null = false;
    if (operation.verb == ParcelVerb::copy) moment.was_copied = true;
    moment.before = port.state();
    moment.word_ahead = word_at(port.data(), moment.before.used);
    moment.shown = port.perform(operation);
    moment.refusal = port.refusal();
    story.moments.push_back(moment);
    if (makes(operation)) {
      moment.was_made = true;
      moment.was_copied = false;
      story.bytes.clear();
    }
    const std::uint64_t used = moment.shown.state.used;
    const bool is_push = operation.verb == ParcelVerb::push || operation.verb == ParcelVerb::append;
    if (is_push && used > story.bytes.size()) {
      const Slot slot(api, data_model, operation, moment.refusal, used - story.bytes.size());
      for (const ByteRole role : slot.roles()) story.bytes.push_back({index, role});
    }
    // What was popped was not pushed.
    story.bytes.resize(used, {index, ByteRole::anything});
  }
  return story;
}

std::vector<std::byte> mask_of(const ParcelStory& story) {
  std::vector<std::byte> mask;
  for (const PushedByte& byte : story.bytes) {
    mask.push_back(byte.role == ByteRole::anything ? std::byte{0} : std::byte{0xff});
  }
  return mask;
}

}  // namespace touchstone::userspace
