#include "conformance/reproduce/c_program.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <set>
#include <utility>
#include <variant>
#include <vector>

#include "adapter/case_text.h"
#include "conformance/reproduce/c_program_parts.h"
#include "conformance/reproduce/c_program_plan.h"
#include "conformance/reproduce/c_program_play.h"
#include "conformance/reproduce/c_program_right.h"
#include "conformance/reproduce/c_program_words.h"

namespace touchstone {
namespace {

constexpr std::size_t comment_letters_max = 94;
constexpr std::size_t text_letters_max = 300;
constexpr std::uint64_t page_bytes = 65536;
constexpr std::uint64_t spare_seconds = 300;  // beside the time that the case lets pass

bool is_letter(char letter) {
  return std::isalnum(static_cast<unsigned char>(letter)) != 0 || letter == '_';
}

// As a whole word, where it begins or ends like one.
bool has_word(std::string_view text, std::string_view word) {
  for (std::size_t at = text.find(word); at != std::string_view::npos;
       at = text.find(word, at + 1)) {
    const std::size_t end = at + word.size();
    const bool begins = at == 0 || !is_letter(word.front()) || !is_letter(text[at - 1]);
    const bool ends = end == text.size() || !is_letter(word.back()) || !is_letter(text[end]);
    if (begins && ends) return true;
  }
  return false;
}

// Puts the parts that are used before, between and after the text of the case.
class Assembly {
 public:
  // `code` is what of the case's own text counts as a use.
  Assembly(std::string names, std::string steps, std::string code)
      : names_(std::move(names)), steps_(std::move(steps)), code_(std::move(code)) {
    take_in(c_structure_parts(), before_names_);
    for (const auto part : {c_task_parts(), c_device_parts(), c_check_parts(), c_life_parts()}) {
      take_in(part, after_names_);
    }
    take_in(c_director_parts(), after_steps_);
    while (grow()) {
    }
  }

  std::string text() const {
    return text_of(before_names_) + names_ + text_of(after_names_) + steps_ + text_of(after_steps_);
  }

 private:
  struct Line {
    std::string_view text;
    std::string_view word;  // without which it is left out
    bool is_there = false;
  };
  struct Part {
    std::string_view word;
    std::vector<Line> lines;
    bool is_there = false;
  };

  static void take_in(std::span<const CPart> parts, std::vector<Part>& into);
  static std::string text_of(const std::vector<Part>& parts);
  bool grow();

  std::string names_;
  std::string steps_;
  std::string code_;
  std::vector<Part> before_names_;
  std::vector<Part> after_names_;
  std::vector<Part> after_steps_;
};

void Assembly::take_in(std::span<const CPart> parts, std::vector<Part>& into) {
  constexpr std::string_view mark = "  //? ";
  for (const CPart& given : parts) {
    Part part{given.word, {}, given.word.empty()};
    for (std::string_view rest = given.text; !rest.empty();) {
      const std::size_t end = rest.find('\n');
      const std::string_view line = rest.substr(0, end);
      rest = rest.substr(end + 1);
      const std::size_t at = line.find(mark);
      const bool always = at == std::string_view::npos;
      part.lines.push_back(
          {line.substr(0, at), always ? "" : line.substr(at + mark.size()), always});
    }
    into.push_back(std::move(part));
  }
}

std::string Assembly::text_of(const std::vector<Part>& parts) {
  std::string text;
  for (const Part& part : parts) {
    for (const Line& line : part.lines) {
      if (part.is_there && line.is_there) text.append(line.text) += '\n';
    }
  }
  return text;
}

// Takes in what is used by what is there; false once there is nothing more.
bool Assembly::grow() {
  const std::string there =
      code_ + text_of(before_names_) + text_of(after_names_) + text_of(after_steps_);
  bool has_grown = false;
  for (auto* const parts : {&before_names_, &after_names_, &after_steps_}) {
    for (Part& part : *parts) {
      const auto take = [&](bool& is_there, std::string_view word) {
        if (is_there || !has_word(there, word)) return;
        is_there = has_grown = true;
      };
      take(part.is_there, part.word);
      if (!part.is_there) continue;
      for (Line& line : part.lines) take(line.is_there, line.word);
    }
  }
  return has_grown;
}

// What of a case its program has names for.
class Names {
 public:
  explicit Names(const Program& program);

  // "enum { T1, T2, task_count };" and so on.
  std::string text(const CPlan& plan) const;

 private:
  static std::string enumeration(const std::vector<std::string>& names, const std::string& count);
  void add(const Outcome& outcome);
  void add(const OutgoingMessage& message);

