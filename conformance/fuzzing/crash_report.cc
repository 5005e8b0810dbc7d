#include "conformance/fuzzing/crash_report.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cctype>

#include "conformance/text_file.h"

namespace touchstone::fuzzing {
namespace {

constexpr std::size_t report_lines_max = 120;

std::string_view after(std::string_view text, std::string_view mark) {
  const std::size_t at = text.find(mark);
  return at == std::string_view::npos ? std::string_view() : text.substr(at + mark.size());
}

std::string_view first_word(std::string_view text) { return text.substr(0, text.find(' ')); }

// "shift exponent 40 is too large" and 41 are one mistake, and so is any address.
std::string without_numbers(std::string_view text) {
  std::string result;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const bool begins_word = at == 0 || !std::isalnum(static_cast<unsigned char>(text[at - 1]));
    if (!begins_word || !std::isdigit(static_cast<unsigned char>(text[at]))) {
      result += text[at];
      continue;
    }
    result += 'N';
    while (at + 1 < text.size() && std::isalnum(static_cast<unsigned char>(text[at + 1]))) ++at;
  }
  return result;
}

// What a line that begins a report says is wrong; empty for any other line.
std::string what_is_wrong(std::string_view line) {
  if (const auto rest = after(line, "ERROR: AddressSanitizer: "); !rest.empty()) {
    // "attempting double-free on 0x...", "requested allocation size 0x... exceeds maximum ..."
    if (rest.starts_with("attempting ")) return std::string(first_word(rest.substr(11)));
    if (rest.starts_with("requested allocation size")) return "allocation-size-too-big";
    return std::string(first_word(rest));
  }
  // What it catches where no other sanitizer does.
  if (const auto rest = after(line, "ERROR: UndefinedBehaviorSanitizer: "); !rest.empty()) {
    return std::string(first_word(rest));
  }
  if (!after(line, "ERROR: LeakSanitizer: ").empty()) return "leak";
  if (const auto rest = after(line, "ERROR: libFuzzer: "); !rest.empty()) {
    if (rest.starts_with("timeout")) return "timeout";
    if (rest.starts_with("out-of-memory")) return "out-of-memory";
    return std::string(trimmed(rest));
  }
  if (const auto rest = after(line, ": runtime error: "); !rest.empty()) {
    return "undefined: " + without_numbers(trimmed(rest));
  }
  return {};
}

// A line "#1 0x55f1 in demo::parse(int) /src/parse.cc:14:78" taken apart.
struct Frame {
  std::string_view function;
  std::string_view place;  // a file, or "(MODULE+0x1234)"
};

std::optional<Frame> frame_of(std::string_view line) {
  line = trimmed(line);
  if (!line.starts_with('#') || line.size() < 2 ||
      !std::isdigit(static_cast<unsigned char>(line[1]))) {
    return std::nullopt;
  }
  std::string_view rest = after(line, " 0x");
  if (rest.empty()) return std::nullopt;
  rest.remove_prefix(std::min(rest.find(' '), rest.size()));
  rest = trimmed(rest);
  Frame frame;
  if (rest.starts_with("in ")) {
    rest.remove_prefix(3);
    // The place is a path or stands in parentheses; what a function is called has spaces, too.
    std::size_t end = std::min(rest.find(" /"), rest.find(" (/"));
    if (end == std::string_view::npos) end = rest.rfind(' ');
    frame.function = rest.substr(0, end);
    if (end != std::string_view::npos) rest.remove_prefix(end + 1);
  }
  frame.place = rest.substr(0, rest.find(" (BuildId"));
  return frame;
}

// What calls an implementation is ours and the same for every mistake.
bool is_harness(const Frame& frame) {
  return frame.function.find("::PluginBackend::") != std::string_view::npos ||
         frame.function.starts_with("touchstone::Executor::");
}

bool is_end_of_own(const Frame& frame) {
  return frame.function.starts_with("LLVMFuzzer") || frame.function == "main" ||
         frame.function.starts_with("fuzzer::RunOneTest");
}

bool is_foreign(const Frame& frame) {
  constexpr std::array functions{
      "__sanitizer", "__asan",   "__ubsan",    "__lsan",       "__interceptor_", "fuzzer::",
      "std::",       "__gnu",    "operator ",  "__cxxabiv1::", "__libc_",        "__pthread_",
      "__run_exit",  "__assert", "__cxa_",     "_start",       "__memset",       "__memcpy",
      "__memmove",   "__strlen", "__GI_",      "__restore_rt", "__sigaction",    "__fortify",
      "__chk_fail",  "__stack_", "void std::",
  };
  constexpr std::array plain{"abort",  "raise",   "exit",   "malloc",  "calloc", "realloc",
                             "free",   "memcpy",  "memset", "memmove", "memcmp", "strlen",
                             "strcpy", "gsignal", "assert", "_exit"};
  const std::string_view name = frame.function.substr(0, frame.function.find('('));
  const std::string_view place = frame.place;
  if (place.find("/include/c++/") != place.npos || place.find("/compiler-rt/") != place.npos) {
    return true;
  }
  if (place.find("/libc.so") != place.npos || place.find("/libstdc++.so") != place.npos) {
    return true;
  }
  return std::ranges::any_of(functions,
                             [name](std::string_view one) { return name.starts_with(one); }) ||
         std::ranges::any_of(plain, [name](std::string_view one) { return name == one; });
}

std::string name_of(const Frame& frame) {
  if (!frame.function.empty()) return std::string(frame.function);
  std::string_view place = frame.place;
  if (place.starts_with('(')) place.remove_prefix(1);
  if (place.ends_with(')')) place.remove_suffix(1);
  if (const auto slash = place.rfind('/'); slash != place.npos) place.remove_prefix(slash + 1);
  return std::string(place);
}

// The first stack of the report: where it happened; others say where memory came from.
void read_frames(const std::vector<std::string_view>& lines, std::size_t head,
                 CrashReport& report) {
  bool is_in_stack = false;
  for (std::size_t at = head + 1; at < lines.size(); ++at) {
    const auto frame = frame_of(lines[at]);
    if (!frame) {
      if (is_in_stack || lines[at].starts_with("SUMMARY: ")) return;
      continue;
    }
    is_in_stack = true;
    if (is_end_of_own(*frame) || report.frames.size() == own_frames_max) return;
    if (is_harness(*frame) && !report.frames.empty()) return;
    if (!is_foreign(*frame)) report.frames.push_back(name_of(*frame));
  }
}

// Sanitizers say on a line of its own whether it was a read or a write.
void read_access(const std::vector<std::string_view>& lines, std::size_t head,
                 CrashReport& report) {
  for (std::size_t at = head + 1; at < std::min(lines.size(), head + 4); ++at) {
    for (const std::string_view access : {"READ", "WRITE"}) {
      const bool is_said =
          lines[at].starts_with(access) ||
          lines[at].find(fmt::format("by a {} memory access", access)) != std::string_view::npos;
      if (!is_said) continue;
      report.what += fmt::format(" {}", access);
      return;
    }
  }
}

// What the C library says before it aborts, as its heap is broken.
bool is_word_of_heap(std::string_view line) {
  constexpr std::array heads{"free(): ",
                             "malloc(): ",
                             "malloc: ",
                             "realloc(): ",
                             "malloc_consolidate(): ",
                             "munmap_chunk(): ",
                             "mremap_chunk(): ",
                             "double free or corruption",
                             "corrupted size vs. prev_size",
                             "corrupted double-linked list"};
  return std::ranges::any_of(heads,
                             [line](std::string_view head) { return line.starts_with(head); });
}

// Who comes upon a broken heap has not broken it, and may not even get to say where that was.
bool is_of_heap(const std::vector<std::string_view>& lines, std::size_t head) {
  return head != 0 && is_word_of_heap(lines[head - 1]) &&
         lines[head].find("ERROR: libFuzzer: deadly signal") != std::string_view::npos;
}

}  // namespace

