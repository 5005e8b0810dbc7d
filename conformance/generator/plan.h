// plan.h: a random Program before it has names: plain numbers that program_writer.h reads against
// the state that earlier ones led to.  Any part of a Plan is a Plan, so it can be shrunk freely.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

namespace touchstone {

enum class Verb : std::uint8_t {
  spawn,
  open,
  map,
  set_cms,
  set_ipc_thread,
  give_access,  // CMS command, mostly ADD_ACCESS
  request,      // send a request, alone or waiting for the reply
  receive,
  answer,     // reply to a request that was received
  give_back,  // a received message or buffer, or anything else
  poll,
  create_thread,
  fork,
  exec,
  exit_task,
  exit_process,
  close,
  unmap,
  get_version,
  raw_ioctl,
  advance,
  inject,
  count_descriptors,
};
inline constexpr std::uint32_t verb_count = 23;

// One step or none, with a poll before it where its task may sleep.  0 is always the plainest
// choice.
struct Command {
  Verb verb = Verb::spawn;
  std::uint16_t caller = 0;    // which task, of those alive
  std::uint16_t object = 0;    // which target, message or number
  std::uint16_t manner = 0;    // flags and variants
  std::uint16_t breakage = 0;  // what is wrong with it; 0: nothing on purpose
  std::uint16_t content = 0;   // numbers and bytes
  std::uint16_t objects = 0;   // special objects of a message

  friend bool operator==(const Command&, const Command&) = default;
};

// The fields of a Command that are choices, for those who vary them.
inline constexpr std::array command_choices{&Command::caller,  &Command::object,
                                            &Command::manner,  &Command::breakage,
                                            &Command::content, &Command::objects};

enum class PlanAbi : std::uint8_t { any, ilp32, lp64 };

struct Plan {
  PlanAbi abi = PlanAbi::any;
  bool ids_reused = false;
  // Nothing in which the data models differ by the contract: sizes at the limits, raw addresses.
  bool is_portable = false;
  std::uint32_t quirks = 0;  // of the reference that the plan is written against
  std::vector<Command> commands;

  friend bool operator==(const Plan&, const Plan&) = default;
};

// Which Plans are drawn.
struct PlanDomain {
  // For programs that run on either data model with the same outcomes.
  bool is_portable = false;
  // Written against a reference with some of its quirks.
  bool has_quirks = false;
};

// Takes a choice apart: each `below` uses up a part of the number, and 0 gives 0 every time.
class Digits {
 public:
  explicit Digits(std::uint32_t number) : number_(number) {}
  std::uint32_t below(std::uint32_t limit) {
    const std::uint32_t digit = number_ % limit;
    number_ /= limit;
    return digit;
  }
  // True for one number in `count`, never for 0.
  bool one_in(std::uint32_t count) { return below(count) == count - 1; }
  std::uint32_t rest() const { return number_; }

 private:
  std::uint32_t number_;
};

}  // namespace touchstone
