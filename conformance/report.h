// report.h: a run as a file for other programs: JUnit XML, TAP 13, or the JSON itself.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

#include "conformance/result.h"

namespace touchstone {

struct ReportOrder {
  enum class Form : std::uint8_t { junit, tap, json };
  Form form = Form::json;
  std::string path;
};

// "junit:FILE", "tap:FILE" or "json:FILE", or what was expected.
std::expected<ReportOrder, std::string> parse_report_order(std::string_view text);

std::string report_junit(const RunResult& result);
std::string report_tap(const RunResult& result);

// Or which file could not be written, and why.
std::expected<void, std::string> write_report(const RunResult& result, const ReportOrder& order);

}  // namespace touchstone
