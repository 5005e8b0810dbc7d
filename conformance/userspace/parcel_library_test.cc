#include "conformance/userspace/parcel_library.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "adapter/child_process.h"
#include "conformance/test_support.h"
#include "conformance/userspace/guarded_memory.h"
#include "conformance/userspace/parcel_run.h"

namespace touchstone::userspace {
namespace {

const std::filesystem::path faults_folder = TOUCHSTONE_SELF_TEST_PLUGINS "/parcel_faults";
const std::filesystem::path fault_sources =
    TOUCHSTONE_SOURCE_DIR "/conformance/self_test/parcel_faults";

std::string folder_of(ParcelApi api) { return api == ParcelApi::legacy ? "legacy" : "newer"; }

struct Fault {
  ParcelApi api;
  std::string name;
};

std::vector<Fault> all_faults() {
  std::vector<Fault> faults;
  for (const ParcelApi api : {ParcelApi::legacy, ParcelApi::newer}) {
    for (const auto& entry : std::filesystem::directory_iterator(fault_sources / folder_of(api))) {
      const std::string name = entry.path().stem().string();
      if (entry.path().extension() == ".c" && name != "forward") faults.push_back({api, name});
    }
  }
  std::ranges::sort(faults, {}, &Fault::name);
  return faults;
}

void PrintTo(const Fault& fault, std::ostream* out) { *out << fault.name; }

std::string first_line(const Fault& fault) {
  std::ifstream file(fault_sources / folder_of(fault.api) / (fault.name + ".c"));
  std::string line;
  std::getline(file, line);
  return line;
}

RunResult run(ParcelApi api, const std::string& name, const std::filesystem::path& reproducers) {
  // One that hangs does so in many cases.
  const std::chrono::milliseconds step_time{first_line({api, name}).contains("hangs") ? 200 : 1000};
  const LegacyProfile none;
  const OnCase nothing = [](const CaseResult&) {};
  const MoreContext context{real_catalogue(), none, nothing,
                            [](const CaseResult&) { return true; }};
  ParcelRunOptions options;
  options.source = {.api = api,
                    .data_model = host_data_model,
                    .library = (faults_folder / folder_of(api) / (name + ".so")).string(),
                    .step_time = step_time};
  options.vectors = source_folder() / "corpora/golden/marshalling";
  options.sequences = 250;
  options.reproducers = reproducers;
  RunResult result;
  const auto vectors = run_parcel_vectors(options, context, result);
  EXPECT_TRUE(vectors) << vectors.error();
  const auto properties = run_parcel_properties(options, context, result);
  EXPECT_TRUE(properties) << properties.error();
  EXPECT_EQ(result.lost, "");
  return result;
}

const CaseResult* first_failure(const RunResult& result) {
  const auto found = std::ranges::find_if(
      result.cases, [](const CaseResult& one) { return fails_the_run(one.verdict); });
  return found == result.cases.end() ? nullptr : &*found;
}

class PlantedParcelFault : public testing::TestWithParam<Fault> {};

// The first comment of a fault is the clause that it breaks, and what is wrong.
TEST_P(PlantedParcelFault, IsFoundAndItsClauseNamed) {
  const std::string line = first_line(GetParam());
  if (line.contains("LP64") && host_data_model == DataModel::ilp32) GTEST_SKIP() << line;
  const std::string clause = line.substr(3, line.find(':') - 3);
  ASSERT_NE(real_catalogue().find(clause), nullptr) << line;
  const RunResult result = run(GetParam().api, GetParam().name, {});
  const CaseResult* const first = first_failure(result);
  ASSERT_NE(first, nullptr) << line;
  EXPECT_EQ(deciding_clause(*first), clause) << first->id << ": " << first->reason;
  EXPECT_EQ(count_of(result, Verdict::crash) > 0, line.contains("dies"));
  EXPECT_EQ(count_of(result, Verdict::timeout) > 0, line.contains("hangs"));
}

INSTANTIATE_TEST_SUITE_P(All, PlantedParcelFault, testing::ValuesIn(all_faults()),
                         [](const auto& fault) { return fault.param.name; });

TEST(PlantedParcelFaults, AreMany) { EXPECT_GE(all_faults().size(), 40u); }

TEST(ParcelLibrary, WithNothingWrongHoldsEverything) {
  for (const ParcelApi api : {ParcelApi::legacy, ParcelApi::newer}) {
    const RunResult result = run(api, "nothing_wrong", {});
    const CaseResult* const first = first_failure(result);
    EXPECT_EQ(first, nullptr) << first->id << ": " << first->reason;
    EXPECT_GT(count_of(result, Verdict::pass), 280u);
  }
}

ParcelSource source_of(const std::string& library, ParcelApi api) {
  return {.api = api, .data_model = host_data_model, .library = library};
}

TEST(ParcelLibrary, IsJudgedOnWhatItHas) {
  const ParcelSource source =
      source_of(TOUCHSTONE_SELF_TEST_PLUGINS "/few_parcel_functions.so", ParcelApi::legacy);
  const auto note = describe_parcel_library(source);
  ASSERT_TRUE(note) << note.error();
  EXPECT_EQ(note->layout_note, "as in our header: there is nothing to push to find it");
  EXPECT_NE(std::ranges::find(note->lacks, "IpcIoPushFloat"), note->lacks.end());
  EXPECT_EQ(std::ranges::find(note->lacks, "IpcIoInit"), note->lacks.end());

  const PlayedParcel played =
      play_parcel(source, {{.verb = ParcelVerb::init, .size = 64},
                           {.verb = ParcelVerb::push, .type = ParcelType::float32}});
  ASSERT_EQ(played.shown.size(), 2u);
  EXPECT_EQ(played.shown[0].lacks, "");
  EXPECT_EQ(played.shown[1].lacks, "IpcIoPushFloat");
}

TEST(ParcelLibrary, ThatIsNoneIsRefused) {
  const auto missing = describe_parcel_library(source_of("./not_there.so", ParcelApi::legacy));
  ASSERT_FALSE(missing);
  EXPECT_NE(missing.error().find("cannot be loaded"), std::string::npos) << missing.error();
  const auto other =
      describe_parcel_library(source_of(TOUCHSTONE_REFERENCE_PLUGIN, ParcelApi::legacy));
  ASSERT_FALSE(other);
  EXPECT_NE(other.error().find("has no function IpcIoInit"), std::string::npos) << other.error();
  const std::string folder = std::filesystem::path(TOUCHSTONE_REFERENCE_PLUGIN).parent_path();
  for (const ParcelApi api : {ParcelApi::legacy, ParcelApi::newer}) {
    const bool is_legacy = api == ParcelApi::legacy;
    const std::string path = folder + (is_legacy ? "/liteipc_newer.so" : "/liteipc.so");
    const auto of_the_other_api = describe_parcel_library(source_of(path, api));
    ASSERT_FALSE(of_the_other_api);
    EXPECT_NE(of_the_other_api.error().find(is_legacy ? "--api new" : "--api legacy"),
              std::string::npos)
        << of_the_other_api.error();
  }
}

TEST(ParcelLibrary, IsAskedForItsLayout) {
  for (const ParcelApi api : {ParcelApi::legacy, ParcelApi::newer}) {
    const auto library = (faults_folder / folder_of(api) / "nothing_wrong.so").string();
    const auto note = describe_parcel_library(source_of(library, api));
    ASSERT_TRUE(note) << note.error();
    EXPECT_EQ(note->layout_note, "found by probing, as in our header");
    EXPECT_EQ(note->lacks, std::vector<std::string>{});
  }
}

// A structure with its fields the other way round, and no use for half of them.
struct OtherIo {
  std::uint32_t flag;
  std::uint32_t unused;
  std::size_t offsets_left;
  std::size_t buffer_left;
  std::byte* offsets_cur;
  std::byte* offsets_base;
  std::byte* buffer_cur;
  std::byte* buffer_base;
};

LayoutProbe other_probe(bool has_flag) {
  return {.init =
              [has_flag](void* to, void* buffer, std::size_t bytes, std::size_t objects) {
                auto* io = static_cast<OtherIo*>(to);
                io->flag = has_flag ? 1 : 0;
                io->offsets_base = io->offsets_cur = static_cast<std::byte*>(buffer);
                const std::size_t table = objects * sizeof(std::size_t);
                io->buffer_base = io->buffer_cur = io->offsets_base + table;
                io->buffer_left = bytes - table;
                io->offsets_left = objects;
              },
          .push_int32 =
              [has_flag](void* to) {
                auto* io = static_cast<OtherIo*>(to);
                if (io->buffer_left < 4) {
                  if (has_flag) io->flag |= 2;
                  return;
                }
                io->buffer_cur += 4;
                io->buffer_left -= 4;
              },
          .push_descriptor =
              [](void* to) {
                auto* io = static_cast<OtherIo*>(to);
                io->offsets_cur += sizeof(std::size_t);
                --io->offsets_left;
              }};
}

TEST(ParcelLayout, IsFoundWhateverTheOrderOfFields) {
  const FoundLayout found = find_layout(other_probe(true));
  ASSERT_TRUE(found.layout) << found.trouble;
  EXPECT_EQ(found.layout->flag, offsetof(OtherIo, flag));
  EXPECT_EQ(found.layout->offsets_left, offsetof(OtherIo, offsets_left));
  EXPECT_EQ(found.layout->buffer_left, offsetof(OtherIo, buffer_left));
  EXPECT_EQ(found.layout->offsets_cur, offsetof(OtherIo, offsets_cur));
  EXPECT_EQ(found.layout->offsets_base, offsetof(OtherIo, offsets_base));
  EXPECT_EQ(found.layout->buffer_cur, offsetof(OtherIo, buffer_cur));
  EXPECT_EQ(found.layout->buffer_base, offsetof(OtherIo, buffer_base));
}

TEST(ParcelLayout, IsNotGuessed) {
  const FoundLayout found = find_layout(other_probe(false));
  EXPECT_FALSE(found.layout);
  EXPECT_EQ(found.trouble, "the marks were not found");
}

ChildEnd touch(const std::function<void(std::byte*)>& body, bool is_read_only) {
  return run_in_child(
      {},
      [&](FrameSender&) {
        auto memory = GuardedMemory::make(64, 16, 3, std::byte{0xa5});
        if (is_read_only) memory->make_read_only();
        body(memory->block().data());
      },
      [](std::string_view) { return true; });
}

TEST(GuardedMemory, EndsWhoReachesOutside) {
  const auto behind = [](std::byte* block) {
    *static_cast<volatile std::byte*>(block + 64 + 16) = {};
  };
  const auto before = [](std::byte* block) {
    *static_cast<volatile std::byte*>(block - 4096) = {};
  };
  const auto inside = [](std::byte* block) { *static_cast<volatile std::byte*>(block + 63) = {}; };
  EXPECT_EQ(touch(behind, false).kind, ChildEnd::Kind::died);
  EXPECT_EQ(touch(before, false).kind, ChildEnd::Kind::died);
  EXPECT_EQ(touch(inside, false).kind, ChildEnd::Kind::finished);
  EXPECT_EQ(touch(inside, true).kind, ChildEnd::Kind::died);
}

TEST(GuardedMemory, TellsOfWritesJustOutside) {
  auto memory = GuardedMemory::make(61, 16, 3, std::byte{0xa5});
  ASSERT_TRUE(memory);
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(memory->block().data()) % 16, 3u);
  EXPECT_FALSE(memory->is_written_outside());
  *(memory->block().data() - 1) = std::byte{0};
  EXPECT_TRUE(memory->is_written_outside());
}

}  // namespace
}  // namespace touchstone::userspace
