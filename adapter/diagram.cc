#include "adapter/diagram.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <variant>

#include "adapter/case_text.h"
#include "adapter/case_words.h"
#include "adapter/diagram_lanes.h"

namespace touchstone {
namespace {

constexpr std::size_t columns_max = 118;
constexpr std::size_t lanes_max = 6;
constexpr std::size_t margin_columns = 7;  // mark, line number, two spaces
constexpr std::size_t hex_digits_shown_max = 24;
constexpr std::size_t indent_steps_max = 12;

constexpr std::string_view legend =
    "o acts   + begins   X ends   z goes to sleep, : sleeps   --> sent, --x refused   "
    "..> received\n";

bool is_hex_digit(char digit) {
  return (digit >= '0' && digit <= '9') || (digit >= 'a' && digit <= 'f');
}

// A long run of bytes as its first ones and how many there are.
std::string shorten(std::string_view word) {
  std::string text;
  for (std::size_t begin = 0; begin < word.size();) {
    std::size_t end = begin;
    while (end < word.size() && is_hex_digit(word[end])) ++end;
    const std::size_t digits = end - begin;
    if (digits > hex_digits_shown_max) {
      text.append(word.substr(begin, 8)).append("..(");
      text.append(std::to_string(digits / 2)).append("_bytes)");
    } else {
      text.append(word.substr(begin, digits));
    }
    if (end < word.size()) text += word[end++];
    begin = end;
  }
  return text;
}

std::vector<std::string_view> words_of(std::string_view text) {
  std::vector<std::string_view> words;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    if (end > 0) words.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return words;
}

// Lines of at most `columns`, broken between words, later ones indented; a longer word is cut.
std::vector<std::string> wrap(std::string_view text, std::size_t columns) {
  std::vector<std::string> lines(1);
  std::string arrow;  // never the last word of a line
  for (const std::string_view whole : words_of(text)) {
    if (whole == "->") {
      arrow = "-> ";
      continue;
    }
    std::string word = std::exchange(arrow, {}) + shorten(whole);
    if (word.size() + 2 > columns) word = word.substr(0, columns - 5) + "...";
    const std::size_t space = lines.back().empty() ? 0 : 1;
    if (lines.back().size() + space + word.size() > columns) {
      lines.emplace_back("  ");
    } else if (space == 1 && lines.back() != "  ") {
      lines.back() += ' ';
    }
    lines.back() += word;
  }
  return lines;
}

// What a reader of the lanes already sees, or rarely asks for.
bool is_shown_by_lanes(std::string_view word) {
  return word.starts_with("to=") || word.starts_with("from=") || word.starts_with("uid=") ||
         word.starts_with("gid=") || word.starts_with("time=");
}

// A step whose success is a matter of course, so that several share a row.
bool is_preparation(const Operation& operation) {
  return std::holds_alternative<Spawn>(operation) ||
         std::holds_alternative<CreateThread>(operation) ||
         std::holds_alternative<Open>(operation) || std::holds_alternative<Mmap>(operation) ||
         std::holds_alternative<SetCms>(operation);
}

std::string without_subject(const Step& step, const Program& program) {
  std::string text = print_operation(step.operation, program);
  const std::string subject = subject_of(step.operation);
  if (!subject.empty()) text.erase(0, subject.size() + 1);
  return text;
}

// The usual way to map the pool needs no words.
std::string preparation_text(const Step& step, const Program& program) {
  std::string text = without_subject(step, program);
  constexpr std::string_view usual = " prot=read flags=private";
  if (std::holds_alternative<Mmap>(step.operation) && text.ends_with(usual)) {
    text.resize(text.size() - usual.size());
  }
  return text;
}

class SequenceDiagram {
 public:
  SequenceDiagram(const Program& program, const std::vector<Outcome>* outcomes)
      : program_(program), outcomes_(outcomes), lanes_(program) {}

  std::string draw();

 private:
  bool has_lanes() const { return lanes_.count() <= lanes_max && lanes_.count() > 0; }
  std::size_t step_count() const;
  // What the step gave: the outcome seen, else the first expected; null where there is neither.
  const Outcome* result(const Step& step) const;
  bool is_as_expected(const Step& step) const;
  bool gives_zero(const Step& step) const;
  // False where a task was not made or did not end after all.
  bool takes_effect(const Step& step) const;