  const Program& program_;
  std::set<MessageName> messages_;
  std::set<TimeName> times_;
  std::set<std::uint32_t> files_;
  std::size_t buffers_max_ = 0;
  bool counts_files_ = false;
};

Names::Names(const Program& program) : program_(program) {
  for (const Step& step : program.steps) {
    for (const Outcome& outcome : step.expected) {
      if (outcome.kind == Outcome::Kind::message) add(outcome);
    }
    const auto* const call = std::get_if<SendReceive>(&step.operation);
    if (call != nullptr && call->message) add(*call->message);
    if (std::holds_alternative<CountDescriptors>(step.operation)) counts_files_ = true;
  }
}

void Names::add(const Outcome& outcome) {
  const ReceivedMessage& message = outcome.message;
  if (message.name != unnamed_message) messages_.insert(message.name);
  times_.insert(message.time);
  std::size_t buffers = 0;
  for (const ReceivedObject& object : message.objects) {
    if (object.kind == ObjectKind::ptr && message.name != unnamed_message) ++buffers;
    if (object.kind != ObjectKind::fd) continue;
    files_.insert(std::to_underlying(object.descriptor));
    if (object.origin) files_.insert(std::to_underlying(object.origin->descriptor));
  }
  buffers_max_ = std::max(buffers_max_, buffers);
}

void Names::add(const OutgoingMessage& message) {
  for (const OutgoingObject& object : message.objects) {
    if (object.kind == ObjectKind::fd && object.descriptor_is_name) {
      files_.insert(object.descriptor);
    }
  }
}

std::string Names::enumeration(const std::vector<std::string>& names, const std::string& count) {
  std::string text = "enum {";
  std::size_t column = text.size();
  for (const std::string& name : names) {
    if (column + name.size() > comment_letters_max) {
      text += "\n ";
      column = 1;
    }
    text += " " + name + ",";
    column += name.size() + 2;
  }
  return text + " " + count + " };\n";
}

std::string keeper_name(ProcessName process) {
  return fmt::format("keeper_of_{}", c_name(process));
}

std::string Names::text(const CPlan& plan) const {
  std::vector<std::string> tasks{"nobody = -1"};
  std::vector<std::string> processes;
  std::string process_of;
  std::string keepers;
  for (const CTask& task : plan.tasks) {
    tasks.push_back(c_name(task.name));
    process_of += (process_of.empty() ? "" : ", ") + c_name(task.process);
  }
  for (const ProcessName process : plan.processes) {
    processes.push_back(c_name(process));
    const bool is_kept = plan.kept.contains(process);
    keepers += (keepers.empty() ? "" : ", ") + (is_kept ? keeper_name(process) : "nobody");
    if (!is_kept) continue;
    tasks.push_back(keeper_name(process));
    process_of += ", " + c_name(process);
  }
  std::string text = "\n/* --- the names of the case --- */\n\n";
  text += enumeration(tasks, "task_count") + enumeration(processes, "process_count");
  text += fmt::format("static const int process_of[task_count] = {{{}}};\n", process_of);
  if (!plan.kept.empty()) {
    text += "/* Threads that make others while all tasks of a process may sleep. */\n";
    text += fmt::format("static const int keeper_of[process_count] = {{{}}};\n", keepers);
  }
  std::vector<std::string> names;
  for (const MessageName name : messages_) names.push_back(c_name(name, program_));
  if (!names.empty()) text += enumeration(names, "message_count");
  names.clear();
  for (const TimeName name : times_) names.push_back(c_name(name));
  if (!names.empty()) text += enumeration(names, "time_count");
  names.clear();
  for (const std::uint32_t name : files_) names.push_back(c_name(DescriptorName{name}));
  if (names.empty() && counts_files_) names.emplace_back("no_file");
  if (!names.empty()) text += enumeration(names, "file_count");
  const std::uint64_t arena =
      (std::max<std::uint64_t>(plan.arena_bytes, 1) + page_bytes - 1) / page_bytes * page_bytes;
  text += fmt::format(
      "\nenum {{ start_ms = 10000, settle_ms = 50, patience_ms = 3000 }};\n"
      "enum {{ process_seconds_max = {}, arena_bytes = {}",
      plan.seconds + spare_seconds, arena);
  text += fmt::format(", case_object = {}", program_.header.abi == CaseAbi::lp64 ? 24 : 16);
  if (buffers_max_ > 0) text += fmt::format(", buffers_max = {}", buffers_max_);
  if (plan.lets_time_pass) text += fmt::format(", step_count = {}", program_.steps.size());
  return text + " };\n";
}

std::string heading(const CProgramText& about, const Program& program) {
  std::string text = fmt::format("/* {}", c_comment(about.name, text_letters_max));
  if (!about.title.empty()) text += ": " + c_comment(about.title, text_letters_max);
  text += "\n";
  if (!about.clause.empty()) {
    text += fmt::format(" * {}: {}\n", about.clause, c_comment(about.sentence, text_letters_max));
  }
  if (!about.backend.empty()) {
    text += fmt::format(" * Found on {}.\n", c_comment(about.backend, text_letters_max));
  }
  const char* const width = program.header.abi == CaseAbi::ilp32 ? " -m32" : "";
  return text +
         fmt::format(
             " *\n *     cc -pthread{} -o repro THIS_FILE && ./repro [DEVICE]\n *\n"
             " * Plays the case on a LiteIPC device, /dev/lite_ipc if none is named.  A process of "
             "the case is\n * a child, a task one of its threads; each does what the director "
             "orders, one step at a time.\n"
             " * Ends with 0 if all came out as expected, with 1 and the first step that did not; "
             "2: built\n * for other pointers than the case is; 3: the device cannot be used; "
             "4: something else failed. */\n",
             width);
}

class Writer {
 public:
  Writer(const Program& program, const CPlan& plan)
      : program_(program), plan_(plan), right_(program, plan) {
    for (std::size_t index = 0; index < program.steps.size(); ++index) add(index);
  }

