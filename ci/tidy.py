#!/usr/bin/env python3
"""How our code reads, as a test: lengths, bans, direction between rooms, names.

Usage: ci/tidy.py [ROOT]. Prints one line for each finding, `file:line: what; what instead`, and
exits 1 if there is any. It reads text, not C++: it is exact on our style and knows no other.
"""

import ast
import pathlib
import re
import sys

HEADER_LINES_MAX = 250
SOURCE_LINES_MAX = 500
FUNCTION_LINES_MAX = 70
TEST_LINES_MAX = 60
CASE_LINES_MAX = 60
LINE_COLUMNS_MAX = 100
HEADER_COMMENT_LINES_MAX = 12
KERNEL_LINES_MAX = 1500

# Functions that are one flat switch or table, which may be longer: (file, function). An entry that
# names no long function is itself a finding.
FLAT_TABLES = set()
# Cases that need their length: every place taken, one step each.
LONG_CASES = {"conformance/cases/lifecycle/more-processes-than-places.case"}

CASE_FOLDERS = ("conformance/cases/", "conformance/userspace/cases/")

CPP = {".h", ".cc", ".c"}
CODE = CPP | {".py", ".cmake", ".sh"}
TEXT = CODE | {".md", ".txt", ".json", ".tsv", ".case", ".in", ".map"}
SKIPPED_FOLDERS = {".git", "build", "out", "__pycache__", ".cache"}

ROOMS = ("reference", "agent", "adapter", "conformance", "examples", "bench", "include", "fuzz",
         "daemon", "lkm")
DATA_ROOMS = ("spec", "corpora")

# Which quoted or <touchstone/...> includes a folder may have; the longest matching folder decides.
DIRECTION = {
    "include/": ("touchstone/",),
    "reference/": ("reference/",),
    "reference/kernel/": ("reference/kernel/",),
    "reference/parcel/": ("reference/parcel/",),
    "reference/userspace/": ("reference/userspace/", "reference/parcel/", "reference/kernel/"),
    "reference/services/": ("reference/services/", "reference/parcel/"),
    "agent/": ("agent/", "touchstone/"),
    "adapter/": ("adapter/", "touchstone/"),
    "adapter/backends/": ("adapter/", "touchstone/"),
    # Its tests know what the device does that the agent plays on there.
    "adapter/backends/agent_": ("adapter/", "touchstone/", "agent/test_device/"),
    "adapter/backends/reference_": ("adapter/", "touchstone/", "reference/"),
    "adapter/backends/describe_kernel": ("adapter/", "touchstone/", "reference/"),
    "conformance/": ("conformance/", "adapter/", "reference/", "touchstone/"),
    "conformance/reproduce/fake_device/agent_device.c": ("conformance/reproduce/fake_device/",
                                                         "agent/device.h"),
    # A wrong plug-in may be the example with one thing wrong.
    "conformance/self_test/plugins/": ("conformance/self_test/plugins/", "examples/",
                                       "touchstone/"),
    "examples/": ("examples/", "touchstone/"),
    "daemon/": ("daemon/", "reference/kernel/", "touchstone/"),
    "daemon/config": ("daemon/", "reference/kernel/", "reference/services/", "touchstone/"),
    "daemon/service_manager": ("daemon/", "reference/kernel/", "reference/services/",
                               "touchstone/"),
    # What it tells are steps of cases.
    "daemon/trace": ("daemon/", "adapter/", "reference/kernel/", "touchstone/"),
    "daemon/agent/": ("agent/", "daemon/client/", "touchstone/"),
    # What strangers link with knows the wire and the device's numbers, not the daemon.
    "daemon/client/": ("daemon/client/", "daemon/protocol.h", "touchstone/"),
    "lkm/": ("touchstone/",),  # and its own headers by their names, as the kernel builds it
    "fuzz/": ("fuzz/", "conformance/", "daemon/", "agent/", "adapter/", "reference/",
              "touchstone/"),
    "bench/": ("bench/", "conformance/", "adapter/", "reference/", "touchstone/"),
}
# The C headers of user space, each set in a folder that programs have in their include path: they
# stand alone, and of the reference only the C functions know them.
C_HEADERS = ("include/liteipc/", "include/liteipc_newer/")
C_HEADERS_ARE_FOR = C_HEADERS + ("reference/parcel/liteipc/", "reference/parcel/liteipc_newer/",
                                 "conformance/", "examples/", "bench/")
