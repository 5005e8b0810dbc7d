#include "conformance/room.h"

#include <touchstone/lite_ipc_abi.h>

#include <algorithm>
#include <variant>
#include <vector>

#include "adapter/backends/reference_backend.h"
#include "adapter/executor.h"
#include "conformance/compare.h"
#include "conformance/play.h"

namespace touchstone {
namespace {

constexpr std::uint64_t pool_bytes_max = TOUCHSTONE_POOL_BYTES_MAX;
constexpr std::uint64_t page_bytes = 4096;
constexpr std::uint64_t most_of_one_size = 40;

std::vector<Outcome> run_with(PoolScale pools, const Program& program, DataModel data_model) {
  const auto reference = make_reference({.data_model = data_model, .pools = pools});
  return execute(program, *reference);
}

// Where the end lies says nothing of the room.
bool is_about_the_end(const Operation& operation) {
  const auto* call = std::get_if<SendReceive>(&operation);
  return call != nullptr && (call->free.kind == FreeTarget::Kind::pool_end ||
                             call->free.kind == FreeTarget::Kind::past_end);
}

std::size_t first_difference(const Program& program, const std::vector<Outcome>& left,
                             const std::vector<Outcome>& right) {
  Comparer comparer(program);
  const std::size_t count = std::min(left.size(), right.size());
  for (std::size_t step = 0; step < count; ++step) {
    if (is_about_the_end(program.steps[step].operation)) continue;
    const bool both_were_not_run =
        left[step].kind == Outcome::Kind::not_run && right[step].kind == Outcome::Kind::not_run;
    if (both_were_not_run) continue;
    const auto match = comparer.compare(step, {&left[step], 1}, {&right[step], 1});
    if (match == Comparer::Match::no) return step;
  }
  return program.steps.size();
}

// Sends itself messages until no more fit, and then smaller ones.
Program filling(std::uint64_t pool_bytes) {
  constexpr TaskName task{1};
  Program program;
  const auto add = [&program](const Operation& operation) {
    program.steps.push_back({operation, {}, 0});
  };
  add(Spawn{ProcessName{1}, task, 0, 0});
  add(Open{task});
  add(Mmap{task, pool_bytes, protection_read, map_private});
  add(SetCms{task, pool_bytes_max});
  SendReceive send;
  send.caller = task;
  send.flags = flag_send;
  send.message.emplace().to = {TaskValue::Kind::cms, 0};
  std::uint64_t left = pool_bytes;
  for (const std::uint32_t data_bytes : {4000u, 1000u, 200u, 50u, 1u}) {
    send.message->data.resize(data_bytes);
    for (std::uint64_t i = 0; i <= left / data_bytes && i < most_of_one_size; ++i) add(send);
    left = std::min<std::uint64_t>(left, 2 * data_bytes);
  }
  return program;
}

// The first difference is that a message has room, and none elsewhere.
bool fills_in_its_own_way(const Program& program, BackendFactory& backend) {
  const Played played = play(program, backend, {.is_isolated = backend.needs_isolation()});
  const auto right = run_with(PoolScale::as_asked, program, backend.info().data_model);
  const std::size_t step = first_difference(program, right, played.outcomes);
  if (step == program.steps.size()) return false;
  const auto fits = [step](const std::vector<Outcome>& outcomes) {
    return outcomes[step].kind == Outcome::Kind::value && outcomes[step].value == 0;
  };
  const auto has_no_room = [step](const std::vector<Outcome>& outcomes) {
    return outcomes[step].kind == Outcome::Kind::error && outcomes[step].value == TOUCHSTONE_ENOMEM;
  };
  return (fits(right) && has_no_room(played.outcomes)) ||
         (has_no_room(right) && fits(played.outcomes));
}

}  // namespace

void make_pools_scalable(Program& program) {
  for (Step& step : program.steps) {
    auto* mmap = std::get_if<Mmap>(&step.operation);
    if (mmap == nullptr || mmap->bytes == 0 || mmap->bytes > pool_bytes_max) continue;
    mmap->bytes = std::clamp(mmap->bytes, 2 * page_bytes, pool_bytes_max / 2);
  }
}

std::size_t room_decides_from(const Program& program, const std::vector<Outcome>& reference,
                              DataModel data_model) {
  const auto from = [&](PoolScale pools) {
    return first_difference(program, reference, run_with(pools, program, data_model));
  };
  return std::min(from(PoolScale::half), from(PoolScale::twice));
}

bool has_own_room(BackendFactory& backend) {
  return fills_in_its_own_way(filling(2 * page_bytes), backend) ||
         fills_in_its_own_way(filling(16 * page_bytes), backend);
}

}  // namespace touchstone
