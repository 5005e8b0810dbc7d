// Pushes and pops on the reference and on a library of parcels: the first thing shown that the
// contract does not allow is a finding, with a C program that shows it.  The library is the one at
// $TOUCHSTONE_LIBRARY (without it, the reference's own C functions), its API $TOUCHSTONE_API:
// `legacy`, or `new`.  It runs in this process.  An input is useful if a push or a pop in it did
// what was asked for.
#include "fuzz/parcel_differential.h"

#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>
#include <set>

#include "conformance/data_dir.h"
#include "conformance/spec_catalogue.h"
#include "conformance/userspace/parcel_reproducer.h"
#include "fuzz/parcel_input.h"
#include "fuzz/target.h"

namespace touchstone::fuzz {
namespace {

using userspace::ParcelApi;
using userspace::ParcelLibrary;

[[noreturn]] void give_up(const std::string& reason) {
  fuzz::give_up("parcel_differential", reason);
}

ParcelApi wanted_api() {
  const std::string word = environment("TOUCHSTONE_API").value_or("legacy");
  if (word == "legacy") return ParcelApi::legacy;
  if (word == "new") return ParcelApi::newer;
  give_up(fmt::format("TOUCHSTONE_API is `{}`: expected legacy or new", word));
}

std::string wanted_library(ParcelApi api) {
  const auto path = library_path("TOUCHSTONE_LIBRARY",
                                 api == ParcelApi::legacy ? "liteipc.so" : "liteipc_newer.so");
  if (!path) give_up(path.error());
  return *path;
}

// Loaded once; none of it remembers an input.
struct Loaded {
  std::string path;
  ParcelLibrary library;

  static Loaded load() {
    const ParcelApi api = wanted_api();
    const std::string path = wanted_library(api);
    auto library = ParcelLibrary::load(path, api);
    if (!library) give_up(path + ": " + library.error());
    return {path, *std::move(library)};
  }
};

const Loaded& loaded() {
  static const Loaded one = Loaded::load();
  return one;
}

std::string sentence_of(const std::string& clause) {
  const auto data = find_data_dir(std::getenv("TOUCHSTONE_DATA"), folder_of_this_program());
  if (!data) return "";
  const auto catalogue = SpecCatalogue::load(data->spec());
  const Clause* const found = catalogue ? catalogue->find(clause) : nullptr;
  return found != nullptr ? found->sentence : "";
}

// A push or a pop that succeeds moves the cursor and sets no mark.
bool is_any_done(const userspace::ParcelCase& one) {
  std::uint64_t used = 0;
  for (std::size_t index = 0; index < one.operations.size(); ++index) {
    const userspace::ParcelVerb verb = one.operations[index].verb;
    const bool moves = verb == userspace::ParcelVerb::push || verb == userspace::ParcelVerb::pop;
    const userspace::ParcelState& state = one.expected[index].front().shown.state;
    if (moves && state.is_available && state.used > used) return true;
    used = state.used;
  }
  return false;
}

void report_difference(const ParcelTrial& found, std::span<const std::uint8_t> input) {
  // Told once: shrinking the same thing again would only cost time.
  static std::set<std::string> told;
  const std::string signature = found.signature(*found.finding());
  if (!told.insert(signature).second) return;
  const ParcelTrial trial = shrink_parcel(loaded().library, found);
  const auto finding = trial.finding();
  const std::string sentence = sentence_of(finding->clause);
  userspace::ParcelLibraryNote note;
  note.layout_note = loaded().library.layout_note();
  note.layout = loaded().library.layout();
  report({.kind = "difference",
          .signature = signature,
          .text = fmt::format("{}\n{} {}\n", trial.story(*finding), finding->clause, sentence),
          .extension = "c",
          .file = print_reproducer(
              trial.one, note, {"parcel_differential", loaded().path, finding->clause, sentence})},
         input);
}

}  // namespace
}  // namespace touchstone::fuzz

// What a library leaves allocated is not held against it: no clause speaks of it, and some vectors
// of the newer API are the caller's (NPC-19).
extern "C" const char* __asan_default_options();
extern "C" const char* __asan_default_options() { return "detect_leaks=0"; }

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  touchstone::fuzz::loaded();
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t count) {
  using namespace touchstone;
  if (!fuzz::begins({bytes, count})) return 0;
  const userspace::ParcelLibrary& library = fuzz::loaded().library;
  const fuzz::ParcelTrial trial = fuzz::try_parcel(
      library,
      fuzz::decode_parcel_input({bytes, count}, library.api(), userspace::host_data_model));
  fuzz::count_input(fuzz::is_any_done(trial.one));
  if (trial.finding()) fuzz::report_difference(trial, {bytes, count});
  return 0;
}