# Tests may: what they test is then played on a backend.
FORBIDDEN_BUT_IN_TESTS = {"adapter/": ("adapter/backends/",),
                          "adapter/backends/agent_": ("agent/",)}

CLOCK = "take the time as an argument"
BANNED_IN_REFERENCE = [
    (r"#\s*include\s*<(unistd\.h|fcntl\.h|poll\.h|dlfcn\.h|pthread\.h|signal\.h|sys/[^>]*)>",
     "is banned in reference/, user memory and identity come in as arguments"),
    (r"#\s*include\s*<(thread|mutex|shared_mutex|condition_variable|atomic|future|semaphore)>",
     "is banned in reference/, blocking is a value"),
    (r"#\s*include\s*<(chrono|ctime|time\.h)>", "is banned in reference/, " + CLOCK),
    (r"#\s*include\s*<(fstream|iostream|cstdio|stdio\.h|filesystem)>",
     "is banned in reference/, return text and let the caller write it"),
    (r"#\s*include\s*<random>", "is banned in reference/, pass the choice in"),
    (r"\b(rand|srand|random)\s*\(", "is banned in reference/, pass the choice in"),
    (r"(?<![\w.>:])(?:std::)?(time|clock|gettimeofday|clock_gettime)\s*\(",
     "is banned in reference/, " + CLOCK),
    (r"\bthrow\b", "is banned in reference/, return Result or CHECK"),
    (r"\b(thread_local)\b", "is banned in reference/, keep state in the kernel's structs"),
]
BANNED_EVERYWHERE = [
    (r"\bcatch\s*\(\s*\.\.\.\s*\)", "is banned, catch the type that can come"),
    (r"\b(sleep_for|sleep_until|usleep|nanosleep)\b|(?<![\w.>:])sleep\s*\(",
     "is banned, wait for the event itself"),
]
# C has no CHECK, and CHECK itself may be made of assert.
BANNED_ASSERT = (r"#\s*include\s*<(cassert|assert\.h)>",
                 "is banned, use CHECK, which is on in every build")
MARKER = re.compile(r"\b(FIX" + r"ME)\b")
MACHINE_PATH = re.compile(r"(?<![\w.}>/])/(home|root|work|Users)/\w")
ANY_INCLUDE = re.compile(r'^\s*#\s*include\s*["<]([^">]+)[">]')
INCLUDE = re.compile(r'^\s*#\s*include\s*(?:"([^"]+)"|<(touchstone/[^>]+)>)')
TEST_MACRO = re.compile(
    r"\b(?:TEST|TEST_F|TEST_P|TYPED_TEST|RC_GTEST_PROP|RC_GTEST_FIXTURE_PROP)"
    r"\s*\(\s*(\w+)\s*,\s*(\w+)")
STATIC_VARIABLE = re.compile(r"^\s*(?:inline\s+)?static\s+(?:inline\s+)?(?P<rest>[^()]*?)[;={]")
GLOBAL_VARIABLE = re.compile(
    r"^(?:inline\s+)?(?!using\b|namespace\b|struct\b|class\b|enum\b|union\b|template\b|return\b"
    r"|typedef\b|extern\b|static\b|inline\b|const\b|constexpr\b|friend\b|public\b|private\b"
    r"|concept\b|else\b|case\b|default\b|goto\b)"
    r"[A-Za-z_][\w:<>,\s*&]*[\s*&]\w+(?:\[[^\]]*\])*\s*(?:=[^=].*|;|\{.*\};)$")


