#!/usr/bin/env python3
"""Holds what ci/faults and ci/fault_build.py say of faults, cases and the catalogue against small
ones made up here."""

import importlib.machinery
import importlib.util
import pathlib
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import fault_build  # noqa: E402

_path = str(pathlib.Path(__file__).resolve().parent / "faults")
_loader = importlib.machinery.SourceFileLoader("faults", _path)
faults = importlib.util.module_from_spec(importlib.util.spec_from_loader("faults", _loader))
sys.modules["faults"] = faults  # where dataclasses looks for it
_loader.exec_module(faults)

PATCH = """Fault: A late reply is sent.
Clause: MSG-27

--- a/reference/kernel/send.cc
+++ b/reference/kernel/send.cc
@@ -2,3 +2,2 @@
 first
-second
 third
"""
README = "# Faults\n## Not expressible\n| clause | why |\n| --- | --- |\n{}\n## Not seen\n{}\n"


class FaultsTest(unittest.TestCase):

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        self.plant("spec/4-message.md", "### MSG-27 must: A late reply\n### MSG-41 may: Other\n")
        self.plant_readme()

    def plant(self, name, text):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def plant_readme(self, excuse="", unseen=""):
        self.plant(fault_build.FAULTS + "/README.md", README.format(excuse, unseen))

    def fault(self, name="MSG-27-late-is-accepted", text=PATCH):
        return fault_build.read_fault(self.plant(f"{fault_build.FAULTS}/{name}.patch", text))

    def memory_fault(self, sanitizer, name="MSG-27-late-is-freed"):
        return self.fault(f"memory/{name}", f"Sanitizer: {sanitizer}\n" + PATCH)

    def assert_findings(self, every, *expected):
        found = list(fault_build.catalogue_findings(self.root, every))
        self.assertEqual(len(found), len(expected), found)
        for message, words in zip(found, expected):
            self.assertIn(words, message)

    def test_fault_is_read_from_its_header_and_diff(self):
        fault = self.fault()
        self.assertEqual((fault.name, fault.clause, fault.sentence, fault.abi),
                         ("MSG-27-late-is-accepted", "MSG-27", "A late reply is sent.", "ilp32"))
        self.assertEqual(fault.files, ["reference/kernel/send.cc"])

    def test_header_ends_where_the_diff_begins(self):
        fault = self.fault(text=PATCH.replace(" first", "Abi: lp64"))
        self.assertEqual(fault.abi, "ilp32")
        self.assertEqual(self.fault(text="Abi: lp64\n" + PATCH).abi, "lp64")

    def test_catalogue_without_findings(self):
        self.assert_findings([self.fault()])

    def test_clause_without_fault(self):
        self.assert_findings([], "MSG-27 has no fault")
        self.plant_readme(unseen="| MSG-27 | a fault | what shows it |")
        self.assert_findings([], "MSG-27 has no fault")
        self.plant_readme(excuse="| MSG-27 | nobody can see it |")
        self.assert_findings([])

    def test_excuse_for_a_clause_that_has_a_fault_or_is_not_there(self):
        self.plant_readme(excuse="| MSG-27 | nobody can see it |\n| MSG-99 | as well |")
        self.assert_findings([self.fault()], "MSG-27 is said", "MSG-99 is no `must` clause")

    def test_fault_that_does_not_say_what_it_is(self):
        good = self.fault()
        other = self.fault("MSG-2-late", PATCH)
        self.assert_findings([good, other], "name it MSG-27-WORD.patch")
        may = self.fault("MSG-41-other", PATCH.replace("MSG-27", "MSG-41"))
        self.assert_findings([good, may], "MSG-41` is no `must` clause")
        silent = self.fault("MSG-27-silent", PATCH.replace("Fault: ", "It: "))
        self.assert_findings([good, silent], "has no line `Fault:")
        strange = self.fault("MSG-27-strange", "Abi: ilp64\n" + PATCH)
        self.assert_findings([good, strange], "Abi: ilp64")
        empty = self.fault("MSG-27-empty", PATCH.partition("---")[0])
        self.assert_findings([good, empty], "changes no file")

    def test_memory_fault_names_its_sanitizer(self):
        right = self.memory_fault("address")
        self.assertEqual((right.part, right.sanitizer, right.data_models),
                         ("memory", "address", ["ilp32"]))
        self.assert_findings([self.fault(), right])
        self.assert_findings([self.fault(), self.memory_fault("leak")],
                             "`Sanitizer: leak`, write address, undefined, memory")
        misplaced = self.fault("MSG-27-misplaced", "Sanitizer: address\n" + PATCH)
        self.assert_findings([self.fault(), misplaced], "put it into memory/")

    def test_memory_fault_is_not_a_clause_s_only_one(self):
        self.assert_findings([self.memory_fault("address")], "MSG-27 has no fault")

    def test_two_faults_of_one_name(self):
        twin = self.memory_fault("address", "MSG-27-late-is-accepted")
        self.assert_findings([self.fault(), twin],
                             "two faults are called MSG-27-late-is-accepted")

    def test_memory_fault_shows_in_a_report_of_its_sanitizer(self):
        def crash(reason, *clauses):
            return {"name": "late", "verdict": "crash", "clauses": list(clauses),
                    "differences": [{"note": reason}]}

        fault = self.memory_fault("address")
        report = "exit status 1, SUMMARY: AddressSanitizer: heap-use-after-free"
        self.assertEqual(fault_build.word_for(fault, [crash(report, "MSG-27")]),
                         ("caught", ["late"]))
        self.assertEqual(fault_build.word_for(fault, [crash(report, "MSG-8")]),
                         ("caught elsewhere", ["late"]))
        self.assertEqual(fault_build.word_for(fault, [crash("SIGABRT", "MSG-27")]),
                         ("NOT CAUGHT", []))
        wrong = {"name": "late", "verdict": "fail", "clauses": ["MSG-27"]}
        self.assertEqual(fault_build.word_for(fault, [wrong]), ("NOT CAUGHT", []))
        leak = self.memory_fault("memory")
        self.assertEqual(fault_build.word_for(leak, [wrong]), ("caught", ["late"]))

    def test_words(self):
        def case(name, verdict, *clauses):
            return {"name": name, "verdict": verdict, "clauses": list(clauses)}

        fault = self.fault()
        own = case("late", "fail", "MSG-8", "MSG-27")
        other = case("room", "crash", "MSG-8")
        fine = case("fine", "unsupported", "MSG-27")
        self.assertEqual(fault_build.word_for(fault, [own, other]), ("caught", ["late", "room"]))
        self.assertEqual(fault_build.word_for(fault, [other, fine]), ("caught elsewhere", ["room"]))
        self.assertEqual(fault_build.word_for(fault, [fine]), ("NOT CAUGHT", []))
        hangs = case("hangs", "timeout", "MSG-27")
        self.assertEqual(fault_build.word_for(fault, [hangs]), ("caught", ["hangs"]))

    def test_a_case_is_used_by_a_fault_of_its_own_clauses(self):
        for name, clauses in (("late", "MSG-27"), ("room", "MSG-8"), ("idle", "MSG-27, MSG-8")):
            self.plant(f"conformance/cases/message/{name}.case",
                       f"case: {name}\nclauses: {clauses}\n\nT1 open -> 0\n")
        results = [faults.Result(self.fault(), "caught", ["late", "room"])]
        self.assertEqual(faults.idle_cases(self.root, results),
                         (["message/idle (failed on no fault at all)", "message/room"], 3))

    def test_sources_that_a_header_reaches(self):
        self.plant("a/abi.h", "")
        self.plant("a/kernel.h", '#include "a/abi.h"\n')
        self.plant("a/send.cc", '#include <array>\n#include "a/kernel.h"\n')
        self.plant("a/pool.cc", '#include "a/pool.h"\n')
        self.assertTrue(fault_build.includes_any(self.root, "a/send.cc", ["a/abi.h"]))
        self.assertTrue(fault_build.includes_any(self.root, "a/send.cc", ["a/send.cc"]))
        self.assertFalse(fault_build.includes_any(self.root, "a/pool.cc", ["a/abi.h"]))


class CatalogueTest(unittest.TestCase):
    def test_each_fault_fits_the_sources_of_today(self):
        for fault in fault_build.read_faults(fault_build.ROOT):
            done = fault_build.apply_patch(fault.path, fault_build.ROOT, "--dry-run")
            with self.subTest(fault.name):
                self.assertEqual(done.returncode, 0, done.stdout)


if __name__ == "__main__":
    unittest.main()
