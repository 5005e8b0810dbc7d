#!/usr/bin/env python3
"""Holds what ci/fault_table and ci/fault_reach.py make of measurements against small ones made up
here."""

import argparse
import importlib.machinery
import importlib.util
import pathlib
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import fault_build  # noqa: E402
import fault_reach  # noqa: E402

_path = str(pathlib.Path(__file__).resolve().parent / "fault_table")
_loader = importlib.machinery.SourceFileLoader("fault_table", _path)
fault_table = importlib.util.module_from_spec(
    importlib.util.spec_from_loader("fault_table", _loader))
_loader.exec_module(fault_table)

PATCH = """Fault: A late reply is sent.
Clause: MSG-27

--- a/a/send.cc
+++ b/a/send.cc
@@ -2,3 +2,4 @@
 first
-second
+second,
+and more
 third
@@ -20,3 +21,2 @@
 twentieth
-taken away
 next
--- a/a/pool.cc
+++ b/a/pool.cc
@@ -7,2 +7,3 @@
 seventh
+new
 eighth
"""
GCOV = """        -:    0:Source:tree/a/send.cc
        -:    0:Graph:send.gcno
        1:    2:first
    #####:    3:second,
       7*:    4:and more
        -:    5:// third
        -:    0:Source:tree/a/pool.h
        9:    3:another
"""


def entry(name, clause="MSG-27", word="caught", properties=True, median=1.0, part="",
          steps=9, program="compiles", needed=0):
    return {"name": name, "clause": clause, "part": part, "fault": "A late reply is sent.",
            "steps_needed": needed,
            "cases": {"noticed": word != "NOT CAUGHT", "word": word, "failing": 3,
                      "reached": "yes"},
            "properties": {"noticed": properties, "reached": "yes" if properties else "no"},
            "fuzz": {"noticed": median is not None, "times": [median], "median": median,
                     "steps": [steps] if median is not None else [],
                     "programs": [program] if median is not None else [], "reached": "yes"}}


class ReachTest(unittest.TestCase):

    def test_lines_that_a_patch_adds_or_that_follow_what_it_takes(self):
        self.assertEqual(fault_reach.changed_lines(PATCH),
                         {"a/send.cc": {3, 4, 22}, "a/pool.cc": {8}})

    def test_every_patch_of_the_kernel_changes_lines(self):
        for fault in fault_build.read_faults(fault_build.ROOT):
            lines = fault_reach.changed_lines(fault.path.read_text(encoding="utf-8"))
            self.assertEqual(sorted(lines), sorted(fault.files), fault.name)

    def test_counts_are_those_of_one_file(self):
        self.assertEqual(fault_reach.counts_of(GCOV, "a/send.cc"), {2: 1, 3: 0, 4: 7})
        self.assertEqual(fault_reach.counts_of(GCOV, "a/pool.h"), {3: 9})
        self.assertEqual(fault_reach.counts_of(GCOV, "pool.cc"), {})

    def test_one_line_that_was_run_is_enough(self):
        self.assertEqual(fault_reach.verdict_of([0, 7]), "yes")
        self.assertEqual(fault_reach.verdict_of([0, 0]), "no")
        self.assertEqual(fault_reach.verdict_of([]), "?")


class MedianTest(unittest.TestCase):

    def test_median_of_all_runs(self):
        self.assertEqual(fault_table.median_of([3, 1, 2, None, 9], 5, 60), 3)
        self.assertEqual(fault_table.median_of([3, None, None, 1, 2], 5, 60), 3)

    def test_three_misses_of_five_are_a_miss(self):
        self.assertIsNone(fault_table.median_of([None, None, None], 5, 60))
        self.assertIsNone(fault_table.median_of([1, None, None, None], 5, 60))

    def test_runs_end_where_the_median_is_known_to_be_a_miss(self):
        found = iter([{"seconds": 1.0}, None, None, None])
        fault_table.fuzz_once, kept = lambda *_: next(found), fault_table.fuzz_once
        self.addCleanup(setattr, fault_table, "fuzz_once", kept)
        with tempfile.TemporaryDirectory() as folder:
            told = fault_table.fuzz(None, None, "ilp32", pathlib.Path(folder), [], 5, 60)
        self.assertEqual(told, [{"seconds": 1.0}, None, None, None])


