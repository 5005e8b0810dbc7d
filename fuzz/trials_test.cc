// The cores of the targets case_text, service_manager and ioctl_bytes: they find nothing in the
// reference, the same in any order, and notice what is wrong on purpose.
#include <gtest/gtest.h>

#include <filesystem>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "adapter/backends/reference_backend.h"
#include "conformance/text_file.h"
#include "conformance/userspace/services_reference.h"
#include "fuzz/ioctl_calls.h"
#include "fuzz/services_trial.h"
#include "fuzz/test_inputs.h"
#include "fuzz/text_trial.h"

namespace touchstone::fuzz {
namespace {

const std::string text =
    "case: a\ntitle: t\nclauses: MSG-31\n\nP1 spawn T1 uid=0 gid=0 -> 0\nT1 open -> 0\n";

std::string broken_law(const TextFunctions& functions, std::string_view of = text) {
  return try_text(functions, of).broken_law;
}

TEST(TextTrial, FindsNothingInARightText) {
  const TextVerdict verdict = try_text({}, text);
  EXPECT_EQ(verdict.broken_law, "") << verdict.detail;
  EXPECT_TRUE(verdict.is_past_header);
}

TEST(TextTrial, FindsNothingInTextsThatAreWrong) {
  for (std::size_t cut = 0; cut < text.size(); ++cut) {
    EXPECT_EQ(broken_law({}, text.substr(0, cut)), "") << cut;
    std::string changed = text;
    changed[cut] = '=';
    EXPECT_EQ(broken_law({}, changed), "") << cut;
  }
  EXPECT_FALSE(try_text({}, "case").is_past_header);
}

TEST(TextTrial, NoticesAPrinterThatForgets) {
  const auto print_without = [](std::function<void(Program&)> forget) {
    return [forget](const Program& program) {
      Program changed = program;
      forget(changed);
      return print_case(changed);
    };
  };
  TextFunctions wrong;
  wrong.print = print_without([](Program& program) { program.header.title.clear(); });
  EXPECT_EQ(broken_law(wrong), "what is printed is read as another Program");
  wrong.print = print_without([](Program& program) { program.steps.pop_back(); });
  EXPECT_EQ(broken_law(wrong), "what is printed is read as another Program");
  wrong.print = [](const Program& program) { return print_case(program) + "no step\n"; };
  EXPECT_EQ(broken_law(wrong), "what is printed cannot be read");
  int count = 0;
  wrong.print = [&count](const Program& program) {
    return print_case(program) + std::string(static_cast<std::size_t>(count++), '\n');
  };
  EXPECT_EQ(broken_law(wrong), "another text the second time");
}

TEST(TextTrial, NoticesErrorsWithoutPlaceOrReason) {
  TextFunctions wrong;
  ParseError error{1, 1, "a word", "nothing"};
  wrong.parse = [&error](std::string_view) -> std::expected<Program, ParseError> {
    return std::unexpected(error);
  };
  EXPECT_EQ(broken_law(wrong), "");
  error = {1, 1, "", ""};
  EXPECT_EQ(broken_law(wrong), "an error of a case expects nothing");
  error = {99, 1, "a word", ""};
  EXPECT_EQ(broken_law(wrong), "an error of a case has no line");
  error = {1, 0, "a word", ""};
  EXPECT_EQ(broken_law(wrong), "an error of a case has no column");
  wrong = {};
  wrong.parse_script = [](std::string_view) -> std::expected<userspace::Script, ParseError> {
    return std::unexpected(ParseError{0, 1, "a word", ""});
  };
  EXPECT_EQ(broken_law(wrong), "an error of a script has no line");
}

std::vector<std::uint8_t> call(std::uint8_t head, const std::vector<std::uint8_t>& written) {
  std::vector<std::uint8_t> bytes{0, head, static_cast<std::uint8_t>(written.size())};
  for (const std::uint8_t byte : written) bytes.push_back(byte);
  return bytes;
}

IoctlVerdict call_reference(const std::vector<std::uint8_t>& input) {
  const auto reference = make_reference({.data_model = ioctl_data_model(input)});
  return call_ioctls(*reference, [&] { return reference->broken_invariant(); }, input);
}

TEST(IoctlCalls, FindNothingInTheReferenceAndTheSameInAnyOrder) {
  std::vector<std::uint64_t> digests;
  for (std::uint64_t number = 0; number < 300; ++number) {
    const IoctlVerdict verdict = call_reference(some_input(number, 200));
    EXPECT_EQ(verdict.broken_invariant, std::nullopt);
    digests.push_back(verdict.digest);
  }
  EXPECT_GT(std::set(digests.begin(), digests.end()).size(), 50u);
  for (std::uint64_t number = 300; number-- > 0;) {
    EXPECT_EQ(call_reference(some_input(number, 200)).digest, digests[number]);
  }
}

// Bits 2 to 4: get_version; argument 0: the caller's memory.
TEST(IoctlCalls, AreTakenWhereTheyAreRight) {
  EXPECT_TRUE(call_reference(call(5 << 2, {})).is_any_taken);
  EXPECT_FALSE(call_reference(call(5 << 2 | 2 << 5, {})).is_any_taken);  // null
}

TEST(IoctlCalls, NoticeAnInvariantThatBreaksAfterACall) {
  const auto reference = make_reference({});
  int asked = 0;
  const IoctlVerdict verdict = call_ioctls(
      *reference,
      [&asked]() -> std::optional<std::string> {
        return ++asked == 2 ? std::optional<std::string>("broken") : std::nullopt;
      },
      call(5 << 2, {0xab}));
  EXPECT_EQ(verdict.broken_invariant, "broken");
  EXPECT_NE(verdict.story.find("0x80046905"), std::string::npos) << verdict.story;
  EXPECT_NE(verdict.story.find("memory ab"), std::string::npos) << verdict.story;
}

using userspace::ServicesFactory;
using userspace::ServicesHost;
using userspace::ServicesParcel;
using userspace::ServicesPort;
using userspace::ServicesRequest;
using Answer = std::optional<ServicesParcel>;
using Change = std::function<void(const ServicesRequest&, Answer&)>;

// The reference, whose answers something changes.
class ChangedServices : public ServicesFactory {
 public:
  explicit ChangedServices(Change change) : change_(std::move(change)) {}

