// generator_job.h: one of the processes that share the Programs of a generated run.  Takes every
// Nth batch, and tells over a pipe what came of each Program.
//
// A batch runs in one child: a child for each Program would cost more than the Program.  The
// Program at which that child ends is run again in a child of its own, and so is every one that is
// wrong.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <expected>
#include <filesystem>
#include <string>
#include <vector>

#include "conformance/fuzzing/generated.h"

namespace touchstone::fuzzing {

inline constexpr std::uint64_t batch_programs = 64;

struct ProgramDone {
  std::uint64_t number = 0;
  std::uint64_t steps = 0;
  // "difference", "crash", "timeout", "lost", "unplayable"; empty if nothing is wrong with it.
  std::string kind;
  std::string signature;
  std::string input{};   // the bytes of a Program that is wrong
  bool is_kept = false;  // it reached something new
};

struct JobOptions {
  const GeneratedOptions& run;
  std::uint32_t index = 0;       // of run.jobs
  std::filesystem::path kcov{};  // its map of what is reached; empty: nobody looks
};

class GeneratorJob {
 public:
  // Or why it could not be started.
  static std::expected<GeneratorJob, std::string> start(const JobOptions& options,
                                                        OpenBackend& backend, const Judge& judge);
  GeneratorJob(GeneratorJob&& other) noexcept;
  GeneratorJob& operator=(GeneratorJob&&) = delete;
  ~GeneratorJob();  // ends it

  int descriptor() const { return pipe_; }  // readable: news; below 0: it has ended
  std::vector<ProgramDone> take_news();
  bool has_finished() const { return has_finished_; }  // all of its Programs are done

 private:
  GeneratorJob(pid_t id, int pipe) : id_(id), pipe_(pipe) {}

  pid_t id_;
  int pipe_;
  std::string received_;
  bool has_finished_ = false;
};

}  // namespace touchstone::fuzzing