class File:
    """One text file: its path from the root, its lines, and its code without comments."""

    def __init__(self, root, path):
        self.name = path.relative_to(root).as_posix()
        self.stem = path.stem
        self.suffix = path.suffix
        self.text = path.read_text(encoding="utf-8", errors="replace")
        self.lines = self.text.split("\n")
        if self.lines and self.lines[-1] == "":
            self.lines.pop()
        self.code = strip_comments(self.text) if self.suffix in CPP else self.text

    @property
    def is_code(self):
        return self.suffix in CODE or not self.suffix and self.name.startswith(("ci/", ".ci/"))

    @property
    def is_test(self):
        return self.stem.endswith("_test") or self.stem.endswith("_property")

    def line_of(self, position):
        return self.code.count("\n", 0, position) + 1

    def finding(self, line, what):
        return f"{self.name}:{line}: {what}"


def strip_comments(text):
    """The text with comments and the insides of literals blanked, every newline kept."""
    token = re.compile(
        r'//[^\n]*|/\*.*?\*/|R"(?P<tag>[^(\s]*)\(.*?\)(?P=tag)"'
        r'|^[ \t]*#[ \t]*include[^\n]*|"(?:\\.|[^"\\\n])*"|(?<![0-9A-Fa-f])\'(?:\\.|[^\'\\\n])+\'',
        re.DOTALL | re.MULTILINE)

    def blank(match):
        found = match.group(0)
        if "include" in found and found.lstrip().startswith("#"):
            return re.sub(r"//.*", "", found)
        kept = re.sub(r"[^\n]", " ", found)
        return kept if found.startswith("/") else '"' + kept[1:-1] + '"'

    return token.sub(blank, text)


def read_files(root):
    files = []
    for path in sorted(root.rglob("*")):
        parts = path.relative_to(root).parts
        if SKIPPED_FOLDERS.intersection(parts) or not path.is_file() or path.is_symlink():
            continue
        if path.suffix in TEXT or parts[0] in ("ci", ".ci"):
            files.append(File(root, path))
    return files


def check_file_lengths(file):
    count = len(file.lines)
    is_case = file.name.startswith(CASE_FOLDERS) and file.name not in LONG_CASES
    if is_case and count > CASE_LINES_MAX:
        yield file.finding(count, f"case of {count} lines, at most {CASE_LINES_MAX};"
                                  " make it two situations")
    if file.suffix == ".h" and count > HEADER_LINES_MAX:
        yield file.finding(count, f"header of {count} lines, at most {HEADER_LINES_MAX};"
                                  " split it by noun")
    if file.suffix in {".cc", ".c", ".py"} and count > SOURCE_LINES_MAX:
        yield file.finding(count, f"source of {count} lines, at most {SOURCE_LINES_MAX};"
                                  " split it by noun")


def check_lines(file):
    for number, line in enumerate(file.lines, 1):
        if file.is_code and len(line) > LINE_COLUMNS_MAX:
            yield file.finding(number, f"{len(line)} columns, at most {LINE_COLUMNS_MAX};"
                                       " break the line")
        marker = MARKER.search(line)
        if marker:
            yield file.finding(number, f"{marker.group(1)} fails the build;"
                                       " fix it or write it down in CAVEATS.md")
        if MACHINE_PATH.search(line):
            yield file.finding(number, "a path of one machine; write it from the repository root")


def is_scope(head):
    """Whether the text before `{` opens a namespace, class, enum or initializer: no function."""
    plain = re.sub(r"\b(?:alignas|__attribute__|decltype|noexcept)"
                   r"\s*\((?:[^()]|\([^()]*\))*\)", " ", head)
    plain = re.sub(r"\[\[.*?\]\]", " ", plain)
    return "(" not in plain or plain.rstrip().endswith("=")


def is_member_initializer(head):
    """Whether `{` after this head belongs to one member of a constructor's initializer list."""
    return (re.search(r"\)\s*(?:noexcept\s*)?:[^:]", head) is not None
            and re.search(r"[\w>]\s*$", head) is not None)


def matching_brace(code, start):
    depth = 0
    for position in range(start, len(code)):
        if code[position] == "{":
            depth += 1
        elif code[position] == "}":
            depth -= 1
            if depth == 0:
                return position
    return len(code) - 1


