// message_writer.h: from the choices of a Command to a message to send, right or broken on purpose.
// Reads the cast of the Program, changes nothing.
#pragma once

#include "adapter/operation.h"
#include "conformance/generator/cast_of_plan.h"
#include "conformance/generator/plan.h"

namespace touchstone {

// A request to the target that `command.object` chooses; 0 is the CMS.
SendReceive write_request(const Command& command, TaskName caller, CastOfPlan& cast,
                          bool is_portable);

// A reply to `request`, given back in the same call.
SendReceive write_answer(const Command& command, TaskName caller, const PlannedMessage& request,
                         CastOfPlan& cast, bool is_portable);

// A free of `message`, or of anything else.
SendReceive write_give_back(const Command& command, TaskName caller, const PlannedMessage& message,
                            bool is_portable);

// A task by name, or a value that is none.
TaskValue write_task_value(std::uint32_t choice, const CastOfPlan& cast);

// Where an `arg=` points: mostly right.
Argument write_argument(std::uint32_t choice, TaskName caller, CastOfPlan& cast, bool is_portable);

}  // namespace touchstone
