// case_file.h: a Program with the place it was read from.
#pragma once

#include <expected>
#include <filesystem>
#include <string>

#include "adapter/program.h"
#include "conformance/result.h"

namespace touchstone {

struct CaseFile {
  std::string id;    // "message/reply-late"; for a file outside the suite its path, no extension
  std::string file;  // as it can be opened from here
  std::string call;  // what the command line calls it: the id, or the path of a file elsewhere
  std::string chapter;
  Program program;
};

// What a report says of a case before it is judged.
CaseResult unjudged(std::string id, std::string file, std::string chapter,
                    const CaseHeader& header);

// Or "FILE:LINE:COLUMN: expected ..., found ...", or why the file cannot be read.
std::expected<Program, std::string> read_case(const std::filesystem::path& path);

}  // namespace touchstone
