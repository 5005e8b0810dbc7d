#include "adapter/diagram_lanes.h"

#include <algorithm>
#include <string>
#include <variant>

namespace touchstone {
namespace {

constexpr std::size_t kernel_arrow_columns = 5;

// Wide enough for a message's type in an arrow while the step beside it still has room.
std::size_t spacing_for(std::size_t lane_count) {
  if (lane_count <= 3) return 16;
  if (lane_count == 4) return 14;
  return lane_count == 5 ? 12 : 11;
}

std::string label_of(char letter, auto name) {
  return letter + std::to_string(static_cast<std::uint32_t>(name));
}

}  // namespace

DiagramLanes::DiagramLanes(const Program& program) {
  for (const Step& step : program.steps) {
    if (const auto* spawn = std::get_if<Spawn>(&step.operation)) {
      add(spawn->task, spawn->process);
    } else if (const auto* fork = std::get_if<Fork>(&step.operation)) {
      add(fork->child_task, fork->child);
    } else if (const auto* thread = std::get_if<CreateThread>(&step.operation)) {
      add(thread->task, thread->process);
    }
  }
  spacing_ = spacing_for(lanes_.size());
}

std::optional<std::size_t> DiagramLanes::find(TaskName task) const {
  const auto lane = std::ranges::find(lanes_, task, &Lane::task);
  if (lane == lanes_.end()) return std::nullopt;
  return static_cast<std::size_t>(lane - lanes_.begin());
}

std::optional<std::size_t> DiagramLanes::find_main(ProcessName process) const {
  const std::vector<std::size_t> living = living_of(process);
  if (living.empty()) return std::nullopt;
  return living.front();
}

std::vector<std::size_t> DiagramLanes::living_of(ProcessName process) const {
  std::vector<std::size_t> living;
  for (std::size_t lane = 0; lane < lanes_.size(); ++lane) {
    if (lanes_[lane].is_living && lanes_[lane].process == process) living.push_back(lane);
  }
  return living;
}

std::string DiagramLanes::heads() const {
  std::string heads(width(), ' ');
  for (std::size_t lane = 0; lane < lanes_.size(); ++lane) {
    const std::string label =
        label_of('T', lanes_[lane].task) + "/" + label_of('P', lanes_[lane].process);
    const std::size_t half = std::min(label.size() / 2, spacing_ / 2);
    heads.replace(column(lane) - half, std::min(label.size(), spacing_ - 1),
                  label.substr(0, spacing_ - 1));
  }
  return heads;
}

std::string DiagramLanes::row() const {
  std::string row(width(), ' ');
  for (std::size_t lane = 0; lane < lanes_.size(); ++lane) {
    if (lanes_[lane].is_living) put(row, lane, lanes_[lane].is_asleep ? ':' : '|');
  }
  return row;
}

void DiagramLanes::draw(std::string& row, const Arrow& arrow) const {
  const std::size_t target = column(arrow.to);
  const std::size_t source =
      arrow.from ? column(*arrow.from) : target - std::min(target, kernel_arrow_columns);
  if (source == target) return;
  const bool goes_right = source < target;
  const std::size_t begin = std::min(source, target) + 1;
  const std::size_t end = std::max(source, target);
  row.replace(begin, end - begin, end - begin, arrow.line);
  // The label keeps a column of line before it, and one of line and the head behind.
  if (arrow.label.size() + 3 <= end - begin) {
    row.replace(begin + (end - begin - arrow.label.size()) / 2, arrow.label.size(), arrow.label);
  }
  const char head = !arrow.arrives ? 'x' : goes_right ? '>' : '<';
  row[goes_right ? end - 1 : begin] = head;
}

}  // namespace touchstone
