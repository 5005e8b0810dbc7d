// waivers.h: the failures that a backend is known to have.  The file lives with the backend; one
// line an entry, columns separated by tabs, or by | where a line has no tab:
//
//   entry    a case's id or name, or clause:MSG-27 for all cases that fail by that clause;
//            with crash: before it, it waives a crash, and nothing else
//   class    bug, by-design or spec-unclear
//   backend, version   whose failure it is; * for any
//   link     where it is written down
//   expires  YYYY-MM-DD, the last day on which it counts
//   comment  may be left out
#pragma once

#include <cstddef>
#include <expected>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "conformance/case_file.h"
#include "conformance/result.h"

namespace touchstone {

struct Waiver {
  std::string entry;  // as written
  bool is_for_crash = false;
  bool is_for_clause = false;
  std::string subject;  // a case's id or name, or a clause's id
  std::string waiver_class;
  std::string backend;
  std::string version;
  std::string link;
  std::string expires;
  std::string comment;
  std::size_t line = 0;
};

struct WaiverFile {
  std::string path;
  std::vector<Waiver> waivers;
};

// Or "FILE:LINE: expected ..., found ...".
std::expected<WaiverFile, std::string> parse_waivers(std::string_view text,
                                                     const std::string& path);

// Turns verdicts into `waived` and `unexpected-pass`, and adds a finding for each entry that is out
// of date or matched nothing.  An entry for a case that was not selected says nothing here; `known`
// are those cases.  `today` is YYYY-MM-DD.
void apply_waivers(const WaiverFile& file, const std::vector<CaseFile>& known,
                   const std::string& today, RunResult& result);

struct NewWaivers {
  std::string waiver_class;
  std::string link;
  std::string expires;
};

// `old_text` with an entry added for each case that failed unexpectedly and has none; what is there
// stays as it is, byte for byte.  Errors are those of the old text, or say what of `added` is
// wrong.
std::expected<std::string, std::string> updated_waivers(const std::string& old_text,
                                                        const std::string& path,
                                                        const RunResult& report,
                                                        const NewWaivers& added);

}  // namespace touchstone
