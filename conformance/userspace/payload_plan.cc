#include "conformance/userspace/payload_plan.h"

#include <algorithm>

#include "reference/parcel/parcel_writer.h"

namespace touchstone::userspace {
namespace {

const PlannedField* last_of(const Plan& plan, const std::string& name) {
  const auto found = std::find_if(plan.rbegin(), plan.rend(), [&name](const PlannedField& planned) {
    return planned.field->name == name;
  });
  return found == plan.rend() ? nullptr : &*found;
}

std::int64_t number_for(const Field& field, Choices& choices) {
  const Bounds bounds = bounds_of(field);
  const auto width =
      static_cast<std::uint64_t>(bounds.greatest) - static_cast<std::uint64_t>(bounds.least);
  // Ends of bounds are worth more than what lies between them.
  switch (choices.up_to(3)) {
    case 0: return bounds.least;
    case 1: return bounds.greatest;
    default:
      return static_cast<std::int64_t>(static_cast<std::uint64_t>(bounds.least) +
                                       choices.up_to(width));
  }
}

std::string text_for(const Field& field, Choices& choices, const Dictionary& dictionary) {
  const Bounds bounds = bounds_of(field);
  const auto fits = [&bounds](const std::string& word) {
    const auto length = static_cast<std::int64_t>(word.size());
    return bounds.least <= length && length <= bounds.greatest;
  };
  const auto words = dictionary.find(field.name);
  if (words != dictionary.end() && !words->second.empty()) {
    const std::string& word = words->second[choices.up_to(words->second.size() - 1)];
    if (fits(word)) return word;
  }
  constexpr std::int64_t usual_bytes_max = 64;
  const std::int64_t greatest = std::max(bounds.least, std::min(bounds.greatest, usual_bytes_max));
  const auto width = static_cast<std::uint64_t>(greatest - bounds.least);
  std::string text;
  const std::uint64_t length = static_cast<std::uint64_t>(bounds.least) + choices.up_to(width);
  for (std::uint64_t index = 0; index < length; ++index) {
    text += static_cast<char>('a' + choices.up_to(25));
  }
  return text;
}

class Planner {
 public:
  Planner(Choices& choices, const Dictionary& dictionary)
      : choices_(choices), dictionary_(dictionary) {}

  Plan plan(const std::vector<Field>& fields) {
    add_all(fields);
    return std::move(plan_);
  }

 private:
  void add_all(const std::vector<Field>& fields) {
    for (const Field& field : fields) {
      if (!is_there(field, plan_)) continue;
      if (field.type == FieldType::repeat) {
        add_group(field);
      } else {
        add(field);
      }
    }
  }

  void add(const Field& field) {
    PlannedField planned{.field = &field};
    if (planned.is_text()) {
      planned.text = text_for(field, choices_, dictionary_);
    } else if (planned.is_object()) {
      planned.number = static_cast<std::int64_t>(choices_.up_to(1000));
    } else {
      planned.number = number_for(field, choices_);
    }
    for (PlannedField& earlier : plan_) earlier.counts_what_is_last = false;
    plan_.push_back(std::move(planned));
  }

  void add_group(const Field& group) {
    const std::uint64_t count = count_of(group, plan_);
    const PlannedField* const counter = last_of(plan_, group.count_field);
    const auto place = static_cast<std::size_t>(counter == nullptr ? 0 : counter - plan_.data());
    for (std::uint64_t index = 0; index < count; ++index) add_all(group.fields);
    if (counter != nullptr) plan_[place].counts_what_is_last = true;
  }

  Choices& choices_;
  const Dictionary& dictionary_;
  Plan plan_;
};

void push(parcel::ParcelWriter& writer, const PlannedField& planned) {
  const std::int64_t number = planned.number;
  switch (planned.field->type) {
    case FieldType::boolean: writer.push_bool(number != 0); return;
    case FieldType::int8: writer.push_int8(static_cast<std::int8_t>(number)); return;
    case FieldType::int16: writer.push_int16(static_cast<std::int16_t>(number)); return;
    case FieldType::int32: writer.push_int32(static_cast<std::int32_t>(number)); return;
    case FieldType::int64: writer.push_int64(number); return;
    case FieldType::uint8: writer.push_uint8(static_cast<std::uint8_t>(number)); return;
    case FieldType::uint16: writer.push_uint16(static_cast<std::uint16_t>(number)); return;
    case FieldType::uint32: writer.push_uint32(static_cast<std::uint32_t>(number)); return;
    case FieldType::uint64: writer.push_uint64(static_cast<std::uint64_t>(number)); return;
    case FieldType::string: writer.push_string(planned.text); return;
    case FieldType::bytes: {
      writer.push_flat_object(std::as_bytes(std::span(planned.text)));
      return;
    }
    case FieldType::descriptor: writer.push_descriptor(static_cast<std::int32_t>(number)); return;
    case FieldType::service:
      writer.push_service({static_cast<std::uint32_t>(number), 0, 0});
      return;
    case FieldType::repeat: return;
  }
}

}  // namespace

bool is_there(const Field& field, const Plan& before) {
  if (!field.condition) return true;
  const PlannedField* const decides = last_of(before, field.condition->field);
  const bool has_value = decides != nullptr && decides->number == field.condition->value;
  return has_value != field.condition->is_negated;
}

std::uint64_t count_of(const Field& group, const Plan& before) {
  if (group.count_field.empty()) return group.count;
  const PlannedField* const counter = last_of(before, group.count_field);
  return counter == nullptr ? 0 : static_cast<std::uint64_t>(counter->number);
}

Plan plan_of(const std::vector<Field>& fields, Choices& choices, const Dictionary& dictionary) {
  return Planner(choices, dictionary).plan(fields);
}

ServicesParcel encode(Plan& plan, DataModel model) {
  std::vector<std::byte> buffer(parcel::parcel_bytes_max);
  parcel::Parcel made(model == DataModel::ilp32 ? parcel::DataModel::ilp32
                                                : parcel::DataModel::lp64);
  made.init(buffer, parcel::objects_max);
  parcel::ParcelWriter writer(made);
  for (PlannedField& planned : plan) {
    planned.offset = made.used();
    push(writer, planned);
    planned.bytes = made.used() - planned.offset;
  }
  ServicesParcel sent;
  sent.data.assign(made.data().begin(), made.data().end());
  for (std::size_t index = 0; index < made.entries_used(); ++index) {
    sent.offsets.push_back(static_cast<std::uint32_t>(made.entry(index)));
  }
  return sent;
}

}  // namespace touchstone::userspace
