#include "conformance/properties/findings.h"

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "adapter/case_text.h"
#include "conformance/properties/domains.h"
#include "conformance/sanitized.h"

namespace touchstone {
namespace {

constexpr std::size_t programs_factor = is_sanitized ? 1 : 4;

class SilentListener : public rc::detail::TestListener {
 public:
  void onTestCaseFinished(const rc::detail::CaseDescription&) override {}
  void onShrinkTried(const rc::detail::CaseDescription&, bool) override {}
  void onTestFinished(const rc::detail::TestMetadata&, const rc::detail::TestResult&) override {}
};

rc::detail::TestParams params_of(const Search& search) {
  rc::detail::TestParams params = rc::detail::configuration().testParams;
  const char* given = std::getenv("RC_PARAMS");
  const bool has_count =
      given != nullptr && std::string_view(given).find("max_success") != std::string_view::npos;
  if (!has_count) params.maxSuccess = static_cast<int>(search.programs * programs_factor);
  if (search.fixed_seed) {
    params.maxSuccess = static_cast<int>(search.programs);
    params.seed = *search.fixed_seed;
  }
  return params;
}

// As comments, so that the file stays a case.
std::string commented(std::string_view text) {
  std::string lines;
  std::istringstream input{std::string(text)};
  for (std::string line; std::getline(input, line);) lines += "# " + line + "\n";
  return lines;
}

void keep(Finding& finding, const Search& search) {
  finding.program.header.name = search.law;
  finding.program.header.title = "found by a property";
  const std::filesystem::path folder = findings_folder();
  std::filesystem::create_directories(folder);
  finding.file = folder / (search.law + "-" + std::to_string(finding.seed) + ".case");
  const std::string story = "broken: " + search.law + "\n" + finding.reason +
                            "\nseed: RC_PARAMS=\"seed=" + std::to_string(finding.seed) +
                            "\"\nreplay: touchstone replay " + finding.file.string() +
                            " --backend " + search.replayed_on + "\n";
  // A law can break before there is a step, and a case has one at least.
  const std::string text = finding.program.steps.empty() ? "" : print_case(finding.program);
  std::ofstream(finding.file) << commented(story) << text;
  finding.text = story + text;
}

}  // namespace

std::filesystem::path findings_folder() {
  const char* folder = std::getenv("TOUCHSTONE_FINDINGS");
  return folder != nullptr && *folder != '\0' ? folder : "findings";
}

std::optional<Finding> find_counterexample(const Search& search, const Law& law) {
  // RapidCheck runs the shrunk Plan last of those that fail.
  Finding finding;
  const auto property = [&] {
    const Plan plan = *plans(search.domain);
    Written written = write_program(plan, search.options);
    if (auto reason = law(written)) {
      finding.program = std::move(written.program);
      finding.reason = *std::move(reason);
      RC_FAIL(finding.reason);
    }
  };
  const rc::detail::TestParams params = params_of(search);
  const rc::detail::TestMetadata metadata{search.law, search.law};
  SilentListener silent;
  const auto result =
      search.fixed_seed
          ? rc::detail::checkTestable(property, metadata, params, silent,
                                      std::unordered_map<std::string, rc::detail::Reproduce>{})
          : rc::detail::checkTestable(property, metadata, params);
  if (result.is<rc::detail::SuccessResult>()) return std::nullopt;
  finding.seed = params.seed;
  if (result.is<rc::detail::FailureResult>()) {
    finding.programs_tried =
        static_cast<std::size_t>(result.get<rc::detail::FailureResult>().numSuccess) + 1;
  } else {
    std::ostringstream what;
    rc::detail::printResultMessage(result, what);
    finding.reason = what.str();
  }
  keep(finding, search);
  return finding;
}

}  // namespace touchstone
