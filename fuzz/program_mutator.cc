#include "fuzz/program_mutator.h"

#include <algorithm>
#include <array>
#include <utility>
#include <variant>

#include "adapter/operation_names.h"
#include "adapter/program_bytes.h"
#include "conformance/generator/plan_draw.h"
#include "conformance/generator/program_writer.h"
#include "fuzz/step_breaker.h"

namespace touchstone::fuzz {
namespace {

// Longer ones are rarely worth their time; those that are longer already may stay so.
constexpr std::size_t steps_wanted_max = 60;

// A step of one of the Programs that a new one is made of, or one to be made.
struct Piece {
  std::variant<Step, Command> what;
  std::uint32_t from = 0;  // which Program
};

using Pieces = std::vector<Piece>;

void add_steps(const Program& program, std::size_t begin, std::size_t end, std::uint32_t from,
               Pieces& pieces) {
  for (std::size_t i = begin; i < end; ++i) pieces.push_back({program.steps[i], from});
}

std::vector<std::byte> grown(const CaseHeader& header, const Pieces& pieces,
                             std::size_t bytes_max) {
  ProgramGrower grower(
      {.abi = header.abi, .ids_reused = header.ids_reused, .messages_max = 2 * pieces.size() + 16});
  std::array<Translation, 2> names;
  for (const Piece& piece : pieces) {
    if (const auto* command = std::get_if<Command>(&piece.what)) {
      write_command(*command, false, grower);
    } else {
      grower.add_translated(std::get<Step>(piece.what), names[piece.from]);
    }
  }
  Program program = grower.take().program;
  std::vector<std::byte> bytes = encode_program(program);
  while (bytes.size() > bytes_max && !program.steps.empty()) {
    program.steps.resize(program.steps.size() * 3 / 4);
    bytes = encode_program(program);
  }
  bytes.resize(std::min(bytes.size(), bytes_max));
  return bytes;
}

// The changes to one Program.
class Mutation {
 public:
  Mutation(const Program& program, std::uint64_t seed) : draw_(seed), header_(program.header) {
    add_steps(program, 0, program.steps.size(), 0, pieces_);
    names_.messages =
        std::max<std::uint32_t>(1, static_cast<std::uint32_t>(program.message_names.size()));
    names_.tasks = 1;
    for (const Step& step : program.steps) {
      if (made_by(step.operation).task) ++names_.tasks;
    }
  }

  std::vector<std::byte> carry_out(std::size_t bytes_max) {
    std::uint32_t changes = 1;
    while (changes < 4 && draw_.one_in(3)) ++changes;
    for (; changes > 0; --changes) change();
    return grown(header_, pieces_, bytes_max);
  }

 private:
  void change() {
    const bool is_long = pieces_.size() >= steps_wanted_max;
    switch (draw_.below(16)) {
      case 0:
      case 1:
      case 2:
      case 3:
      case 4: return is_long ? take_out() : make_steps();
      case 5: return take_out();
      case 6: return is_long ? take_out() : repeat();
      case 7: return exchange();
      case 8: return end_who_is_waited_for();
      case 9: return draw_.one_in(4) ? change_header() : make_steps();
      default: return break_one();
    }
  }

  std::size_t any_place() { return draw_.below(static_cast<std::uint32_t>(pieces_.size() + 1)); }
  // More often near the end: what is there has the most to build on.
  std::size_t late_place() {
    return std::max(any_place(), draw_.one_in(2) ? pieces_.size() : any_place());
  }
  void insert(std::size_t place, Piece piece) {
    pieces_.insert(pieces_.begin() + static_cast<std::ptrdiff_t>(place), std::move(piece));
  }

  void make_steps() {
    std::size_t place = late_place();
    if (draw_.one_in(4)) {
      for (const Command& command : draw_scene(draw_)) insert(place++, {command, 0});
      return;
    }
    for (std::uint32_t count = 1 + draw_.below(4); count > 0; --count) {
      insert(place++, {draw_command(draw_), 0});
    }
  }
  void take_out() {
    if (pieces_.empty()) return;
    const std::size_t first = draw_.below(static_cast<std::uint32_t>(pieces_.size()));
    const std::size_t count = std::min<std::size_t>(1 + draw_.below(4), pieces_.size() - first);
    const auto begin = pieces_.begin() + static_cast<std::ptrdiff_t>(first);
    pieces_.erase(begin, begin + static_cast<std::ptrdiff_t>(count));
  }
  void repeat() {
    if (pieces_.empty()) return;
    const std::size_t first = draw_.below(static_cast<std::uint32_t>(pieces_.size()));
    const std::size_t count = std::min<std::size_t>(1 + draw_.below(6), pieces_.size() - first);
    const Pieces copied(pieces_.begin() + static_cast<std::ptrdiff_t>(first),
                        pieces_.begin() + static_cast<std::ptrdiff_t>(first + count));
    std::size_t place = late_place();
    const std::uint32_t times = draw_.one_in(8) ? 1 + draw_.below(30) : 1;
    for (std::uint32_t i = 0; i < times && pieces_.size() < 2 * steps_wanted_max; ++i) {
      for (const Piece& piece : copied) insert(place++, piece);
    }
  }
  void exchange() {
    if (pieces_.size() < 2) return;
    const std::size_t first = draw_.below(static_cast<std::uint32_t>(pieces_.size() - 1));
    const std::size_t second =
        draw_.one_in(2) ? first + 1 : std::min(any_place(), pieces_.size() - 1);
    std::swap(pieces_[first], pieces_[second]);
  }

