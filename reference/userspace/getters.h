// getters.h: the fields of a received message, as the library gives them.  Spec 13.1.
#pragma once

#include "reference/userspace/driver.h"
#include "reference/userspace/errors.h"

namespace touchstone::dispatch {

// GetToken, GetCode, GetFlag, GetCallingTid, -Pid, -Uid and -Gid.
enum class Field : std::uint8_t { token, code, flag, task, process, user, group };

// DSP-15: a null message, or no place for the value, is EINVAL.  The Calling ones return their
// value and need no place.
[[nodiscard]] inline Result<std::uint32_t> get(const Incoming* message, Field field,
                                               bool has_place) {
  const bool needs_place = field <= Field::flag;
  if (message == nullptr || (needs_place && !has_place)) return invalid();
  switch (field) {  // DSP-14
    case Field::token: return message->fields.target.token;
    case Field::code: return message->fields.code;
    case Field::flag: return message->fields.flag;
    case Field::task: return message->task_id;
    case Field::process: return message->process_id;
    case Field::user: return message->user_id;
    case Field::group: return message->group_id;
  }
  return invalid();
}

}  // namespace touchstone::dispatch
