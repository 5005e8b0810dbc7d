"""What generated Programs reached in the module, of all that the compiler marked in it."""
import collections
import subprocess

MARK = "__sanitizer_cov_trace_pc"


def marked_points(module):
    """How many marks the compiler has put into each function of a .ko."""
    text = subprocess.run(["objdump", "-dr", "--no-show-raw-insn", module], check=True,
                          capture_output=True, text=True).stdout
    points = collections.Counter()
    function = None
    for line in text.splitlines():
        if line.endswith(">:"):
            function = line.split("<")[1][:-2]
        elif MARK in line and ("R_X86_64_PLT32" in line or "R_X86_64_PC32" in line):
            points[function] += 1
    return points


def reached_points(files):
    """Of each function, by all runs together."""
    reached = collections.defaultdict(set)
    for file in files:
        for line in file.read_text().splitlines()[1:]:
            function, _, offsets = line.partition("\t")
            reached[function].update(filter(None, offsets.split(",")))
    return reached


def table(module, files):
    """Lines for people: those functions first of which most was missed."""
    marked = marked_points(module)
    reached = reached_points(files)
    rows = sorted(((count - len(reached[name]), name, count) for name, count in marked.items()),
                  reverse=True)
    lines = [f"{'function':36} reached      of"]
    lines += [f"{name:36} {count - missed:7} {count:7}" for missed, name, count in rows]
    total = sum(marked.values())
    hit = total - sum(missed for missed, _, _ in rows)
    lines.append(f"{'all':36} {hit:7} {total:7}   {100 * hit / total:.1f} %")
    return lines
