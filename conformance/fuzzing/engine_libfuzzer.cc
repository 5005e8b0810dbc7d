#include "conformance/fuzzing/engine_libfuzzer.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>

#include "conformance/fuzzing/campaign.h"
#include "conformance/fuzzing/engine.h"
#include "conformance/text_file.h"

namespace touchstone::fuzzing {
namespace {

namespace fs = std::filesystem;

std::optional<std::uint64_t> number_at(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end != text.data() ? std::optional(number) : std::nullopt;
}

std::optional<std::uint64_t> number_after(std::string_view text, std::string_view mark) {
  const std::size_t at = text.find(mark);
  return at == std::string_view::npos ? std::nullopt : number_at(text.substr(at + mark.size()));
}

// libFuzzer takes 0 for "by the clock".
std::uint32_t worker_seed(std::uint64_t seed, std::uint32_t job, std::uint32_t start) {
  std::uint64_t mixed = seed * 0x9e3779b97f4a7c15 + (std::uint64_t{job} << 32) + start;
  mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9;
  mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111eb;
  return static_cast<std::uint32_t>((mixed ^ (mixed >> 31)) % 0xfffffffe) + 1;
}

class Libfuzzer : public Engine {
 public:
  explicit Libfuzzer(EngineSettings settings)
      : settings_(std::move(settings)), workers_(settings_.jobs) {
    for (std::uint32_t job = 0; job < settings_.jobs; ++job) {
      fs::create_directories(artifacts_of(job));
    }
  }

  std::string_view name() const override { return "libFuzzer"; }
  bool ends_at_a_crash() const override { return true; }

  ProgramCall call(std::uint32_t job, std::uint32_t start, std::chrono::seconds left) override {
    Worker& worker = workers_[job];
    before_ += std::exchange(worker.executions, 0);
    worker.has_read_seeds = false;
    ProgramCall call;
    call.words = {settings_.programs.program.string(),
                  fmt::format("-max_total_time={}", std::max<std::int64_t>(1, left.count())),
                  fmt::format("-seed={}", worker_seed(settings_.seed, job, start)),
                  fmt::format("-timeout={}", settings_.input_time_max.count()),
                  rss_limit,
                  fmt::format("-max_len={}", input_bytes_max),
                  fmt::format("-artifact_prefix={}/", artifacts_of(job).string()),
                  "-print_final_stats=1",
                  "-use_value_profile=0",
                  "-reload=1"};
    if (!settings_.dictionary.empty()) {
      call.words.push_back("-dict=" + settings_.dictionary.string());
    }
    call.words.push_back(settings_.corpus.string());
    call.words.push_back(settings_.seeds.string());
    call.environment = settings_.environment;
    std::ranges::copy(campaign_environment(settings_.work, live_input_in(settings_.work, job)),
                      std::back_inserter(call.environment));
    std::ranges::copy(sanitizer_environment(), std::back_inserter(call.environment));
    return call;
  }

  void read_line(std::uint32_t job, std::string_view line) override {
    Worker& worker = workers_[job];
    if (const auto status = parse_libfuzzer_status(line)) {
      worker.executions = std::max(worker.executions, status->executions);
      if (line.find("\tINITED") != std::string_view::npos) worker.has_read_seeds = true;
      edges_ = std::max(edges_, status->edges);
      corpus_ = std::max(corpus_, status->corpus);
    } else if (const auto units = parse_executed_units(line)) {
      worker.executions = std::max(worker.executions, *units);
    } else if (const auto counts = parse_target_counts(line)) {
      counted_ += counts->executions;
      useful_ += counts->useful;
    }
  }

  bool keeps_time(std::uint32_t job) const override { return workers_[job].has_read_seeds; }

  std::uint64_t executions_of(std::uint32_t job) override { return workers_[job].executions; }

  Figures figures() override {
    Figures figures;
    figures.executions = before_;
    for (const Worker& worker : workers_) figures.executions += worker.executions;
    figures.edges = edges_;
    figures.corpus = corpus_;
    figures.counted = counted_;
    figures.useful = useful_;
    return figures;
  }

