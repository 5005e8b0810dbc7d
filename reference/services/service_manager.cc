#include "reference/services/service_manager.h"

#include <algorithm>

namespace touchstone::services {

ServiceManager::ServiceManager(KernelPort& kernel, DataModel model)
    : kernel_(kernel), model_(model), self_(model) {
  self_.add_service(manager_token, /*is_exempt=*/true);
}

std::expected<void, BindingsError> ServiceManager::load_bindings(std::string_view text) {
  auto read = Bindings::parse(text);
  if (!read) return std::unexpected(read.error());  // SMG-26
  bindings_ = *std::move(read);                     // SMG-27
  std::erase_if(capabilities_,
                [&](const std::string& name) { return !is_declared(name); });  // SMG-63
  return {};
}

std::optional<Parcel> ServiceManager::handle(const Request& request) {
  const Call call{request.caller.user, request.token, request.now_ns};
  if (!self_.takes(call)) return std::nullopt;                   // SMG-1, SMG-75
  if (request.is_one_way) return std::nullopt;                   // SMG-3
  FieldReader fields(model_, request.data);                      // SMG-2, SMG-10
  const auto resource = static_cast<Resource>(fields.number());  // SMG-6
  if (!fields.is_whole()) return answer_of(Code::invalid);       // SMG-7
  switch (resource) {
    case Resource::endpoint: return endpoint(request.caller, fields);
    case Resource::feature: return feature(request.caller, fields);
    case Resource::syscap: return syscap(request.caller, fields);
  }
  return answer_of(Code::invalid);  // SMG-8
}

Parcel ServiceManager::answer_of(Code code) const {
  return FieldWriter(model_).signed_number(static_cast<std::int32_t>(code)).finish();  // SMG-11
}

Parcel ServiceManager::endpoint(const Caller& caller, FieldReader& fields) {
  const auto option = static_cast<Option>(fields.number());
  const auto answer = [&](Handle handle) { return FieldWriter(model_).number(handle).finish(); };
  if (!fields.is_whole() || option != Option::post) return answer(no_handle);  // SMG-32
  const auto known = endpoints_.find(caller.process);
  if (known != endpoints_.end()) return answer(known->second.handle);  // SMG-30
  const auto handle = kernel_.generate_handle(caller.task);            // SMG-29
  if (!handle) return answer(no_handle);                               // SMG-31
  endpoints_.emplace(caller.process, EndpointRecord{caller.user, *handle});
  return answer(*handle);
}

Parcel ServiceManager::feature(const Caller& caller, FieldReader& fields) {
  const auto option = static_cast<Option>(fields.number());
  if (!fields.is_whole()) return answer_of(Code::invalid);  // SMG-9
  if (option != Option::put && option != Option::get) {
    return answer_of(Code::invalid);  // SMG-33
  }
  if (!bindings_) return answer_of(Code::not_initialized);  // SMG-34
  ServiceName name;
  name.service = fields.text();
  const bool is_alone = fields.truth();
  if (!is_alone) name.feature = fields.text();
  const Token token = option == Option::put ? fields.number() : 0;
  if (!fields.is_whole()) return answer_of(Code::invalid);  // SMG-9
  const bool has_empty_name = name.service.empty() || (!is_alone && name.feature.empty());
  if (has_empty_name) return answer_of(Code::invalid);  // SMG-35
  return option == Option::put ? put(caller, name, token) : get(caller, name);
}

// Reads only; the order of the checks is the order of precedence.
Code ServiceManager::validate_put(const Caller& caller, const ServiceName& name) const {
  const auto endpoint = endpoints_.find(caller.process);
  if (endpoint == endpoints_.end()) return Code::no_service;          // SMG-36
  if (endpoint->second.user != caller.user) return Code::no_service;  // SMG-37
  const auto known = services_.find(name.service);
  const bool is_known = known != services_.end();
  if (is_known && known->second.provider != caller.process) return Code::invalid;  // SMG-38
  if (!bindings_->may_register(caller.user, name)) return Code::permission;        // SMG-39
  if (!is_known && services_.size() >= service_count_max) return Code::no_space;   // SMG-40
  const auto is_long = [](const std::string& text) { return text.size() > service_name_bytes_max; };
  if (is_long(name.service) || is_long(name.feature)) return Code::invalid;  // SMG-41
  return Code::ok;
}

Parcel ServiceManager::put(const Caller& caller, const ServiceName& name, Token token) {
  const Code code = validate_put(caller, name);
  if (code != Code::ok) return answer_of(code);
  const Handle handle = endpoints_.at(caller.process).handle;
  Registered& service = services_[name.service];  // SMG-42
  service.provider = caller.process;
  service.handle = handle;
  service.tokens.insert_or_assign(name.feature, token);  // SMG-44, SMG-45

  FieldWriter answer(model_);
  answer.signed_number(static_cast<std::int32_t>(Code::ok)).service({handle, token});
  const std::vector<Policy> policies = bindings_->policies_of(name);  // SMG-43
  answer.number(static_cast<std::uint32_t>(policies.size()));
  for (const Policy& policy : policies) {
    answer.signed_number(static_cast<std::int32_t>(policy.type));
    const std::size_t count = user_count_of(policy.type).value_or(0);
    for (std::size_t index = 0; index < count; ++index)
      answer.signed_number(policy.users.at(index));
  }
  return answer.finish();
}

// Where the GET leads.  Reads only; the order of the checks is the order of precedence.
std::expected<ServiceName, Code> ServiceManager::validate_get(const Caller& caller,
                                                              const ServiceName& name) const {
  const ServiceName* const bound = bindings_->provider_for(caller.user, name);  // SMG-52
  const ServiceName& provider = bound != nullptr ? *bound : name;
  const auto service = services_.find(provider.service);
  if (service == services_.end()) return std::unexpected(Code::no_service);  // SMG-46
  if (!service->second.tokens.contains(provider.feature)) {
    return std::unexpected(Code::no_service);  // SMG-47
  }
  if (bound == nullptr) return std::unexpected(Code::permission);  // SMG-48, SMG-28
  return provider;
}

Parcel ServiceManager::get(const Caller& caller, const ServiceName& name) {
  const auto provider = validate_get(caller, name);
  if (!provider) return answer_of(provider.error());
  const Registered& service = services_.at(provider->service);
  if (!kernel_.add_access(caller.task, service.handle)) return answer_of(Code::failure);  // SMG-49
  references_.emplace(caller.process, *provider);  // SMG-50, SMG-51
  FieldWriter answer(model_);
  answer.signed_number(static_cast<std::int32_t>(Code::ok));
  answer.service({service.handle, service.tokens.at(provider->feature)});
  return answer.finish();
}

void ServiceManager::process_ended(ProcessId process) {
  endpoints_.erase(process);  // SMG-66
  std::erase_if(services_,
                [&](const auto& entry) { return entry.second.provider == process; });  // SMG-64
  std::erase_if(references_, [&](const auto& reference) {
    return reference.first == process ||                   // SMG-65
           !services_.contains(reference.second.service);  // SMG-64
  });
}

std::size_t ServiceManager::references_of(ProcessId process) const {
  return static_cast<std::size_t>(std::ranges::count(
      references_, process, [](const auto& reference) { return reference.first; }));
}

}  // namespace touchstone::services
