#include "conformance/fuzzing/engine_afl.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <set>

#include "conformance/fuzzing/campaign.h"
#include "conformance/fuzzing/engine.h"
#include "conformance/fuzzing/finding.h"
#include "conformance/text_file.h"

namespace touchstone::fuzzing {
namespace {

namespace fs = std::filesystem;

constexpr std::array<std::pair<const char*, const char*>, 2> aside{
    {{"crashes", "crash"}, {"hangs", "timeout"}}};

class Afl : public Engine {
 public:
  Afl(EngineSettings settings, fs::path afl_fuzz)
      : settings_(std::move(settings)), afl_fuzz_(std::move(afl_fuzz)), taken_(settings_.jobs) {
    // afl-fuzz reads one folder.
    add_inputs(settings_.corpus, settings_.seeds);
  }

  std::string_view name() const override { return "AFL++"; }
  bool ends_at_a_crash() const override { return false; }

  ProgramCall call(std::uint32_t job, std::uint32_t, std::chrono::seconds left) override {
    const auto milliseconds = std::chrono::milliseconds(settings_.input_time_max).count();
    ProgramCall call;
    call.words = {afl_fuzz_.string(),
                  "-i",
                  settings_.seeds.string(),
                  "-o",
                  output().string(),
                  job == 0 ? "-M" : "-S",
                  worker_name(job),
                  "-V",
                  std::to_string(std::max<std::int64_t>(1, left.count())),
                  "-t",
                  std::to_string(milliseconds),
                  "-G",
                  std::to_string(input_bytes_max),
                  "-m",
                  "none",
                  "-s",
                  std::to_string((settings_.seed + job) % 0x7fffffff + 1)};
    if (!settings_.dictionary.empty()) {
      call.words.insert(call.words.end(), {"-x", settings_.dictionary.string()});
    }
    call.words.insert(call.words.end(), {"--", settings_.programs.program.string()});
    call.environment = settings_.environment;
    std::ranges::copy(campaign_environment(settings_.work), std::back_inserter(call.environment));
    const std::pair<std::string, std::string> ours[] = {
        {"AFL_SKIP_CPUFREQ", "1"},
        {"AFL_NO_UI", "1"},
        {"AFL_NO_COLOR", "1"},
        {"AFL_NO_AFFINITY", "1"},
        {"AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES", "1"},
        {"AFL_FUZZER_STATS_UPDATE_INTERVAL", "1"},
    };
    std::ranges::copy(ours, std::back_inserter(call.environment));
    if (settings_.takes_programs && !settings_.programs.mutator.empty()) {
      call.environment.emplace_back("AFL_CUSTOM_MUTATOR_LIBRARY",
                                    settings_.programs.mutator.string());
    }
    return call;
  }

  void read_line(std::uint32_t, std::string_view) override {}

  // It counts its time from when it has tried all that it begins with.
  bool keeps_time(std::uint32_t) const override { return false; }

  std::uint64_t executions_of(std::uint32_t job) override {
    const auto status = status_of(job);
    return status ? status->executions : 0;
  }

  Figures figures() override {
    Figures figures;
    for (std::uint32_t job = 0; job < settings_.jobs; ++job) {
      const auto status = status_of(job);
      if (!status) continue;
      figures.executions += status->executions;
      figures.edges = std::max(figures.edges, status->edges);
      figures.corpus = std::max(figures.corpus, status->corpus);
    }
    return figures;
  }

  std::vector<Artifact> take_artifacts(std::uint32_t job) override {
    std::vector<Artifact> taken;
    for (const auto& [folder, kind] : aside) {
      for (const fs::path& file : inputs_in(folder_of(job) / folder)) {
        if (!taken_[job].insert(file.string()).second) continue;
        if (auto input = read_text_file(file)) taken.push_back({kind, *std::move(input)});
      }
    }
    return taken;
  }

  ProgramCall replay(const fs::path& input) const override {
    ProgramCall call;
    call.words = {settings_.programs.program.string(), input.string()};
    call.environment = settings_.environment;
    return call;
  }

  void finish() override {
    for (std::uint32_t job = 0; job < settings_.jobs; ++job) {
      add_inputs(folder_of(job) / "queue", settings_.corpus);
    }
  }

 private:
  static std::string worker_name(std::uint32_t job) {
    return job == 0 ? "main" : fmt::format("worker-{}", job);
  }
  fs::path output() const { return settings_.work / "afl"; }
  fs::path folder_of(std::uint32_t job) const { return output() / worker_name(job); }

  std::optional<AflStatus> status_of(std::uint32_t job) const {
    const auto text = read_text_file(folder_of(job) / "fuzzer_stats");
    return text ? parse_fuzzer_stats(*text) : std::nullopt;
  }

  static std::vector<fs::path> inputs_in(const fs::path& folder) {
    std::vector<fs::path> files;
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(folder, error)) {
      if (is_afl_input(entry.path().filename().string())) files.push_back(entry.path());
    }
    std::ranges::sort(files);
    return files;
  }

  // Under names of their content, so that none comes twice.
  static void add_inputs(const fs::path& from, const fs::path& to) {
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(from, error)) {
      const auto input = entry.is_regular_file() ? read_text_file(entry.path()) : std::string();
      if (!input || input->empty()) continue;
      const fs::path file = to / hash_of(*input);
      if (!fs::exists(file, error)) {
        [[maybe_unused]] const auto written = write_text_file(file, *input);
      }
    }
  }

  EngineSettings settings_;
  fs::path afl_fuzz_;
  std::vector<std::set<std::string>> taken_;
};

}  // namespace

std::optional<AflStatus> parse_fuzzer_stats(std::string_view text) {
  AflStatus status;
  bool has_executions = false;
  for (const std::string_view line : lines_of(text)) {
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    const std::string_view name = trimmed(line.substr(0, colon));
    const std::string_view value = trimmed(line.substr(colon + 1));
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
    if (error != std::errc()) continue;
    if (name == "execs_done") {
      status.executions = number;
      has_executions = true;
    } else if (name == "edges_found") {
      status.edges = number;
    } else if (name == "corpus_count" || name == "paths_total") {
      status.corpus = number;
    }
  }
  return has_executions ? std::optional(status) : std::nullopt;
}

bool is_afl_input(std::string_view name) { return name.starts_with("id:"); }

fs::path find_in_path(std::string_view name) {
  const char* folders = std::getenv("PATH");
  if (folders == nullptr) return {};
  for (const std::string_view folder : split(folders, ':')) {
    fs::path candidate = fs::path(folder) / name;
    std::error_code error;
    if (fs::is_regular_file(candidate, error) && ::access(candidate.c_str(), X_OK) == 0) {
      return candidate;
    }
  }
  return {};
}

std::unique_ptr<Engine> make_afl(EngineSettings settings, fs::path afl_fuzz) {
  return std::make_unique<Afl>(std::move(settings), std::move(afl_fuzz));
}

}  // namespace touchstone::fuzzing