  std::vector<Artifact> take_artifacts(std::uint32_t job) override {
    std::vector<Artifact> taken;
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(artifacts_of(job), error)) {
      const std::string name = entry.path().filename().string();
      const std::string_view kind = artifact_kind(name);
      auto input = read_text_file(entry.path());
      if (!kind.empty() && input) taken.push_back({std::string(kind), *std::move(input)});
      // The same input again is news: it was to be skipped.
      fs::remove(entry.path(), error);
    }
    // An input that ended the process was executed, even if the count was never printed.
    if (!taken.empty()) {
      workers_[job].executions = std::max<std::uint64_t>(1, workers_[job].executions);
    }
    return taken;
  }

  ProgramCall replay(const fs::path& input) const override {
    ProgramCall call;
    call.words = {settings_.programs.program.string(),
                  fmt::format("-timeout={}", settings_.input_time_max.count()), rss_limit,
                  input.string()};
    call.environment = settings_.environment;
    return call;
  }

 private:
  static constexpr const char* rss_limit = "-rss_limit_mb=2560";

  struct Worker {
    std::uint64_t executions = 0;  // since it was last started
    bool has_read_seeds = false;
  };

  fs::path artifacts_of(std::uint32_t job) const {
    return settings_.work / fmt::format("artifacts-{}", job);
  }

  EngineSettings settings_;
  std::vector<Worker> workers_;
  std::uint64_t before_ = 0;  // executions of workers that were started anew since
  std::uint64_t edges_ = 0;
  std::uint64_t corpus_ = 0;
  std::uint64_t counted_ = 0;
  std::uint64_t useful_ = 0;
};

std::string with_options(const char* variable, const std::string& ours) {
  const char* of_user = std::getenv(variable);
  return of_user == nullptr || *of_user == '\0' ? ours : ours + ":" + of_user;
}

}  // namespace

std::optional<LibfuzzerStatus> parse_libfuzzer_status(std::string_view line) {
  if (!line.starts_with('#')) return std::nullopt;
  const auto executions = number_at(line.substr(1));
  const std::size_t tab = line.find('\t');
  if (!executions || tab == std::string_view::npos) return std::nullopt;
  LibfuzzerStatus status;
  status.executions = *executions;
  status.edges = number_after(line, "cov: ").value_or(0);
  status.corpus = number_after(line, "corp: ").value_or(0);
  return status;
}

std::optional<std::uint64_t> parse_executed_units(std::string_view line) {
  constexpr std::string_view head = "stat::number_of_executed_units: ";
  return line.starts_with(head) ? number_at(line.substr(head.size())) : std::nullopt;
}

std::optional<TargetCounts> parse_target_counts(std::string_view line) {
  constexpr std::string_view head = "touchstone: ";
  if (!line.starts_with(head) || !line.ends_with(" useful")) return std::nullopt;
  const auto executions = number_at(line.substr(head.size()));
  const auto useful = number_after(line, " executions, ");
  if (!executions || !useful) return std::nullopt;
  return TargetCounts{*executions, *useful};
}

std::string_view artifact_kind(std::string_view name) {
  constexpr std::array<std::string_view, 4> kinds{"crash", "timeout", "oom", "leak"};
  const std::string_view word = name.substr(0, name.find('-'));
  const bool is_one = word.size() < name.size() && std::ranges::find(kinds, word) != kinds.end();
  return is_one ? word : std::string_view();
}

std::unique_ptr<Engine> make_libfuzzer(EngineSettings settings) {
  return std::make_unique<Libfuzzer>(std::move(settings));
}

std::vector<std::pair<std::string, std::string>> sanitizer_environment(bool has_names) {
  const std::string names = has_names ? "symbolize=1" : "symbolize=0";
  return {{"ASAN_OPTIONS", with_options("ASAN_OPTIONS", names)},
          {"UBSAN_OPTIONS",
           with_options("UBSAN_OPTIONS", "print_stacktrace=1:halt_on_error=1:" + names)}};
}

}  // namespace touchstone::fuzzing
