// subject.h: an implementation of one user-space chapter, ready to be judged: who it is, and how to
// make a player on it.  Plays nothing.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "adapter/backend.h"
#include "conformance/userspace/player.h"

namespace touchstone::userspace {

struct Subject {
  std::string name;  // "reference", or the path of a library
  std::string version;
  bool is_reference = false;  // played in this process; anything else in a child for each case
  std::vector<DataModel> data_models{};
  // A player in its first state.  For what is not the reference it is called in the child, and may
  // crash there.  Null: there is no instance to be had.
  std::function<std::unique_ptr<Player>(DataModel)> make_player{};
};

}  // namespace touchstone::userspace
