// support.h: what a case needs and a backend does not have: capabilities that the case names or
// that its steps use, its data model, its limits.  Such a case is `unsupported`; nothing of it is
// run.
#pragma once

#include <string>
#include <vector>

#include "adapter/backend.h"
#include "adapter/program.h"

namespace touchstone {

// A backend that waits in real time can carry out what needs virtual time, up to a minute of it.
// Words such as "fork", "abi=lp64" or "tasks=128", each once; empty if the case can be run.
std::vector<std::string> missing_for(const Program& program, const BackendInfo& backend);

// The words of what the backend states, in the order of their bits.
std::vector<std::string> capability_words_of(const BackendInfo& backend);

// Whether the backend states what it takes to carry out the operation.
bool can_carry_out(const BackendInfo& backend, const Operation& operation);

bool is_capability_word(std::string_view word);

std::string_view data_model_word(DataModel data_model);

}  // namespace touchstone