def cpp_functions(file):
    """(name, first line, last line) of each function body found outside other functions."""
    code = re.sub(r"^[ \t]*#(?:[^\n]*\\\n)*[^\n]*",
                  lambda directive: re.sub(r"[^\n]", " ", directive.group(0)),
                  file.code, flags=re.MULTILINE)
    head_start = position = parentheses = 0
    while position < len(code):
        letter = code[position]
        if letter in "()":
            parentheses += 1 if letter == "(" else -1
        elif letter == "{" and parentheses > 0:
            position = matching_brace(code, position)
        elif letter == "{":
            head = code[head_start:position]
            if is_member_initializer(head):
                position = matching_brace(code, position)
            elif is_scope(head):
                head_start = position + 1
            else:
                end = matching_brace(code, position)
                own = re.sub(r"^\s*(?:(?:public|protected|private)\s*:\s*)?", "", head)
                first = position - len(own)
                yield function_name(head), file.line_of(first), file.line_of(end)
                position = end
                head_start = end + 1
        elif letter in ";}" and parentheses <= 0:
            head_start = position + 1
        position += 1


def function_name(head):
    test = TEST_MACRO.search(head)
    if test:
        return f"{test.group(1)}.{test.group(2)}"
    names = re.findall(r"([\w:~]+)\s*\(", head)
    return names[0] if names else head.strip()


def functions(file):
    if file.suffix == ".py":
        for node in ast.walk(ast.parse(file.text)):
            if isinstance(node, ast.FunctionDef):
                yield node.name, node.lineno, node.end_lineno
    elif file.suffix in CPP:
        yield from cpp_functions(file)


def check_functions(file, flat_tables=None):
    exempt = {name for path, name in (FLAT_TABLES if flat_tables is None else flat_tables)
              if path == file.name}
    long_functions = set()
    for name, first, last in functions(file):
        count = last - first + 1
        limit = TEST_LINES_MAX if TEST_MACRO.search(file.lines[first - 1]) else FUNCTION_LINES_MAX
        if count <= limit:
            continue
        long_functions.add(name)
        if name not in exempt:
            yield file.finding(first, f"{name} has {count} lines, at most {limit};"
                                      " it holds more than one idea")
    for name in sorted(exempt - long_functions):
        yield file.finding(1, f"{name} is not over the limit;"
                              " take it out of FLAT_TABLES in ci/tidy.py")


def check_bans(file):
    if file.suffix not in CPP:
        return
    bans = list(BANNED_EVERYWHERE)
    is_c = file.suffix == ".c" or file.name.startswith("include/")
    if not is_c and "#define CHECK(" not in file.code:
        bans.append(BANNED_ASSERT)
    if file.name.startswith("reference/") and not file.is_test:
        bans += BANNED_IN_REFERENCE
    for pattern, instead in bans:
        for match in re.finditer(pattern, file.code):
            found = " ".join(match.group(0).split()).rstrip("( ")
            yield file.finding(file.line_of(match.start()), f"{found} {instead}")


def check_mutable_globals(file):
    if (not file.name.startswith("reference/") or file.suffix not in CPP or file.is_test):
        return
    instead = "is a mutable global; keep state in the kernel's structs, or make it constexpr"
    for number, line in enumerate(file.code.split("\n"), 1):
        static = STATIC_VARIABLE.match(line)
        if static and not re.search(r"\b(const|constexpr)\b", static.group("rest")):
            yield file.finding(number, f"`{line.strip()}` {instead}")
        elif GLOBAL_VARIABLE.match(line) and not re.search(r"\b(const|constexpr)\b", line):
            yield file.finding(number, f"`{line.strip()}` {instead}")


def longest_prefix(name, table):
    fitting = [prefix for prefix in table if name.startswith(prefix)]
    return max(fitting, key=len) if fitting else None


