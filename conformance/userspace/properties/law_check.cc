#include "conformance/userspace/properties/law_check.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <cstdlib>
#include <sstream>
#include <string>
#include <string_view>
#include <unordered_map>

#include "conformance/sanitized.h"

namespace touchstone::userspace {
namespace {

constexpr int plans_divisor = is_sanitized ? 10 : 1;

class SilentListener : public rc::detail::TestListener {
 public:
  void onTestCaseFinished(const rc::detail::CaseDescription&) override {}
  void onShrinkTried(const rc::detail::CaseDescription&, bool) override {}
  void onTestFinished(const rc::detail::TestMetadata&, const rc::detail::TestResult&) override {}
};

}  // namespace

void expect_law(int plans, const std::function<void()>& law) {
  rc::detail::TestParams params = rc::detail::configuration().testParams;
  const char* given = std::getenv("RC_PARAMS");
  const bool has_count =
      given != nullptr && std::string_view(given).find("max_success") != std::string_view::npos;
  if (!has_count) params.maxSuccess = plans / plans_divisor;

  SilentListener silent;
  const rc::detail::TestMetadata metadata;
  const auto result = rc::detail::checkTestable(
      law, metadata, params, silent, std::unordered_map<std::string, rc::detail::Reproduce>{});
  if (result.is<rc::detail::SuccessResult>()) return;
  std::ostringstream what;
  rc::detail::printResultMessage(result, what);
  ADD_FAILURE() << what.str() << "\nagain: RC_PARAMS=\"seed=" << params.seed
                << " max_success=" << params.maxSuccess << '"';
}

}  // namespace touchstone::userspace
