#include "conformance/waivers.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "conformance/text_file.h"

namespace touchstone {
namespace {

constexpr std::array<std::string_view, 3> waiver_classes{"bug", "by-design", "spec-unclear"};
constexpr std::size_t columns_min = 6;
constexpr std::size_t columns_max = 7;
constexpr std::string_view for_crash = "crash:";
constexpr std::string_view for_clause = "clause:";

bool is_class(std::string_view word) {
  return std::ranges::find(waiver_classes, word) != waiver_classes.end();
}

bool is_date(std::string_view text) {
  if (text.size() != 10) return false;
  for (std::size_t index = 0; index < text.size(); ++index) {
    const bool is_dash = index == 4 || index == 7;
    if (is_dash ? text[index] != '-' : text[index] < '0' || text[index] > '9') return false;
  }
  return text.substr(5, 2) >= "01" && text.substr(5, 2) <= "12" && text.substr(8) >= "01" &&
         text.substr(8) <= "31";
}

std::expected<Waiver, std::string> parse_waiver(std::string_view line) {
  const bool has_tab = line.find('\t') != std::string_view::npos;
  const std::vector<std::string_view> columns = split(line, has_tab ? '\t' : '|');
  if (columns.size() < columns_min || columns.size() > columns_max) {
    return std::unexpected(fmt::format(
        "expected entry, class, backend, version, link, expires, comment; found {} columns",
        columns.size()));
  }
  Waiver waiver;
  waiver.entry = trimmed(columns[0]);
  waiver.waiver_class = trimmed(columns[1]);
  waiver.backend = trimmed(columns[2]);
  waiver.version = trimmed(columns[3]);
  waiver.link = trimmed(columns[4]);
  waiver.expires = trimmed(columns[5]);
  if (columns.size() == columns_max) waiver.comment = trimmed(columns[6]);

  std::string_view subject = waiver.entry;
  waiver.is_for_crash = subject.starts_with(for_crash);
  if (waiver.is_for_crash) subject.remove_prefix(for_crash.size());
  waiver.is_for_clause = subject.starts_with(for_clause);
  if (waiver.is_for_clause) subject.remove_prefix(for_clause.size());
  waiver.subject = subject;

  const auto expected = [](std::string_view what, std::string_view found) {
    return std::unexpected(fmt::format("expected {}, found `{}`", what, found));
  };
  if (waiver.subject.empty()) return expected("a case or clause:ID", waiver.entry);
  if (!is_class(waiver.waiver_class)) {
    return expected("the class bug, by-design or spec-unclear", waiver.waiver_class);
  }
  if (waiver.backend.empty()) return expected("a backend's name or *", "");
  if (waiver.version.empty()) return expected("a version or *", "");
  if (waiver.link.empty()) return expected("a link", "");
  if (!is_date(waiver.expires)) return expected("a date YYYY-MM-DD", waiver.expires);
  return waiver;
}

bool names_case(const Waiver& waiver, std::string_view id, std::string_view name) {
  return !waiver.is_for_clause && (waiver.subject == id || waiver.subject == name);
}

bool is_waivable(Verdict verdict) {
  return verdict == Verdict::fail || verdict == Verdict::timeout || verdict == Verdict::crash;
}

bool waives(const Waiver& waiver, const CaseResult& result, Verdict judged) {
  if (!is_waivable(judged) || waiver.is_for_crash != (judged == Verdict::crash)) return false;
  if (waiver.is_for_clause) return waiver.subject == deciding_clause(result);
  return names_case(waiver, result.id, result.name);
}

// Why an entry counts for nothing in this run, empty if it does count.
std::string out_of_date(const Waiver& waiver, const Provenance& run, const std::string& today) {
  if (waiver.expires < today) return fmt::format("expired on {}", waiver.expires);
  if (waiver.backend != "*" && waiver.backend != run.backend_name) {
    return fmt::format("is for backend {}, this is {}", waiver.backend, run.backend_name);
  }
  if (waiver.version != "*" && waiver.version != run.backend_version) {
    return fmt::format("is for version {}, this is {}", waiver.version, run.backend_version);
  }
  return {};
}

template <typename Clauses>
bool has_clause(const Clauses& clauses, const std::string& id) {
  return std::ranges::find(clauses, id) != clauses.end();
}

// An entry that matched nothing: whether this run could have told.
std::string unmatched(const Waiver& waiver, const std::vector<CaseFile>& known,
                      const RunResult& result) {
  if (waiver.is_for_clause) {
    const bool is_partial = std::ranges::any_of(known, [&](const CaseFile& file) {
      return has_clause(file.program.header.clauses, waiver.subject);
    });
    return is_partial ? "" : "matches no failure";
  }
  const auto selected = std::ranges::find_if(
      result.cases, [&](const CaseResult& one) { return names_case(waiver, one.id, one.name); });
  if (selected != result.cases.end()) {
    if (selected->verdict == Verdict::crash) return "matches no failure; crash: waives a crash";
    return fmt::format("matches no failure; the verdict is {}", verdict_word(selected->verdict));
  }
  const bool is_known = std::ranges::any_of(known, [&](const CaseFile& file) {
    return names_case(waiver, file.id, file.program.header.name);
  });
  return is_known ? "" : "names no case";
}

bool holds_unexpectedly(const Waiver& waiver, const CaseResult& result, Verdict judged) {
  const bool holds = judged == Verdict::pass || judged == Verdict::quirk;
  return holds && names_case(waiver, result.id, result.name);
}

// Whether the entry matched anything.  `judged` are the verdicts before any waiver: two entries may
// match one case.
bool apply(const Waiver& waiver, const std::string& place, const std::vector<Verdict>& judged,
           RunResult& result) {
  bool has_matched = false;
  for (std::size_t index = 0; index < result.cases.size(); ++index) {
    CaseResult& one = result.cases[index];
    const bool is_pass = holds_unexpectedly(waiver, one, judged[index]);
    if (!is_pass && !waives(waiver, one, judged[index])) continue;
    has_matched = true;
    if (!one.waiver.empty()) continue;
    one.waiver = waiver.entry;
    one.reason = is_pass ? fmt::format("holds, but {} waives it; take the entry out", place)
                         : fmt::format("{} {}: {}", waiver.waiver_class, waiver.link, one.reason);
    one.verdict = is_pass ? Verdict::unexpected_pass : Verdict::waived;
  }
  return has_matched;
}

std::string one_line(std::string text) {
  std::ranges::replace_if(text, [](char letter) { return letter == '\t' || letter == '\n'; }, ' ');
  return text;
}

}  // namespace

std::expected<WaiverFile, std::string> parse_waivers(std::string_view text,
                                                     const std::string& path) {
  WaiverFile file{path, {}};
  std::size_t number = 0;
  for (const std::string_view line : lines_of(text)) {
    ++number;
    if (trimmed(line).empty() || line.starts_with('#')) continue;
    auto waiver = parse_waiver(line);
    if (!waiver) return std::unexpected(fmt::format("{}:{}: {}", path, number, waiver.error()));
    waiver->line = number;
    file.waivers.push_back(std::move(*waiver));
  }
  return file;
}

void apply_waivers(const WaiverFile& file, const std::vector<CaseFile>& known,
                   const std::string& today, RunResult& result) {
  std::vector<Verdict> judged;
  for (const CaseResult& one : result.cases) judged.push_back(one.verdict);
  for (const Waiver& waiver : file.waivers) {
    const std::string place = fmt::format("{}:{}", file.path, waiver.line);
    std::string finding = out_of_date(waiver, result.provenance, today);
    if (finding.empty() && !apply(waiver, place, judged, result))
      finding = unmatched(waiver, known, result);
    if (finding.empty()) continue;
    result.waiver_findings.push_back(fmt::format("{}: `{}` {}", place, waiver.entry, finding));
  }
}

std::expected<std::string, std::string> updated_waivers(const std::string& old_text,
                                                        const std::string& path,
                                                        const RunResult& report,
                                                        const NewWaivers& added) {
  if (!is_class(added.waiver_class)) {
    return std::unexpected(fmt::format(
        "expected the class bug, by-design or spec-unclear, found `{}`", added.waiver_class));
  }
  if (trimmed(added.link).empty()) return std::unexpected("expected a link, found none");
  if (!is_date(added.expires)) {
    return std::unexpected(fmt::format("expected a date YYYY-MM-DD, found `{}`", added.expires));
  }
  const auto old_file = parse_waivers(old_text, path);
  if (!old_file) return std::unexpected(old_file.error());
  std::string text = old_text;
  if (text.empty()) text = "# entry\tclass\tbackend\tversion\tlink\texpires\tcomment\n";
  if (!text.ends_with('\n')) text += '\n';
  for (const CaseResult& one : report.cases) {
    if (!is_waivable(one.verdict)) continue;
    const bool is_crash = one.verdict == Verdict::crash;
    const std::string entry = fmt::format("{}{}", is_crash ? for_crash : "", one.id);
    if (std::ranges::find(old_file->waivers, entry, &Waiver::entry) != old_file->waivers.end()) {
      continue;
    }
    text += fmt::format("{}\t{}\t{}\t{}\t{}\t{}\t{}\n", entry, added.waiver_class,
                        report.provenance.backend_name, report.provenance.backend_version,
                        one_line(added.link), added.expires, one_line(one.reason));
  }
  return text;
}

}  // namespace touchstone
