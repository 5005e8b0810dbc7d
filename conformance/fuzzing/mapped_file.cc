#include "conformance/fuzzing/mapped_file.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace touchstone::fuzzing {

std::expected<MappedFile, std::string> MappedFile::open(const std::filesystem::path& file,
                                                        std::size_t bytes) {
  const auto error = [&file] { return file.string() + ": " + ::strerrordesc_np(errno); };
  const int descriptor = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  if (descriptor < 0) return std::unexpected(error());
  void* data = MAP_FAILED;
  if (::ftruncate(descriptor, static_cast<off_t>(bytes)) == 0) {
    data = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
  }
  const std::string what = data == MAP_FAILED ? error() : "";
  ::close(descriptor);
  if (data == MAP_FAILED) return std::unexpected(what);
  return MappedFile(data, bytes);
}

MappedFile::MappedFile(MappedFile&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), bytes_(other.bytes_) {}

MappedFile::~MappedFile() {
  if (data_ != nullptr) ::munmap(data_, bytes_);
}

}  // namespace touchstone::fuzzing
