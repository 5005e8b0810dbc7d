#include "conformance/selection.h"

#include <fmt/format.h>

#include <charconv>
#include <utility>

#include "conformance/select.h"

namespace touchstone {
namespace {

namespace fs = std::filesystem;

std::expected<CaseFile, std::string> read(const FoundCase& found, const SpecCatalogue& catalogue) {
  const fs::path path = from_here(found.path);
  auto program = read_case(path);
  if (!program) return std::unexpected(program.error());
  const std::string name = found.is_of_suite ? found.id : path.string();
  std::string chapter = chapter_of(program->header, path, catalogue);
  return CaseFile{found.id, path.string(), name, std::move(chapter), std::move(*program)};
}

}  // namespace

std::expected<Selection, std::string> select_cases(const SelectionOptions& options,
                                                   const DataDir& data,
                                                   const SpecCatalogue& catalogue) {
  auto selected = select_files<CaseFile>(
      options, cases_of_suite(data.cases()), data.cases(), catalogue,
      [&catalogue](const FoundCase& found) { return read(found, catalogue); },
      [](const CaseFile& file) -> const CaseHeader& { return file.program.header; });
  if (!selected) return std::unexpected(selected.error());
  return Selection{std::move(selected->cases), std::move(selected->known),
                   std::move(selected->malformed)};
}

std::expected<CaseFile, std::string> find_case(const std::string& name, const DataDir& data,
                                               const SpecCatalogue& catalogue) {
  const auto found = cases_named({name}, cases_of_suite(data.cases()), data.cases());
  if (!found) return std::unexpected(found.error());
  if (found->size() != 1) {
    return std::unexpected(fmt::format("`{}` is {} cases, expected one", name, found->size()));
  }
  return read(found->front(), catalogue);
}

std::expected<Shard, std::string> parse_shard(std::string_view text) {
  Shard shard;
  const char* end = text.data() + text.size();
  const auto index = std::from_chars(text.data(), end, shard.index);
  const bool has_slash = index.ec == std::errc() && index.ptr != end && *index.ptr == '/';
  const auto count = std::from_chars(has_slash ? index.ptr + 1 : end, end, shard.count);
  const bool is_number = has_slash && count.ec == std::errc() && count.ptr == end;
  if (!is_number || shard.index == 0 || shard.index > shard.count) {
    return std::unexpected(fmt::format("expected I/N with I from 1 to N, found `{}`", text));
  }
  return shard;
}

bool is_in_shard(std::string_view id, Shard shard) {
  // FNV-1a, 64 bits.
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char letter : id) {
    hash ^= static_cast<unsigned char>(letter);
    hash *= 0x100000001b3;
  }
  return hash % shard.count == shard.index - 1;
}

}  // namespace touchstone
