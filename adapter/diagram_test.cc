#include "adapter/diagram.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "adapter/case_text.h"

namespace touchstone {
namespace {

constexpr std::string_view call = R"(case: call
title: request, refused request, reply
P1 spawn T1 uid=0 gid=0 -> 0
T1 open -> 0
T1 mmap 65536 prot=read flags=private -> 0
T1 set_cms 4096 -> 0
P2 spawn T2 uid=7 gid=8 -> 0
T2 open -> 0
T2 send request to=T1 -> EACCES
T2 send+recv request to=cms code=7 data=0102 -> blocked
T1 recv -> 0 m1=request to=cms code=7 from=T2/P2 uid=7 gid=8 time=t1 data=0102
T1 send+free reply to=T2 time=m1 free=m1 -> 0
T2 poll -> 0 r=reply to=T2 from=T1/P1 uid=0 gid=0 time=t1
P2 exit -> 0
)";

constexpr std::string_view call_drawn = R"(call: request, refused request, reply

             T1/P1           T2/P2
    3          +                        spawn T1 uid=0 gid=0; open; mmap 65536; set_cms 4096 -> 0
    7          |               +        spawn T2 uid=7 gid=8; open -> 0
    9          |x---request----o        send request to=T1 -> EACCES
   10          |<---request----z        send+recv request to=cms code=7 data=0102 -> blocked
   11          o<.....m1.......:        recv -> m1=request code=7 data=0102
   12          o-----reply---->:        send+free reply to=T2 time=m1 free=m1 -> 0
   13          |.......r......>o        poll -> r=reply
   14          |               X        exit -> 0

o acts   + begins   X ends   z goes to sleep, : sleeps   --> sent, --x refused   ..> received
)";

Program parse(std::string_view text) {
  auto program = parse_case(text);
  if (!program) {
    ADD_FAILURE() << to_string(program.error(), "text") << "\n" << text;
    return {};
  }
  return *std::move(program);
}

std::vector<Outcome> first_outcomes(const Program& program) {
  std::vector<Outcome> outcomes;
  for (const Step& step : program.steps) outcomes.push_back(step.expected.at(0));
  return outcomes;
}

std::string draw(std::string_view text) { return draw_sequence_diagram(parse(text), nullptr); }

// The drawn row of the step in a line of the case.
std::string row_of(const std::string& drawing, std::size_t line) {
  const std::string number = " " + std::to_string(line) + "  ";
  std::size_t begin = 0;
  while (begin < drawing.size()) {
    const std::size_t end = drawing.find('\n', begin);
    const std::string row = drawing.substr(begin, end - begin);
    if (row.substr(0, 7).ends_with(number)) return row;
    begin = end + 1;
  }
  return {};
}

std::size_t widest_line(std::string_view text) {
  std::size_t widest = 0;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    widest = std::max(widest, end);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return widest;
}

std::string program_with_tasks(std::size_t count) {
  std::string text = "case: many\nP1 spawn T1 uid=0 gid=0 -> 0\n";
  for (std::size_t task = 2; task <= count; ++task) {
    text += "P1 thread T" + std::to_string(task) + " -> 0\n";
  }
  return text;
}

TEST(SequenceDiagram, DrawsACallAsArrowsBetweenLanes) { EXPECT_EQ(draw(call), call_drawn); }

TEST(SequenceDiagram, IsTheSameForOutcomesThatWereExpected) {
  const Program program = parse(call);
  const std::vector<Outcome> outcomes = first_outcomes(program);
  EXPECT_EQ(draw_sequence_diagram(program, &outcomes), call_drawn);
}

TEST(SequenceDiagram, MarksAnOutcomeThatWasNotExpected) {
  const Program program = parse(call);
  std::vector<Outcome> outcomes = first_outcomes(program);
  outcomes[6].value = 22;
  EXPECT_EQ(
      row_of(draw_sequence_diagram(program, &outcomes), 9),
      "!   9          |x---request----o        send request to=T1 -> EINVAL; expected EACCES");
}

TEST(SequenceDiagram, ShowsWhatLanesHideWhereOnlyThatDiffers) {
  const Program program = parse(call);
  std::vector<Outcome> outcomes = first_outcomes(program);
  outcomes[8].message.uid = 1;
  const std::string drawing = draw_sequence_diagram(program, &outcomes);
  EXPECT_NE(drawing.find("uid=1 "), std::string::npos) << drawing;
  EXPECT_NE(drawing.find("uid=7 "), std::string::npos) << drawing;
}

