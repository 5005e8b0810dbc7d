// mapped_file.h: bytes of a file that several processes have mapped: what one writes there the
// others see, also after it died.  Has no say in what the bytes mean.
#pragma once

#include <cstddef>
#include <expected>
#include <filesystem>
#include <string>

namespace touchstone::fuzzing {

class MappedFile {
 public:
  // The file is made if it is not there; new bytes are zero.  Or why it cannot be had.
  static std::expected<MappedFile, std::string> open(const std::filesystem::path& file,
                                                     std::size_t bytes);
  MappedFile(MappedFile&& other) noexcept;
  MappedFile& operator=(MappedFile&&) = delete;
  ~MappedFile();

  void* data() const { return data_; }

 private:
  MappedFile(void* data, std::size_t bytes) : data_(data), bytes_(bytes) {}

  void* data_;
  std::size_t bytes_;
};

}  // namespace touchstone::fuzzing
