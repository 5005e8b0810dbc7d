// diagram_lanes.h: the lanes of a sequence diagram: which tasks there are, which of them live or
// sleep, and rows of characters with their life lines and an arrow.  Knows no text beside them.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "adapter/program.h"

namespace touchstone {

class DiagramLanes {
 public:
  explicit DiagramLanes(const Program& program);

  std::size_t count() const { return lanes_.size(); }
  std::size_t width() const { return lanes_.size() * spacing_; }

  // The lane of a task; none where no step makes it.
  std::optional<std::size_t> find(TaskName task) const;
  // The first living lane of a process, which is its main task's.
  std::optional<std::size_t> find_main(ProcessName process) const;
  std::vector<std::size_t> living_of(ProcessName process) const;
  ProcessName process_of(std::size_t lane) const { return lanes_[lane].process; }
  bool is_main(std::size_t lane) const { return find_main(lanes_[lane].process) == lane; }

  void begin(std::size_t lane) { lanes_[lane].is_living = true; }
  void end(std::size_t lane) { lanes_[lane] = {lanes_[lane].task, lanes_[lane].process}; }
  void set_asleep(std::size_t lane, bool is_asleep) { lanes_[lane].is_asleep = is_asleep; }

  // The names of the lanes, each over its life line.
  std::string heads() const;
  // `|` for a task that runs, `:` for one that sleeps, nothing for one that is not there.
  std::string row() const;
  void put(std::string& row, std::size_t lane, char mark) const { row[column(lane)] = mark; }

  struct Arrow {
    std::optional<std::size_t> from;  // none: the kernel, a short arrow
    std::size_t to = 0;
    char line = '-';
    bool arrives = true;  // else it ends in an x
    std::string_view label;
  };
  void draw(std::string& row, const Arrow& arrow) const;

 private:
  struct Lane {
    TaskName task{};
    ProcessName process{};
    bool is_living = false;
    bool is_asleep = false;
  };

  std::size_t column(std::size_t lane) const { return lane * spacing_ + spacing_ / 2; }
  void add(TaskName task, ProcessName process) {
    lanes_.push_back({.task = task, .process = process});
  }

  std::vector<Lane> lanes_;
  std::size_t spacing_ = 0;
};

}  // namespace touchstone
