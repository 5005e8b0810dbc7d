#include "fuzz/services_trial.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "adapter/hex_text.h"
#include "conformance/userspace/payloads.h"
#include "conformance/userspace/services_messages.h"
#include "conformance/userspace/services_player.h"
#include "reference/parcel/parcel_reader.h"

namespace touchstone::fuzz {
namespace {

using userspace::Choices;
using userspace::InterfaceRequest;
using userspace::Payload;
using userspace::ServicesAnswer;
using userspace::ServicesParcel;
using userspace::ServicesRequest;

constexpr std::size_t requests_max = 24;
constexpr std::uint32_t authorised_user = 3;
constexpr std::uint64_t second_ns = 1'000'000'000;
constexpr std::int32_t invalid = -9;

const userspace::Dictionary& names() {
  static const userspace::Dictionary all{
      {"service", {"camera", "gallery"}}, {"feature", {"zoom"}}, {"name", {"a.b", "c.d"}}};
  return all;
}

// What the user may do; names too long by one byte too, so that their length alone is wrong.
const std::string& bindings() {
  static const std::string text = [] {
    std::string lines = "capability a.b\ncapability c.d\n";
    for (const char* service : {"camera", "gallery", "cameraxxxxxxxxxx", "galleryxxxxxxxxx"}) {
      for (const char* feature : {"", "zoom", "zoomxxxxxxxxxxxx"}) {
        const std::string what = fmt::format("uid={} service={}{}{}\n", authorised_user, service,
                                             *feature != '\0' ? " feature=" : "", feature);
        lines += "register " + what + "reach " + what;
      }
    }
    return lines;
  }();
  return text;
}

parcel::DataModel parcel_model(DataModel model) {
  return model == DataModel::ilp32 ? parcel::DataModel::ilp32 : parcel::DataModel::lp64;
}

// A truth that is neither 0 nor 1 is open (PCL-56), and with it what two implementations do.
bool is_open(DataModel model, const ServicesParcel& request) {
  parcel::Parcel parcel(parcel_model(model));
  parcel.init_from_message(request.data, {});
  parcel::ParcelReader reader(parcel);
  if (reader.pop_uint32().value_or(0) == 0) return false;  // ENDPOINT has none
  reader.pop_uint32();
  reader.pop_string();
  return (reader.pop_uint32().value_or(0) & 0xff) > 1;
}

// One implementation, and the kernel that it asks.
struct Manager {
  Manager(userspace::ServicesFactory& factory, DataModel model)
      : port(factory.create(model, kernel)) {}

  userspace::ScriptedKernel kernel;
  std::unique_ptr<userspace::ServicesPort> port;
};

// What is told of a finding.
struct Event {
  std::string what{};
  std::optional<ServicesRequest> request{};
  std::optional<ServicesParcel> answer{};
};

class Trial {
 public:
  Trial(const ServicesManagers& managers, DataModel model, std::span<const std::byte> input)
      : interface_(managers.interface),
        model_(model),
        maker_(interface_, model, names()),
        bytes_(input.size()),
        choices_(input),
        judged_(managers.judged, model) {
    if (managers.other != nullptr) {
      other_ = std::make_unique<Manager>(*managers.other, model);
      if (other_->port == nullptr) other_.reset();  // it makes none in this data model
    }
  }

  ServicesVerdict run() {
    if (judged_.port == nullptr) return {};
    load(bindings());
    has_right_bindings_ = true;
    const std::size_t requests = std::min(requests_max, 1 + bytes_ / 4);
    for (std::size_t index = 0; index < requests && !is_over(); ++index) step();
    return std::move(verdict_);
  }

 private:
  bool is_over() const { return !verdict_.kind.empty() || is_open_; }

  void step() {
    now_ += choices_.up_to(1) * second_ns;
    const std::uint64_t what = choices_.up_to(15);
    if (what < 7) return send_valid();
    if (what < 12) return send_broken();
    if (what < 14) return send_garbage();
    if (what == 14) return end_process();
    load(text(choices_.up_to(120)));
  }

  std::string text(std::uint64_t bytes) {
    std::string made;
    for (std::uint64_t index = 0; index < bytes; ++index) {
      made += static_cast<char>(choices_.up_to(255));
    }
    return made;
  }

