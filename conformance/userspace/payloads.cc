#include "conformance/userspace/payloads.h"

#include <algorithm>
#include <set>
#include <utility>

#include "conformance/userspace/payload_plan.h"
#include "reference/parcel/data_model.h"
#include "reference/parcel/parcel_reader.h"

namespace touchstone::userspace {
namespace {

parcel::DataModel model_of(DataModel model) {
  return model == DataModel::ilp32 ? parcel::DataModel::ilp32 : parcel::DataModel::lp64;
}

// A constant that no other request of the interface has in a field of this name.
std::int64_t other_constant(const InterfaceDescription& interface, const Field& field) {
  std::set<std::int64_t> taken;
  for (const InterfaceRequest& request : interface.requests) {
    for (const Field& other : request.fields) {
      if (other.name == field.name && other.constant) taken.insert(*other.constant);
    }
  }
  std::int64_t constant = *field.constant;
  const Bounds bounds = bounds_of_type(field.type);
  do {
    constant = constant == bounds.greatest ? bounds.least : constant + 1;
  } while (taken.contains(constant));
  return constant;
}

// Makes each broken payload from one valid plan.
class Breaker {
 public:
  Breaker(const InterfaceDescription& interface, const InterfaceRequest& request, DataModel model,
          Plan plan)
      : interface_(interface),
        request_(request),
        model_(model),
        plan_(std::move(plan)),
        valid_(encode(plan_, model)) {}

  std::vector<Payload> all() {
    for (std::size_t index = 0; index < plan_.size(); ++index) break_field(index);
    ServicesParcel longer = valid_;
    longer.data.insert(longer.data.end(), 4, std::byte{0xee});
    made_.push_back({"extra", std::move(longer), request_.refusal, interface_.extra_is_ignored});
    return std::move(made_);
  }

 private:
  void break_field(std::size_t index) {
    const PlannedField& planned = plan_[index];
    cut(planned);
    if (planned.field->constant) {
      if (planned.field->type != FieldType::boolean) {
        replace("constant", index, other_constant(interface_, *planned.field));
      }
    } else if (planned.is_text()) {
      break_text(index);
    } else if (planned.is_object()) {
      break_object(planned);
    } else {
      break_number(index);
    }
  }

  void cut(const PlannedField& planned) {
    const auto up_to = [&](const char* what, std::size_t bytes) {
      ServicesParcel shorter = valid_;
      shorter.data.resize(bytes);
      std::erase_if(shorter.offsets, [&](std::uint32_t offset) { return offset >= bytes; });
      add(what, planned, std::move(shorter));
    };
    up_to("missing", planned.offset);
    up_to("cut", planned.offset + planned.bytes / 2);
    if (planned.bytes > 4) up_to("cut", planned.offset + planned.bytes - 1);
  }

  void break_number(std::size_t index) {
    const Field& field = *plan_[index].field;
    if (field.bounds && field.bounds->least > bounds_of_type(field.type).least) {
      replace("below", index, field.bounds->least - 1);
    }
    if (field.bounds && field.bounds->greatest < bounds_of_type(field.type).greatest) {
      replace("above", index, field.bounds->greatest + 1);
    }
    if (plan_[index].counts_what_is_last) replace("count", index, plan_[index].number + 1);
  }

  // Another number in the same place: what depends on it stays as it was.
  void replace(const char* what, std::size_t index, std::int64_t number) {
    Plan changed = plan_;
    changed[index].number = number;
    add(what, plan_[index], encode(changed, model_));
  }

  void break_text(std::size_t index) {
    const PlannedField& planned = plan_[index];
    const Bounds bounds = bounds_of(*planned.field);
    const auto of_length = [&](const char* what, std::int64_t length) {
      Plan changed = plan_;
      changed[index].text.resize(static_cast<std::size_t>(length), 'x');
      add(what, planned, encode(changed, model_));
    };
    const bool is_string = planned.field->type == FieldType::string;
    if (planned.field->bounds && bounds.least > (is_string ? 0 : 1)) {
      of_length("below", bounds.least - 1);
    }
    if (planned.field->bounds) of_length("above", bounds.greatest + 1);
    const std::size_t left = valid_.data.size() - planned.offset - 4;
    with_number("claim", planned, planned.offset, static_cast<std::uint32_t>(left + 1));
    with_number("huge", planned, planned.offset, 0xffffffff);
    if (!is_string) return;
    with_byte("unended", planned, planned.offset + 4 + planned.text.size(), std::byte{'x'});
    if (!planned.text.empty()) with_byte("nul", planned, planned.offset + 4, std::byte{0});
  }

  void break_object(const PlannedField& planned) {
    const auto type = parcel::load<std::uint32_t>(valid_.data.data() + planned.offset);
    for (const std::uint32_t other : {0u, 1u, 2u, 7u}) {
      if (other != type) with_number("type", planned, planned.offset, other);
    }
    ServicesParcel unlisted = valid_;
    const auto entry = static_cast<std::uint32_t>(planned.offset);
    std::erase(unlisted.offsets, entry);
    add("unlisted", planned, std::move(unlisted));
    ServicesParcel misplaced = valid_;
    std::ranges::replace(misplaced.offsets, entry, entry + 4);
    add("misplaced", planned, std::move(misplaced));
  }

  void with_number(const char* what, const PlannedField& planned, std::size_t offset,
                   std::uint32_t number) {
    ServicesParcel changed = valid_;
    parcel::store(changed.data.data() + offset, number);
    add(what, planned, std::move(changed));
  }

  void with_byte(const char* what, const PlannedField& planned, std::size_t offset,
                 std::byte byte) {
    ServicesParcel changed = valid_;
    changed.data[offset] = byte;
    add(what, planned, std::move(changed));
  }

