#!/usr/bin/env python3
"""Plants each violation that ci/tidy.py looks for, and each near miss that it must leave alone."""

import pathlib
import tempfile
import unittest

import tidy

TOP = "// wire.h: bytes.\n"


class TidyTest(unittest.TestCase):

    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.root = pathlib.Path(self.folder.name)

    def plant(self, name, text):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def found(self, name, text):
        self.plant(name, text)
        return tidy.findings(self.root)[0]

    def assert_one(self, name, text, *words):
        found = self.found(name, text)
        self.assertEqual(len(found), 1, found)
        for word in (name,) + words:
            self.assertIn(word, found[0])

    def assert_clean(self, name, text):
        self.assertEqual(self.found(name, text), [])

    def lines_of_function(self, count, head="int longest() {"):
        return head + "\n" + "  step();\n" * (count - 2) + "}\n"


class Lengths(TidyTest):

    def test_header_at_the_limit_passes_and_one_more_fails(self):
        self.assert_clean("reference/a.h", TOP + "\n" * 249)
        self.assert_one("reference/a.h", TOP + "\n" * 250, "header of 251 lines", "split it")

    def test_source_at_the_limit_passes_and_one_more_fails(self):
        self.assert_clean("adapter/a.cc", "\n" * 500)
        self.assert_one("adapter/a.cc", "\n" * 501, "source of 501 lines", "split it")

    def test_case_at_the_limit_passes_and_one_more_fails(self):
        self.assert_clean("conformance/cases/pool/a.case", "\n" * 60)
        self.assert_one("conformance/cases/pool/a.case", "\n" * 61, "case of 61 lines")

    def test_script_of_user_space_has_the_limit_of_a_case(self):
        self.assert_clean("conformance/userspace/cases/parcel/a.case", "\n" * 60)
        self.assert_one("conformance/userspace/cases/parcel/a.case", "\n" * 61,
                        "case of 61 lines")

    def test_line_at_the_limit_passes_and_one_more_fails(self):
        self.assert_clean("adapter/a.cc", "\n" + "x" * 100 + "\n")
        self.assert_one("adapter/a.cc", "\n" + "x" * 101 + "\n", "adapter/a.cc:2: 101 columns")
        self.plant("adapter/a.cc", "\n")
        self.assert_one("ci/check", "\n" + "x" * 101 + "\n", "ci/check:2: 101 columns")

    def test_prose_and_recordings_may_have_long_lines(self):
        self.assert_clean("spec/1-device.md", "x" * 200 + "\n")
        self.assert_clean("corpora/golden/kernel/random/r1.case", "x" * 200 + "\n")

    def test_function_at_the_limit_passes_and_one_more_fails(self):
        self.assert_clean("adapter/a.cc", self.lines_of_function(70))
        self.assert_one("adapter/a.cc", self.lines_of_function(71), "longest has 71 lines")

    def test_function_is_measured_from_its_head_inside_namespace_and_class(self):
        text = "namespace touchstone {\nclass A {\n public:\n"
        text += self.lines_of_function(70, "  void run(\n      int a) const override {")
        self.assert_one("adapter/a.cc", text + "};\n}\n", "a.cc:4: run has 71 lines")

    def test_constructor_with_braced_members_is_measured(self):
        text = self.lines_of_function(71, "A::A(int a) : a_{a}, b_{2} {")
        self.assert_one("adapter/a.cc", text, "A::A has 71 lines")

    def test_function_returning_a_struct_is_measured(self):
        text = self.lines_of_function(71, "struct state *make(int a) {")
        self.assert_one("examples/minimal_plugin/a.c", text, "make has 71 lines")

    def test_table_is_no_function(self):
        rows = "  {1, f(2)},\n" * 90
        self.assert_clean("adapter/a.cc", "constexpr Row rows[] = {\n" + rows + "};\n")
        self.assert_clean("adapter/a.cc",
                          "constexpr auto rows = std::to_array<Row>({\n" + rows + "});\n")

    def test_brace_in_a_literal_or_comment_ends_nothing(self):
        text = "int f() {\n  // }\n  g('}', \"}\");\n" + "  g();\n" * 67 + "}\n"
        self.assert_one("adapter/a.cc", text, "f has 71 lines")

    def test_unit_test_has_a_limit_of_its_own(self):
        self.assert_clean("adapter/a_test.cc", self.lines_of_function(60, "TEST(A, Holds) {"))
        self.assert_one("adapter/a_test.cc", self.lines_of_function(61, "TEST(A, Holds) {"),
                        "A.Holds has 61 lines, at most 60")

    def test_python_function_is_measured(self):
        self.assert_one("ci/a.py", "def f():\n" + "    g()\n" * 70, "f has 71 lines")

    def test_flat_table_is_exempt_by_name_until_it_is_short(self):
        self.plant("adapter/a.cc", self.lines_of_function(71))
        file = tidy.read_files(self.root)[0]
        self.assertEqual(list(tidy.check_functions(file, {("adapter/a.cc", "longest")})), [])
        stale = list(tidy.check_functions(file, {("adapter/a.cc", "gone"),
                                                 ("adapter/a.cc", "longest")}))
        self.assertEqual(len(stale), 1)
        self.assertIn("take it out of FLAT_TABLES", stale[0])

    def test_kernel_total_counts_headers_and_not_tests(self):
        for number in range(3):
            self.plant(f"reference/kernel/a{number}.cc", "\n" * 450)
        self.plant("reference/kernel/a_test.cc", "\n" * 450)
        self.assert_clean("reference/kernel/a.h", TOP + "\n" * 149)
        found = self.found("reference/kernel/a.h", TOP + "\n" * 150)
        self.assertEqual(len(found), 1)
        self.assertIn("1501 lines, at most 1500", found[0])

    def test_header_comment_is_there_and_short(self):
        self.assert_one("adapter/a.h", "#pragma once\n", "no comment at the top")
        self.assert_clean("adapter/a.h", "// a\n" * 12)
        self.assert_one("adapter/a.h", "// a\n" * 13, "top comment of 13 lines")
        self.assert_one("adapter/a.h", "/*" + " a\n" * 12 + "*/\n", "top comment of 13 lines")


