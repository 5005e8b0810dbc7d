// Messages made from the service manager's interface description, valid, broken and garbage, sent
// in sequence to the reference manager: each is answered as the interface has it.  With
// $TOUCHSTONE_LIBRARY, a manager in a shared object, that one must answer the same.  An input is
// useful if a request in it was carried out.
#include <fmt/format.h>

#include <cstdlib>
#include <optional>

#include "conformance/data_dir.h"
#include "conformance/text_file.h"
#include "conformance/userspace/services_library.h"
#include "conformance/userspace/services_reference.h"
#include "fuzz/services_trial.h"
#include "fuzz/target.h"

namespace touchstone::fuzz {
namespace {

using userspace::ServicesFactory;
using userspace::ServicesLibrary;

[[noreturn]] void give_up(const std::string& reason) { fuzz::give_up("service_manager", reason); }

userspace::InterfaceDescription load_interface() {
  const auto data = find_data_dir(std::getenv("TOUCHSTONE_DATA"), folder_of_this_program());
  if (!data) give_up(data.error());
  const auto path = data->root / "corpora" / "interfaces" / "service_manager.iface";
  const auto text = read_text_file(path);
  if (!text) give_up(text.error());
  auto read = userspace::parse_interface(*text);
  if (!read) give_up(to_string(read.error(), path.string()));
  return *std::move(read);
}

std::optional<ServicesLibrary> load_library() {
  const auto path = environment("TOUCHSTONE_LIBRARY");
  if (!path) return std::nullopt;
  auto library = userspace::load_services_library(*path);
  if (!library) give_up(fmt::format("{}: {}", *path, library.error()));
  return *std::move(library);
}

// Loaded once; none of it remembers an input.
struct Loaded {
  userspace::InterfaceDescription interface = load_interface();
  std::unique_ptr<ServicesFactory> reference = userspace::reference_services();
  std::optional<ServicesLibrary> library = load_library();
};

const Loaded& loaded() {
  static const Loaded one;
  return one;
}

}  // namespace
}  // namespace touchstone::fuzz

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  touchstone::fuzz::loaded();
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t count) {
  using namespace touchstone;
  if (!fuzz::begins({bytes, count})) return 0;
  const fuzz::Loaded& loaded = fuzz::loaded();
  const bool is_lp64 = count > 0 && (bytes[0] & 1) != 0;
  const auto input = fuzz::as_bytes(bytes, count).subspan(count > 0 ? 1 : 0);
  const fuzz::ServicesVerdict verdict =
      fuzz::try_services({loaded.interface, *loaded.reference,
                          loaded.library ? loaded.library->factory.get() : nullptr},
                         is_lp64 ? DataModel::lp64 : DataModel::ilp32, input);
  fuzz::count_input(verdict.is_any_taken);
  if (!verdict.kind.empty()) {
    fuzz::report({.kind = verdict.kind, .signature = verdict.signature, .text = verdict.story},
                 {bytes, count});
  }
  return 0;
}
