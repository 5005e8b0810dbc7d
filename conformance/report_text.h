// report_text.h: a run as text for people: what it is, one line for each chapter as it goes, and at
// the end everything that was not expected, in full.  Also the one-line summary of any run.
#pragma once

#include <iosfwd>
#include <string>

#include "conformance/result.h"

namespace touchstone {

// Says what is judged, before the first case.
void write_heading(const Provenance& provenance, std::size_t case_count, std::ostream& out);

// Writes a line each time a chapter is over.  Cases come in the order of their chapters.
class Progress {
 public:
  explicit Progress(std::ostream& out) : out_(out) {}

  void add(const CaseResult& result);
  void finish();

 private:
  std::ostream& out_;
  std::string chapter_;
  RunResult cases_;  // of the chapter so far, verdicts only
};

// What was not expected, then a line for all.
void write_conclusion(const RunResult& result, std::ostream& out);

// One case's differences: clause, step, expected, got, the reference's state, and how to see it
// again.
void write_differences(const CaseResult& result, const Provenance& provenance, std::ostream& out);

// "212 passed   1 failed   9 unsupported (fork 6, virtual-time 3)"
std::string summary_line(const RunResult& result);

}  // namespace touchstone
