#!/usr/bin/env python3
"""Plants each disagreement that ci/clause_coverage.py looks for in a small tree that agrees."""

import pathlib
import tempfile
import unittest

import clause_coverage

CHAPTER = """# 1 Device and pool

### DEV-1 must: The first open gives IPC state
The first `open` returns 0.
- Source: fact 1.2

### DEV-2 may: A later open changes nothing
A further `open` returns 0, see DEV-1.
- Source: fact 1.2
"""


class ClauseCoverageTest(unittest.TestCase):

    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.root = pathlib.Path(self.folder.name)
        self.plant("spec/1-device.md", CHAPTER)
        self.plant("spec/README.md", "How to read. Text is UTF-8.\n### Levels\n")
        self.plant("spec/profiles/openharmony-2.0.tsv", "# quirks\nclause\toutcome\nDEV-2\t5\n")
        self.plant("reference/kernel/kernel.cc", "f();  // DEV-1\ng(\"DEV-2\");\n")
        for number in range(clause_coverage.CASES_MIN):
            self.plant_case(f"open-{number}", "DEV-1, DEV-2")

    def plant(self, name, text):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def plant_case(self, name, clauses, folder="device", title=None):
        self.plant(f"conformance/cases/{folder}/{name}.case",
                   f"# what it shows\ncase: {title or name}\ntitle: a story\nclauses: {clauses}\n\n"
                   "T1 open -> 0\n")

    def assert_findings(self, *expected):
        found = clause_coverage.findings(self.root)[0]
        self.assertEqual(len(found), len(expected), found)
        for message, words in zip(found, expected):
            for word in words:
                self.assertIn(word, message)

    def test_tree_that_agrees_passes(self):
        self.assert_findings()
        self.assertEqual(clause_coverage.main([str(self.root)]), 0)

    def test_finding_fails_the_run(self):
        self.plant("reference/kernel/kernel.cc", "")
        self.assertEqual(clause_coverage.main([str(self.root)]), 1)

    def test_clause_missing_in_the_reference(self):
        self.plant("reference/kernel/kernel.cc", "f();  // DEV-1\n")
        self.assert_findings(("spec/1-device.md:7", "DEV-2 is named nowhere in reference/"))

    def test_clause_named_only_in_a_reference_test_is_missing(self):
        self.plant("reference/kernel/kernel.cc", "f();  // DEV-1\n")
        self.plant("reference/kernel/kernel_test.cc", "f();  // DEV-2\n")
        self.assert_findings(("DEV-2 is named nowhere in reference/",))

    def test_longer_number_is_another_clause(self):
        self.plant("reference/kernel/kernel.cc", "f();  // DEV-1 DEV-22\n")
        self.assert_findings(("DEV-2 is named nowhere",),
                             ("reference/kernel/kernel.cc:1", "DEV-22 is not in spec/"))

    def test_reference_names_no_clause_of_spec(self):
        self.plant("reference/kernel/kernel.h", "// a\n// DEV-9\n")
        self.assert_findings(("reference/kernel/kernel.h:2", "DEV-9 is not in spec/"))

    def test_clause_without_a_case(self):
        self.plant("spec/1-device.md",
                   CHAPTER + "\n### DEV-3 must: Close\n`close` returns 0.\n- Source: fact 1\n")
        self.plant("reference/kernel/pool.cc", "// DEV-3\n")
        self.assert_findings(("spec/1-device.md:11", "DEV-3 has no case"))

    def test_case_names_no_clause_of_spec(self):
        self.plant_case("open-0", "DEV-1, DEV-8")
        self.assert_findings(("device/open-0.case", "DEV-8 is not in spec/"))

    def test_case_without_clause(self):
        self.plant_case("open-0", "")
        self.assert_findings(("device/open-0.case", "names no clause"))

    def test_clauses_in_a_comment_or_after_the_header_do_not_count(self):
        self.plant("conformance/cases/device/open-0.case",
                   "# clauses: DEV-1\ncase: open-0\nT1 open -> 0\nclauses: DEV-1\n")
        self.assert_findings(("device/open-0.case", "names no clause"))

    def test_case_named_otherwise_than_its_file(self):
        self.plant_case("open-0", "DEV-1", title="open-1")
        self.assert_findings(("device/open-0.case", "`case: open-1`", "named open-0"))

    def test_case_in_the_folder_of_another_chapter(self):
        self.plant_case("stray", "DEV-1", folder="message")
        self.assert_findings(("message/stray.case", "lies in message/", "chapter device"))

    def test_two_cases_of_one_name(self):
        self.plant("spec/2-cms.md", "### CMS-1 must: Set\nIt is set.\n- Source: fact 1.4\n")
        self.plant("reference/kernel/cms.cc", "// CMS-1\n")
        self.plant_case("open-0", "CMS-1", folder="cms")
        self.assert_findings(("device/open-0.case", "also at", "cms/open-0.case"))

    def plant_script(self, name, clauses, folder="parcel", steps="init 8 -> flag=1\n"):
        self.plant(f"conformance/userspace/cases/{folder}/{name}.case",
                   f"case: {name}\nclauses: {clauses}\n\n{steps}")

    def plant_parcel_chapter(self):
        self.plant("spec/11-parcel.md", "### PCL-1 must: Init\nIt is.\n- Source: fact 1\n")
        self.plant("reference/parcel/writer.cc", "// PCL-1\n")

    def test_script_of_user_space_covers_a_clause(self):
        self.plant_parcel_chapter()
        self.assert_findings(("spec/11-parcel.md:1", "PCL-1 has no case in a folder parcel/"))
        self.plant_script("init", "PCL-1")
        self.assert_findings()
        self.assertEqual(len(clause_coverage.findings(self.root)[2]),
                         clause_coverage.CASES_MIN + 1)

    def test_script_lies_in_the_folder_of_its_chapter_under_its_name(self):
        self.plant_parcel_chapter()
        self.plant_script("init", "PCL-1", folder="dispatch")
        self.assert_findings(("userspace/cases/dispatch/init.case", "lies in dispatch/",
                              "chapter parcel"))

    def test_script_and_case_of_one_name(self):
        self.plant_parcel_chapter()
        self.plant_script("open-0", "PCL-1")
        self.assert_findings(("userspace/cases/parcel/open-0.case", "also at",
                              "conformance/cases/device/open-0.case"))

    def test_clause_behind_a_step_must_exist(self):
        self.plant_parcel_chapter()
        self.plant_script("init", "PCL-1", steps="init 8 -> flag=1   [PCL-1]\n"
                          "push int8 1 -> flag=3 [PCL-9]  # more\npush \"[PCL-8]\"\n")
        self.assert_findings(("userspace/cases/parcel/init.case:5", "PCL-9 is not in spec/"))

    def test_profile_in_a_folder_below(self):
        self.plant("spec/profiles/userspace/legacy.tsv", "# rows\nDEV-7\tx\tcrash\n")
        self.assert_findings(("profiles/userspace/legacy.tsv:2", "DEV-7 is not in spec/"))

    def test_too_few_cases(self):
        (self.root / "conformance/cases/device/open-0.case").unlink()
        self.assert_findings(("299 cases, at least 300",))

    def test_profile_row_of_no_clause(self):
        self.plant("spec/profiles/openharmony-2.0.tsv", "# quirks\nDEV-2\t5\nDEV-7\t8\n")
        self.assert_findings(("openharmony-2.0.tsv:3", "DEV-7 is not in spec/"))

    def test_clause_twice(self):
        self.plant("spec/2-cms.md", "### DEV-1 must: Again\nIt is.\n- Source: fact 1\n")
        self.plant("conformance/cases/device/open-0.case", "case: open-0\nclauses: DEV-2\n")
        found = clause_coverage.findings(self.root)[0]
        self.assertIn("DEV-1 is also at spec/1-device.md:3", found[0])

    def test_heading_that_is_no_clause(self):
        self.plant("spec/2-cms.md", "### CMS-1 should: Set\nIt is set.\n")
        self.assert_findings(("spec/2-cms.md:1", "not a clause heading"))

    def test_clause_without_sentence_or_source(self):
        self.plant("spec/1-device.md", CHAPTER.replace("The first `open` returns 0.\n", ""))
        self.assert_findings(("DEV-1 has no sentence",))
        self.plant("spec/1-device.md", CHAPTER.replace("- Source: fact 1.2\n", "", 1))
        self.assert_findings(("DEV-1 has no `- Source:` line",))

    def test_spec_leads_to_no_clause(self):
        self.plant("spec/README.md", "See DEV-5.\n")
        self.assert_findings(("spec/README.md:1", "DEV-5 is not in spec/"))

    def test_tree_without_spec_is_an_error(self):
        (self.root / "spec/1-device.md").unlink()
        self.assertIn("no clause was read", clause_coverage.findings(self.root)[0][0])


if __name__ == "__main__":
    unittest.main(buffer=True)
