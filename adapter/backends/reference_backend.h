// reference_backend.h: the reference kernel behind the port: gives it user memory, descriptors, a
// virtual clock and injected failures.  The one backend header that stands on reference/.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "adapter/backend.h"

namespace touchstone {

// Ways in which an implementation may differ that the reference can follow, so that a judge can
// hold it to everything else.  Bits of ReferenceOptions::quirks; the words are those of
// spec/profiles/.
enum class Quirk : std::uint32_t {
  copy_failure_gives_count = 1u << 0,     // Q1: a failed copy returns the count of bytes, positive
  pool_end_is_inside = 1u << 1,           // Q4: the first address after the pool gives EFAULT
  refused_mmap_drops_pool = 1u << 2,      // Q5: a refused mmap forgets the mapped pool
  kernel_sends_late_notices = 1u << 3,    // Q8: notices for secondary tasks at process exit
  ids_inherit = 1u << 4,                  // Q9: roles, replies and notices go by id alone
  cms_limit_only_for_handle_0 = 1u << 5,  // Q11
  exec_keeps_service = 1u << 6,           // Q12: exec leaves the task's access list
  undone_access_is_withdrawn = 1u << 7,   // Q2, the other choice
};

// The quirk's word, e.g. "exec_keeps_service", and back.
std::string quirk_word(Quirk quirk);
std::optional<Quirk> quirk_from_word(const std::string& word);

// Pools that hold about as many messages as those of an implementation whose messages take twice or
// half as much of them (MSG-41).
enum class PoolScale : std::uint8_t { as_asked, half, twice };

struct ReferenceOptions {
  DataModel data_model = DataModel::ilp32;
  std::uint32_t quirks = 0;  // bits of Quirk; 0 is the contract itself
  PoolScale pools = PoolScale::as_asked;
  std::uint64_t scratch_bytes_max = BackendInfo{}.scratch_bytes_max;
};

// As Backend, with what only the reference can tell.
class ReferenceInstance : public Backend {
 public:
  // The kernel's state in a few lines of text.
  virtual std::string describe_state(const IdNames& names) const = 0;
  // The first invariant that does not hold now, in words; none if all hold.
  virtual std::optional<std::string> broken_invariant() const = 0;
};

std::unique_ptr<ReferenceInstance> make_reference(const ReferenceOptions& options);
std::unique_ptr<BackendFactory> make_reference_factory(const ReferenceOptions& options);

}  // namespace touchstone