class PrintedCaseTest(unittest.TestCase):

    def test_the_case_that_is_printed(self):
        case = ("case: input\nabi: any\n\nP1 spawn T1 uid=0 gid=0 -> 0\nT1 open -> 0\n"
                "advance 5000\ninject alloc_failure after=0 -> ok\n")
        printed = f"case: other\ntouchstone finding\nkind: difference\n\nline 3\n{case}"
        for end in ("", "==5488== ERROR: libFuzzer: deadly signal\nT1 open -> 0\n"):
            found = fault_table.PRINTED_CASE.search(printed + end)
            self.assertEqual(found.group(1), case)
            self.assertEqual(len(fault_table.STEP.findall(found.group(1))), 4)

    def test_a_crash_prints_none(self):
        self.assertIsNone(fault_table.PRINTED_CASE.search("case: a\n==1==ERROR: AddressSanitizer"))


class StuckTest(unittest.TestCase):

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        fault_table.SECONDS_IDLE, kept = 2, fault_table.SECONDS_IDLE
        self.addCleanup(setattr, fault_table, "SECONDS_IDLE", kept)

    def test_who_sleeps_is_killed_and_who_works_is_not(self):
        log = self.folder / "log"
        status, _ = fault_table.run_on_one_core(["tail", "-f", "/dev/null"], 60, log)
        self.assertEqual(status, -9)
        works = "import time; end = time.process_time() + 1\nwhile time.process_time() < end: pass"
        status, seconds = fault_table.run_on_one_core([sys.executable, "-c", works], 60, log)
        self.assertEqual(status, 0)
        self.assertGreaterEqual(seconds, 1)

    def test_the_input_that_was_begun_with_counts_where_none_was_left(self):
        corpus = self.folder / "corpus"
        live = b"".join(number.to_bytes(8, sys.byteorder) for number in (7, 3)) + b"abcdef"
        pathlib.Path(f"{corpus}.live").write_bytes(live)
        self.assertEqual(fault_table.last_input(corpus).read_bytes(), b"abc")
        pathlib.Path(f"{corpus}.input").write_bytes(b"left")
        self.assertEqual(fault_table.last_input(corpus).read_bytes(), b"left")


class StoreTest(unittest.TestCase):

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.patch = self.folder / "MSG-27-late.patch"
        self.patch.write_text(PATCH, encoding="utf-8")

    def fault(self):
        return fault_build.Fault("MSG-27-late", "", "MSG-27", "A late reply is sent.", "ilp32",
                                 self.patch, [])

    def measured(self):
        store = fault_table.Store(self.folder / "table.json", False)
        found = store.entry_of(self.fault())
        store.keep(found, "cases", {"noticed": True})
        store.keep(found, "problem", "the fuzzer did not end")

    def test_what_was_measured_is_there_again(self):
        self.measured()
        again = fault_table.Store(self.folder / "table.json", True).entry_of(self.fault())
        self.assertEqual(again["cases"], {"noticed": True})
        self.assertNotIn("problem", again)

    def test_nothing_is_there_unless_it_is_asked_for_and_of_the_same_fault(self):
        self.measured()
        anew = fault_table.Store(self.folder / "table.json", False).entry_of(self.fault())
        self.assertNotIn("cases", anew)
        self.patch.write_text(PATCH.replace("+new", "+newer"), encoding="utf-8")
        other = fault_table.Store(self.folder / "table.json", True).entry_of(self.fault())
        self.assertNotIn("cases", other)


