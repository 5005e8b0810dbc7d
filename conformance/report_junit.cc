// JUnit XML: a suite for each chapter, skipped cases as <skipped>, deaths of the implementation and
// mistakes of ours as <error>, all other unexpected results as <failure>.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <sstream>
#include <string_view>
#include <vector>

#include "conformance/report.h"
#include "conformance/report_text.h"

namespace touchstone {
namespace {

std::string escaped(std::string_view text) {
  std::string out;
  for (const char letter : text) {
    switch (letter) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      case '\n': out += "&#10;"; break;
      default:
        // XML 1.0 has no place for other control characters, not even as references.
        out += static_cast<unsigned char>(letter) < ' ' && letter != '\t' ? '?' : letter;
    }
  }
  return out;
}

std::string details(const CaseResult& one, const Provenance& provenance) {
  std::ostringstream text;
  write_differences(one, provenance, text);
  return std::move(text).str();
}

std::string element(std::string_view name, const CaseResult& one, const Provenance& provenance) {
  return fmt::format("   <{0} type=\"{1}\" message=\"{2}\">{3}</{0}>\n", name,
                     verdict_word(one.verdict), escaped(one.reason),
                     escaped(details(one, provenance)));
}

std::string body(const CaseResult& one, const Provenance& provenance) {
  switch (one.verdict) {
    case Verdict::pass: return {};
    case Verdict::quirk:
      return fmt::format("   <system-out>{}</system-out>\n", escaped(one.reason));
    case Verdict::unsupported:
    case Verdict::waived:
      return fmt::format("   <skipped message=\"{}: {}\"/>\n", verdict_word(one.verdict),
                         escaped(one.reason));
    case Verdict::fail:
    case Verdict::unexpected_pass: return element("failure", one, provenance);
    case Verdict::crash:
    case Verdict::timeout:
    case Verdict::backend_lost:
    case Verdict::broken: return element("error", one, provenance);
  }
  return {};
}

struct Suite {
  std::string name;
  std::string cases;
  std::size_t count = 0;
  std::size_t failures = 0;
  std::size_t errors = 0;
  std::size_t skipped = 0;
  double seconds = 0;

  void add(std::string_view case_name, double case_seconds, std::string_view inside) {
    constexpr std::string_view end = "  </testcase>\n";
    cases +=
        fmt::format("  <testcase classname=\"touchstone.{}\" name=\"{}\" time=\"{:.6f}\">\n{}{}",
                    escaped(name), escaped(case_name), case_seconds, inside, end);
    ++count;
    seconds += case_seconds;
    failures += inside.find("<failure") != std::string_view::npos ? 1 : 0;
    errors += inside.find("<error") != std::string_view::npos ? 1 : 0;
    skipped += inside.find("<skipped") != std::string_view::npos ? 1 : 0;
  }
};

// What went wrong outside of any case must be seen by readers of the file too.
Suite harness_suite(const RunResult& result) {
  Suite suite{.name = "harness", .cases = {}};
  for (const std::string& error : result.malformed) {
    suite.add("malformed", 0, fmt::format("   <error message=\"{}\"/>\n", escaped(error)));
  }
  for (const std::string& finding : result.waiver_findings) {
    suite.add("waiver", 0, fmt::format("   <failure message=\"{}\"/>\n", escaped(finding)));
  }
  if (!result.lost.empty()) {
    suite.add("backend", 0, fmt::format("   <error message=\"{}\"/>\n", escaped(result.lost)));
  }
  return suite;
}

std::string properties(const Provenance& from) {
  const std::vector<std::pair<std::string_view, std::string>> values{
      {"suite_version", from.suite_version},
      {"command", from.command},
      {"backend", from.backend},
      {"backend_name", from.backend_name},
      {"backend_version", from.backend_version},
      {"data_model", from.data_model},
      {"capabilities", fmt::format("{}", fmt::join(from.capabilities, " "))},
      {"profile", from.profile},
      {"seed", from.seed ? fmt::format("{}", *from.seed) : "none"},
      {"flags", fmt::format("{}", fmt::join(from.flags, " "))},
  };
  std::string text = "  <properties>\n";
  for (const auto& [name, value] : values) {
    text += fmt::format("   <property name=\"{}\" value=\"{}\"/>\n", name, escaped(value));
  }
  return text + "  </properties>\n";
}

}  // namespace

std::string report_junit(const RunResult& result) {
  std::vector<Suite> suites;
  for (const CaseResult& one : result.cases) {
    if (suites.empty() || suites.back().name != one.chapter) {
      suites.push_back({.name = one.chapter, .cases = {}});
    }
    suites.back().add(one.id, one.milliseconds / 1000, body(one, result.provenance));
  }
  Suite harness = harness_suite(result);
  if (harness.count != 0) suites.push_back(std::move(harness));

  std::string text =
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"touchstone\">\n";
  for (const Suite& suite : suites) {
    text += fmt::format(
        " <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\""
        " time=\"{:.6f}\">\n{}{} </testsuite>\n",
        escaped(suite.name), suite.count, suite.failures, suite.errors, suite.skipped,
        suite.seconds, properties(result.provenance), suite.cases);
  }
  return text + "</testsuites>\n";
}

}  // namespace touchstone
