"""Whether the lines that a fault changes were run at all: what tells "never got there" from "got
there and saw nothing". The changed sources are compiled once more, with counters of their lines."""
import re

from fault_build import CannotBuild, PLUGIN_SOURCE, ROOT, run

COMPILER = "clang++-19"
COUNTING = "--coverage"
# The plug-in's one function, renamed, behind one that sees each machine go. A case runs in a child
# process that ends without what programs do at their end, so there it writes its counters; in a
# process that plays many Programs once is enough, at the end.
ENTRY = """#include <sys/types.h>
#include <unistd.h>
#include "touchstone/plugin.h"
void __gcov_dump(void);
void __gcov_reset(void);
const struct touchstone_plugin_table* touchstone_plugin_counted(void);
static struct touchstone_plugin_table table;
static void (*destroy_counted)(struct touchstone_instance*);
static pid_t loader;
static void destroy(struct touchstone_instance* machine) {
  destroy_counted(machine);
  if (getpid() == loader) return;
  __gcov_dump();
  __gcov_reset();
}
const struct touchstone_plugin_table* touchstone_plugin(void) {
  if (destroy_counted != NULL) return &table;
  loader = getpid();
  table = *touchstone_plugin_counted();
  destroy_counted = table.destroy;
  table.destroy = destroy;
  return &table;
}
"""
HUNK = re.compile(r"^@@ -\d+(?:,\d+)? \+(\d+)(?:,\d+)? @@")
COUNTED_LINE = re.compile(r"^\s*([^:]+):\s*(\d+):(.*)$")


def changed_lines(patch):
    """By file, the lines that a patch adds, as numbered after it; where it only takes lines away,
    the one that follows them."""
    lines, file, number, is_open = {}, None, 0, False
    for line in patch.split("\n"):
        hunk = HUNK.match(line)
        if line.startswith("+++ b/"):
            file, is_open = line[6:].strip(), False
        elif hunk:
            number, is_open = int(hunk.group(1)), False
        elif file is None or line.startswith("--- "):
            continue
        elif line.startswith("-"):
            is_open = True
        elif line.startswith("+"):
            lines.setdefault(file, set()).add(number)
            number, is_open = number + 1, False
        elif line.startswith(" "):
            if is_open:
                lines.setdefault(file, set()).add(number)
            number, is_open = number + 1, False
    return lines


def counts_of(text, file):
    """From gcov's text, how often each line of a file was run; nothing of lines without code."""
    counts, is_here = {}, False
    for line in text.split("\n"):
        counted = COUNTED_LINE.match(line)
        if not counted:
            continue
        count, number, rest = counted.group(1).strip(), int(counted.group(2)), counted.group(3)
        if number == 0:
            if rest.startswith("Source:"):
                is_here = rest.endswith("/" + file) or rest == "Source:" + file
        elif is_here and count != "-":
            times = 0 if count.startswith(("#", "=")) else int(re.match(r"\d+", count).group())
            counts[number] = max(counts.get(number, 0), times)
    return counts


def verdict_of(counts):
    """`yes`, `no`, or `?` where none of the lines has code."""
    if not counts:
        return "?"
    return "yes" if any(counts) else "no"


class CountingPlugin:
    """The plug-in with a fault and with counters."""

    def __init__(self, build, fault, folder):
        self.fault = fault
        self.folder = folder
        tree = build.patched_tree(fault, folder)
        sources = build.sources_of(fault)
        self.objects = []
        for source in {*sources, PLUGIN_SOURCE}:
            flags = [COUNTING, "-O0"] if source in sources else []
            if source == PLUGIN_SOURCE:
                flags += ["-Dtouchstone_plugin=touchstone_plugin_counted"]
            target = folder / (source.replace("/", "_") + ".o")
            build.compile(source, tree, target, flags, COMPILER)
            self.objects.append(target)
        self.path = folder / "counting.so"
        build.link_faulty_plugin([*self.objects, self.entry(folder)], self.path, [COUNTING],
                                 COMPILER)

    @staticmethod
    def entry(folder):
        source, target = folder / "entry.c", folder / "entry.o"
        source.write_text(ENTRY)
        made = run(["clang-19", "-fPIC", "-O1", "-I", ROOT / "include", "-c", "-o", target, source])
        if made.returncode != 0:
            raise CannotBuild(made.stdout)
        return target

    def forget(self):
        for counters in self.folder.glob("*.gcda"):
            counters.unlink()

    def reached(self):
        """Whether what ran since `forget` came to a changed line."""
        text = "".join(run(["llvm-cov-19", "gcov", "-t", counters], cwd=self.folder).stdout
                       for counters in sorted(self.folder.glob("*.gcda")))
        if not text:
            raise CannotBuild(f"{self.path} wrote no counters")
        counts = []
        for file, lines in changed_lines(self.fault.path.read_text(encoding="utf-8")).items():
            of_file = counts_of(text, file)
            counts += [of_file[line] for line in lines if line in of_file]
        return verdict_of(counts)
