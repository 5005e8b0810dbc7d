// options.h: what the command line said, checked for form only.  Carries nothing out.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "adapter/backend.h"
#include "conformance/report.h"
#include "conformance/selection.h"
#include "conformance/waivers.h"

namespace touchstone {

enum class Command : std::uint8_t {
  run,
  list,
  show,
  replay,
  judge,
  record,
  spec,
  waive,
  parcel,
  dispatch,
  services,
  fuzz,
  minimize,
  c_repro,
  convert
};

// Of parcel, dispatch and services.
struct UserspaceOptions {
  std::string library;  // empty for the embedded reference
  std::string api;      // "legacy", "new", or empty
  std::string vectors;  // a folder; empty for that of the suite
  std::string reproducers;
  std::uint64_t sequences = 2000;
  std::uint64_t seed = 1;
  std::optional<DataModel> data_model;
  bool lists = false;        // names the cases, plays none
  bool is_isolated = false;  // the reference is played as a library is
};

// Of fuzz.
struct FuzzOptions {
  std::string target;                // empty: Programs from the generator, on Options::backend
  std::string engine = "libfuzzer";  // or "afl"
  std::string build;                 // where the targets are; empty: looked for
  std::string library;               // for parcel_differential
  std::string corpus;                // a folder; empty: the seeds, and what is found is not kept
  std::string findings = "findings";
  std::optional<double> seconds;  // 60 if neither this nor `programs` is given
  std::uint64_t programs = 0;     // of the generator; 0: as many as the time allows
  std::uint64_t first = 0;        // the number of its first Program
  std::uint64_t seed = 1;
  std::uint32_t jobs = 1;
  std::uint32_t findings_max = 0;  // ends after so many; 0: goes on
  std::string kcov_module;         // Programs are chosen by what they reach in it; empty: by chance
};

struct Options {
  Command command = Command::run;
  std::vector<std::string> flags;  // the command line as it was
  SelectionOptions selection;      // run, list; judge takes its names
  std::string failed_from;
  std::string case_name;  // show, replay, record, minimize, c-repro
  std::string clause;     // spec
  std::string backend;
  DataModel data_model = DataModel::ilp32;
  std::string profile;
  std::vector<std::string> required;
  std::string waivers;
  std::vector<ReportOrder> reports;
  double timeout_seconds = 10;
  std::uint32_t jobs = 0;   // of run; 0: as many as suit the backend
  std::string output;       // of commands that write one file; empty for standard output
  std::string from_report;  // waive
  NewWaivers new_waivers;
  UserspaceOptions userspace;
  FuzzOptions fuzz;
  std::vector<std::string> files;  // convert
};

}  // namespace touchstone
