// The laws of pops: the reference keeps them whatever the input, and readers that are wrong on
// purpose are noticed.
#include "fuzz/parcel_pops.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "adapter/child_process.h"
#include "fuzz/test_inputs.h"

namespace touchstone::fuzz {
namespace {

using parcel::NewerReader;
using parcel::ParcelReader;
using parcel::PoppedBytes;
using userspace::ParcelType;

constexpr std::uint64_t inputs = 20000;

std::vector<std::uint8_t> input_of(std::uint8_t head, std::vector<std::uint8_t> pops,
                                   std::vector<std::uint8_t> data) {
  std::vector<std::uint8_t> bytes{head, 0, static_cast<std::uint8_t>(pops.size())};
  bytes.insert(bytes.end(), pops.begin(), pops.end());
  bytes.insert(bytes.end(), data.begin(), data.end());
  return bytes;
}

std::uint8_t code(ParcelType type) { return static_cast<std::uint8_t>(type); }

// A string "ab", and an int32 behind it.
const std::vector<std::uint8_t> string_and_number{2, 0, 0, 0, 'a', 'b', 0, 0, 7, 0, 0, 0};
const std::vector<std::uint8_t> pop_string_and_number =
    input_of(0, {code(ParcelType::string), code(ParcelType::int32)}, string_and_number);

TEST(Pops, KeepTheLawsWhateverTheInput) {
  std::size_t done = 0;
  for (std::uint64_t number = 0; number < inputs; ++number) {
    const PopsVerdict verdict = pop_input(some_input(number, 150));
    ASSERT_EQ(verdict.broken_law, nullptr)
        << verdict.broken_law << " in " << info_of(verdict.type).word << ", " << number;
    if (verdict.is_any_done) ++done;
  }
  EXPECT_GT(done, inputs / 4);
}

TEST(Pops, GiveTheSameInAnyOrderOfInputs) {
  std::vector<std::uint64_t> digests;
  for (std::uint64_t number = 0; number < 500; ++number) {
    digests.push_back(pop_input(some_input(number, 150)).digest);
  }
  for (std::uint64_t number = 500; number-- > 0;) {
    EXPECT_EQ(pop_input(some_input(number, 150)).digest, digests[number]);
  }
}

TEST(Pops, AreDoneWhereTheMessageHasTheValues) {
  const PopsVerdict verdict = pop_input(pop_string_and_number);
  EXPECT_EQ(verdict.broken_law, nullptr);
  EXPECT_TRUE(verdict.is_any_done);
}

std::string broken_by(const PopsVerdict& verdict) {
  return verdict.broken_law != nullptr ? verdict.broken_law : "";
}

struct ShiftedPlace : ParcelReader {
  using ParcelReader::ParcelReader;
  PoppedBytes pop_string() {
    PoppedBytes popped = ParcelReader::pop_string();
    if (popped.done()) popped.bytes = {popped.bytes.data() + 1, popped.bytes.size()};
    return popped;
  }
};
struct LongPlace : ParcelReader {
  using ParcelReader::ParcelReader;
  PoppedBytes pop_string() {
    PoppedBytes popped = ParcelReader::pop_string();
    if (popped.done()) popped.bytes = {popped.bytes.data(), popped.bytes.size() + 1};
    return popped;
  }
};
struct BehindTheEnd : ParcelReader {
  using ParcelReader::ParcelReader;
  parcel::Popped<std::int32_t> pop_int32() {
    parcel().take(parcel().left() + 4);
    return 0;
  }
};
struct NothingTaken : ParcelReader {
  using ParcelReader::ParcelReader;
  parcel::Popped<std::int32_t> pop_int32() { return 7; }
};
struct NotExtended : ParcelReader {
  using ParcelReader::ParcelReader;
  parcel::Popped<std::int32_t> pop_int32() {
    const auto popped = ParcelReader::pop_int32();
    return popped ? parcel::Popped<std::int32_t>(*popped & 0xff) : popped;
  }
};
struct NoMark : ParcelReader {
  using ParcelReader::ParcelReader;
  parcel::Popped<std::int32_t> pop_int32() { return std::unexpected(parcel::Refusal::cut_off); }
};
struct MarkWithSuccess : ParcelReader {
  using ParcelReader::ParcelReader;
  parcel::Popped<std::int32_t> pop_int32() {
    const auto popped = ParcelReader::pop_int32();
    parcel().fail(parcel::Refusal::cut_off);
    return popped;
  }
};
struct EntryTaken : ParcelReader {
  using ParcelReader::ParcelReader;
  parcel::Popped<std::int32_t> pop_int32() {
    parcel().skip_entry();
    return ParcelReader::pop_int32();
  }
};

TEST(WrongPops, AreNoticedByTheLawThatTheyBreak) {
  const auto with = [](auto reader_type) {
    using Reader = typename decltype(reader_type)::type;
    return broken_by(pop_input<Reader, NewerReader>(pop_string_and_number));
  };
  EXPECT_EQ(with(std::type_identity<ShiftedPlace>()), "bytes of another place");
  EXPECT_EQ(with(std::type_identity<LongPlace>()), "another count of bytes is given");
  EXPECT_EQ(with(std::type_identity<BehindTheEnd>()), "the cursor went behind the end");
  EXPECT_EQ(with(std::type_identity<NothingTaken>()), "a number took another count of bytes");
  EXPECT_EQ(with(std::type_identity<NoMark>()), "a failed pop left other marks");
  EXPECT_EQ(with(std::type_identity<MarkWithSuccess>()), "a pop that succeeded set a mark");
  EXPECT_EQ(with(std::type_identity<EntryTaken>()), "entries were used that are not there");
  const auto large = input_of(0, {code(ParcelType::int32)}, {1, 1, 1, 1});
  EXPECT_EQ(broken_by(pop_input<NotExtended, NewerReader>(large)), "another number");
}

struct LateLimit : NewerReader {
  using NewerReader::NewerReader;
  PoppedBytes pop_string16() {
    PoppedBytes popped = NewerReader::pop_string16();
    if (popped.refusal == parcel::Refusal::string16_without_end) {
      popped.refusal = parcel::Refusal::none;
      popped.bytes = {parcel().data().data() + 4, 2};
    }
    return popped;
  }
};

TEST(WrongPops, OfUnitsWithoutTheirEndAreNoticed) {
  const auto place = std::ranges::find(newer_types, ParcelType::string16) - std::begin(newer_types);
  const auto bytes =
      input_of(parcel_is_newer, {static_cast<std::uint8_t>(place)}, {1, 0, 0, 0, 'a', 0, 'b', 0});
  EXPECT_EQ(broken_by(pop_input(bytes)), "");
  EXPECT_EQ(broken_by(pop_input<ParcelReader, LateLimit>(bytes)), "units without their end");
}

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
// Looks `offset` bytes from the start of what is left.
template <std::ptrdiff_t offset>
struct Overreader : ParcelReader {
  using ParcelReader::ParcelReader;
  parcel::Popped<std::int32_t> pop_int32() {
    const volatile std::byte* const at = parcel().state().data + offset;
    static_cast<void>(*at);
    return ParcelReader::pop_int32();
  }
};

TEST(WrongPops, ThatReadOutsideTheMessageDie) {
  const auto bytes = input_of(0, {code(ParcelType::int32)}, {1, 2, 3, 4, 5, 6, 7, 8});
  const auto end_of = [&](auto reader_type) {
    using Reader = typename decltype(reader_type)::type;
    return run_in_child(
        {}, [&](FrameSender&) { pop_input<Reader, NewerReader>(bytes); },
        [](std::string_view) { return true; });
  };
  EXPECT_EQ(end_of(std::type_identity<Overreader<7>>()).kind, ChildEnd::Kind::finished);
  for (const ChildEnd& end : {end_of(std::type_identity<Overreader<8>>()),
                              end_of(std::type_identity<Overreader<-1>>())}) {
    EXPECT_EQ(end.kind, ChildEnd::Kind::died);
    EXPECT_NE(end.captured.find("AddressSanitizer"), std::string::npos) << end.captured;
  }
}
#endif
#endif

}  // namespace
}  // namespace touchstone::fuzz