  std::unique_ptr<ServicesPort> create(DataModel model, ServicesHost& host) override {
    return std::make_unique<Port>(reference_->create(model, host), change_);
  }
  std::unique_ptr<userspace::EndpointPort> create_endpoint(DataModel) override { return nullptr; }
  std::optional<std::uint32_t> gather(DataModel, std::uint32_t,
                                      std::span<const ServicesParcel>) override {
    return std::nullopt;
  }

 private:
  class Port : public ServicesPort {
   public:
    Port(std::unique_ptr<ServicesPort> port, const Change& change)
        : port_(std::move(port)), change_(change) {}
    std::uint32_t message_bytes_max() const override { return port_->message_bytes_max(); }
    std::expected<void, userspace::BindingsRefusal> load_bindings(std::string_view lines) override {
      return port_->load_bindings(lines);
    }
    Answer handle(const ServicesRequest& request) override {
      Answer answer = port_->handle(request);
      change_(request, answer);
      return answer;
    }
    void process_ended(std::uint32_t process) override { port_->process_ended(process); }
    std::optional<std::uint32_t> references(std::uint32_t process) override {
      return port_->references(process);
    }

   private:
    std::unique_ptr<ServicesPort> port_;
    const Change& change_;
  };

  std::unique_ptr<ServicesFactory> reference_ = userspace::reference_services();
  Change change_;
};

const userspace::InterfaceDescription& interface() {
  static const userspace::InterfaceDescription read = [] {
    const auto lines =
        read_text_file(TOUCHSTONE_SOURCE_DIR "/corpora/interfaces/service_manager.iface");
    EXPECT_TRUE(lines);
    return userspace::parse_interface(lines.value_or(""))
        .value_or(userspace::InterfaceDescription());
  }();
  return read;
}

ServicesVerdict try_input(ServicesFactory& judged, ServicesFactory* other, std::uint64_t number) {
  const auto input = some_input(number, 120);
  return try_services({interface(), judged, other},
                      number % 2 == 0 ? DataModel::ilp32 : DataModel::lp64,
                      std::as_bytes(std::span(input)));
}

constexpr std::uint64_t services_inputs = 150;

// What is found in some input: kind and signature, of the first.
std::string found_in(ServicesFactory& judged, ServicesFactory* other) {
  for (std::uint64_t number = 0; number < services_inputs; ++number) {
    const ServicesVerdict verdict = try_input(judged, other, number);
    if (verdict.kind.empty()) continue;
    EXPECT_FALSE(verdict.story.empty());
    return verdict.kind + ", " + verdict.signature;
  }
  return "";
}

TEST(ServicesTrial, FindsNothingInTheReferenceAndTheSameInAnyOrder) {
  const auto reference = userspace::reference_services();
  const auto again = userspace::reference_services();
  std::vector<std::uint64_t> digests;
  std::uint64_t taken = 0;
  for (std::uint64_t number = 0; number < services_inputs; ++number) {
    const ServicesVerdict verdict = try_input(*reference, again.get(), number);
    EXPECT_EQ(verdict.kind, "") << verdict.signature << "\n" << verdict.story;
    digests.push_back(verdict.digest);
    taken += verdict.is_any_taken ? 1 : 0;
  }
  EXPECT_GT(taken, services_inputs / 2);
  for (std::uint64_t number = services_inputs; number-- > 0;) {
    EXPECT_EQ(try_input(*reference, again.get(), number).digest, digests[number]);
  }
}

TEST(ServicesTrial, NoticesAnswersThatAreNotTheInterfaces) {
  ChangedServices longer([](const ServicesRequest&, Answer& answer) {
    if (answer) answer->data.resize(answer->data.size() + 4);
  });
  EXPECT_NE(found_in(longer, nullptr), "");
  ChangedServices silent([](const ServicesRequest&, Answer& answer) {
    if (answer && answer->data.size() == 4) answer.reset();
  });
  EXPECT_TRUE(found_in(silent, nullptr).ends_with("no answer"));
  ChangedServices other_code([](const ServicesRequest&, Answer& answer) {
    if (answer && answer->data.size() == 4 && answer->data[3] == std::byte{0xff}) {
      answer->data[0] = std::byte{0xf0};
    }
  });
  EXPECT_NE(found_in(other_code, nullptr).find("refused with -16"), std::string::npos);
  ChangedServices talkative([](const ServicesRequest& request, Answer& answer) {
    if (request.token != 0) answer = ServicesParcel();
  });
  EXPECT_EQ(found_in(talkative, nullptr), "answer, garbage: an answer to another token");
  ChangedServices yes([](const ServicesRequest&, Answer& answer) {
    if (answer && answer->data.size() == 4 && answer->data[0] == std::byte{0xf7}) {
      answer->data.assign(4, std::byte{0});
    }
  });
  EXPECT_TRUE(found_in(yes, nullptr).ends_with("not refused")) << found_in(yes, nullptr);
}

TEST(ServicesTrial, NoticesThatTwoAnswerDifferently) {
  const auto reference = userspace::reference_services();
  ChangedServices other([](const ServicesRequest&, Answer& answer) {
    if (answer && answer->data.size() > 4) answer->data.back() ^= std::byte{1};
  });
  EXPECT_TRUE(found_in(*reference, &other).starts_with("difference, "));
}

}  // namespace
}  // namespace touchstone::fuzz
