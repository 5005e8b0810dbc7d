// child_process.h: runs a function in a forked child and takes frames of bytes from it, so that
// code we do not trust can crash, hang, exit or print without harm to the harness.  What the child
// prints is captured; frames go through a pipe of their own.  Knows nothing of Programs or
// plug-ins.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace touchstone {

struct ChildOptions {
  std::chrono::milliseconds silence_max{10000};  // longest time between two frames
  std::size_t captured_lines_max = 20;
};

struct ChildEnd {
  enum class Kind : std::uint8_t {
    finished,     // the function returned
    died,         // by a signal or by exiting; `reason` says which: "SIGSEGV", "exit status 3"
    silent,       // no frame for silence_max; it was killed
    not_started,  // the machine gave no child; `reason` says why
  };
  Kind kind = Kind::finished;
  std::string reason;
  std::string captured;  // last lines printed, or the head of a sanitizer's report; fit for reports
};

// The child's end of the frame pipe.
class FrameSender {
 public:
  explicit FrameSender(int descriptor) : descriptor_(descriptor) {}
  void add(std::string_view frame);  // frames are not empty
  void flush();                      // ends the child if the parent cannot be reached

 private:
  int descriptor_;
  std::string pending_;
};

// Runs `body` in a child and hands each frame to `on_frame` as it comes; a frame for which that
// gives false ends the child, as one whose memory is spoilt.  No child is left when this returns.
ChildEnd run_in_child(const ChildOptions& options, const std::function<void(FrameSender&)>& body,
                      const std::function<bool(std::string_view)>& on_frame);

}  // namespace touchstone