  ServicesRequest drawn_request(const ServicesParcel& parcel) {
    constexpr std::uint32_t users[] = {authorised_user, authorised_user, 10001, 0x80000001};
    ServicesRequest request;
    request.process = 10 + static_cast<std::uint32_t>(choices_.up_to(2));
    request.task = request.process * 2 + static_cast<std::uint32_t>(choices_.up_to(1));
    request.user = users[choices_.up_to(3)];
    request.now_ns = now_;
    request.parcel = parcel;
    return request;
  }

  const InterfaceRequest& drawn_form() {
    return interface_.requests[choices_.up_to(interface_.requests.size() - 1)];
  }

  void send_valid() {
    const InterfaceRequest& form = drawn_form();
    const ServicesRequest request = drawn_request(maker_.valid(form, choices_).parcel);
    const auto answer = send(form.name, request);
    if (is_over()) return;
    if (!answer) return find(form.name, "no answer");
    if (const auto field = broken_reply_field(form, model_, *answer)) {
      return find(form.name, *field);
    }
    const std::int32_t code = code_of(*answer);
    // SMG-38: a name may be another's.
    if (code == invalid && form.name != "feature_put") return find(form.name, "refused as broken");
    if (form.name == "endpoint_post") users_.emplace(request.process, request.user);
    if (code >= 0) verdict_.is_any_taken = true;
  }

  void send_broken() {
    const InterfaceRequest& form = drawn_form();
    const std::vector<Payload> all = maker_.broken(form, choices_);
    const Payload& payload = all[choices_.up_to(all.size() - 1)];
    const ServicesRequest request = drawn_request(payload.parcel);
    const std::string name = form.name + ", " + payload.broken;
    const auto answer = send(name, request);
    if (is_over() || payload.is_still_valid) return;
    if (!answer) return find(name, "no answer");
    const std::int32_t code = code_of(*answer);
    if (answer->data.size() != 4 || !answer->offsets.empty() || code >= 0) {
      return find(name, "not refused");
    }
    if (is_authorised(form, request) && code != payload.refusal) {
      find(name, fmt::format("refused with {} and not {}", code, payload.refusal));
    }
  }

  // Who nothing but the payload stands against.
  bool is_authorised(const InterfaceRequest& form, const ServicesRequest& request) const {
    if (request.user != authorised_user || !has_right_bindings_) return false;
    const auto endpoint = users_.find(request.process);
    const bool is_endpoint = endpoint != users_.end() && endpoint->second == authorised_user;
    return is_endpoint || form.name != "feature_put";
  }

  void send_garbage() {
    const bool is_near_valid = choices_.up_to(1) == 0;
    ServicesParcel parcel;
    if (is_near_valid) parcel = maker_.valid(drawn_form(), choices_).parcel;
    const std::string bytes = text(choices_.up_to(is_near_valid ? 3 : 40));
    for (const char byte : bytes) {
      if (is_near_valid && !parcel.data.empty()) {
        parcel.data[choices_.up_to(parcel.data.size() - 1)] = static_cast<std::byte>(byte);
      } else {
        parcel.data.push_back(static_cast<std::byte>(byte));
      }
    }
    for (std::uint64_t entries = choices_.up_to(2); entries > 0; --entries) {
      parcel.offsets.push_back(static_cast<std::uint32_t>(choices_.up_to(70)));
    }
    ServicesRequest request = drawn_request(parcel);
    if (choices_.up_to(7) == 7) request.token = static_cast<std::uint32_t>(choices_.up_to(70000));
    is_open_ = is_open(model_, parcel);
    const auto answer = send("garbage", request);
    // A process that it made an endpoint is watched no further.
    has_right_bindings_ = false;
    if (is_over()) return;
    const bool is_to_manager = request.token == 0;  // SMG-1
    if (answer.has_value() != is_to_manager) {
      find("garbage", is_to_manager ? "no answer" : "an answer to another token");
    }
  }

  void end_process() {
    const std::uint32_t process = 10 + static_cast<std::uint32_t>(choices_.up_to(2));
    events_.push_back({.what = fmt::format("process {} ends", process)});
    judged_.port->process_ended(process);
    if (other_) other_->port->process_ended(process);
    users_.erase(process);
  }