class Bans(TidyTest):

    def test_reference_may_not_name_the_world(self):
        for line in ("#include <unistd.h>", "#include <sys/mman.h>", "#include <thread>",
                     "#include <mutex>", "#include <chrono>", "#include <fstream>",
                     "#include <iostream>", "#include <cstdio>", "#include <random>",
                     "int a = rand();", "auto t = time(nullptr);", "auto t = std::time(nullptr);",
                     "  throw Error();"):
            with self.subTest(line=line):
                self.assert_one("reference/kernel/a.cc", "void f() {}\n  " + line + "\n",
                                "a.cc:2", "is banned in reference/, ")

    def test_the_same_words_elsewhere_or_in_comments_pass(self):
        self.assert_clean("adapter/backends/a.cc", "#include <unistd.h>\n#include <chrono>\n")
        self.assert_clean("reference/kernel/a_test.cc", "#include <fstream>\n")
        self.assert_clean("reference/kernel/a.cc",
                          "// rand() and <thread>\nvoid f(int time);\nint g = end_time(3) const;\n"
                          "void h() { task.time(); }\n")

    def test_mutable_globals_of_the_reference_fail(self):
        for line in ("static int count = 0;", "  static std::string name;", "int count = 0;",
                     "inline int count;", "std::map<int, std::string> names;",
                     "int table[4] = {1};"):
            with self.subTest(line=line):
                self.assert_one("reference/kernel/a.cc", line + "\n", "is a mutable global")

    def test_constants_and_functions_are_no_mutable_globals(self):
        self.assert_clean("reference/kernel/a.cc", "\n".join((
            "constexpr int count = 0;", "inline constexpr std::size_t max = 3;",
            "static constexpr int a = 1;", "const std::string name = f();", "struct Task;",
            "using Id = int;", "Result<int> f(int a);", "  int member = 0;", "  return count;",
            "enum class Id : int {};", "static int f(int a) {", "  a == 0;", "}", "")))

    def test_catch_all_sleep_and_assert_fail_everywhere(self):
        self.assert_one("conformance/a.cc", "try { f(); } catch (...) {}\n", "catch the type")
        self.assert_one("conformance/a.cc", "void f() { std::this_thread::sleep_for(x); }\n",
                        "wait for the event")
        self.assert_one("conformance/a.cc", "#include <cassert>\n", "use CHECK")
        self.assert_clean("conformance/a.cc", "try { f(); } catch (const Error& e) {}\n")
        self.assert_clean("examples/minimal_plugin/a.c", "#include <assert.h>\n")
        self.assert_clean("include/liteipc/a.h", "/* a */\n#include <assert.h>\n")
        self.assert_clean("reference/kernel/a.cc",
                          "#include <cassert>\n#define CHECK(a) assert(a)\n")

    def test_markers_and_paths_of_one_machine_fail_in_prose_too(self):
        self.assert_one("HACKING.md", "a\n" + "FIX" + "ME later\n", "HACKING.md:2", "the build")
        self.assert_one("HACKING.md", "cd /" + "home/me/touchstone\n", "of one machine")
        self.assert_clean("HACKING.md", "build/home/bin, <prefix>/home/x, conformance/work/a\n")