class PageTest(unittest.TestCase):

    def bars(self, entries):
        return [(got, holds) for _, _, got, holds in fault_table.bars_of(entries, 60)]

    def test_bars_hold(self):
        self.assertEqual(self.bars([entry("late")]),
                         [("100 %", True), ("100 %", True), ("9 (late)", True), ("none", True),
                          ("none", True)])

    def test_a_case_elsewhere_is_not_at_the_clause(self):
        entries = [entry(f"late-{i}") for i in range(18)] + [
            entry("other", word="caught elsewhere"), entry("odd", word="caught elsewhere")]
        self.assertEqual(self.bars(entries)[0], ("90 %", False))

    def test_percents_are_rounded_down(self):
        entries = [entry(f"late-{i}") for i in range(89)] + [
            entry(f"slow-{i}", median=None) for i in range(10)]
        self.assertEqual(self.bars(entries)[1], ("89 %", False))

    def test_a_fault_may_need_a_long_case(self):
        entries = [entry("limit", steps=27, needed=27)]
        self.assertEqual(self.bars(entries)[2], ("none", True))
        self.assertEqual(self.bars([*entries, entry("late")])[2], ("9 (late)", True))
        self.assertEqual(self.bars([entry("limit", steps=28, needed=27)])[2],
                         ("28 (limit)", False))

    def test_a_case_without_a_program(self):
        entries = [entry("late"), entry("odd", program="exec")]
        self.assertEqual(self.bars(entries)[3], ("odd", False))

    def test_missed_by_all_three(self):
        missed = entry("missed", word="NOT CAUGHT", properties=False, median=None)
        entries = [entry(f"late-{i}") for i in range(1, 100)] + [missed]
        self.assertEqual(self.bars(entries), [("99 %", True), ("99 %", True),
                                              ("9 (late-99)", True), ("none", True),
                                              ("missed", False)])

    def test_the_longest_case_counts(self):
        entries = [entry("long", steps=16)] + [entry(f"late-{i}") for i in range(9)]
        self.assertEqual(self.bars(entries)[2], ("16 (long)", False))
        entries[0]["nothing"], entries[0]["fuzz"] = entries[0]["fuzz"], entries[1]["fuzz"]
        self.assertEqual(self.bars(entries)[2], ("16 (long)", False))

    def test_what_was_not_measured_holds_no_bar(self):
        unmeasured = entry("late")
        del unmeasured["fuzz"]
        self.assertEqual(self.bars([unmeasured]), [("100 %", True), ("not measured", False),
                                                   ("not measured", False),
                                                   ("not measured", False),
                                                   ("not measured", False)])
        self.assertFalse(any(holds for _, holds in self.bars([])))

    def test_page_is_sorted_by_clause(self):
        entries = [entry("MSG-27-late"), entry("MSG-8-twice", "MSG-8", part="memory"),
                   entry("MSG-8-never", "MSG-8"), entry("ACC-3-all", "ACC-3", median=None)]
        options = argparse.Namespace(methods=["cases", "properties", "fuzz"], runs=5, seconds=60)
        rows = [line.split(" ")[3] for line in
                fault_table.page(entries, options, "today").split("\n") if "` A late" in line]
        self.assertEqual(rows, ["`ACC-3-all`", "`MSG-8-never`", "`memory/MSG-8-twice`",
                                "`MSG-27-late`"])

    def test_cells(self):
        self.assertEqual(fault_table.cell(entry("late"), "cases"), "3")
        self.assertEqual(fault_table.cell(entry("late", word="caught elsewhere"), "cases"),
                         "3, none at the clause")
        self.assertEqual(fault_table.cell(entry("late"), "fuzz"), "1.0 s")
        missed = entry("late", median=None, properties=False)
        self.assertEqual(fault_table.cell(missed, "fuzz"), "reached, not noticed")
        self.assertEqual(fault_table.cell(missed, "properties"), "not reached")
        missed["fuzz"]["times"] = [None, 2.0, None, None]
        self.assertEqual(fault_table.cell(missed, "fuzz"), "1 of 4 runs")
        self.assertEqual(fault_table.cell({}, "fuzz"), "not measured")


if __name__ == "__main__":
    unittest.main()
