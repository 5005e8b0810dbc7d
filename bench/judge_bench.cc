// How fast recordings are judged, from their text to the verdict: parsed, carried out on the
// reference, compared.  The bar is 200,000 steps a second on one core in a release build.
#include <benchmark/benchmark.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "adapter/case_text.h"
#include "conformance/judge.h"
#include "conformance/keep_memory.h"
#include "conformance/profile.h"
#include "conformance/spec_catalogue.h"
#include "conformance/text_file.h"

namespace touchstone {
namespace {

std::filesystem::path source_folder() { return TOUCHSTONE_SOURCE_DIR; }

std::vector<std::string> texts_in(const std::vector<std::string>& folders) {
  std::vector<std::string> texts;
  for (const std::string& folder : folders) {
    const auto path = source_folder() / "corpora" / "golden" / "kernel" / folder;
    for (const auto& entry : std::filesystem::directory_iterator(path)) {
      if (auto text = read_text_file(entry.path())) texts.push_back(std::move(*text));
    }
  }
  return texts;
}

// `limit` is the largest count of recordings that may fail: those that the facts name.
void judge_all(benchmark::State& state, const std::vector<std::string>& texts, std::size_t limit) {
  keep_freed_memory();  // as the runner does
  const auto catalogue = SpecCatalogue::load(source_folder() / "spec");
  if (!catalogue) return state.SkipWithError(catalogue.error().c_str());
  const auto profile = load_profile(source_folder() / "spec", "", *catalogue);
  if (!profile) return state.SkipWithError(profile.error().c_str());
  const Judge judge(*catalogue, *profile);
  std::int64_t steps = 0;
  for (auto _ : state) {
    std::size_t failed = 0;
    for (const std::string& text : texts) {
      const auto program = parse_case(text);
      if (!program) return state.SkipWithError("a recording is malformed");
      failed += judge.judge_recording(*program).verdict == Verdict::pass ? 0 : 1;
      steps += static_cast<std::int64_t>(program->steps.size());
    }
    if (failed > limit) return state.SkipWithError("recordings fail that should hold");
  }
  state.counters["steps"] =
      benchmark::Counter(static_cast<double>(steps), benchmark::Counter::kIsRate);
}

void judge_recordings_that_hold(benchmark::State& state) {
  judge_all(state, texts_in({"contract", "random"}), 1);
}
BENCHMARK(judge_recordings_that_hold)->Unit(benchmark::kMillisecond);

void judge_every_recording(benchmark::State& state) {
  judge_all(state, texts_in({"contract", "random", "quirk", "bug"}), 27);
}
BENCHMARK(judge_every_recording)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace touchstone