  void add(const std::string& what, const PlannedField& planned, ServicesParcel parcel) {
    const Field& field = *planned.field;
    std::int32_t refusal = field.refusal.value_or(request_.refusal);
    if (what == "above" && field.over_refusal) refusal = *field.over_refusal;
    made_.push_back({what + " " + field.name, std::move(parcel), refusal, false});
  }

  const InterfaceDescription& interface_;
  const InterfaceRequest& request_;
  DataModel model_;
  Plan plan_;
  ServicesParcel valid_;
  std::vector<Payload> made_;
};

// Reads an answer field by field against its description.
class ReplyReader {
 public:
  ReplyReader(DataModel model, const ServicesParcel& answer)
      : table_(answer.offsets.size() * parcel::word_bytes(model_of(model))),
        parcel_(model_of(model)),
        reader_(parcel_) {
    std::byte* entry = table_.data();
    for (const std::uint32_t offset : answer.offsets) {
      parcel::store_word(parcel_.model(), entry, offset);
      entry += parcel::word_bytes(parcel_.model());
    }
    parcel_.init_from_message(answer.data, table_);
  }

  std::optional<std::string> read(const std::vector<Field>& fields) {
    auto broken = read_all(fields);
    if (broken) return broken;
    if (parcel_.left() != 0) return "more than its fields";
    if (parcel_.entries_left() != 0) return "more objects than its fields";
    return std::nullopt;
  }

 private:
  std::optional<std::string> read_all(const std::vector<Field>& fields) {
    for (const Field& field : fields) {
      if (!is_there(field, before_)) continue;
      const bool is_group = field.type == FieldType::repeat;
      const std::uint64_t count = is_group ? count_of(field, before_) : 1;
      for (std::uint64_t index = 0; index < count; ++index) {
        auto broken = is_group ? read_all(field.fields) : read_one(field);
        if (broken) return broken;
      }
    }
    return std::nullopt;
  }

  std::optional<std::string> read_one(const Field& field) {
    const std::optional<std::int64_t> value = value_of(field);
    if (!value) return field.name + " is not there";
    const Bounds bounds = bounds_of(field);
    const bool is_object = field.type == FieldType::descriptor || field.type == FieldType::service;
    if (!is_object && (*value < bounds.least || *value > bounds.greatest)) {
      return field.name + " is outside of its bounds";
    }
    before_.push_back({.field = &field, .number = *value});
    return std::nullopt;
  }

  // A number, or how many bytes a string has.
  std::optional<std::int64_t> value_of(const Field& field) {
    const auto plain = [](const auto& popped) -> std::optional<std::int64_t> {
      if (!popped) return std::nullopt;
      return static_cast<std::int64_t>(*popped);
    };
    const auto length = [](const parcel::PoppedBytes& popped) -> std::optional<std::int64_t> {
      if (!popped.done()) return std::nullopt;
      return static_cast<std::int64_t>(popped.bytes.size());
    };
    switch (field.type) {
      case FieldType::boolean: return plain(reader_.pop_uint32());  // PCL-16: 0 or 1, all of it
      case FieldType::int8:
      case FieldType::int16:
      case FieldType::int32: return plain(reader_.pop_int32());
      case FieldType::uint8:
      case FieldType::uint16:
      case FieldType::uint32: return plain(reader_.pop_uint32());
      case FieldType::int64: return plain(reader_.pop_int64());
      case FieldType::uint64: return plain(reader_.pop_uint64());
      case FieldType::string: return length(reader_.pop_string());
      case FieldType::bytes: return length(reader_.pop_flat_object());
      case FieldType::descriptor: return plain(reader_.pop_descriptor());
      case FieldType::service: {
        const auto service = reader_.pop_service();
        return service ? std::optional<std::int64_t>(service->handle) : std::nullopt;
      }
      case FieldType::repeat: return std::nullopt;
    }
    return std::nullopt;
  }

  std::vector<std::byte> table_;
  parcel::Parcel parcel_;
  parcel::ParcelReader reader_;
  Plan before_;
};

}  // namespace

std::uint64_t Choices::next() {
  if (has_bytes_) {
    if (bytes_.empty()) return 0;
    const auto byte = static_cast<std::uint64_t>(bytes_.front());
    bytes_ = bytes_.subspan(1);
    return byte;
  }
  // splitmix64
  state_ += 0x9e3779b97f4a7c15;
  std::uint64_t mixed = state_;
  mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9;
  mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111eb;
  return mixed ^ (mixed >> 31);
}

std::uint64_t Choices::up_to(std::uint64_t greatest) {
  if (greatest == UINT64_MAX) return next();
  std::uint64_t chosen = next();
  // A byte alone reaches no further than 255.
  for (std::uint64_t reach = 256; has_bytes_ && reach <= greatest && reach < (1ull << 56);
       reach <<= 8) {
    chosen = (chosen << 8) | next();
  }
  return chosen % (greatest + 1);
}

Payload PayloadMaker::valid(const InterfaceRequest& request, Choices& choices) const {
  Plan plan = plan_of(request.fields, choices, dictionary_);
  return {.broken = "", .parcel = encode(plan, model_)};
}

std::vector<Payload> PayloadMaker::broken(const InterfaceRequest& request, Choices& choices) const {
  return Breaker(interface_, request, model_, plan_of(request.fields, choices, dictionary_)).all();
}

std::optional<std::string> broken_reply_field(const InterfaceRequest& request, DataModel model,
                                              const ServicesParcel& answer) {
  return ReplyReader(model, answer).read(request.reply);
}

}  // namespace touchstone::userspace
