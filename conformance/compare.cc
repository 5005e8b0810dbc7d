#include "conformance/compare.h"

#include <algorithm>
#include <utility>

namespace touchstone {
namespace {

bool came_back(const Outcome& outcome) {
  switch (outcome.kind) {
    case Outcome::Kind::crash:
    case Outcome::Kind::hang:
    case Outcome::Kind::not_run:
    case Outcome::Kind::lost: return false;
    case Outcome::Kind::value:
    case Outcome::Kind::error:
    case Outcome::Kind::blocked:
    case Outcome::Kind::task:
    case Outcome::Kind::service:
    case Outcome::Kind::version:
    case Outcome::Kind::message: return outcome.message.defects.empty();
  }
  return false;
}

bool same_object(const ReceivedObject& right, const ReceivedObject& got) {
  if (right.kind != got.kind || right.offset != got.offset) return false;
  switch (right.kind) {
    case ObjectKind::fd:
      // A backend that cannot tell which file it is says nothing about it.
      return right.descriptor == got.descriptor &&
             (!right.origin || !got.origin || *right.origin == *got.origin);
    case ObjectKind::ptr: return right.bytes == got.bytes;
    case ObjectKind::svc:
      return right.handle == got.handle && right.token == got.token && right.cookie == got.cookie;
    case ObjectKind::other: return right.type == got.type;
  }
  return false;
}

const ReceivedMessage* notice_of(const Outcome& outcome) {
  const bool is_notice = outcome.kind == Outcome::Kind::message &&
                         outcome.message.type == std::to_underlying(MessageType::death_notify);
  return is_notice ? &outcome.message : nullptr;
}

}  // namespace

Comparer::Comparer(const Program& program, CompareRules rules) : program_(program), rules_(rules) {}

Comparer::Match Comparer::compare(std::size_t step, std::span<const Outcome> right,
                                  std::span<const Outcome> got) {
  if (got.empty()) return Match::yes;
  if (right.empty()) return std::ranges::any_of(got, came_back) ? Match::yes : Match::no;
  for (const Outcome& observed : got) {
    for (const Outcome& expected : right) {
      if (same(expected, observed)) return Match::yes;
    }
  }
  const ReceivedMessage* expected = notice_of(right.front());
  const ReceivedMessage* observed = notice_of(got.front());
  if (expected == nullptr || observed == nullptr) return Match::no;
  return compare_notices(step, *expected, *observed);
}

// Which of the two came out of order is seen when the others come: what is expected here is owed
// from now on, and what came is held against all that is owed.
Comparer::Match Comparer::compare_notices(std::size_t step, const ReceivedMessage& right,
                                          const ReceivedMessage& got) {
  if (!may_be_out_of_order(right, got)) return Match::no;
  const auto is_settled_by = [this](const ReceivedMessage& notice, bool notice_is_right) {
    return [this, &notice, notice_is_right](const Notice& other) {
      return notice_is_right ? same_message(notice, *other.message)
                             : same_message(*other.message, notice);
    };
  };
  const auto extra = std::ranges::find_if(extras_, is_settled_by(right, true));
  if (extra != extras_.end()) {
    extras_.erase(extra);
  } else {
    owed_.push_back({step, &right});
  }
  const auto owed = std::ranges::find_if(owed_, is_settled_by(got, false));
  if (owed == owed_.end()) {
    extras_.push_back({step, &got});
    return Match::maybe;
  }
  owed_.erase(owed);
  return Match::yes;
}

// The tasks must differ, and one step must have ended both; a notice that the kernel sends on its
// own account says nothing about whose end it was, so its sender is not asked here.
bool Comparer::may_be_out_of_order(const ReceivedMessage& right, const ReceivedMessage& got) {
  const bool both_name_tasks =
      right.token.kind == TaskValue::Kind::task && got.token.kind == TaskValue::Kind::task;
  if (!both_name_tasks || right.token == got.token || right.to != got.to) return false;
  if (!cast_) cast_.emplace(program_);
  return cast_->end_together(TaskName{right.token.value}, TaskName{got.token.value});
}

std::vector<std::size_t> Comparer::unsettled() const {
  std::vector<std::size_t> steps;
  for (const Notice& notice : extras_) steps.push_back(notice.step);
  return steps;
}

bool Comparer::same(const Outcome& right, const Outcome& got) {
  if (right.kind != got.kind) return false;
  switch (right.kind) {
    case Outcome::Kind::value:
    case Outcome::Kind::error:
    case Outcome::Kind::version: return right.value == got.value;
    case Outcome::Kind::task:
    case Outcome::Kind::service: return right.task == got.task;
    case Outcome::Kind::message: return same_message(right.message, got.message);
    case Outcome::Kind::blocked: return true;
    case Outcome::Kind::crash:
    case Outcome::Kind::hang:
    case Outcome::Kind::not_run:
    case Outcome::Kind::lost: return false;  // never right, whatever was expected
  }
  return false;
}

bool Comparer::same_message(const ReceivedMessage& right, const ReceivedMessage& got) {
  const bool same_credentials =
      !rules_.credentials || (right.uid == got.uid && right.gid == got.gid);
  // Time last: it binds the names only where all else is the same.
  return right.type == got.type && right.to == got.to && right.token == got.token &&
         right.cookie == got.cookie && right.code == got.code && right.flag == got.flag &&
         right.from_task == got.from_task && right.from_process == got.from_process &&
         same_credentials && right.defects.empty() && got.defects.empty() &&
         right.data == got.data && std::ranges::equal(right.objects, got.objects, same_object) &&
         same_time(right.time, got.time);
}

bool Comparer::same_time(TimeName right, TimeName got) {
  const auto [there, is_new_there] =
      times_.try_emplace(std::to_underlying(right), std::to_underlying(got));
  if (!is_new_there) return there->second == std::to_underlying(got);
  const auto [back, is_new_back] =
      times_back_.try_emplace(std::to_underlying(got), std::to_underlying(right));
  if (!is_new_back) times_.erase(there);
  return is_new_back;
}

}  // namespace touchstone
