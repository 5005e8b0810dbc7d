// Printed programs are compiled and run: on the reference as a device all comes out as expected,
// on one that is wrong the program names the step.
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/wait.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "conformance/case_file.h"
#include "conformance/reproduce/c_program.h"
#include "conformance/reproduce/fake_device/fake_device.h"
#include "conformance/test_support.h"

namespace touchstone {
namespace {

// Every one of so many cases is played; with $TOUCHSTONE_EVERY_C_PROGRAM set, every one.
constexpr std::size_t cases_between = 21;
constexpr const char* narrow = " -m32 -idirafter /usr/include/x86_64-linux-gnu";

struct Ended {
  int status = -1;
  std::string said;
};

// Compiles and runs, for one data model.
class Machine {
 public:
  explicit Machine(kernel::DataModel model) : model_(model) {
    const std::filesystem::path shim = source_folder() / "conformance/reproduce/fake_device/shim.c";
    const std::string root = " -I '" + source_folder().string() + "'";
    EXPECT_EQ(compile("-shared -fPIC '" + shim.string() + "'" + root, "shim.so"), 0);
  }

  Ended run(const std::string& text, const kernel::Quirks& quirks = {}, bool ids_reused = false,
            bool allocations_can_fail = true) {
    const std::string source = folder_.write("program.c", text);
    if (compile("-pthread '" + source + "'", "program") != 0) return {-1, "does not compile"};
    const std::string device = path("device") + std::to_string(count_++);
    const fake::Device behind(device, model_, quirks, ids_reused);
    const std::string failure =
        allocations_can_fail ? "FAIL_ALLOCATION='echo $AFTER > " + device + ".fail' " : "";
    const std::string command = failure + "FAKE_LITE_IPC=" + device +
                                " LD_PRELOAD=" + path("shim.so") + " timeout 60 " +
                                path("program") + " " + device + " > " + path("said") + " 2>&1";
    const int status = ::system(command.c_str());
    return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, folder_.read("said")};
  }

 private:
  std::string path(const std::string& name) const { return (folder_.path() / name).string(); }
  int compile(const std::string& what, const std::string& to) const {
    const std::string width = model_ == kernel::DataModel::ilp32 ? narrow : "";
    return ::system(("cc -Wall -Werror" + width + " " + what + " -o " + path(to)).c_str());
  }

