// vector_file.h: the vectors of corpora/golden/marshalling/: what a known library did, operation by
// operation, as operations and what they must show.  The formats are in the README.md there.
// Judges nothing.
#pragma once

#include <cstdint>
#include <expected>
#include <filesystem>
#include <string>
#include <vector>

#include "conformance/userspace/parcel_expectation.h"
#include "conformance/userspace/parcel_operation.h"

namespace touchstone::userspace {

struct ParcelVector {
  std::string name;  // of the vector in its file
  std::string file;  // "new_pop_lp64.jsonl"
  std::uint32_t line = 0;
  ParcelApi api = ParcelApi::legacy;
  DataModel data_model = DataModel::ilp32;
  // The recorded ones, begun with an init or a message; and at the end steps that show the data,
  // the table, and what is freed.
  std::vector<ParcelOperation> operations;
  // For each operation what it may show, the recorded first; or in its place what
  // differences.tsv has as right.
  std::vector<std::vector<ParcelExpectation>> expected;
};

// All vectors of one API and data model, in the order of their files.  Nothing is skipped: a key or
// an operation that is not known is an error, with file and line.  `folder` may have its own
// differences.tsv, or none.
std::expected<std::vector<ParcelVector>, std::string> load_parcel_vectors(
    const std::filesystem::path& folder, ParcelApi api, DataModel data_model);

// The stem of a file of vectors: "new_push_lp64".
std::string vector_file_stem(bool is_push, ParcelApi api, DataModel data_model);

}  // namespace touchstone::userspace
