// live_input.h: the input that a target has begun with last, in a file that it and whoever watches
// it have mapped: known while the target is stuck in it, and after the target died.
#pragma once

#include <cstdint>
#include <expected>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <utility>

#include "conformance/fuzzing/mapped_file.h"

namespace touchstone::fuzzing {

inline constexpr std::uint32_t input_bytes_max = 65536;

class LiveInput {
 public:
  // The file is made if it is not there.  Or why it cannot be had.
  static std::expected<std::unique_ptr<LiveInput>, std::string> open(
      const std::filesystem::path& file);

  // By the target.  Of a longer input only the first input_bytes_max bytes are known.
  void begin(std::span<const std::uint8_t> input);

  // By whoever watches it.  Before the target is started: it has begun with none.
  void clear();
  std::uint64_t begun() const;  // how many inputs
  std::string input() const;    // the last of them

 private:
  // The file, in the machine's byte order.
  struct Shared {
    std::uint64_t begun;
    std::uint64_t bytes;  // of `input`
    std::uint8_t input[input_bytes_max];
  };
  explicit LiveInput(MappedFile file) : file_(std::move(file)) {}
  Shared& shared() const { return *static_cast<Shared*>(file_.data()); }

  MappedFile file_;
};

}  // namespace touchstone::fuzzing
