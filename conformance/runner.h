// runner.h: opens a backend, plays cases on it, and gathers what the judge says.  In process where
// the backend may be, each case in a child process where it may not.  Reads no command line.
#pragma once

#include <chrono>
#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "adapter/backend.h"
#include "conformance/case_file.h"
#include "conformance/judge.h"
#include "conformance/result.h"

namespace touchstone {

struct OpenBackend {
  std::string given;  // "plugin:./mine.so"
  std::unique_ptr<BackendFactory> factory;
  bool is_reference = false;
};

// Why there is no backend: the words are wrong, or what they name cannot be used.
struct BackendError {
  bool is_usage = false;
  std::string text;
};

// "reference", "reference:ilp32", "reference:lp64", "plugin:PATH", "daemon:", "daemon:SOCKET",
// "device:PATH" or "agent:..".  `data_model` is for a plain "reference".
std::expected<OpenBackend, BackendError> open_backend(const std::string& given,
                                                      DataModel data_model);

struct RunOptions {
  std::uint32_t jobs = 1;  // cases that are played at one time, if the backend's instances may be
  std::chrono::milliseconds step_time{10000};
  std::vector<std::string> required{};  // capabilities that may not be missing
  std::string replay_flags{};  // what a replay needs beside case and backend: " --profile x"
};

// Called after each case, in order.
using OnCase = std::function<void(const CaseResult&)>;

// Fills in `result.cases`, and `result.lost` when the backend goes away: no case after that is run.
void run_cases(const std::vector<CaseFile>& cases, OpenBackend& backend, const Judge& judge,
               const RunOptions& options, const OnCase& on_case, RunResult& result);

// The same for recordings, which need no backend.
void judge_recordings(const std::vector<CaseFile>& cases, const Judge& judge,
                      const RunOptions& options, const OnCase& on_case, RunResult& result);

}  // namespace touchstone