  // The functions of the steps and the table of all, and of that what is code.
  std::string steps(const CProgramText& about) const;
  std::string code() const { return code_; }

 private:
  void add(std::size_t index);
  std::string player_of(std::size_t index) const;

  const Program& program_;
  const CPlan& plan_;
  CRightWriter right_;
  std::string functions_;
  std::string table_;
  std::string code_;
};

std::string Writer::player_of(std::size_t index) const {
  if (plan_.steps[index].player) return c_name(*plan_.steps[index].player);
  const Operation& operation = program_.steps[index].operation;
  if (const auto* thread = std::get_if<CreateThread>(&operation)) {
    return keeper_name(thread->process);
  }
  if (const auto* count = std::get_if<CountDescriptors>(&operation)) {
    return keeper_name(count->process);
  }
  return "nobody";
}

void Writer::add(std::size_t index) {
  const Step& step = program_.steps[index];
  const std::string text = print_operation(step.operation, program_);
  std::string expected;
  for (const Outcome& outcome : step.expected) {
    expected += (expected.empty() ? "" : " | ") + print_outcome(outcome, program_);
  }
  const std::string body = c_play(step, plan_.steps[index], program_);
  std::string play = fmt::format("step_{}", index + 1);
  if (std::holds_alternative<Poll>(step.operation)) play = "NULL";
  if (std::holds_alternative<ExitTask>(step.operation) && body.empty()) play = "end_task";
  const std::string right = right_.function_of(index);
  const std::string functions = right_.take_functions();
  const std::string line =
      c_comment(expected.empty() ? text : text + "  -> " + expected, comment_letters_max);
  functions_ += fmt::format("\n/* {} */\n", line);
  if (!body.empty()) {
    const std::string function = fmt::format("static void {}(void) {{\n{}}}\n", play, body);
    functions_ += function;
    code_ += function;
  }
  functions_ += functions;
  code_ += functions + play + "\n";
  table_ +=
      fmt::format("    {{{}, {}, {}, {}, {},\n     {}}},\n", step.line == 0 ? index + 1 : step.line,
                  player_of(index), play, right, c_quoted(text, text_letters_max),
                  c_quoted(expected.empty() ? "anything" : expected, text_letters_max));
}

std::string Writer::steps(const CProgramText& about) const {
  std::string text = "\n/* --- the steps of the case, and what is right --- */\n" + functions_;
  text +=
      "\nstatic const struct step {\n  int line; /* in the case */\n"
      "  int task; /* which plays it, or nobody: the director */\n"
      "  void (*play)(void);\n  int (*right)(void);\n  const char *text, *expected;\n"
      "} steps[] = {\n";
  text += table_ + "};\n";
  text += fmt::format("\nstatic const char case_name[] = {};\n",
                      c_quoted(about.name, text_letters_max));
  if (about.clause.empty()) return text;
  return text + fmt::format("static const char case_clause[] =\n    {};\n",
                            c_quoted(about.clause + ": " + about.sentence, text_letters_max));
}

}  // namespace

std::expected<std::string, std::string> print_c_program(const Program& program,
                                                        const CProgramText& text) {
  const auto plan = plan_c_program(program);
  if (!plan) return std::unexpected(plan.error());
  const Writer writer(program, *plan);
  const std::string names = Names(program).text(*plan);
  std::string code = names + writer.code();
  if (plan->needs_lent) code += "lent\n";
  if (!text.clause.empty()) code += "case_clause\n";
  std::string width;
  const CaseAbi abi = program.header.abi;
  if (abi != CaseAbi::any || plan->has_wide_words) {
    code += "case_pointer\n";
    width = fmt::format("enum {{ case_pointer = {} }};\n", abi == CaseAbi::ilp32 ? 4 : 8);
  }
  const Assembly assembly(names + width, writer.steps(text), code);
  return heading(text, program) + assembly.text();
}

}  // namespace touchstone
