// script_selection.h: which scripts: finds and reads those of some chapters, of the suite or of
// given paths, and keeps those that the options ask for.  Plays nothing.
#pragma once

#include <expected>
#include <span>
#include <string>
#include <vector>

#include "conformance/data_dir.h"
#include "conformance/select.h"
#include "conformance/spec_catalogue.h"
#include "conformance/userspace/script.h"

namespace touchstone::userspace {

struct ScriptFile {
  std::string id;       // "parcel/string-without-room"; elsewhere its path, no extension
  std::string file;     // as it can be opened from here
  std::string call;     // what the command line calls it: the id, or the path of a file elsewhere
  std::string chapter;  // of its first clause; else its folder
  Script script;
};

using ScriptSelection = SelectedFiles<ScriptFile>;

// The scripts of these chapters; what is of another chapter is left out.  Errors are wrong usage,
// in words: a name that matches nothing, an unknown clause or level.  The selection may be empty.
std::expected<ScriptSelection, std::string> select_scripts(const SelectionOptions& options,
                                                           std::span<const std::string> chapters,
                                                           const DataDir& data,
                                                           const SpecCatalogue& catalogue);

}  // namespace touchstone::userspace
