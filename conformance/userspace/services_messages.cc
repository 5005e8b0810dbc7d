#include "conformance/userspace/services_messages.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <string_view>

#include "adapter/hex_text.h"
#include "conformance/text_file.h"
#include "reference/services/fields.h"

namespace touchstone::userspace {
namespace {

using services::FieldReader;
using services::FieldWriter;
using services::Policy;
using services::PolicyType;

services::DataModel model_of(DataModel model) {
  return model == DataModel::ilp32 ? services::DataModel::ilp32 : services::DataModel::lp64;
}

ServicesParcel sent(const FieldWriter& fields) {
  services::Parcel parcel = fields.finish();
  return {std::move(parcel.data), std::move(parcel.offsets)};
}

std::optional<std::int32_t> number_of(std::string_view text) {
  std::int32_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::string text_of(const Policy& policy) {
  const auto& users = policy.users;
  switch (policy.type) {
    case PolicyType::range: return fmt::format("range:{}-{}", users[0], users[1]);
    case PolicyType::bundle_name: return fmt::format("bundle:{}", users[0]);
    case PolicyType::fixed: break;
  }
  // Trailing cells of 0 are not used.
  const auto used = std::find_if(users.rbegin(), users.rend(), [](auto user) { return user != 0; });
  return fmt::format("fixed:{}", fmt::join(users.begin(), used.base(), "/"));
}

// "range:1-5,bundle:3", or "-" for none; up to the first that cannot be read.
std::string read_policies(FieldReader& fields, std::uint32_t count) {
  std::vector<std::string> texts;
  for (std::uint32_t index = 0; index < count; ++index) {
    Policy policy{static_cast<PolicyType>(fields.signed_number()), {}};
    const auto users = services::user_count_of(policy.type);
    for (std::size_t user = 0; user < users.value_or(0); ++user) {
      policy.users.at(user) = fields.signed_number();
    }
    if (!fields.is_whole()) break;
    texts.push_back(users ? text_of(policy)
                          : fmt::format("type:{}", static_cast<int>(policy.type)));
    if (!users) break;
  }
  return texts.empty() ? "-" : fmt::format("{}", fmt::join(texts, ","));
}

// Bytes of a service's cookie hold anything.
std::vector<std::byte> without_cookies(DataModel model, const ServicesParcel& parcel) {
  std::vector<std::byte> data = parcel.data;
  const auto layout = parcel::legacy_layout(model_of(model));
  for (const std::uint32_t offset : parcel.offsets) {
    const std::size_t object_end = std::size_t{offset} + layout.bytes;
    if (object_end > data.size()) continue;
    const auto zero = [&](std::size_t first, std::size_t end) {
      std::fill(data.begin() + static_cast<std::ptrdiff_t>(offset + first),
                data.begin() + static_cast<std::ptrdiff_t>(offset + end), std::byte{0});
    };
    zero(4, layout.handle);  // between type and content
    zero(layout.cookie, layout.bytes);
  }
  return data;
}

class AnswerReader {
 public:
  AnswerReader(DataModel model, const ServicesParcel& answer)
      : fields_(model_of(model), answer.data, answer.offsets) {}

  ShownValues read(ServicesAnswer kind) {
    if (kind == ServicesAnswer::handle) {
      show("handle", fields_.number());
      return std::move(values_);
    }
    const std::int32_t code = fields_.signed_number();
    show("ret", code);
    if (code == 0 && fields_.is_whole()) read_success(kind);
    return std::move(values_);
  }

 private:
  void read_success(ServicesAnswer kind) {
    switch (kind) {
      case ServicesAnswer::code_alone:
      case ServicesAnswer::handle: return;
      case ServicesAnswer::put:
        read_service();
        if (fields_.is_whole()) show("policies", read_policies(fields_, fields_.number()));
        return;
      case ServicesAnswer::get: return read_service();
      case ServicesAnswer::flag: return show("registered", fields_.truth() ? 1 : 0);
      case ServicesAnswer::list: return read_list();
    }
  }
  void read_service() {
    const services::ServiceObject object = fields_.service();
    show("handle", object.handle);
    show("token", object.token);
  }
  void read_list() {
    show("last", fields_.truth() ? 1 : 0);
    show("next", fields_.number());
    const std::uint32_t count = fields_.number();
    show("count", count);
    std::vector<std::string> names;
    for (std::uint32_t index = 0; index < count && fields_.is_whole(); ++index) {
      names.push_back(fields_.text());
    }
    show("names", names.empty() ? "-" : fmt::format("{}", fmt::join(names, ",")));
  }
  template <typename T>
  void show(const char* key, const T& value) {
    if (fields_.is_whole()) values_.emplace_back(key, fmt::format("{}", value));
  }

  FieldReader fields_;
  ShownValues values_;
};

}  // namespace

ServicesParcel feature_request(DataModel model, std::uint32_t option, const std::string& service,
                               const std::optional<std::string>& feature,
                               std::optional<std::uint32_t> token) {
  FieldWriter fields(model_of(model));
  fields.number(1).number(option).text(service).truth(!feature);
  if (feature) fields.text(*feature);
  if (token) fields.number(*token);
  return sent(fields);
}

ServicesParcel syscap_request(DataModel model, std::uint32_t option, const std::string& name,
                              std::optional<bool> is_registered) {
  FieldWriter fields(model_of(model));
  fields.number(2).number(option).text(name);
  if (is_registered) fields.truth(*is_registered);
  return sent(fields);
}

ServicesParcel number_request(DataModel model, std::span<const std::uint32_t> numbers) {
  FieldWriter fields(model_of(model));
  for (const std::uint32_t number : numbers) fields.number(number);
  return sent(fields);
}

ServicesParcel put_answer(DataModel model, std::span<const Policy> policies) {
  FieldWriter fields(model_of(model));
  fields.signed_number(0).service({}).number(static_cast<std::uint32_t>(policies.size()));
  for (const Policy& policy : policies) {
    fields.signed_number(static_cast<std::int32_t>(policy.type));
    const std::size_t count = services::user_count_of(policy.type).value_or(0);
    for (std::size_t user = 0; user < count; ++user) fields.signed_number(policy.users.at(user));
  }
  return sent(fields);
}

std::optional<Policy> policy_of(std::string_view text) {
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const std::string_view type = text.substr(0, colon);
  const std::string_view rest = text.substr(colon + 1);
  const bool is_range = type == "range";
  Policy policy;
  const std::vector<std::string_view> parts = split(rest, is_range ? '-' : '/');
  if (parts.size() > policy.users.size() || (is_range && parts.size() != 2)) return std::nullopt;
  for (std::size_t index = 0; index < parts.size(); ++index) {
    const auto number = number_of(parts[index]);
    if (!number) return std::nullopt;
    policy.users.at(index) = *number;
  }
  if (type == "type") return Policy{static_cast<PolicyType>(policy.users[0]), {}};
  if (type == "fixed") policy.type = PolicyType::fixed;
  if (type == "bundle") policy.type = PolicyType::bundle_name;
  const bool is_known = is_range || policy.type != PolicyType::range;
  return is_known ? std::optional(policy) : std::nullopt;
}

ShownValues shown_answer(DataModel model, ServicesAnswer kind, const ServicesParcel& answer) {
  ShownValues values = AnswerReader(model, answer).read(kind);
  values.emplace_back("data", hex_text(without_cookies(model, answer)));
  const bool is_plain = answer.offsets.empty();
  values.emplace_back("offsets",
                      is_plain ? "-" : fmt::format("{}", fmt::join(answer.offsets, ",")));
  return values;
}

std::optional<CapabilityPart> capability_part(DataModel model, const ServicesParcel& answer) {
  FieldReader fields(model_of(model), answer.data, answer.offsets);
  if (fields.signed_number() != 0) return std::nullopt;
  CapabilityPart part;
  part.is_last = fields.truth();
  part.next = fields.number();
  const std::uint32_t count = fields.number();
  for (std::uint32_t index = 0; index < count && fields.is_whole(); ++index) {
    part.names.push_back(fields.text());
  }
  return fields.is_whole() ? std::optional(part) : std::nullopt;
}

}  // namespace touchstone::userspace