  void load(const std::string& text) {
    const auto loaded = judged_.port->load_bindings(text);
    events_.push_back({.what = (loaded ? "bindings accepted:\n" : "bindings refused:\n") + text});
    if (loaded) has_right_bindings_ = false;
    if (!loaded && (loaded.error().line < 1 || loaded.error().column < 1)) {
      return find("bindings", "refused without a place");
    }
    if (other_ && other_->port->load_bindings(text).has_value() != loaded.has_value()) {
      differ("bindings", "accepted by one alone");
    }
  }

  std::optional<ServicesParcel> send(const std::string& name, const ServicesRequest& request) {
    const auto answer = judged_.port->handle(request);
    events_.push_back({.what = name, .request = request, .answer = answer});
    for (const std::byte byte : answer.value_or(ServicesParcel()).data) {
      verdict_.digest = (verdict_.digest ^ static_cast<std::uint64_t>(byte)) * 0x100000001b3;
    }
    if (other_ && !is_open_) compare(name, request, answer);
    return answer;
  }

  void compare(const std::string& name, const ServicesRequest& request,
               const std::optional<ServicesParcel>& answer) {
    const auto other = other_->port->handle(request);
    const bool are_same_bytes =
        answer && other && answer->data == other->data && answer->offsets == other->offsets;
    if (!are_same_bytes && answer_text(other) != answer_text(answer)) {
      events_.push_back({.what = "the other: " + answer_text(other)});
      const bool are_codes_equal = answer && other && answer->data.size() >= 4 &&
                                   other->data.size() >= 4 && code_of(*answer) == code_of(*other);
      return differ(name, are_codes_equal ? "another answer" : "another code");
    }
    if (other_->kernel.asked != judged_.kernel.asked) {
      return differ(name, "asked the kernel for something else");
    }
    const auto references = other_->port->references(request.process);
    if (references && references != judged_.port->references(request.process)) {
      differ(name, "another count of references");
    }
  }

  std::string story() const {
    std::string text;
    for (const Event& event : events_) {
      text += event.what + "\n";
      if (!event.request) continue;
      const ServicesRequest& request = *event.request;
      text += fmt::format("  process {} task {} user {} token {}: {}, objects at [{}]\n  {}\n",
                          request.process, request.task, request.user, request.token,
                          hex_text(request.parcel.data), fmt::join(request.parcel.offsets, ","),
                          answer_text(event.answer));
    }
    return text;
  }

  // As bytes that are told; what nothing is specified of shows as zeroes.
  std::string answer_text(const std::optional<ServicesParcel>& answer) const {
    if (!answer) return "not answered";
    std::string text = "answered";
    for (const auto& [key, value] : shown_answer(model_, ServicesAnswer::code_alone, *answer)) {
      text += fmt::format(" {}={}", key, value);
    }
    return text;
  }

  std::int32_t code_of(const ServicesParcel& answer) const {
    parcel::Parcel parcel(parcel_model(model_));
    parcel.init_from_message(answer.data, {});
    return parcel::ParcelReader(parcel).pop_int32().value_or(0);
  }

  void find(const std::string& what, const std::string& wrong) { tell("answer", what, wrong); }
  void differ(const std::string& what, const std::string& wrong) {
    tell("difference", what, wrong);
  }
  void tell(const char* kind, const std::string& what, const std::string& wrong) {
    if (!verdict_.kind.empty()) return;
    verdict_.kind = kind;
    verdict_.signature = what + ": " + wrong;
    verdict_.story = story();
  }

  const userspace::InterfaceDescription& interface_;
  DataModel model_;
  userspace::PayloadMaker maker_;
  std::size_t bytes_;
  Choices choices_;
  Manager judged_;
  std::unique_ptr<Manager> other_;
  std::uint64_t now_ = 0;
  bool has_right_bindings_ = false;
  bool is_open_ = false;                          // what comes next may differ
  std::map<std::uint32_t, std::uint32_t> users_;  // by endpoint, that of its first POST
  std::vector<Event> events_;
  ServicesVerdict verdict_;
};

}  // namespace

ServicesVerdict try_services(const ServicesManagers& managers, DataModel model,
                             std::span<const std::byte> input) {
  return Trial(managers, model, input).run();
}

}  // namespace touchstone::fuzz
