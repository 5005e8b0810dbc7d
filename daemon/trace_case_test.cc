// Lines of a trace as a case: what is refused, and where its time passes.
#include "daemon/trace_case.h"

#include <gtest/gtest.h>

#include "daemon/trace_test_support.h"

namespace touchstone::daemon {
namespace {

constexpr std::uint64_t second = 1000000000;

TraceLine started() {
  TraceLine line;
  line.start = {"lp64", 128, 64};
  return line;
}

TraceLine step(std::uint64_t time_ns, const std::string& text, const std::string& outcome = "0") {
  TraceLine line;
  line.time_ns = time_ns;
  line.step = text;
  line.outcome = outcome;
  return line;
}

// The CMS, and a client with two threads, each a second after the other.
TraceCase two_callers() {
  TraceCase all;
  all.add(started());
  all.add(step(1 * second, "P2 spawn T10 uid=0 gid=0"));
  all.add(step(1 * second, "T10 open"));
  all.add(step(1 * second, "T10 mmap 65536 prot=read flags=private"));
  all.add(step(1 * second, "T10 set_cms 4096"));
  all.add(step(20 * second, "P3 spawn T11 uid=1 gid=2"));
  all.add(step(20 * second, "T11 open"));
  all.add(step(20 * second, "T11 mmap 65536 prot=read flags=private"));
  all.add(step(20 * second, "P3 thread T12"));
  all.add(step(30 * second, "T11 send+recv request to=cms", "blocked"));
  all.add(step(31 * second, "T12 send+recv request to=cms", "blocked"));
  return all;
}

std::vector<std::string> last(std::size_t count, const TraceCase& all) {
  const auto text = all.text("name");
  if (!text) return {text.error()};
  const std::vector<std::string> steps = played(*text);
  return {steps.end() - static_cast<std::ptrdiff_t>(count), steps.end()};
}

TEST(TraceCase, LetsTimePassBeforeACallThatRanOutOfIt) {
  TraceCase all = two_callers();
  all.add(step(35 * second + 200000, "T11 poll", "ETIME"));
  EXPECT_EQ(last(5, all),
            (std::vector<std::string>{"T11 send+recv request to=cms -> blocked", "advance 1000ms",
                                      "T12 send+recv request to=cms -> blocked", "advance 4000ms",
                                      "T11 poll -> ETIME"}));
  all.add(step(35 * second + 900000000, "T10 recv",
               "0 m1=request to=cms from=T11/P3 uid=1 gid=2 time=t1"));
  all.add(step(35 * second + 950000000, "T10 send+free reply to=T11 time=m1 free=m1", "ETIME"));
  all.add(step(36 * second, "T12 poll", "ETIME"));
  EXPECT_EQ(last(3, all),
            (std::vector<std::string>{"T10 send+free reply to=T11 time=m1 free=m1 -> ETIME",
                                      "advance 50ms", "T12 poll -> ETIME"}));
}

TEST(TraceCase, HasNoTimeWhereNothingRanOutOfIt) {
  const auto text = two_callers().text("a trace!");
  ASSERT_TRUE(text) << text.error();
  EXPECT_TRUE(text->starts_with("case: a-trace-\n")) << *text;
  EXPECT_FALSE(text->contains("advance")) << *text;
  EXPECT_FALSE(text->contains("needs:")) << *text;
  EXPECT_TRUE(text->contains("abi: lp64\n")) << *text;
}

TEST(TraceCase, StatesWhatItNeeds) {
  TraceCase all = two_callers();
  all.add(step(35 * second, "T11 poll", "ETIME"));
  all.add(step(35 * second, "T11 send request to=cms obj@0=fd:F1"));
  const auto text = all.text("name");
  ASSERT_TRUE(text) << text.error();
  EXPECT_TRUE(text->contains("needs: virtual-time fd\n")) << *text;
}

TEST(TraceCase, StatesLimitsWhereThereAreManyTasks) {
  for (const std::uint32_t count : {62u, 63u}) {
    TraceCase all;
    TraceLine first = started();
    first.start->tasks = 4096;
    first.start->processes = 2048;
    all.add(first);
    for (std::uint32_t i = 0; i < count; ++i) {
      all.add(step(
          1, "P" + std::to_string(2 + i) + " spawn T" + std::to_string(10 + i) + " uid=0 gid=0"));
    }
    EXPECT_EQ(all.text("name").value().contains("limits: tasks=4096 processes=2048\n"),
              count == 63);
  }
}

// CMS-15: out of the range of the one is not out of that of the other.
TEST(TraceCase, PlaysTheSameWithOtherLimits) {
  for (const std::uint32_t limit : {16u, 4096u}) {
    TraceCase all;
    TraceLine first = started();
    first.start->tasks = limit;
    all.add(first);
    all.add(step(1, "P2 spawn T10 uid=0 gid=0"));
    all.add(step(1, "T10 open"));
    all.add(step(1, "T10 mmap 65536 prot=read flags=private"));
    all.add(step(1, "T10 set_cms 4096"));
    all.add(step(1, "T10 cms remove_handle subject=0 service=100", limit == 16 ? "EINVAL" : "0"));
    all.add(step(1, "T10 cms remove_handle subject=0 service=1000", limit == 16 ? "EINVAL" : "0"));
    all.add(step(1, "T10 send request to=100", "EACCES"));
    for (const std::string& played : last(3, all)) EXPECT_FALSE(played.contains(" BUT ")) << played;
  }
}

TEST(TraceCase, RefusesWhatIsNotWhole) {
  TraceCase all;
  EXPECT_EQ(all.text("name").error(), "nothing has happened");
  all.add(started());
  EXPECT_EQ(all.text("name").error(), "nothing has happened");
  all.add(step(1, "T10 open"));
  EXPECT_EQ(all.text("name").error(),
            "no case can say this: the trace:4:1: expected a task made by an earlier step (spawn, "
            "fork or thread), found T10");
  TraceLine lost;
  lost.lost = 7;
  all.add(lost);
  EXPECT_EQ(all.text("name").error(), "7 events were lost, so that the case would not be whole");
}

TEST(TraceLine, ComesAcrossAsItWas) {
  TraceLine line = step(5, "T10 open", "EAGAIN");
  line.process = 7;
  line.thread = 8;
  line.unsayable = "reason";
  const auto got = decode_trace_line(encode(line));
  ASSERT_TRUE(got);
  EXPECT_EQ(got->time_ns, 5u);
  EXPECT_EQ(got->process, 7);
  EXPECT_EQ(got->thread, 8);
  EXPECT_EQ(got->step, "T10 open");
  EXPECT_EQ(got->outcome, "EAGAIN");
  EXPECT_EQ(got->unsayable, "reason");
  const auto start = decode_trace_line(encode(started()));
  ASSERT_TRUE(start && start->start);
  EXPECT_EQ(start->start->data_model, "lp64");
  EXPECT_EQ(start->start->processes, 64u);
  EXPECT_FALSE(decode_trace_line("{}"));
  EXPECT_FALSE(decode_trace_line("{\"step\": 5}"));
  EXPECT_FALSE(decode_trace_line("nonsense"));
}

TEST(TraceLine, IsReadByPeople) {
  TraceLine line = step(3 * second + 2000, "T10 send request to=cms data=" + std::string(100, 'a'));
  line.process = line.thread = 41;
  EXPECT_EQ(describe(line, 2 * second), "    1.000002       41  T10 send request to=cms data=" +
                                            std::string(31, 'a') + "...(69 more) -> 0");
  line.thread = 42;
  line.step = "T10 recv";
  line.unsayable = "reason";
  EXPECT_EQ(describe(line, 2 * second), "    1.000002    41/42  T10 recv -> 0  # reason");
  line.note = "what was refused";
  EXPECT_EQ(describe(line, 2 * second), "    1.000002    41/42  # what was refused");
  TraceLine lost;
  lost.lost = 3;
  EXPECT_EQ(describe(lost, 0), "              # 3 events lost");
}

}  // namespace
}  // namespace touchstone::daemon
