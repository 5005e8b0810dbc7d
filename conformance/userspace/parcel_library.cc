#include "conformance/userspace/parcel_library.h"

#include <dlfcn.h>

#include <bit>

#include "adapter/printable_text.h"
#include "conformance/userspace/parcel_library_port.h"

namespace touchstone::userspace {
namespace {

// dlopen looks for a bare name in system folders; a user who writes one means the file here.
std::string with_folder(const std::string& path) {
  return path.find('/') == std::string::npos ? "./" + path : path;
}

TOUCHSTONE_CALLS_ANY_TYPE void call_init(void* init, void* io, void* buffer, std::size_t bytes,
                                         std::size_t objects) {
  std::bit_cast<void (*)(void*, void*, std::size_t, std::size_t)>(init)(io, buffer, bytes, objects);
}

// What a push returns, if anything, is not looked at.
TOUCHSTONE_CALLS_ANY_TYPE void call_push(void* push, void* io) {
  std::bit_cast<void (*)(void*, std::int32_t)>(push)(io, 7);
}

}  // namespace

std::expected<ParcelLibrary, std::string> ParcelLibrary::load(const std::string& path,
                                                              ParcelApi api) {
  void* handle = ::dlopen(with_folder(path).c_str(), RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) {
    const char* reason = ::dlerror();
    return std::unexpected("cannot be loaded: " + printable_text(reason != nullptr ? reason : ""));
  }
  ParcelLibrary library(handle, api);
  if (library.symbol("IpcIoInit") == nullptr) {
    return std::unexpected("has no function IpcIoInit");
  }
  library.probe_layout();
  return library;
}

// `WriteUint8Vector` is also spelt `WriteUInt8Vector`.
void* ParcelLibrary::symbol(const std::string& name) const {
  void* found = ::dlsym(handle_, name.c_str());
  const std::size_t at = name.find("Uint");
  if (found != nullptr || at == std::string::npos) return found;
  std::string other = name;
  other[at + 1] = 'I';
  return ::dlsym(handle_, other.c_str());
}

void ParcelLibrary::probe_layout() {
  layout_ = header_layout();
  const bool is_legacy = api_ == ParcelApi::legacy;
  void* const init = symbol("IpcIoInit");
  void* const int32 = symbol(is_legacy ? "IpcIoPushInt32" : "WriteInt32");
  void* const descriptor = symbol(is_legacy ? "IpcIoPushFd" : "WriteFileDescriptor");
  if (int32 == nullptr || descriptor == nullptr) {
    layout_note_ = "as in our header: there is nothing to push to find it";
    return;
  }
  const FoundLayout found = find_layout({
      .init = [=](void* io, void* buffer, std::size_t bytes,
                  std::size_t objects) { call_init(init, io, buffer, bytes, objects); },
      .push_int32 = [=](void* io) { call_push(int32, io); },
      .push_descriptor = [=](void* io) { call_push(descriptor, io); },
  });
  if (!found.layout) {
    layout_note_ = "as in our header: " + found.trouble;
    return;
  }
  layout_ = *found.layout;
  layout_note_ = layout_ == header_layout() ? "found by probing, as in our header"
                                            : "found by probing, other than in our header";
}

std::unique_ptr<ParcelPort> ParcelLibrary::make_port() const {
  return api_ == ParcelApi::legacy ? make_legacy_port(*this) : make_newer_port(*this);
}

}  // namespace touchstone::userspace
