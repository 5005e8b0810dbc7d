#include "conformance/fuzzing/follow_up.h"

#include <fmt/format.h>
#include <fmt/ostream.h>

#include <algorithm>
#include <ostream>
#include <sstream>
#include <utility>

#include "adapter/case_text.h"
#include "adapter/child_process.h"
#include "adapter/diagram.h"
#include "adapter/printable_text.h"
#include "conformance/fuzzing/crash_report.h"
#include "conformance/play.h"
#include "conformance/report_text.h"
#include "conformance/reproduce/c_program.h"
#include "conformance/reproduce/c_program_alternatives.h"
#include "conformance/reproduce/minimize.h"
#include "conformance/shell_word.h"
#include "conformance/text_file.h"

namespace touchstone::fuzzing {
namespace {

std::string times(std::uint64_t count) {
  return fmt::format("{} {}", count, count == 1 ? "time" : "times");
}

// A heading may not hold what the format takes for a comment.
std::string without_hashes(std::string text) {
  std::erase_if(text, [](char letter) { return letter == '#' || letter == '\n'; });
  return text;
}

void add_note(const std::string& text, FollowedUp& up) {
  up.note += up.note.empty() ? text : "; " + text;
}

std::string replays_text(const FollowedUp& up) {
  return up.replayed ? fmt::format("{}/{}", *up.replayed, replays_max) : "";
}

std::string steps_text(const FollowedUp& up) {
  return fmt::format("{} {}, of {} found", up.steps, up.steps == 1 ? "step" : "steps",
                     up.steps_before);
}

ShrunkCase shrunk_case(const Minimized& minimized) {
  Program program = minimized.program;
  program.header.name = "finding";
  program.header.title = without_hashes(program.header.title);
  return {print_case(program), std::string(kind_of(minimized.wrong.ruling.verdict)),
          minimized.wrong.signature};
}

// Where a Program is wrong without ending the process, one child can try them all, which is many
// times as fast.  None if that child does not come to an end.
std::optional<ShrunkCase> shrink_in_one_child(const Program& program, BackendFactory& factory,
                                              const Judge& judge,
                                              std::chrono::milliseconds step_time) {
  MinimizeOptions options;
  options.difference.step_time = step_time;
  ChildOptions child;
  child.silence_max = options.time_max + step_time + std::chrono::seconds(10);
  std::vector<std::string> frames;
  const ChildEnd end = run_in_child(
      child,
      [&](FrameSender& sender) {
        const auto minimized = minimize(program, factory, judge, options);
        if (!minimized) return;
        const ShrunkCase shrunk = shrunk_case(*minimized);
        sender.add(shrunk.text);
        sender.add(shrunk.kind);
        sender.add(shrunk.signature);
      },
      [&frames](std::string_view frame) {
        frames.emplace_back(frame);
        return true;
      });
  if (end.kind != ChildEnd::Kind::finished || frames.size() != 3) return std::nullopt;
  return ShrunkCase{frames[0], frames[1], frames[2]};
}

}  // namespace

// A finding as a case that was read back from its own text, with what came of it.
struct FollowUp::Shown {
  Program program;
  std::string text;
  std::vector<Outcome> outcomes;
  Ruling ruling;
  std::string captured;
  std::string signature;
};

FollowUp::FollowUp(FollowUpOptions options, const Judge& judge, OpenBackend* backend)
    : options_(std::move(options)), folder_(options_.findings), judge_(judge), backend_(backend) {}

std::expected<std::uint32_t, std::string> FollowUp::replay(const Found& found) const {
  std::uint32_t failures = 0;
  for (std::uint32_t i = 0; i < replays_max; ++i) {
    const auto failed = options_.replay(found);
    if (!failed) return std::unexpected(failed.error());
    if (*failed) ++failures;
  }
  return failures;
}

std::optional<FollowUp::Shown> FollowUp::shrink(const Program& program, const Found& found) const {
  BackendFactory& factory = *backend_->factory;
  if (found.kind == "difference" && factory.needs_isolation()) {
    const auto shrunk = shrink_in_one_child(program, factory, judge_, options_.step_time);
    auto shown = shrunk ? shown_as(*shrunk) : std::nullopt;
    if (shown && fails_the_run(shown->ruling.verdict)) return shown;
  }
  MinimizeOptions options;
  options.difference = {factory.needs_isolation(), options_.step_time};
  const auto minimized = minimize(program, factory, judge_, options);
  return minimized ? shown_as(shrunk_case(*minimized)) : std::nullopt;
}

// Reads the case back, and plays it as `touchstone replay` does.
std::optional<FollowUp::Shown> FollowUp::shown_as(const ShrunkCase& shrunk) const {
  auto read_back = parse_case(shrunk.text);
  if (!read_back) return std::nullopt;
  Shown shown;
  shown.program = *std::move(read_back);
  shown.program.header.name = name_of_finding(shrunk.kind, shrunk.signature);
  shown.text = print_case(shown.program);
  shown.signature = shrunk.signature;
  JudgedPlay one = play_and_judge(shown.program, *backend_->factory, judge_, backend_->is_reference,
                                  {backend_->factory->needs_isolation(), options_.step_time});
  shown.ruling = std::move(one.ruling);
  shown.outcomes = std::move(one.played.outcomes);
  shown.captured = std::move(one.played.captured);
  return shown;
}

std::expected<std::string, std::string> FollowUp::c_program_of(const Shown& shown) const {
  const CaseHeader& header = shown.program.header;
  CProgramText text{header.name, header.title, {}, {}, backend_->given};
  if (const Difference* decides = deciding_difference(shown.ruling.differences)) {
    text.clause = decides->clause;
    text.sentence = decides->sentence;
  }
  return print_c_program(with_alternatives(shown.program, judge_.catalogue()), text);
}

std::string FollowUp::body_of_case(const Shown& shown, const FollowedUp& up) const {
  CaseResult result;
  result.file = up.folder + "/case.case";
  result.verdict = shown.ruling.verdict;
  result.reason = shown.ruling.reason;
  result.differences = shown.ruling.differences;
  result.captured = shown.captured;
  result.replay = up.replay_line;
  Provenance from;
  from.backend = backend_->given;
  from.backend_name = backend_->factory->info().name;
  from.backend_version = backend_->factory->info().version;
  std::ostringstream text;
  write_differences(result, from, text);
  text << '\n' << draw_sequence_diagram(shown.program, &shown.outcomes);
  return std::move(text).str();
}

std::string FollowUp::report(const Found& found, const FollowedUp& up,
                             const std::string& body) const {
  std::string text = up.name + "\n";
  const auto field = [&text](std::string_view name, std::string_view value) {
    if (!value.empty()) text += fmt::format("  {:<10}{}\n", name, value);
  };
  field("signature", up.signature);
  if (up.signature != found.signature) field("found as", found.signature);
  field("found", fmt::format("{} by {}", options_.today, options_.command));
  field("seen", times(found.count));
  field("replays", replays_text(up));
  if (up.steps != 0) field("case", steps_text(up));
  field("note", up.note);
  field("replay", up.replay_line);
  field("input", options_.input_line(found, up.folder + "/input"));
  return text + "\n" + body;
}

std::string FollowUp::seen_line(const FollowedUp& up) const {
  return fmt::format("{}  {}  {}", options_.today, times(up.count), options_.command);
}

// Whether a folder of that name is there, of this run or of an earlier one.
bool FollowUp::is_settled(FollowedUp& up, std::string& error) {
  up.folder = folder_.path_of(up.name).string();
  if (written_.contains(up.name)) {
    up.is_repeated = true;
    return true;
  }
  if (!folder_.knows(up.name)) return false;
  up.is_known = true;
  written_.insert(up.name);
  const auto runs = folder_.note_seen(up.name, seen_line(up));
  if (runs) {
    up.runs = *runs;
  } else {
    error = runs.error();
  }
  return true;
}

std::expected<FollowedUp, std::string> FollowUp::operator()(const Found& found, bool is_hurried) {
  FollowedUp up;
  up.name = found.name();
  up.signature = found.signature;
  up.count = found.count;
  std::string error;
  bool is_settled_now = is_settled(up, error);
  const std::optional<Program> program =
      backend_ != nullptr && options_.program_of ? options_.program_of(found) : std::nullopt;
  std::optional<Shown> shown;
  if (!is_settled_now && program) {
    shown = shrink(*program, found);
    if (shown) {
      up.steps = shown->program.steps.size();
      up.steps_before = program->steps.size();
      if (!found.is_by_stack) {
        up.signature = shown->signature;
        up.name = shown->program.header.name;
        is_settled_now = is_settled(up, error);
      }
    } else {
      add_note("holds when it is run outside of the fuzzer", up);
    }
  }
  if (!error.empty()) return std::unexpected(error);
  if (is_settled_now) return up;
  if (auto written = write_down(found, shown, is_hurried, up); !written) {
    return std::unexpected(written.error());
  }
  return up;
}

std::expected<void, std::string> FollowUp::write_down(const Found& found,
                                                      const std::optional<Shown>& shown,
                                                      bool is_hurried, FollowedUp& up) {
  if (is_hurried) {
    add_note("the run was broken off before it was looked into", up);
  } else {
    const auto replayed = replay(found);
    if (!replayed) return std::unexpected(replayed.error());
    up.replayed = *replayed;
    if (*replayed == 0) add_note("seen once, and not again when it was run alone", up);
  }
  up.replay_line = options_.input_line(found, up.folder + "/input");
  FindingFiles files{{"input", found.input}};
  std::string body = found.text;
  if (shown) {
    if (!fails_the_run(shown->ruling.verdict)) add_note("the case held when it was replayed", up);
    up.replay_line =
        fmt::format("touchstone replay {} --backend {}{}", shell_word(up.folder + "/case.case"),
                    shell_word(backend_->given), options_.replay_flags);
    files.emplace_back("case.case", shown->text);
    if (auto program = c_program_of(*shown)) {
      files.emplace_back("repro.c", *std::move(program));
    } else {
      add_note("no C program: " + program.error(), up);
    }
    body = body_of_case(*shown, up);
    if (found.is_by_stack) body += "\n" + found.text;
  } else if (!found.reproducer.empty()) {
    const bool is_case = found.extension == "case";
    files.emplace_back(is_case ? "case.case" : "reproducer." + found.extension, found.reproducer);
  }
  files.emplace_back("report.txt", report(found, up, body));
  if (auto kept = folder_.keep(up.name, files); !kept) return kept;
  written_.insert(up.name);
  const auto noted = folder_.note_seen(up.name, seen_line(up));
  return noted ? std::expected<void, std::string>() : std::unexpected(noted.error());
}

void add_followed_up(FollowedUp up, std::vector<FollowedUp>& findings) {
  const auto same = std::ranges::find(findings, up.name, &FollowedUp::name);
  if (up.is_repeated && same != findings.end()) {
    same->count += up.count;
  } else {
    findings.push_back(std::move(up));
  }
}

void print_findings(const std::vector<FollowedUp>& findings, std::ostream& out) {
  for (const FollowedUp& up : findings) {
    const auto field = [&out](std::string_view name, std::string_view value) {
      if (!value.empty()) fmt::print(out, "  {:<10}{}\n", name, value);
    };
    fmt::print(out, "\n{:<8} {}   {}\n", up.is_known ? "KNOWN" : "FOUND", up.name,
               printable_text(up.signature));
    if (up.count > 1) field("seen", times(up.count));
    if (up.is_known) {
      field("known", fmt::format("{} runs have seen it; its folder was left as it is", up.runs));
    } else {
      field("replays", replays_text(up));
    }
    if (up.steps != 0) field("case", steps_text(up));
    field("note", up.note);
    field("folder", up.folder);
    if (!up.is_known) field("replay", up.replay_line);
  }
}

std::string count_text(const std::vector<FollowedUp>& findings) {
  const auto known = std::ranges::count(findings, true, &FollowedUp::is_known);
  std::string text =
      fmt::format("{} {}", findings.size(), findings.size() == 1 ? "finding" : "findings");
  if (known != 0) text += fmt::format(", {} of them known", known);
  return text;
}

}  // namespace touchstone::fuzzing