class Direction(TidyTest):

    def test_upward_includes_fail(self):
        for folder, header in (("reference/kernel/", "adapter/backend.h"),
                               ("reference/kernel/", "conformance/judge.h"),
                               ("reference/kernel/", "reference/parcel/parcel.h"),
                               ("reference/parcel/", "reference/kernel/kernel.h"),
                               ("reference/parcel/", "reference/userspace/client.h"),
                               ("reference/parcel/liteipc/", "reference/userspace/client.h"),
                               ("reference/services/", "reference/kernel/kernel.h"),
                               ("reference/services/", "reference/userspace/client.h"),
                               ("reference/userspace/", "reference/services/policy.h"),
                               ("include/liteipc/", "reference/parcel/parcel.h"),
                               ("agent/", "adapter/backend.h"),
                               ("agent/", "reference/kernel/kernel.h"),
                               ("adapter/backends/", "agent/frames.h"),
                               ("adapter/backends/agent_", "agent/test_device/test_device.h"),
                               ("conformance/", "agent/device.h"),
                               ("adapter/", "adapter/backends/plugin_backend.h"),
                               ("adapter/", "reference/kernel/kernel.h"),
                               ("adapter/", "conformance/judge.h"),
                               ("adapter/backends/", "reference/kernel/kernel.h"),
                               ("adapter/backends/", "conformance/judge.h"),
                               ("conformance/", "bench/a.h"),
                               ("conformance/self_test/plugins/", "adapter/backend.h"),
                               ("examples/minimal_plugin/", "adapter/backend.h")):
            with self.subTest(folder=folder, header=header):
                (self.root / "adapter/backends").mkdir(parents=True, exist_ok=True)
                for old in self.root.rglob("*a.c*"):
                    old.unlink()
                self.assert_one(folder + "a.c", f'#include "{header}"\n', "upward include", header)

    def test_downward_includes_pass(self):
        kernel = "reference/kernel/kernel.h"
        for name, header in (("adapter/backends/reference_backend.cc", kernel),
                             ("adapter/backends/reference_world.h", kernel),
                             ("adapter/backends/reference_plugin/a.cc", kernel),
                             ("adapter/a_test.cc", "adapter/backends/reference_backend.h"),
                             ("adapter/backends/a.cc", "adapter/backend.h"),
                             ("agent/a.c", "agent/device.h"),
                             ("adapter/backends/agent_a_test.cc",
                              "agent/test_device/test_device.h"),
                             ("fuzz/a.cc", "agent/frames.h"),
                             ("conformance/a.cc", "adapter/backends/plugin_backend.h"),
                             ("conformance/a.cc", kernel),
                             ("reference/userspace/a.cc", kernel),
                             ("reference/userspace/a.cc", "reference/parcel/parcel.h"),
                             ("reference/services/a.cc", "reference/parcel/parcel.h"),
                             ("reference/parcel/liteipc/a.cc", "reference/parcel/parcel.h"),
                             ("include/liteipc/a.h", "serializer.h"),
                             ("include/liteipc_newer/a.h", "serializer.h"),
                             ("bench/a.cc", "conformance/judge.h")):
            with self.subTest(name=name):
                self.assert_clean(name, f'// a\n#include "{header}"\n')

    def test_public_header_is_for_all_but_the_reference(self):
        self.assert_clean("examples/minimal_plugin/a.c", "#include <touchstone/plugin.h>\n")
        self.assert_one("reference/kernel/a.cc", "#include <touchstone/plugin.h>\n", "upward")

    def test_c_headers_of_user_space_are_for_the_c_functions(self):
        self.plant("include/liteipc/serializer.h", "/* a */\n")
        for name in ("reference/parcel/liteipc/a.cc", "include/liteipc/b.h", "bench/a.cc",
                     "conformance/userspace/a_test.cc"):
            with self.subTest(name=name):
                self.assert_clean(name, "// a\n#include <serializer.h>\n")
        for line in ("#include <serializer.h>", "#include <liteipc/serializer.h>"):
            with self.subTest(line=line):
                self.assert_one("reference/parcel/a.cc", line + "\n", "a.cc:1", "upward include")

    def test_include_without_its_room_fails(self):
        self.assert_one("adapter/a.cc", '#include "backend.h"\n', "from the repository root")

    def test_code_outside_a_room_or_among_data_fails(self):
        self.assert_one("stray/a.cc", "\n", "is in no room")
        (self.root / "stray/a.cc").unlink()
        self.assert_one("spec/a.cc", "\n", "hold data only")


class Names(TidyTest):

    def test_underscore_or_lower_case_in_a_test_name_fails(self):
        self.assert_one("adapter/a_test.cc", "TEST(A, fails_when_short) {}\n", "fails_when_short")
        self.assert_one("adapter/a_test.cc", "TEST_F(a, Fails) {}\n", "test name a;")
        self.assert_one("adapter/a_test.cc", "RC_GTEST_PROP(A,\n  is_law, (int a)) {}\n", "is_law")
        self.assert_clean("adapter/a_test.cc", "TEST(DecodeMessage, FailsWhenShort) {}\n")


class TheTool(TidyTest):

    def test_empty_tree_is_an_error(self):
        self.assertEqual(tidy.main([str(self.root)]), 1)

    def test_clean_tree_passes_and_a_finding_fails(self):
        self.plant("adapter/a.cc", "int f() { return 1; }\n")
        self.assertEqual(tidy.main([str(self.root)]), 0)
        self.plant("adapter/b.cc", "void f() { usleep(1); }\n")
        self.assertEqual(tidy.main([str(self.root)]), 1)

    def test_build_folders_are_not_read(self):
        self.assert_clean("build/gcc/CMakeFiles/a.cc", "x" * 300 + "\n")


if __name__ == "__main__":
    unittest.main(buffer=True)
