// parcel_library.h: the C functions of a shared object behind the port, in the host's data model.
// Everything here runs code of the library: call it in a child (parcel_play.h).
#pragma once

#include <expected>
#include <memory>
#include <string>

#include "conformance/userspace/parcel_layout.h"
#include "conformance/userspace/parcel_port.h"

namespace touchstone::userspace {

inline constexpr DataModel host_data_model =
    sizeof(void*) == 4 ? DataModel::ilp32 : DataModel::lp64;

// A shared object that was loaded, for as long as the process lives.
class ParcelLibrary {
 public:
  // Or why it cannot be used: it cannot be loaded, or has no function of the API at all.
  static std::expected<ParcelLibrary, std::string> load(const std::string& path, ParcelApi api);

  ParcelApi api() const { return api_; }
  const ParcelLayout& layout() const { return layout_; }
  // "found by probing", or that it is that of our header, and why.
  const std::string& layout_note() const { return layout_note_; }

  // Null where there is none.
  void* symbol(const std::string& name) const;
  // A parcel that is not made yet.
  std::unique_ptr<ParcelPort> make_port() const;

 private:
  ParcelLibrary(void* handle, ParcelApi api) : handle_(handle), api_(api) {}
  void probe_layout();

  void* handle_;
  ParcelApi api_;
  ParcelLayout layout_{};
  std::string layout_note_{};
};

}  // namespace touchstone::userspace