TEST(SequenceDiagram, CountsStepsThatWereNotReached) {
  const Program program = parse(call);
  std::vector<Outcome> outcomes = first_outcomes(program);
  outcomes.resize(10);
  const std::string drawing = draw_sequence_diagram(program, &outcomes);
  EXPECT_NE(drawing.find("\n       steps not reached: 2\n"), std::string::npos) << drawing;
  EXPECT_EQ(row_of(drawing, 13), "");
}

TEST(SequenceDiagram, KeepsAPreparationThatFailsOnItsOwnRow) {
  const Program program = parse(call);
  std::vector<Outcome> outcomes = first_outcomes(program);
  outcomes[2].value = 1;
  const std::string drawing = draw_sequence_diagram(program, &outcomes);
  EXPECT_TRUE(row_of(drawing, 3).ends_with("spawn T1 uid=0 gid=0; open -> 0")) << drawing;
  EXPECT_TRUE(row_of(drawing, 5).starts_with('!')) << drawing;
}

TEST(SequenceDiagram, EndsEveryLaneOfAProcessWithItsMainTask) {
  const std::string text = program_with_tasks(3) + "T1 exit -> 0\nadvance 1ms -> 0\n";
  const std::string drawing = draw(text);
  EXPECT_EQ(std::ranges::count(row_of(drawing, 5), 'X'), 3) << drawing;
  EXPECT_EQ(std::ranges::count(row_of(drawing, 6), '|'), 0) << drawing;
}

TEST(SequenceDiagram, EndsOnlyTheOtherLanesOfAProcessAtExec) {
  const std::string drawing = draw(program_with_tasks(3) + "T2 exec -> 0\nadvance 1ms -> 0\n");
  EXPECT_EQ(std::ranges::count(row_of(drawing, 5), 'X'), 2) << drawing;
  EXPECT_EQ(std::ranges::count(row_of(drawing, 6), '|'), 1) << drawing;
}

TEST(SequenceDiagram, BeginsNoLaneWhereForkFails) {
  const std::string drawing =
      draw("case: x\nP1 spawn T1 uid=0 gid=0 -> 0\nT1 fork P2 T2 -> ENOMEM\nadvance 1ms -> 0\n");
  EXPECT_EQ(std::ranges::count(row_of(drawing, 3), '+'), 0) << drawing;
  EXPECT_EQ(std::ranges::count(row_of(drawing, 4), '|'), 1) << drawing;
}

TEST(SequenceDiagram, NamesTheSenderWhereThereIsNoArrow) {
  const std::string drawing = draw(
      "case: x\nP1 spawn T1 uid=0 gid=0 -> 0\nT1 recv -> 0 m=request to=T1 from=T1/P1 uid=0 gid=0 "
      "time=t1\nT1 recv -> 0 n=request to=T1 from=KERNEL/KERNEL uid=0 gid=0 time=t1\n");
  EXPECT_TRUE(row_of(drawing, 3).ends_with("m=request from=T1/P1")) << drawing;
  EXPECT_TRUE(row_of(drawing, 4).ends_with("n=request from=KERNEL/KERNEL")) << drawing;
}

TEST(SequenceDiagram, ShortensLongData) {
  const std::string drawing =
      draw("case: x\nP1 spawn T1 uid=0 gid=0 -> 0\nT1 send request to=T1 data=" +
           std::string(13000, 'a') + " -> 0\n");
  EXPECT_NE(drawing.find("data=aaaaaaaa..(6500_bytes) -> 0"), std::string::npos) << drawing;
}

TEST(SequenceDiagram, BecomesAListForMoreThanSixTasks) {
  const std::string lanes = draw(program_with_tasks(6));
  const std::string list = draw(program_with_tasks(7) + "T7 open -> 0\n");
  EXPECT_NE(lanes.find("T6/P1"), std::string::npos) << lanes;
  EXPECT_EQ(list.find("T7/P1"), std::string::npos) << list;
  EXPECT_EQ(row_of(list, 9), "    9              T7 open -> 0");
}

TEST(SequenceDiagram, StaysWithinItsColumns) {
  std::string words;
  for (int object = 0; object < 40; ++object) words += " obj@0=svc:T1/token=1/cookie=2";
  for (std::size_t tasks = 1; tasks <= 20; ++tasks) {
    const std::string drawing =
        draw(program_with_tasks(tasks) + "T1 send request to=T1 data=" + std::string(9000, '1') +
             words + " -> 0\n");
    EXPECT_LE(widest_line(drawing), 118u) << drawing;
  }
}

}  // namespace
}  // namespace touchstone