  const kernel::DataModel model_;
  TempFolder folder_;
  int count_ = 0;
};

std::string c_text(const Program& program) {
  CProgramText about;
  about.name = program.header.name;
  about.clause = program.header.clauses.empty() ? "" : program.header.clauses.front();
  about.sentence = "a sentence";
  return print_c_program(program, about).value_or("");
}

Program suite_case(const std::string& id) {
  auto program = read_case(source_folder() / "conformance/cases" / (id + ".case"));
  EXPECT_TRUE(program) << program.error();
  return program ? *std::move(program) : Program{};
}

void expect_holds(Machine& machine, const Program& program) {
  const std::string text = c_text(program);
  if (text.empty()) return;  // refused
  const Ended ended = machine.run(text, {}, program.header.ids_reused);
  EXPECT_EQ(ended.status, 0) << program.header.name << "\n" << ended.said;
}

// The cases of a folder that are for the data model, some of them.
void expect_folder_holds(const char* folder, CaseAbi left_out, Machine& machine) {
  std::vector<std::filesystem::path> paths;
  for (const auto& entry :
       std::filesystem::recursive_directory_iterator(source_folder() / folder)) {
    if (entry.path().extension() == ".case") paths.push_back(entry.path());
  }
  std::ranges::sort(paths);
  const std::size_t step = ::getenv("TOUCHSTONE_EVERY_C_PROGRAM") != nullptr ? 1 : cases_between;
  for (std::size_t index = 0; index < paths.size(); index += step) {
    const auto program = read_case(paths[index]);
    ASSERT_TRUE(program) << program.error();
    // How many processes the device has places for is not for fork() to say.
    if (program->header.name == "more-processes-than-places") continue;
    if (program->header.abi != left_out) expect_holds(machine, *program);
  }
}

TEST(CProgramRun, CasesOfTheSuiteHold) {
  Machine machine(kernel::DataModel::lp64);
  expect_folder_holds("conformance/cases", CaseAbi::ilp32, machine);
}

TEST(CProgramRun, RecordingsOfTheContractHold) {
  Machine machine(kernel::DataModel::ilp32);
  expect_folder_holds("corpora/golden/kernel/contract", CaseAbi::lp64, machine);
}

// Time, descriptors, forks, threads that are made while all sleep, a closed device, notices in
// another order, exec, allocations that fail, ids given again: what needs more than calls.
TEST(CProgramRun, CasesThatNeedMoreThanCallsHold) {
  Machine machine(kernel::DataModel::lp64);
  for (const char* const id :
       {"receive/timeouts-of-several-sleepers", "message/reply-late", "object/other-reply-undone",
        "lifecycle/fork-by-thread", "device/close-before-mmap", "limits/received-descriptors",
        "lifecycle/exec-by-thread", "lifecycle/exec-of-unopened", "death/notice-without-memory",
        "lifecycle/reuse-cms-id"}) {
    expect_holds(machine, suite_case(id));
  }
}

TEST(CProgramRun, TellsTheFirstStepThatDiffers) {
  Machine machine(kernel::DataModel::lp64);
  const Program program = case_of(
      plain_case(two_processes + "T1 free=pool_end -> EINVAL\nT1 free=outside -> EINVAL\n"));
  EXPECT_EQ(machine.run(c_text(program)).status, 0);
  kernel::Quirks quirks;
  quirks.pool_end_is_inside = true;
  const Ended ended = machine.run(c_text(program), quirks);
  EXPECT_EQ(ended.status, 1);
  EXPECT_EQ(ended.said,
            "sample: line 13: T1 free=pool_end\n  expected  EINVAL\n  got       EFAULT\n"
            "  clause    MSG-31: a sentence\n");
}

TEST(CProgramRun, TellsAMessageThatDiffers) {
  Machine machine(kernel::DataModel::lp64);
  const Program program = case_of(plain_case(
      two_processes +
      "T2 send request to=cms code=7 data=0102 -> 0\n"
      "T1 recv -> 0 m1=request to=cms code=7 from=T2/P2 uid=1000 gid=1000 time=t1 data=0103\n"));
  const Ended ended = machine.run(c_text(program));
  EXPECT_EQ(ended.status, 1);
  EXPECT_TRUE(ended.said.contains("line 14: T1 recv\n")) << ended.said;
  EXPECT_TRUE(ended.said.contains("whose byte of data is 2 and not 3")) << ended.said;
}

TEST(CProgramRun, TellsACallThatSleeps) {
  Machine machine(kernel::DataModel::lp64);
  const Program program = case_of(plain_case(two_processes + "T1 recv -> EINVAL\n"));
  const Ended ended = machine.run(c_text(program));
  EXPECT_EQ(ended.status, 1);
  EXPECT_TRUE(ended.said.contains("got       blocked\n")) << ended.said;
}

TEST(CProgramRun, EndsWith3WithoutADevice) {
  const TempFolder folder;
  const std::string source = folder.write("program.c", c_text(case_of(plain_case(two_processes))));
  const std::string program = (folder.path() / "program").string();
  ASSERT_EQ(::system(("cc -pthread -o " + program + " " + source).c_str()), 0);
  const auto status_on = [&program](const std::string& device) {
    const int status = ::system((program + " " + device + " 2> /dev/null").c_str());
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  };
  EXPECT_EQ(status_on((folder.path() / "nothing").string()), 3);
  EXPECT_EQ(status_on("/dev/null"), 3);
}

TEST(CProgramRun, EndsWith3WhereAnAllocationCannotBeMadeToFail) {
  Machine machine(kernel::DataModel::lp64);
  const std::string text = c_text(suite_case("device/open-without-memory"));
  const Ended ended = machine.run(text, {}, false, false);
  EXPECT_EQ(ended.status, 3);
  EXPECT_TRUE(ended.said.contains("next allocation but 0 has to fail here")) << ended.said;
}

TEST(CProgramRun, EndsWith3WhereIdsAreNotGivenAgain) {
  Machine machine(kernel::DataModel::lp64);
  const Ended ended = machine.run(c_text(suite_case("lifecycle/reuse-cms-id")), {}, false);
  EXPECT_EQ(ended.status, 3);
  EXPECT_EQ(ended.said, "no task gets the id of an ended one here, which the case needs\n");
}

TEST(CProgramRun, EndsWith2WhereItWasBuiltForOtherPointers) {
  Machine machine(kernel::DataModel::lp64);
  std::string text = plain_case(two_processes);
  text.replace(text.find("abi: any"), 8, "abi: ilp32");
  const Ended ended = machine.run(c_text(case_of(text)));
  EXPECT_EQ(ended.status, 2);
  EXPECT_EQ(ended.said, "this case is for 32 bits: build with -m32\n");
}

}  // namespace
}  // namespace touchstone