def check_direction(file):
    if file.suffix not in CPP:
        return
    if file.name.startswith(DATA_ROOMS):
        yield file.finding(1, "spec/ and corpora/ hold data only; code belongs in a room")
        return
    folder = longest_prefix(file.name, DIRECTION)
    if folder is None:
        yield file.finding(1, "is in no room; add its folder to DIRECTION in ci/tidy.py")
        return
    forbidden = () if file.is_test else FORBIDDEN_BUT_IN_TESTS.get(folder, ())
    for number, line in enumerate(file.code.split("\n"), 1):
        match = INCLUDE.match(line)
        if not match:
            continue
        included = match.group(1) or match.group(2)
        if file.name.startswith(C_HEADERS + ("lkm/",)) and "/" not in included:
            continue
        if match.group(1) and included.split("/")[0] not in ROOMS + ("touchstone",):
            yield file.finding(number, f'"{included}"; write the include from the repository root')
        elif not included.startswith(DIRECTION[folder]) or included.startswith(forbidden):
            allowed = ", ".join(DIRECTION[folder])
            yield file.finding(number, f"upward include of {included};"
                                       f" {folder} may lean on {allowed} only")


def check_c_headers(files):
    names = {file.name.split("/")[-1] for file in files if file.name.startswith(C_HEADERS)}
    for file in files:
        if file.suffix not in CPP or file.name.startswith(C_HEADERS_ARE_FOR):
            continue
        for number, line in enumerate(file.code.split("\n"), 1):
            match = ANY_INCLUDE.match(line)
            included = match.group(1) if match else ""
            is_one = included.startswith("liteipc") or included in names
            if is_one and not included.startswith(ROOMS):
                yield file.finding(number, f"upward include of {included}; only C functions, tests"
                                           " and benchmarks know the C headers of user space")


def check_test_names(file):
    if file.suffix not in CPP:
        return
    for match in TEST_MACRO.finditer(file.code):
        for name in match.groups():
            if "_" in name or not name[0].isupper():
                yield file.finding(file.line_of(match.start()),
                                   f"test name {name}; write a PascalCase sentence: outcome,"
                                   " then situation")


def check_header_comment(file):
    if file.suffix != ".h":
        return
    first = file.lines[0] if file.lines else ""
    if first.startswith("//"):
        count = next((i for i, line in enumerate(file.lines) if not line.startswith("//")),
                     len(file.lines))
    elif first.startswith("/*"):
        count = file.text[:file.text.index("*/")].count("\n") + 1
    else:
        yield file.finding(1, "no comment at the top; say what this is and what it is not")
        return
    if count > HEADER_COMMENT_LINES_MAX:
        yield file.finding(1, f"top comment of {count} lines, at most {HEADER_COMMENT_LINES_MAX};"
                              " move the rest to the declarations")


def kernel_lines(files):
    return sum(len(f.lines) for f in files if f.name.startswith("reference/kernel/")
               and f.suffix in CPP and not f.is_test)


def check_kernel_size(files):
    count = kernel_lines(files)
    if count > KERNEL_LINES_MAX:
        yield (f"reference/kernel:{count}: {count} lines, at most {KERNEL_LINES_MAX};"
               " say it with fewer ideas")


FILE_CHECKS = [check_file_lengths, check_lines, check_functions, check_bans, check_mutable_globals,
               check_direction, check_test_names, check_header_comment]


def findings(root):
    files = read_files(root)
    found = [message for file in files for check in FILE_CHECKS for message in check(file)]
    names = {file.name for file in files}
    found += [f"ci/tidy.py:1: FLAT_TABLES names {path}, which is not there; take it out"
              for path, _ in sorted(FLAT_TABLES) if path not in names]
    return found + list(check_c_headers(files)) + list(check_kernel_size(files)), files


def main(arguments):
    default = pathlib.Path(__file__).resolve().parent.parent
    root = pathlib.Path(arguments[0]).resolve() if arguments else default
    found, files = findings(root)
    for message in found:
        print(message)
    print(f"tidy: {len(files)} files, reference/kernel {kernel_lines(files)} of"
          f" {KERNEL_LINES_MAX} lines, {len(found)} findings")
    if not files:
        print("tidy: no file was read; is this the repository's root?")
    return 1 if found or not files else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