  std::optional<std::size_t> actor(const Operation& operation) const;
  std::optional<std::size_t> target(const TaskValue& value) const;

  std::size_t draw_preparation(std::size_t index);
  void draw_step(const Step& step);
  void draw_acts(const Step& step, std::string& row);
  void draw_ends(const Step& step, std::string& row);
  void draw_send(const Step& step, std::string& row) const;
  void draw_delivery(const Step& step, std::string& row) const;
  void note_sleep(const Step& step, std::string& row);

  std::string outcome_text(const Step& step) const;
  std::string short_outcome(const Step& step, const Outcome& outcome) const;
  void add_row(const Step& step, const std::string& row, std::string_view text);
  void add_list_line(const Step& step);
  std::size_t number_of(const Step& step) const;

  const Program& program_;
  const std::vector<Outcome>* outcomes_;
  DiagramLanes lanes_;
  std::optional<TaskName> cms_;
  std::string text_;
};

std::size_t SequenceDiagram::step_count() const {
  return outcomes_ == nullptr ? program_.steps.size()
                              : std::min(program_.steps.size(), outcomes_->size());
}

const Outcome* SequenceDiagram::result(const Step& step) const {
  if (outcomes_ != nullptr) {
    return &(*outcomes_)[static_cast<std::size_t>(&step - program_.steps.data())];
  }
  return step.expected.empty() ? nullptr : &step.expected.front();
}

bool SequenceDiagram::is_as_expected(const Step& step) const {
  const Outcome* const outcome = result(step);
  if (outcomes_ == nullptr || step.expected.empty()) return true;
  return std::ranges::any_of(
      step.expected, [&](const Outcome& expected) { return same_outcome(*outcome, expected); });
}

bool SequenceDiagram::gives_zero(const Step& step) const {
  const Outcome* const outcome = result(step);
  return outcome != nullptr && outcome->kind == Outcome::Kind::value && outcome->value == 0 &&
         is_as_expected(step);
}

bool SequenceDiagram::takes_effect(const Step& step) const {
  const Outcome* const outcome = result(step);
  return outcome == nullptr || outcome->kind == Outcome::Kind::value;
}

std::optional<std::size_t> SequenceDiagram::actor(const Operation& operation) const {
  return std::visit(
      [&](const auto& step) -> std::optional<std::size_t> {
        if constexpr (requires { step.caller; }) {
          return lanes_.find(step.caller);
        } else if constexpr (requires { step.task; }) {
          return lanes_.find(step.task);
        } else if constexpr (requires { step.process; }) {
          return lanes_.find_main(step.process);
        } else {
          return std::nullopt;
        }
      },
      operation);
}

std::optional<std::size_t> SequenceDiagram::target(const TaskValue& value) const {
  if (value.kind == TaskValue::Kind::task) return lanes_.find(TaskName{value.value});
  const bool is_cms = value.kind == TaskValue::Kind::cms ||
                      (value.kind == TaskValue::Kind::number && value.value == 0);
  if (is_cms && cms_) return lanes_.find(*cms_);
  return std::nullopt;
}

std::size_t SequenceDiagram::number_of(const Step& step) const {
  if (step.line != 0) return step.line;
  return static_cast<std::size_t>(&step - program_.steps.data()) + 1;
}

std::string SequenceDiagram::short_outcome(const Step& step, const Outcome& outcome) const {
  const std::string whole = print_outcome(outcome, program_);
  if (outcome.kind != Outcome::Kind::message || !has_lanes()) return whole;
  const std::optional<std::size_t> sender = target(outcome.message.from_task);
  const bool has_arrow = sender && sender != actor(step.operation);
  std::string text;
  for (const std::string_view word : words_of(whole)) {
    if (text.empty() && word == "0") continue;
    if (!has_arrow && word.starts_with("from=")) text += " " + std::string(word);
    if (is_shown_by_lanes(word)) continue;
    if (!text.empty()) text += ' ';
    text += word;
  }
  return text;
}

std::string SequenceDiagram::outcome_text(const Step& step) const {
  std::string expected;
  for (const Outcome& outcome : step.expected) {
    if (!expected.empty()) expected += " | ";
    expected += short_outcome(step, outcome);
  }
  if (outcomes_ == nullptr) return expected.empty() ? "" : " -> " + expected;
  std::string text = " -> " + short_outcome(step, *result(step));
  if (is_as_expected(step)) return text;
  // Where only what the lanes hide differs, both are shown whole.
  if (text == " -> " + expected) {
    text = " -> " + print_outcome(*result(step), program_);
    expected = print_outcome(step.expected.front(), program_);
  }
  return text + "; expected " + expected;
}

void SequenceDiagram::add_row(const Step& step, const std::string& row, std::string_view text) {
  std::string margin = std::to_string(number_of(step));
  margin.insert(0, margin_columns - 3 - std::min<std::size_t>(margin.size(), 4), ' ');
  margin.insert(0, is_as_expected(step) ? " " : "!");
  margin += "  ";
  std::string lanes = row;
  for (const std::string& line : wrap(text, columns_max - margin_columns - lanes_.width() - 1)) {
    text_ += margin + lanes + " " + line;
    while (text_.ends_with(' ')) text_.pop_back();
    text_ += '\n';
    margin.assign(margin_columns, ' ');
    lanes = lanes_.row();
  }
}

void SequenceDiagram::draw_send(const Step& step, std::string& row) const {
  const auto* const send = std::get_if<SendReceive>(&step.operation);
  if (send == nullptr || !send->message || (send->flags & flag_send) == 0) return;
  const std::optional<std::size_t> from = lanes_.find(send->caller);
  const std::optional<std::size_t> to = target(send->message->to);
  if (!from || !to) return;
  const Outcome* const outcome = result(step);
  const bool is_refused = outcome != nullptr && (outcome->kind == Outcome::Kind::error ||
                                                 outcome->kind == Outcome::Kind::crash);
  const auto type = static_cast<MessageType>(send->message->type);
  lanes_.draw(row, {.from = from,
                    .to = *to,
                    .line = '-',
                    .arrives = !is_refused,
                    .label = word_of(message_type_words, type)});
}

void SequenceDiagram::draw_delivery(const Step& step, std::string& row) const {
  const Outcome* const outcome = result(step);
  const std::optional<std::size_t> to = actor(step.operation);
  if (!to) return;
  const ReceivedMessage& message = outcome->message;
  const auto name = static_cast<std::size_t>(message.name);
  const std::string_view label =
      name < program_.message_names.size() ? program_.message_names[name] : std::string_view{};
  lanes_.draw(
      row,
      {.from = target(message.from_task), .to = *to, .line = '.', .arrives = true, .label = label});
}

void SequenceDiagram::draw_ends(const Step& step, std::string& row) {
  if (!takes_effect(step)) return;
  std::vector<std::size_t> ended;
  if (const auto* exit = std::get_if<ExitProcess>(&step.operation)) {
    ended = lanes_.living_of(exit->process);
  } else if (const auto* task_exit = std::get_if<ExitTask>(&step.operation)) {
    const std::optional<std::size_t> lane = lanes_.find(task_exit->caller);
    if (!lane) return;
    ended = {*lane};
    if (lanes_.is_main(*lane)) ended = lanes_.living_of(lanes_.process_of(*lane));
  } else if (const auto* exec = std::get_if<Exec>(&step.operation)) {
    const std::optional<std::size_t> survivor = lanes_.find(exec->caller);
    if (!survivor) return;
    ended = lanes_.living_of(lanes_.process_of(*survivor));
    std::erase(ended, *survivor);
  }
  for (const std::size_t lane : ended) {
    lanes_.put(row, lane, 'X');
    lanes_.end(lane);
  }
}

void SequenceDiagram::draw_acts(const Step& step, std::string& row) {
  const std::optional<std::size_t> lane = actor(step.operation);
  const bool begins = std::holds_alternative<Spawn>(step.operation) ||
                      std::holds_alternative<CreateThread>(step.operation);
  if (lane && begins && takes_effect(step)) lanes_.begin(*lane);
  if (lane) lanes_.put(row, *lane, begins ? '+' : 'o');
  const auto* const fork = std::get_if<Fork>(&step.operation);
  const std::optional<std::size_t> child = fork ? lanes_.find(fork->child_task) : std::nullopt;
  if (child && takes_effect(step)) {
    lanes_.begin(*child);
    lanes_.draw(row, {.from = lane, .to = *child, .line = '-', .arrives = true, .label = "fork"});
    lanes_.put(row, *child, '+');
  }
}

void SequenceDiagram::note_sleep(const Step& step, std::string& row) {
  const std::optional<std::size_t> lane = actor(step.operation);
  const Outcome* const outcome = result(step);
  if (!lane || outcome == nullptr) return;
  const bool is_asleep = outcome->kind == Outcome::Kind::blocked;
  if (is_asleep) lanes_.put(row, *lane, 'z');
  lanes_.set_asleep(*lane, is_asleep);
}

void SequenceDiagram::draw_step(const Step& step) {
  const Outcome* const outcome = result(step);
  const std::string operation = without_subject(step, program_);
  std::string row = lanes_.row();
  draw_acts(step, row);
  draw_send(step, row);
  if (const auto* set_cms = std::get_if<SetCms>(&step.operation)) {
    if (gives_zero(step) && !cms_) cms_ = set_cms->caller;
  }
  note_sleep(step, row);
  draw_ends(step, row);
  if (outcome != nullptr && outcome->kind == Outcome::Kind::message) draw_delivery(step, row);
  add_row(step, row, operation + outcome_text(step));
}

// Rows that begin a task and make it ready are one row a task.  Gives the first step after them.
std::size_t SequenceDiagram::draw_preparation(std::size_t index) {
  const Step& first = program_.steps[index];
  const std::optional<std::size_t> lane = actor(first.operation);
  std::string row;
  std::string text;
  std::size_t end = index;
  for (; end < step_count(); ++end) {
    const Step& step = program_.steps[end];
    const bool is_first = end == index;
    if (!is_preparation(step.operation) || !gives_zero(step)) break;
    const bool begins = std::holds_alternative<Spawn>(step.operation) ||
                        std::holds_alternative<CreateThread>(step.operation);
    if (!is_first && (begins || actor(step.operation) != lane)) break;
    if (is_first) {
      row = lanes_.row();
      draw_acts(step, row);
    }
    const auto* const set_cms = std::get_if<SetCms>(&step.operation);
    if (set_cms != nullptr && !cms_) cms_ = set_cms->caller;
    if (!text.empty()) text += "; ";
    text += preparation_text(step, program_);
  }
  if (end == index) return index;
  add_row(first, row, text + " -> 0");
  return end;
}

void SequenceDiagram::add_list_line(const Step& step) {
  const std::optional<std::size_t> lane = actor(step.operation);
  const std::string indent(2 * std::min(lane.value_or(0), indent_steps_max), ' ');
  std::string margin = std::to_string(number_of(step));
  margin.insert(0, margin_columns - 3 - std::min<std::size_t>(margin.size(), 4), ' ');
  margin.insert(0, is_as_expected(step) ? " " : "!");
  margin += "  ";
  const std::string text = print_operation(step.operation, program_) + outcome_text(step);
  for (const std::string& line : wrap(text, columns_max - margin_columns - indent.size())) {
    text_ += margin + indent + line + '\n';
    margin.assign(margin_columns, ' ');
  }
}

std::string SequenceDiagram::draw() {
  const CaseHeader& header = program_.header;
  const std::string title = header.title.empty() ? "" : ": " + header.title;
  for (const std::string& line : wrap(header.name + title, columns_max)) text_ += line + '\n';
  text_ += '\n';
  if (has_lanes()) {
    text_ += std::string(margin_columns, ' ') + lanes_.heads();
    while (text_.ends_with(' ')) text_.pop_back();
    text_ += '\n';
  }
  for (std::size_t index = 0; index < step_count();) {
    const std::size_t prepared = has_lanes() ? draw_preparation(index) : index;
    if (prepared != index) {
      index = prepared;
      continue;
    }
    const Step& step = program_.steps[index++];
    has_lanes() ? draw_step(step) : add_list_line(step);
  }
  const std::size_t missing = program_.steps.size() - step_count();
  if (missing != 0) text_ += "       steps not reached: " + std::to_string(missing) + "\n";
  if (has_lanes()) text_ += "\n" + std::string(legend);
  return text_;
}

}  // namespace

std::string draw_sequence_diagram(const Program& program, const std::vector<Outcome>* outcomes) {
  return SequenceDiagram(program, outcomes).draw();
}

}  // namespace touchstone
