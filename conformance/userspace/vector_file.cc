#include "conformance/userspace/vector_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <string_view>
#include <system_error>
#include <utility>

#include "conformance/text_file.h"
#include "conformance/userspace/script.h"
#include "conformance/userspace/vector_reader.h"

namespace touchstone::userspace {
namespace {

constexpr std::size_t difference_columns = 6;

template <typename T>
using OrText = std::expected<T, std::string>;

std::unexpected<std::string> wrong_at(const std::filesystem::path& path, std::size_t line,
                                      const std::string& what) {
  return std::unexpected(fmt::format("{}:{}: {}", path.string(), line, what));
}

OrText<void> read_vectors(const std::filesystem::path& folder, bool is_push, ParcelApi api,
                          DataModel data_model, std::vector<ParcelVector>& vectors) {
  const std::string name = vector_file_stem(is_push, api, data_model) + ".jsonl";
  const std::filesystem::path path = folder / name;
  const auto text = read_text_file(path);
  if (!text) return std::unexpected(text.error());
  std::uint32_t number = 0;
  for (const std::string_view line : lines_of(*text)) {
    ++number;
    if (trimmed(line).empty()) continue;
    auto vector = read_parcel_vector(line, is_push, api, data_model);
    if (!vector) return wrong_at(path, number, vector.error());
    vector->file = name;
    vector->line = number;
    vectors.push_back(std::move(*vector));
  }
  return {};
}

// One key of what is right, in the words of a script.
bool take_right_value(const Argument& value, ParcelExpectation& expected) {
  const std::string& text = value.value.text;
  if (value.key == "result") {
    expected.shown.result =
        text == "null" ? ParcelShown::Result::null : ParcelShown::Result::untouched;
    expected.stated.add(ParcelAspect::result);
    return text == "null" || text == "none";
  }
  std::uint64_t number = 0;
  const char* const end = text.data() + text.size();
  if (std::from_chars(text.data(), end, number).ptr != end) return false;
  ParcelState& state = expected.shown.state;
  if (value.key == "used") {
    state.used = number;
    expected.stated.add(ParcelAspect::used);
  } else if (value.key == "left") {
    state.left = number;
    expected.stated.add(ParcelAspect::left);
  } else if (value.key == "flag") {
    state.flag = static_cast<std::uint32_t>(number);
    state.is_available = number == 1;
    expected.stated.add(ParcelAspect::flag);
    expected.stated.add(ParcelAspect::available);
  } else {
    return false;
  }
  return true;
}

OrText<ParcelExpectation> right_outcome(std::string_view text) {
  const auto stated = parse_stated(text);
  if (!stated) return std::unexpected("expected " + stated.error().expected);
  if (stated->size() != 1) return std::unexpected("expected one outcome");
  ParcelExpectation expected;
  for (const Argument& value : stated->front().values) {
    if (take_right_value(value, expected)) continue;
    return std::unexpected(fmt::format("expected null, none, used=, left= or flag=, found `{}={}`",
                                       value.key, value.value.text));
  }
  return expected;
}

// Columns: vector file, vector, operation (its number among the recorded ones, from 1), clause,
// what is right, reason.
OrText<void> take_difference(const std::vector<std::string_view>& columns,
                             std::vector<ParcelVector>& vectors, bool& is_taken) {
  const auto vector = std::ranges::find_if(vectors, [&](const ParcelVector& one) {
    return one.file == columns[0] && one.name == columns[1];
  });
  is_taken = vector != vectors.end();
  if (!is_taken) return {};
  std::size_t number = 0;
  std::from_chars(columns[2].data(), columns[2].data() + columns[2].size(), number);
  if (number == 0 || number >= vector->operations.size()) {
    return std::unexpected("expected the number of an operation");
  }
  auto right = right_outcome(columns[4]);
  if (!right) return std::unexpected(right.error());
  vector->expected[number] = {std::move(*right)};
  return {};
}

OrText<void> read_differences(const std::filesystem::path& folder,
                              std::vector<ParcelVector>& vectors) {
  const std::filesystem::path path = folder / "differences.tsv";
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored)) return {};
  const auto text = read_text_file(path);
  if (!text) return std::unexpected(text.error());
  std::size_t number = 0;
  for (const std::string_view line : lines_of(*text)) {
    ++number;
    if (trimmed(line).empty() || line.starts_with('#')) continue;
    const std::vector<std::string_view> columns = split(line, '\t');
    if (columns.size() != difference_columns) {
      return wrong_at(path, number, fmt::format("expected {} columns", difference_columns));
    }
    // A row about another file is for those who read that.
    const bool is_here = std::ranges::any_of(
        vectors, [&](const ParcelVector& one) { return one.file == columns[0]; });
    bool is_taken = false;
    if (auto taken = take_difference(columns, vectors, is_taken); !taken) {
      return wrong_at(path, number, taken.error());
    }
    if (is_here && !is_taken) {
      return wrong_at(path, number, fmt::format("expected a vector, found `{}`", columns[1]));
    }
  }
  return {};
}

}  // namespace

std::string vector_file_stem(bool is_push, ParcelApi api, DataModel data_model) {
  return fmt::format("{}{}{}", api == ParcelApi::newer ? "new_" : "", is_push ? "push" : "pop",
                     data_model == DataModel::lp64 ? "_lp64" : "");
}

std::expected<std::vector<ParcelVector>, std::string> load_parcel_vectors(
    const std::filesystem::path& folder, ParcelApi api, DataModel data_model) {
  std::vector<ParcelVector> vectors;
  for (const bool is_push : {true, false}) {
    if (auto read = read_vectors(folder, is_push, api, data_model, vectors); !read) {
      return std::unexpected(read.error());
    }
  }
  if (auto read = read_differences(folder, vectors); !read) return std::unexpected(read.error());
  return vectors;
}

}  // namespace touchstone::userspace
