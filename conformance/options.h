// options.h: what the command line said, checked for form only.  Carries nothing out.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "adapter/backend.h"
#include "conformance/report.h"
#include "conformance/selection.h"
#include "conformance/waivers.h"

namespace touchstone {

enum class Command : std::uint8_t { run, list, show, replay, judge, record, spec, waive };

struct Options {
  Command command = Command::run;
  std::vector<std::string> flags;  // the command line as it was
  SelectionOptions selection;      // run, list; judge takes its names
  std::string failed_from;
  std::string case_name;  // show, replay, record
  std::string clause;     // spec
  std::string backend;
  DataModel data_model = DataModel::ilp32;
  std::string profile;
  std::vector<std::string> required;
  std::string waivers;
  std::vector<ReportOrder> reports;
  double timeout_seconds = 10;
  std::string output;       // record, waive; empty for standard output
  std::string from_report;  // waive
  NewWaivers new_waivers;
};

}  // namespace touchstone
