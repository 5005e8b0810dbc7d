#include "conformance/userspace/parcel_play.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "conformance/userspace/parcel_frame.h"
#include "conformance/userspace/parcel_library.h"
#include "conformance/userspace/parcel_reference.h"

namespace touchstone::userspace {
namespace {

// Sequences to a child: few enough that one does not long live with what others left behind.
constexpr std::size_t sequences_per_child = 64;
constexpr std::string_view end_of_sequence = "end";
constexpr std::string_view trouble_mark = "trouble:";

bool perform_all(ParcelPort& port, const ParcelSequence& sequence,
                 const std::function<void(ParcelShown)>& on_shown) {
  for (const ParcelOperation& operation : sequence) {
    ParcelShown shown = port.perform(operation);
    const bool is_over = !shown.lacks.empty();
    on_shown(std::move(shown));
    if (is_over) return false;
  }
  return true;
}

void play_on_reference(const ParcelSource& source, std::size_t count, const SequenceAt& sequence,
                       const std::function<bool(std::size_t, PlayedParcel)>& on_played) {
  for (std::size_t index = 0; index < count; ++index) {
    ParcelReference port(source.api, source.data_model);
    PlayedParcel played;
    perform_all(port, sequence(index),
                [&played](ParcelShown shown) { played.shown.push_back(std::move(shown)); });
    if (!on_played(index, std::move(played))) return;
  }
}

void be_child(const ParcelSource& source, std::size_t first, std::size_t last,
              const SequenceAt& sequence, FrameSender& sender) {
  const auto library = ParcelLibrary::load(source.library, source.api);
  if (!library) {
    sender.add(std::string(trouble_mark) + library.error());
    return;
  }
  for (std::size_t index = first; index < last; ++index) {
    const std::unique_ptr<ParcelPort> port = library->make_port();
    const auto number = static_cast<std::uint32_t>(index - first);
    perform_all(*port, sequence(index), [&](ParcelShown shown) {
      sender.add(encode_frame({number, std::move(shown)}));
      // The next one may be the last.
      sender.flush();
    });
    sender.add(end_of_sequence);
  }
}

// The sequences from `first` on that a child gets; those that it ended, and the one it died in.
std::vector<PlayedParcel> play_in_child(const ParcelSource& source, std::size_t first,
                                        std::size_t last, const SequenceAt& sequence) {
  std::vector<PlayedParcel> all(1);
  std::string trouble;
  const ChildEnd end = run_in_child(
      {.silence_max = source.step_time, .captured_lines_max = 20},
      [&](FrameSender& sender) { be_child(source, first, last, sequence, sender); },
      [&](std::string_view bytes) {
        if (bytes == end_of_sequence) {
          all.emplace_back();
          return true;
        }
        if (bytes.starts_with(trouble_mark)) {
          trouble = bytes.substr(trouble_mark.size());
          return true;
        }
        auto frame = decode_frame(bytes);
        if (!frame || frame->sequence + 1 != all.size()) return false;
        all.back().shown.push_back(std::move(frame->shown));
        return true;
      });
  all.back().end = end.kind;
  all.back().reason = trouble.empty() ? end.reason : trouble;
  if (!trouble.empty()) all.back().end = ChildEnd::Kind::not_started;
  all.back().captured = end.captured;
  // All were played, and nothing stands behind the last.
  if (end.kind == ChildEnd::Kind::finished && trouble.empty()) all.pop_back();
  return all;
}

std::vector<ParcelOperation> pushes_and_pops(ParcelApi api) {
  std::vector<ParcelOperation> all;
  for (const ParcelVerb verb : {ParcelVerb::push, ParcelVerb::pop}) {
    for (const ParcelType type : parcel_types_of(api)) all.push_back({.verb = verb, .type = type});
  }
  return all;
}

// The two APIs share the name IpcIoInit, so that a library of the other one can be loaded.
std::string trouble_with_api(const ParcelLibrary& library, ParcelApi api) {
  for (const ParcelOperation& operation : pushes_and_pops(api)) {
    if (library.symbol(function_of(operation, api)) != nullptr) return "";
  }
  return api == ParcelApi::legacy
             ? "has no function IpcIoPush... or IpcIoPop...; for Write... and Read... ask with "
               "--api new"
             : "has no function Write... or Read...; for IpcIoPush... and IpcIoPop... ask with "
               "--api legacy";
}

std::vector<std::string> missing_functions(const ParcelLibrary& library, ParcelApi api) {
  std::vector<std::string> missing;
  const auto ask = [&](const ParcelOperation& operation) {
    const std::string name = function_of(operation, api);
    if (!name.empty() && library.symbol(name) == nullptr) missing.push_back(name);
  };
  for (const ParcelVerb verb :
       {ParcelVerb::init, ParcelVerb::message, ParcelVerb::free_buffers, ParcelVerb::append}) {
    ask({.verb = verb});
  }
  for (const ParcelOperation& operation : pushes_and_pops(api)) ask(operation);
  if (api == ParcelApi::legacy) {
    ask({.verb = ParcelVerb::push, .type = ParcelType::data_buff, .with_free = true});
  }
  return missing;
}

}  // namespace

std::expected<ParcelLibraryNote, std::string> describe_parcel_library(const ParcelSource& source) {
  ParcelLibraryNote note;
  std::string trouble;
  std::size_t frames = 0;
  const ChildEnd end = run_in_child(
      {.silence_max = source.step_time, .captured_lines_max = 20},
      [&](FrameSender& sender) {
        const auto library = ParcelLibrary::load(source.library, source.api);
        const std::string unusable =
            library ? trouble_with_api(*library, source.api) : library.error();
        sender.add(unusable.empty() ? library->layout_note()
                                    : std::string(trouble_mark) + unusable);
        if (!unusable.empty()) return;
        const ParcelLayout& layout = library->layout();
        sender.add({reinterpret_cast<const char*>(&layout), sizeof layout});
        for (const std::string& name : missing_functions(*library, source.api)) sender.add(name);
      },
      [&](std::string_view bytes) {
        if (bytes.starts_with(trouble_mark)) {
          trouble = bytes.substr(trouble_mark.size());
        } else if (frames == 0) {
          note.layout_note = bytes;
        } else if (frames == 1 && bytes.size() == sizeof note.layout) {
          std::memcpy(&note.layout, bytes.data(), sizeof note.layout);
        } else {
          note.lacks.emplace_back(bytes);
        }
        ++frames;
        return true;
      });
  if (!trouble.empty()) return std::unexpected(source.library + ": " + trouble);
  if (end.kind == ChildEnd::Kind::finished) return note;
  std::string why = end.kind == ChildEnd::Kind::died
                        ? "ended the process while it was loaded (" + end.reason + ")"
                        : "could not be loaded: " + end.reason;
  if (!end.captured.empty()) why += ", after printing:\n" + end.captured;
  return std::unexpected(source.library + ": " + why);
}

void play_parcels(const ParcelSource& source, std::size_t count, const SequenceAt& sequence,
                  const std::function<bool(std::size_t, PlayedParcel)>& on_played) {
  if (source.is_reference()) return play_on_reference(source, count, sequence, on_played);
  std::size_t next = 0;
  while (next < count) {
    const std::size_t last = std::min(count, next + sequences_per_child);
    for (PlayedParcel& played : play_in_child(source, next, last, sequence)) {
      if (!on_played(next++, std::move(played))) return;
    }
  }
}

PlayedParcel play_parcel(const ParcelSource& source, const ParcelSequence& sequence) {
  PlayedParcel only;
  play_parcels(
      source, 1, [&sequence](std::size_t) -> const ParcelSequence& { return sequence; },
      [&only](std::size_t, PlayedParcel played) {
        only = std::move(played);
        return true;
      });
  return only;
}

}  // namespace touchstone::userspace
