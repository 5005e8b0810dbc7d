// TAP 13: unsupported cases are `# SKIP`, waived ones `# TODO` (which TAP has for failures that are
// expected), and whatever failed has its differences in a block below.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <sstream>
#include <string_view>

#include "conformance/report.h"
#include "conformance/report_text.h"
#include "conformance/text_file.h"

namespace touchstone {
namespace {

// A description ends at a line's end or at `#`.
std::string described(std::string_view text) {
  std::string out;
  for (const char letter : text) {
    if (letter == '#' || letter == '\\') out += '\\';
    out += letter == '\n' || letter == '\r' ? ' ' : letter;
  }
  return out;
}

std::string block(std::string_view text) {
  std::string out = "  ---\n  message: |\n";
  for (const std::string_view line : lines_of(text)) out += fmt::format("    {}\n", line);
  return out + "  ...\n";
}

std::string details(const CaseResult& one, const Provenance& provenance) {
  std::ostringstream text;
  write_differences(one, provenance, text);
  return block(text.str());
}

std::string line_of(std::size_t number, const CaseResult& one, const Provenance& provenance) {
  const std::string description = fmt::format("{} - {}", number, described(one.id));
  switch (one.verdict) {
    case Verdict::pass: return fmt::format("ok {}\n", description);
    case Verdict::quirk:
      return fmt::format("ok {} (quirk, {})\n", description, described(one.reason));
    case Verdict::unsupported:
      return fmt::format("ok {} # SKIP {}\n", description, described(one.reason));
    case Verdict::waived:
      return fmt::format("not ok {} # TODO waived: {}\n", description, described(one.reason));
    case Verdict::fail:
    case Verdict::crash:
    case Verdict::timeout:
    case Verdict::unexpected_pass:
    case Verdict::backend_lost:
    case Verdict::broken:
      return fmt::format("not ok {} ({})\n{}", description, verdict_word(one.verdict),
                         details(one, provenance));
  }
  return {};
}

}  // namespace

std::string report_tap(const RunResult& result) {
  const Provenance& from = result.provenance;
  const std::size_t count =
      result.cases.size() + result.malformed.size() + result.waiver_findings.size();
  std::string text = fmt::format(
      "TAP version 13\n1..{}\n# touchstone {} {}\n# backend {} {} {} ({})\n# profile {}, seed {}\n"
      "# flags {}\n",
      count, from.suite_version, from.command, from.backend_name, from.backend_version,
      from.data_model, fmt::join(from.capabilities, " "), from.profile,
      from.seed ? fmt::format("{}", *from.seed) : "none",
      described(fmt::format("{}", fmt::join(from.flags, " "))));
  std::size_t number = 0;
  for (const CaseResult& one : result.cases) text += line_of(++number, one, from);
  for (const std::string& error : result.malformed) {
    text += fmt::format("not ok {} - malformed: {}\n", ++number, described(error));
  }
  for (const std::string& finding : result.waiver_findings) {
    text += fmt::format("not ok {} - waiver: {}\n", ++number, described(finding));
  }
  if (!result.lost.empty()) text += fmt::format("Bail out! {}\n", described(result.lost));
  return text;
}

}  // namespace touchstone
