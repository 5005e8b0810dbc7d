#include "conformance/userspace/parcel_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <utility>

#include "conformance/shell_word.h"
#include "conformance/text_file.h"
#include "conformance/userspace/parcel_judge.h"
#include "conformance/userspace/parcel_reproducer.h"
#include "conformance/userspace/parcel_sequences.h"
#include "conformance/userspace/parcel_shrink.h"
#include "conformance/userspace/vector_file.h"

namespace touchstone::userspace {
namespace {

using Clock = std::chrono::steady_clock;

std::string chapter_of(ParcelApi api) {
  return api == ParcelApi::legacy ? "parcel" : "newer-parcel";
}

bool is_wrong(Verdict verdict) {
  return verdict == Verdict::fail || verdict == Verdict::crash || verdict == Verdict::timeout;
}

// Writes the C program of a result that failed, and names it in the result.
std::expected<void, std::string> add_reproducer(const ParcelRunOptions& options,
                                                const ParcelLibraryNote& note,
                                                const ParcelCase& one, CaseResult& result) {
  if (options.source.is_reference() || !is_wrong(result.verdict)) return {};
  result.replay =
      fmt::format("{} {}{}", options.replay_command, shell_word(result.id), options.replay_flags);
  if (options.reproducers.empty()) {
    result.replay += " --reproducers .";
    return {};
  }
  std::string name = result.id;
  std::ranges::replace(name, '/', '-');
  const std::filesystem::path path = options.reproducers / (name + ".c");
  std::error_code error;
  std::filesystem::create_directories(options.reproducers, error);
  const ReproducerText text{result.id, options.source.library,
                            result.differences.empty() ? "" : result.differences.front().clause,
                            result.differences.empty() ? "" : result.differences.front().sentence};
  const auto written = write_text_file(path, print_reproducer(one, note, text));
  if (!written) return std::unexpected(written.error());
  result.replay = fmt::format("cc {} {} && ./a.out", shell_word(path.string()),
                              shell_word(options.source.library));
  return {};
}

std::expected<ParcelLibraryNote, std::string> note_of(const ParcelSource& source) {
  if (source.is_reference()) return ParcelLibraryNote{};
  return describe_parcel_library(source);
}

CaseResult result_of(const ParcelVector& vector, const ParcelCase& one,
                     const ParcelRunOptions& options) {
  CaseResult result;
  const std::string stem = vector.file.substr(0, vector.file.find('.'));
  result.id = fmt::format("vectors/{}/{}", stem, vector.name);
  result.name = vector.name;
  result.title = fmt::format("what was recorded in line {} of {}", vector.line, vector.file);
  result.file = (options.vectors / vector.file).string();
  result.chapter = chapter_of(vector.api);
  result.case_class = "contract";
  result.clauses = clauses_of(one);
  return result;
}

double milliseconds_since(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

struct WantedVector {
  const ParcelVector* vector;
  ParcelCase one;
  CaseResult result;
};

// Sequences of one property, and what they break.
class PropertyRun {
 public:
  PropertyRun(const ParcelRunOptions& options, const MoreContext& context,
              const ParcelLibraryNote& note, RunResult& result)
      : options_(options), context_(context), note_(note), result_(result) {}

  std::expected<void, std::string> add(ParcelProperty property);

 private:
  bool has_function(const ParcelOperation& operation) const {
    const std::string name = function_of(operation, options_.source.api);
    return std::ranges::find(note_.lacks, name) == note_.lacks.end();
  }
  CaseResult empty_result(ParcelProperty property) const;
  bool is_wanted(ParcelProperty property) const;
  std::expected<void, std::string> add_finding(ParcelProperty property, const ParcelCase& found,
                                               const std::string& clause);

  const ParcelRunOptions& options_;
  const MoreContext& context_;
  const ParcelLibraryNote& note_;
  RunResult& result_;
};

CaseResult PropertyRun::empty_result(ParcelProperty property) const {
  CaseResult result;
  result.name = property_word(property);
  result.id = fmt::format("property/{}", result.name);
  result.title = fmt::format("{} sequences of seed {} as the reference has them",
                             options_.sequences, options_.seed);
  result.chapter = chapter_of(options_.source.api);
  result.case_class = "contract";
  return result;
}

// Itself, or what it would find of some clause.
bool PropertyRun::is_wanted(ParcelProperty property) const {
  const CaseResult whole = empty_result(property);
  if (context_.is_wanted(whole)) return true;
  return std::ranges::any_of(context_.catalogue.clauses(), [&](const Clause& clause) {
    CaseResult one = whole;
    one.id += "/" + clause.id;
    one.clauses = {clause.id};
    return context_.is_wanted(one);
  });
}

std::expected<void, std::string> PropertyRun::add_finding(ParcelProperty property,
                                                          const ParcelCase& found,
                                                          const std::string& clause) {
  const ParcelCase small = shrink_parcel_case(options_.source, found, clause);
  CaseResult result = empty_result(property);
  result.id += "/" + clause;
  result.file = result.id;  // it is written nowhere else
  result.clauses = {clause};
  ParcelJudge(context_.catalogue, context_.profile)
      .judge(small, play_parcel(options_.source, small.operations), 0, result);
  if (auto added = add_reproducer(options_, note_, small, result); !added) return added;
  result_.cases.push_back(std::move(result));
  context_.on_case(result_.cases.back());
  return {};
}

std::expected<void, std::string> PropertyRun::add(ParcelProperty property) {
  if (!is_wanted(property)) return {};
  const ParcelSource& source = options_.source;
  const auto start = Clock::now();
  std::vector<ParcelCase> cases;
  for (ParcelSequence& sequence : make_sequences(
           property, source.api, source.data_model,
           [this](const ParcelOperation& operation) { return has_function(operation); },
           options_.sequences, options_.seed)) {
    if (sequence.empty()) continue;
    cases.push_back(case_of_reference(source.api, source.data_model, std::move(sequence)));
  }
  std::map<std::string, std::size_t> first_of_clause;
  std::string lost;
  play_parcels(
      source, cases.size(),
      [&cases](std::size_t index) -> const ParcelSequence& { return cases[index].operations; },
      [&](std::size_t index, PlayedParcel played) {
        if (played.end == ChildEnd::Kind::not_started) lost = played.reason;
        const auto finding = first_finding(cases[index], played);
        if (!finding && !is_accounted_for(cases[index], played)) {
          lost = "a sequence came back without all of its operations";
        }
        if (finding) first_of_clause.emplace(finding->clause, index);
        return lost.empty();
      });
  result_.lost = lost;
  if (!lost.empty()) return {};
  for (const auto& [clause, index] : first_of_clause) {
    if (auto added = add_finding(property, cases[index], clause); !added) return added;
  }
  if (!first_of_clause.empty()) return {};
  CaseResult result = empty_result(property);
  if (cases.empty()) {
    result.verdict = Verdict::unsupported;
    result.missing = note_.lacks;
    result.reason = "needs functions to push and to pop";
  }
  result.milliseconds = milliseconds_since(start);
  result_.cases.push_back(std::move(result));
  context_.on_case(result_.cases.back());
  return {};
}

}  // namespace

std::expected<void, std::string> run_parcel_vectors(const ParcelRunOptions& options,
                                                    const MoreContext& context, RunResult& result) {
  const ParcelSource& source = options.source;
  const auto vectors = load_parcel_vectors(options.vectors, source.api, source.data_model);
  if (!vectors) return std::unexpected(vectors.error());
  const auto note = note_of(source);
  if (!note) return std::unexpected(note.error());
  std::vector<WantedVector> wanted;
  for (const ParcelVector& vector : *vectors) {
    ParcelCase one{vector.api, vector.data_model, vector.operations, vector.expected};
    CaseResult judged = result_of(vector, one, options);
    if (context.is_wanted(judged)) wanted.push_back({&vector, std::move(one), std::move(judged)});
  }
  const ParcelJudge judge(context.catalogue, context.profile);
  std::expected<void, std::string> outcome;
  auto start = Clock::now();
  play_parcels(
      source, wanted.size(),
      [&](std::size_t index) -> const ParcelSequence& { return wanted[index].one.operations; },
      [&](std::size_t index, PlayedParcel played) {
        const ParcelCase& one = wanted[index].one;
        CaseResult judged = std::move(wanted[index].result);
        judge.judge(one, played, wanted[index].vector->line, judged);
        outcome = add_reproducer(options, *note, one, judged);
        judged.milliseconds = milliseconds_since(std::exchange(start, Clock::now()));
        if (judged.verdict == Verdict::backend_lost) result.lost = judged.reason;
        result.cases.push_back(std::move(judged));
        context.on_case(result.cases.back());
        return outcome.has_value() && result.lost.empty();
      });
  return outcome;
}

std::expected<void, std::string> run_parcel_properties(const ParcelRunOptions& options,
                                                       const MoreContext& context,
                                                       RunResult& result) {
  const auto note = note_of(options.source);
  if (!note) return std::unexpected(note.error());
  PropertyRun run(options, context, *note, result);
  for (const ParcelProperty property : all_parcel_properties) {
    if (auto added = run.add(property); !added) return added;
    if (!result.lost.empty()) break;
  }
  return {};
}

}  // namespace touchstone::userspace
