// Every valid and every broken payload of the service manager's own interface
// (corpora/interfaces/service_manager.iface), played at the reference manager.
#include <gtest/gtest.h>

#include <array>
#include <filesystem>
#include <map>
#include <memory>
#include <string>

#include "adapter/hex_text.h"
#include "conformance/text_file.h"
#include "conformance/userspace/payloads.h"
#include "conformance/userspace/services_messages.h"
#include "conformance/userspace/services_player.h"
#include "conformance/userspace/services_reference.h"
#include "reference/services/fields.h"

namespace touchstone::userspace {
namespace {

constexpr std::uint64_t seeds = 40;

InterfaceDescription service_manager_interface() {
  const std::filesystem::path root = TOUCHSTONE_SOURCE_DIR;
  const auto text = read_text_file(root / "corpora/interfaces/service_manager.iface");
  EXPECT_TRUE(text);
  auto read = parse_interface(text.value_or(""));
  EXPECT_TRUE(read);
  return read.value_or(InterfaceDescription());
}

// A name too long by one byte has its binding too, so that its length alone is wrong with it.
std::string long_name(std::string name) {
  name.resize(16, 'x');
  return name;
}

class ServiceManagerPayloads : public testing::TestWithParam<DataModel> {
 protected:
  ServiceManagerPayloads() {
    std::string bindings = "capability a.b\ncapability c.d\n";
    for (const std::string name : {"camera", "gallery"}) {
      for (const std::string feature : {"", "zoom"}) add_bindings(bindings, name, feature);
      add_bindings(bindings, long_name(name), "");
      add_bindings(bindings, name, long_name("zoom"));
      add_bindings(bindings, long_name(name), "zoom");
    }
    EXPECT_TRUE(manager_->load_bindings(bindings));
  }

  static void add_bindings(std::string& text, const std::string& name, const std::string& feature) {
    const std::string what =
        "service=" + name + (feature.empty() ? "" : " feature=" + feature) + "\n";
    text += "register uid=3 " + what + "reach uid=3 " + what;
  }

  ServicesParcel answer_to(const ServicesParcel& parcel) {
    now_ += 1'000'000'000;
    const auto answer = manager_->handle(
        {.process = 10, .task = 11, .user = 3, .token = 0, .now_ns = now_, .parcel = parcel});
    EXPECT_TRUE(answer);
    return answer.value_or(ServicesParcel());
  }
  std::int32_t code_of(const ServicesParcel& answer) const {
    const auto model =
        GetParam() == DataModel::ilp32 ? services::DataModel::ilp32 : services::DataModel::lp64;
    return services::FieldReader(model, answer.data, answer.offsets).signed_number();
  }
  // What a right request shows of the state: services, tokens, capabilities, references.
  std::string state() {
    std::string text;
    for (const std::string name : {"camera", "gallery"}) {
      for (const auto& feature :
           {std::optional<std::string>(), std::optional<std::string>("zoom")}) {
        text += hex_text(answer_to(feature_request(GetParam(), 0, name, feature, {})).data) + "\n";
      }
    }
    text += hex_text(answer_to(number_request(GetParam(), std::array{2u, 4u, 0u})).data) + "\n";
    return text + std::to_string(manager_->references(10).value_or(99));
  }

  const InterfaceDescription interface_ = service_manager_interface();
  const Dictionary dictionary_{
      {"service", {"camera", "gallery"}}, {"feature", {"zoom"}}, {"name", {"a.b", "c.d"}}};
  const PayloadMaker maker_{interface_, GetParam(), dictionary_};
  ScriptedKernel kernel_;
  std::unique_ptr<ServicesFactory> factory_ = reference_services();
  std::unique_ptr<ServicesPort> manager_ = factory_->create(GetParam(), kernel_);
  std::uint64_t now_ = 0;
};

TEST_P(ServiceManagerPayloads, ThatAreValidAreUnderstood) {
  std::map<std::string, int> understood;
  for (std::uint64_t seed = 0; seed < seeds; ++seed) {
    for (const InterfaceRequest& request : interface_.requests) {
      Choices choices(seed);
      const Payload payload = maker_.valid(request, choices);
      const ServicesParcel answer = answer_to(payload.parcel);
      EXPECT_EQ(broken_reply_field(request, GetParam(), answer), std::nullopt)
          << request.name << " " << hex_text(payload.parcel.data);
      const std::int32_t code = code_of(answer);
      EXPECT_NE(code, -9) << request.name << " " << hex_text(payload.parcel.data);
      understood[request.name] += code == 0 || request.name == "endpoint_post" ? 1 : 0;
    }
  }
  for (const InterfaceRequest& request : interface_.requests) {
    EXPECT_GT(understood[request.name], 5) << request.name;
  }
}

TEST_P(ServiceManagerPayloads, ThatAreBrokenAreRefusedAndChangeNothing) {
  answer_to(number_request(GetParam(), std::array{0u, 1u}));
  answer_to(feature_request(GetParam(), 2, "camera", std::nullopt, 7));
  state();  // holds the references that asking for the state gives
  const std::string before = state();
  int played = 0;
  for (std::uint64_t seed = 0; seed < seeds; ++seed) {
    for (const InterfaceRequest& request : interface_.requests) {
      Choices choices(seed);
      for (const Payload& payload : maker_.broken(request, choices)) {
        if (payload.is_still_valid) continue;
        const std::string what =
            request.name + ": " + payload.broken + " " + hex_text(payload.parcel.data);
        const ServicesParcel answer = answer_to(payload.parcel);
        EXPECT_EQ(answer.data.size(), 4u) << what;
        EXPECT_EQ(code_of(answer), payload.refusal) << what;
        ASSERT_EQ(state(), before) << what;
        ++played;
      }
    }
  }
  EXPECT_GT(played, 3000);
}

TEST_P(ServiceManagerPayloads, WithBytesBehindTheLastFieldAreUnderstood) {
  answer_to(number_request(GetParam(), std::array{0u, 1u}));
  for (const InterfaceRequest& request : interface_.requests) {
    Choices choices(1);
    Choices same_choices(1);
    const ServicesParcel right = answer_to(maker_.valid(request, choices).parcel);
    const Payload longer = maker_.broken(request, same_choices).back();
    EXPECT_EQ(longer.broken, "extra");
    EXPECT_TRUE(longer.is_still_valid);
    EXPECT_EQ(answer_to(longer.parcel).data, right.data) << request.name;
  }
}

INSTANTIATE_TEST_SUITE_P(DataModels, ServiceManagerPayloads,
                         testing::Values(DataModel::ilp32, DataModel::lp64));

}  // namespace
}  // namespace touchstone::userspace
