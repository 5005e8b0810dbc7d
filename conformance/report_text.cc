#include "conformance/report_text.h"

#include <fmt/format.h>
#include <fmt/ostream.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include "conformance/text_file.h"

namespace touchstone {
namespace {

constexpr std::array<std::pair<Verdict, std::string_view>, 10> summary_words{{
    {Verdict::pass, "passed"},
    {Verdict::fail, "failed"},
    {Verdict::crash, "crashed"},
    {Verdict::timeout, "timed out"},
    {Verdict::unexpected_pass, "passed unexpectedly"},
    {Verdict::backend_lost, "lost"},
    {Verdict::broken, "broken"},
    {Verdict::quirk, "tolerated as quirks"},
    {Verdict::waived, "waived"},
    {Verdict::unsupported, "unsupported"},
}};

std::string upper(std::string_view word) {
  std::string text(word);
  std::ranges::transform(text, text.begin(), [](char letter) {
    return letter >= 'a' && letter <= 'z' ? static_cast<char>(letter - 'a' + 'A') : letter;
  });
  return text;
}

// "(fork 6, virtual-time 3)": how many cases need each.
std::string missing_counts(const RunResult& result) {
  std::map<std::string, std::size_t> counts;
  for (const CaseResult& one : result.cases) {
    if (one.verdict != Verdict::unsupported) continue;
    for (const std::string& word : one.missing) ++counts[word];
  }
  std::vector<std::string> words;
  for (const auto& [word, count] : counts) words.push_back(fmt::format("{} {}", word, count));
  return fmt::format("({})", fmt::join(words, ", "));
}

std::string counts_line(const RunResult& result) {
  std::string line;
  for (const auto& [verdict, word] : summary_words) {
    const std::size_t count = count_of(result, verdict);
    if (count == 0 && verdict != Verdict::pass) continue;
    if (!line.empty()) line += "   ";
    line += fmt::format("{} {}", count, word);
    if (verdict == Verdict::unsupported) line += ' ' + missing_counts(result);
  }
  return line;
}

// Data of thousands of bytes hide what matters; JSON has them all, and so has a replay.
std::string shortened(std::string_view line) {
  constexpr std::size_t length_max = 400;
  if (line.size() <= length_max) return std::string(line);
  return fmt::format("{}... ({} more)", line.substr(0, length_max), line.size() - length_max);
}

void write_field(std::ostream& out, std::string_view name, std::string_view text) {
  constexpr std::string_view indent = "            ";
  if (text.empty()) return;
  bool is_first = true;
  for (const std::string_view line : lines_of(text)) {
    if (is_first) {
      fmt::print(out, "  {:<10}{}\n", name, shortened(line));
    } else {
      fmt::print(out, "{}{}\n", indent, shortened(line));
    }
    is_first = false;
  }
}

void write_difference(const CaseResult& result, const Difference& difference, std::ostream& out) {
  fmt::print(out, "{:<8} {}:{}   {}  {}\n", upper(verdict_word(result.verdict)), result.file,
             difference.line, difference.clause, difference.sentence);
  write_field(out, "step", difference.operation);
  write_field(out, "expected", difference.expected);
  std::string got = difference.got;
  if (!difference.note.empty()) got += "      <- " + difference.note;
  write_field(out, "got", got);
  if (difference.reference != difference.expected) {
    write_field(out, "reference", difference.reference);
  }
  write_field(out, "state", difference.state);
}

// The first few: what one wrong step entails can be all that follows.
void write_other_steps(const CaseResult& result, Difference::Role role, std::string_view name,
                       std::ostream& out) {
  constexpr std::size_t shown_max = 5;
  std::size_t count = 0;
  for (const Difference& difference : result.differences) {
    if (difference.role != role || ++count > shown_max) continue;
    write_field(
        out, name,
        fmt::format("line {}: {}: expected {}, got {} ({})", difference.line, difference.operation,
                    difference.expected, difference.got, difference.clause));
  }
  if (count > shown_max) write_field(out, name, fmt::format("{} more", count - shown_max));
}

}  // namespace

void write_heading(const Provenance& provenance, std::size_t case_count, std::ostream& out) {
  fmt::print(out, "touchstone {}: {} {} {}", provenance.suite_version, provenance.command,
             case_count, case_count == 1 ? "case" : "cases");
  if (!provenance.backend.empty()) {
    fmt::print(out, " on {} {} ({}, {})", provenance.backend_name, provenance.backend_version,
               provenance.data_model, provenance.backend);
  }
  fmt::print(out, ", profile {}, {}\n", provenance.profile,
             provenance.seed ? fmt::format("seed {}", *provenance.seed) : "no seed");
  out.flush();
}

void Progress::add(const CaseResult& result) {
  if (!cases_.cases.empty() && chapter_ != result.chapter) finish();
  chapter_ = result.chapter;
  CaseResult verdict_only;
  verdict_only.verdict = result.verdict;
  verdict_only.missing = result.missing;
  cases_.cases.push_back(std::move(verdict_only));
}

void Progress::finish() {
  if (cases_.cases.empty()) return;
  fmt::print(out_, "  {:<10} {}\n", chapter_, counts_line(cases_));
  out_.flush();
  cases_.cases.clear();
}

void write_differences(const CaseResult& result, const Provenance& provenance, std::ostream& out) {
  if (const Difference* difference = deciding_difference(result.differences)) {
    write_difference(result, *difference, out);
  } else {
    fmt::print(out, "{:<8} {}   {}\n", upper(verdict_word(result.verdict)), result.file,
               result.reason);
  }
  write_other_steps(result, Difference::Role::tolerated, "tolerated", out);
  write_other_steps(result, Difference::Role::further, "differs", out);
  if (!provenance.backend.empty()) {
    write_field(out, "backend",
                fmt::format("{} {}", provenance.backend_name, provenance.backend_version));
  }
  write_field(out, "printed", result.captured);
  write_field(out, "replay", result.replay);
}

void write_conclusion(const RunResult& result, std::ostream& out) {
  for (const CaseResult& one : result.cases) {
    if (one.verdict != Verdict::quirk && one.verdict != Verdict::waived) continue;
    fmt::print(out, "{:<8} {}   {}\n", verdict_word(one.verdict), one.id, shortened(one.reason));
  }
  for (const CaseResult& one : result.cases) {
    if (!fails_the_run(one.verdict)) continue;
    out << '\n';
    write_differences(one, result.provenance, out);
  }
  if (!result.malformed.empty() || !result.waiver_findings.empty() || !result.lost.empty()) {
    out << '\n';
  }
  for (const std::string& error : result.malformed) fmt::print(out, "MALFORMED {}\n", error);
  for (const std::string& finding : result.waiver_findings)
    fmt::print(out, "WAIVER   {}\n", finding);
  if (!result.lost.empty()) fmt::print(out, "LOST     the backend is gone: {}\n", result.lost);
  fmt::print(out, "\n{}\n", summary_line(result));
  out.flush();
}

std::string summary_line(const RunResult& result) {
  std::string line = counts_line(result);
  if (!result.malformed.empty()) line += fmt::format("   {} malformed", result.malformed.size());
  if (!result.waiver_findings.empty()) {
    line += fmt::format("   {} waivers to look at", result.waiver_findings.size());
  }
  if (count_of(result, Verdict::unsupported) == result.cases.size()) {
    line += "   nothing was carried out";
  }
  return line;
}

}  // namespace touchstone