  // A call that waits for a reply, and then the end of who should give it, or of the time.
  void end_who_is_waited_for() {
    std::vector<std::size_t> calls;
    for (std::size_t i = 0; i < pieces_.size(); ++i) {
      const Step* step = std::get_if<Step>(&pieces_[i].what);
      const auto* call = step == nullptr ? nullptr : std::get_if<SendReceive>(&step->operation);
      if (call != nullptr && call->message && (call->flags & flag_receive) != 0) calls.push_back(i);
    }
    if (calls.empty()) return make_steps();
    const std::size_t at = calls[draw_.below(static_cast<std::uint32_t>(calls.size()))];
    const auto call = std::get<SendReceive>(std::get<Step>(pieces_[at].what).operation);
    Step end;
    switch (draw_.below(4)) {
      case 0: end.operation = Advance{5000}; break;
      case 1: end.operation = ExitTask{call.caller}; break;
      default: {
        const bool is_task = call.message->to.kind == TaskValue::Kind::task;
        end.operation = ExitTask{is_task ? TaskName{call.message->to.value} : TaskName{1}};
        break;
      }
    }
    std::size_t place = at + 1 + draw_.below(3);
    place = std::min(place, pieces_.size());
    insert(place, {end, 0});
    insert(place + 1, {Step{Poll{call.caller}, {}, 0}, 0});
  }

  void change_header() {
    constexpr std::array abis{CaseAbi::any, CaseAbi::ilp32, CaseAbi::lp64};
    if (draw_.one_in(3)) {
      header_.ids_reused = !header_.ids_reused;
    } else {
      header_.abi = abis[draw_.below(3)];
    }
  }

  void break_one() {
    std::vector<std::size_t> steps;
    for (std::size_t i = 0; i < pieces_.size(); ++i) {
      if (std::holds_alternative<Step>(pieces_[i].what)) steps.push_back(i);
    }
    if (steps.empty()) return make_steps();
    // Messages are what most can be wrong with.
    std::size_t at = steps[draw_.below(static_cast<std::uint32_t>(steps.size()))];
    for (int tries = 0; tries < 4; ++tries) {
      if (std::holds_alternative<SendReceive>(std::get<Step>(pieces_[at].what).operation)) break;
      at = steps[draw_.below(static_cast<std::uint32_t>(steps.size()))];
    }
    Piece broken = pieces_[at];
    break_field(std::get<Step>(broken.what).operation, names_, draw_);
    // In its place, or after it: what it did is then still there.
    if (draw_.one_in(2)) {
      pieces_[at] = std::move(broken);
    } else {
      insert(at + 1, std::move(broken));
    }
  }

  Draw draw_;
  CaseHeader header_;
  Pieces pieces_;
  NameCounts names_;
};

// Bytes that are no longer what an encoder writes.
std::vector<std::byte> with_other_bytes(std::span<const std::byte> input, std::size_t bytes_max,
                                        Draw& draw) {
  std::vector<std::byte> bytes(input.begin(), input.end());
  for (std::uint32_t changes = 1 + draw.below(4); changes > 0 && !bytes.empty(); --changes) {
    const auto at = draw.below(static_cast<std::uint32_t>(bytes.size()));
    const auto place = bytes.begin() + at;
    switch (draw.below(4)) {
      case 0: *place ^= static_cast<std::byte>(1u << draw.below(8)); break;
      case 1: *place = static_cast<std::byte>(draw.below(256)); break;
      case 2: bytes.erase(place); break;
      default: bytes.insert(place, static_cast<std::byte>(draw.below(256))); break;
    }
  }
  bytes.resize(std::min(bytes.size(), bytes_max));
  return bytes;
}

}  // namespace

std::vector<std::byte> mutate_program(std::span<const std::byte> input, std::size_t bytes_max,
                                      std::uint64_t seed) {
  Draw draw(seed);
  const Program program = decode_program(input);
  if (program.steps.empty()) {
    const Plan plan = draw_plan(seed, {}, draw.below(50));
    std::vector<std::byte> bytes = encode_program(write_program(plan).program);
    bytes.resize(std::min(bytes.size(), bytes_max));
    return bytes;
  }
  if (draw.one_in(12)) return with_other_bytes(input, bytes_max, draw);
  return Mutation(program, seed).carry_out(bytes_max);
}

std::vector<std::byte> cross_programs(std::span<const std::byte> first,
                                      std::span<const std::byte> second, std::size_t bytes_max,
                                      std::uint64_t seed) {
  Draw draw(seed);
  const Program head = decode_program(first);
  const Program tail = decode_program(second);
  const auto place = [&draw](const Program& program) {
    return std::size_t{draw.below(static_cast<std::uint32_t>(program.steps.size() + 1))};
  };
  Pieces pieces;
  add_steps(head, 0, draw.one_in(2) ? head.steps.size() : place(head), 0, pieces);
  const std::size_t begin = place(tail);
  const std::size_t end =
      std::min(tail.steps.size(), begin + (draw.one_in(2) ? 8 : tail.steps.size()));
  add_steps(tail, begin, end, 1, pieces);
  return grown(head.header, pieces, bytes_max);
}

}  // namespace touchstone::fuzz