bool begins_crash_report(std::string_view line) { return !what_is_wrong(line).empty(); }

std::string CrashReport::signature() const {
  if (frames.empty()) return what;
  return fmt::format("{} in {}", what, fmt::join(frames, " < "));
}

std::optional<CrashReport> parse_crash_report(std::string_view printed) {
  const std::vector<std::string_view> lines = lines_of(printed);
  for (std::size_t head = 0; head < lines.size(); ++head) {
    CrashReport report;
    report.what = what_is_wrong(lines[head]);
    if (report.what.empty()) continue;
    if (is_of_heap(lines, head)) {
      report.what = "heap corruption";
      report.text = std::string(lines[head - 1]) + "\n";
    } else {
      read_frames(lines, head, report);
    }
    if (lines[head].find("Sanitizer: ") != std::string_view::npos) {
      read_access(lines, head, report);
    }
    const std::size_t end = std::min(lines.size(), head + report_lines_max);
    for (std::size_t at = head; at < end; ++at) {
      report.text += std::string(lines[at]) + "\n";
      if (lines[at].starts_with("SUMMARY: ")) break;
    }
    return report;
  }
  return std::nullopt;
}

std::optional<Story> parse_story(std::string_view printed) {
  constexpr std::string_view head = "touchstone finding\n";
  const std::size_t at = printed.find(head);
  if (at == std::string_view::npos) return std::nullopt;
  printed.remove_prefix(at + head.size());
  Story story;
  const auto take_field = [&printed](std::string_view name) {
    if (!printed.starts_with(name)) return std::string();
    const std::size_t end = std::min(printed.find('\n'), printed.size());
    std::string value(trimmed(printed.substr(name.size(), end - name.size())));
    printed.remove_prefix(std::min(end + 1, printed.size()));
    return value;
  };
  story.kind = take_field("kind:");
  story.signature = take_field("signature:");
  if (story.kind.empty()) return std::nullopt;
  if (printed.starts_with('\n')) printed.remove_prefix(1);
  // What libFuzzer says of the abort that follows is no part of it.
  const std::size_t abort = printed.find(" ERROR: libFuzzer: deadly signal");
  if (abort != std::string_view::npos) {
    const std::size_t line = printed.rfind('\n', abort);
    printed = printed.substr(0, line == std::string_view::npos ? 0 : line + 1);
  }
  story.text = std::string(printed);
  return story;
}

}  // namespace touchstone::fuzzing
