#include "conformance/report.h"

#include <fmt/format.h>

#include "conformance/result_json.h"
#include "conformance/text_file.h"

namespace touchstone {

std::expected<ReportOrder, std::string> parse_report_order(std::string_view text) {
  const std::size_t colon = text.find(':');
  const std::string_view form = text.substr(0, colon);
  const std::string path(colon == std::string_view::npos ? "" : text.substr(colon + 1));
  if (!path.empty() && form == "junit") return ReportOrder{ReportOrder::Form::junit, path};
  if (!path.empty() && form == "tap") return ReportOrder{ReportOrder::Form::tap, path};
  if (!path.empty() && form == "json") return ReportOrder{ReportOrder::Form::json, path};
  return std::unexpected(
      fmt::format("expected junit:FILE, tap:FILE or json:FILE, found `{}`", text));
}

std::expected<void, std::string> write_report(const RunResult& result, const ReportOrder& order) {
  switch (order.form) {
    case ReportOrder::Form::junit: return write_text_file(order.path, report_junit(result));
    case ReportOrder::Form::tap: return write_text_file(order.path, report_tap(result));
    case ReportOrder::Form::json: return write_text_file(order.path, result_to_json(result));
  }
  return {};
}

}  // namespace touchstone
