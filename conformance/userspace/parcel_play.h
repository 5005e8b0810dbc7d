// parcel_play.h: performs sequences of operations, each on a parcel of its own: on the reference in
// this process, on a library in children, so that a crash or a hang costs one sequence.  Judges
// nothing.
#pragma once

#include <chrono>
#include <expected>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "adapter/child_process.h"
#include "conformance/userspace/parcel_layout.h"
#include "conformance/userspace/parcel_operation.h"

namespace touchstone::userspace {

using ParcelSequence = std::vector<ParcelOperation>;

struct PlayedParcel {
  // What each operation showed, up to the one that ended it, or lacks a function.
  std::vector<ParcelShown> shown{};
  ChildEnd::Kind end = ChildEnd::Kind::finished;
  std::string reason{};    // of a death: "SIGSEGV"
  std::string captured{};  // what was printed before it
};

// Where parcels come from.
struct ParcelSource {
  ParcelApi api = ParcelApi::legacy;
  DataModel data_model = DataModel::lp64;
  std::string library{};  // empty: the reference
  std::chrono::milliseconds step_time{10000};

  bool is_reference() const { return library.empty(); }
};

// What is known of a library once it was loaded in a child.
struct ParcelLibraryNote {
  std::string layout_note;
  ParcelLayout layout = header_layout();
  std::vector<std::string> lacks;  // functions of its API, in the order of the types
};

// Or why the library cannot be used.
std::expected<ParcelLibraryNote, std::string> describe_parcel_library(const ParcelSource& source);

// The operations of sequence `index`, which stay as they are.
using SequenceAt = std::function<const ParcelSequence&(std::size_t index)>;

// Performs `count` sequences; `on_played` has them in order.  A false from it ends the whole.
void play_parcels(const ParcelSource& source, std::size_t count, const SequenceAt& sequence,
                  const std::function<bool(std::size_t index, PlayedParcel played)>& on_played);

PlayedParcel play_parcel(const ParcelSource& source, const ParcelSequence& sequence);

}  // namespace touchstone::userspace
