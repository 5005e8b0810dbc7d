"""The catalogue of faults, and builds of the reference with one of them: what ci/faults, which asks
the cases, and ci/fault_table, which asks properties and fuzzers as well, have in common."""
import dataclasses
import json
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
FAULTS = "conformance/self_test/faults"
PLUGIN_SOURCE = "adapter/backends/reference_plugin/reference_plugin.cc"
# Folders of faults. The kernel's lie in the catalogue's own folder, "", and break what a case sees;
# those of `memory` are the kernel's as well and break what a sanitizer sees.
MEMORY = "memory"
USERSPACE = ["parcel", "dispatch", "services"]  # each is a subcommand of the runner
PARTS = [MEMORY, *USERSPACE]
# Sources that are compiled anew where they include what a fault changes.
KERNEL_SOURCES = ("reference/kernel/", "adapter/")
SOURCES = {
    "": KERNEL_SOURCES,
    MEMORY: KERNEL_SOURCES,
    "parcel": ("reference/parcel/", "conformance/userspace/parcel_reference"),
    "dispatch": ("reference/userspace/", "conformance/userspace/dispatch_"),
    "services": ("reference/services/", "conformance/userspace/services_"),
}
CASES = {
    "parcel": ["parcel/*", "newer-parcel/*"],
    "dispatch": ["dispatch/*"],
    "services": ["services/*"],
}
# Parcels also have C functions: the library of each API, its value of --api, and its cases.
PARCEL_LIBRARIES = {"liteipc": ("legacy", "parcel/*"), "liteipc_newer": ("new", "newer-parcel/*")}
LIBRARIES = ["touchstone_backends", "touchstone_adapter", "touchstone_reference"]
DATA_MODELS = ["ilp32", "lp64"]
# What notices a memory fault: a sanitizer, by the name in its reports; None where neither does
# (that would take MemorySanitizer) and the fault shows as a difference instead.
REPORTS = {"address": "AddressSanitizer", "undefined": "UndefinedBehaviorSanitizer",
           "memory": None}
SECONDS_OF_A_CASE = 5
SECONDS_OF_A_RUN = 900
FAILING = {"fail", "crash", "timeout"}

HEADER_LINE = re.compile(r"^(Fault|Clause|Abi|Sanitizer|Steps): (\S.*)$")
PATCHED_FILE = re.compile(r"^\+\+\+ b/(\S+)$", re.MULTILINE)
MUST = re.compile(r"^### ([A-Z]{3}-\d+) must: ", re.MULTILINE)
EXCUSE = re.compile(r"^\| ([A-Z]{3}-\d+) \| \S.* \|$", re.MULTILINE)
INCLUDE = re.compile(r'^\s*#\s*include\s*"([^"]+)"', re.MULTILINE)


class CannotBuild(Exception):
    pass


@dataclasses.dataclass
class Fault:
    name: str
    part: str  # of PARTS, or "" for the kernel's
    clause: str
    sentence: str
    abi: str
    path: pathlib.Path
    files: list
    sanitizer: str = ""  # of REPORTS, only in memory/
    steps: str = "0"  # of the shortest case that can show it, where that is a long one

    @property
    def data_models(self):
        return DATA_MODELS if self.abi == "any" else [self.abi]


def read_fault(path):
    text = path.read_text(encoding="utf-8")
    keys = dict(match.groups() for match in
                map(HEADER_LINE.match, text.partition("\n--- ")[0].split("\n")) if match)
    part = path.parent.name if path.parent.name in PARTS else ""
    return Fault(path.stem, part, keys.get("Clause", ""), keys.get("Fault", ""),
                 keys.get("Abi", "any" if part in USERSPACE else "ilp32"), path,
                 PATCHED_FILE.findall(text), keys.get("Sanitizer", ""),
                 keys.get("Steps", "0"))


def read_faults(root):
    return [read_fault(path) for path in sorted((root / FAULTS).rglob("*.patch"))]


def must_clauses(root):
    return {clause for path in (root / "spec").glob("*.md")
            for clause in MUST.findall(path.read_text(encoding="utf-8"))}


def fault_findings(fault, must):
    place = "/".join(word for word in (FAULTS, fault.part, fault.name + ".patch") if word)
    if fault.clause not in must:
        yield f"{place}: `Clause: {fault.clause}` is no `must` clause of spec/"
    elif not fault.name.startswith(fault.clause + "-"):
        yield f"{place}: is about {fault.clause}; name it {fault.clause}-WORD.patch"
    if not fault.sentence:
        yield f"{place}: has no line `Fault: what is wrong now`"
    if fault.abi not in [*DATA_MODELS, "any"]:
        yield f"{place}: `Abi: {fault.abi}`, write ilp32, lp64 or any"
    if fault.part == MEMORY and fault.sanitizer not in REPORTS:
        yield f"{place}: `Sanitizer: {fault.sanitizer}`, write {', '.join(REPORTS)}"
    if fault.part != MEMORY and fault.sanitizer:
        yield f"{place}: names a sanitizer; put it into {MEMORY}/"
    if not fault.steps.isdecimal():
        yield f"{place}: `Steps: {fault.steps}`, write a number"
    if not fault.files:
        yield f"{place}: changes no file"


def catalogue_findings(root, faults):
    """What is wrong with the catalogue before any of it is built."""
    must = must_clauses(root)
    readme = root / FAULTS / "README.md"
    section = readme.read_text(encoding="utf-8").partition("## Not expressible\n")[2]
    excused = set(EXCUSE.findall(section.partition("\n## ")[0]))
    for fault in faults:
        yield from fault_findings(fault, must)
    seen = set()
    for name in (fault.name for fault in faults):
        if name in seen:
            yield f"{FAULTS}: two faults are called {name}"
        seen.add(name)
    # A memory fault does not count: without a sanitizer no case need notice it.
    faulty = {fault.clause for fault in faults if fault.part != MEMORY}
    for clause in sorted(must - faulty - excused):
        yield f"{FAULTS}: {clause} has no fault; add one, or say in README.md why there is none"
    for clause in sorted(excused & faulty):
        yield f"{FAULTS}/README.md: {clause} is said not to be expressible and has a fault"
    for clause in sorted(excused - must):
        yield f"{FAULTS}/README.md: {clause} is no `must` clause of spec/"


def includes_any(root, source, files):
    """Whether a source includes one of the files, straight or through other headers."""
    seen, waiting = set(), [source]
    while waiting:
        name = waiting.pop()
        if name in seen or not (root / name).is_file():
            continue
        seen.add(name)
        waiting += INCLUDE.findall((root / name).read_text(encoding="utf-8"))
    return any(name in seen for name in files)


def run(command, **options):
    return subprocess.run([str(word) for word in command], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, errors="replace", check=False,
                          **options)


def apply_patch(patch, tree, *options):
    """As it stands: a fault that fits only somehow may break something else."""
    return run(["patch", "-p1", "--fuzz=0", "--batch", "--forward", *options, "-d", tree,
                "-i", patch])


def environment_for(abi):
    # A report costs a quarter of a second for the names of its frames, which nobody reads here.
    return {"ASAN_OPTIONS": "symbolize=0", **os.environ, "TOUCHSTONE_REFERENCE_ABI": abi,
            "TOUCHSTONE_DATA": str(ROOT)}


def words_of_link(command):
    """The words of the linker's command among what ninja runs for one program."""
    return [word for word in shlex.split(command) if word not in (":", "&&")]


def without_precompiled(words):
    """A compiler's command without the headers that were parsed for other flags than its own."""
    return [word for before, word in zip(["", *words], words) if "-Xclang" not in (before, word)]


class Build:
    """One build of the repository as it is: its programs, libraries and compiler commands."""

    def __init__(self, kind, given, preset, flags):
        self.kind = kind  # "plain", "sanitized" or "fuzzed"
        self.folder = (given or ROOT / "build" / preset).resolve()
        self.preset = "" if given else preset  # to configure it by
        self.flags = flags  # in place of the optimisation and debug flags of the build
        self.runner = self.folder / "bin/touchstone"
        self.plugin = self.folder / "lib/touchstone/touchstone-reference-plugin.so"
        self.scratch = self.folder.parent / "faults"
        self.link_runner = ""
        self.commands = {}

    def make(self, *targets):
        """Builds the targets as they are and reads how their sources are compiled."""
        commands = [["cmake", "--build", self.folder, "--target", *targets],
                    ["ninja", "-C", self.folder, "--quiet", "-t", "commands", "bin/touchstone"]]
        if self.preset:
            commands.insert(0, ["cmake", "--preset", self.preset, "--log-level=WARNING"])
        for command in commands:
            made = run(command, cwd=ROOT)
            if made.returncode != 0:
                sys.exit(made.stdout + f"{self.folder}: the reference does not build")
        self.link_runner = made.stdout.strip().split("\n")[-1]
        for entry in json.loads((self.folder / "compile_commands.json").read_text()):
            path = pathlib.Path(entry["file"])
            name = path.relative_to(ROOT).as_posix() if path.is_relative_to(ROOT) else ""
            if (name.startswith(("reference/", "adapter/", "conformance/userspace/"))
                    and not name.endswith(("_test.cc", "_test.c", "_property.cc"))):
                self.commands[name] = without_precompiled(shlex.split(entry["command"]))
        if PLUGIN_SOURCE not in self.commands:
            sys.exit(f"{self.folder} does not build {PLUGIN_SOURCE}")

    def compile(self, source, tree, object_file, more_flags=(), compiler=None):
        """Compiles one source, with what the tree holds in place of the repository's files."""
        words = [word for word in self.commands[source]
                 if not re.match(r"-(W|O|g|c$)", word)]
        at = words.index("-o")
        del words[at:at + 2]
        words.pop()  # the source
        first_flag = next(i for i, word in enumerate(words) if word.startswith("-"))
        words[first_flag:first_flag] = ["-I", tree]
        words[first_flag - 1] = compiler or words[first_flag - 1]
        changed = tree / source
        made = run(words + [*self.flags, *more_flags, "-w", "-o", object_file, "-c",
                            changed if changed.exists() else ROOT / source])
        if made.returncode != 0:
            raise CannotBuild(made.stdout)

    def object_of(self, source):
        words = self.commands[source]
        return self.folder / words[words.index("-o") + 1]

    def sources_of(self, fault):
        return [name for name in self.commands if name.startswith(SOURCES[fault.part])
                and includes_any(ROOT, name, fault.files)]

    def patched_tree(self, fault, folder):
        """A folder, made anew, with the files that a fault changes, changed."""
        tree = folder / "tree"
        shutil.rmtree(folder, ignore_errors=True)
        for name in fault.files:
            (tree / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, tree / name)
        patched = apply_patch(fault.path, tree)
        if patched.returncode != 0:
            raise CannotBuild(patched.stdout)
        return tree

    def build_fault(self, fault, folder):
        """The plug-in or runner with the fault: only what it changes is compiled anew."""
        tree = self.patched_tree(fault, folder)
        objects = {}
        for source in self.sources_of(fault):
            objects[source] = folder / (source.replace("/", "_") + ".o")
            self.compile(source, tree, objects[source])
        if fault.part == "parcel":
            self.link_faulty_libraries(objects, folder)
        if fault.part in USERSPACE:
            own = [path for name, path in objects.items() if "/liteipc" not in name]
            return self.link_faulty_runner(own, folder / "touchstone")
        objects.setdefault(PLUGIN_SOURCE, self.object_of(PLUGIN_SOURCE))
        return self.link_faulty_plugin(objects.values(), folder / f"{fault.name}.so")

    # The objects stand before the libraries, which then give only what is not changed.

    def link_faulty_runner(self, objects, runner):
        words = words_of_link(self.link_runner)
        at = words.index("-o")
        words[at + 1] = runner
        words[at:at] = objects
        made = run(words, cwd=self.folder)
        if made.returncode != 0:
            raise CannotBuild(made.stdout)
        return runner

    def link_faulty_libraries(self, objects, folder):
        for library in PARCEL_LIBRARIES:
            others = tuple(f"reference/parcel/{other}/" for other in PARCEL_LIBRARIES
                           if other != library)
            sources = [name for name in self.commands
                       if name.startswith("reference/parcel/") and not name.startswith(others)]
            made = run(["g++-12", "-shared", "-o", folder / f"{library}.so",
                        *[objects.get(name, self.object_of(name)) for name in sources]],
                       cwd=self.folder)
            if made.returncode != 0:
                raise CannotBuild(made.stdout)

    def link_faulty_plugin(self, objects, plugin, more_flags=(), compiler=None):
        words = self.commands[PLUGIN_SOURCE]
        compiler = compiler or [word for word in words
                                if not word.startswith("-") and "ccache" not in word][0]
        sanitizers = [word for word in words if word.startswith("-fsanitize=")]
        made = run([compiler, "-shared", *sanitizers, *more_flags,
                    f"-Wl,--version-script={ROOT}/cmake/plugin.map", "-o", plugin, *objects,
                    *[self.folder / f"lib/lib{name}.a" for name in LIBRARIES], "-ldl"])
        if made.returncode != 0:
            raise CannotBuild(made.stdout)
        return plugin

    def judge(self, faulty, part, abi, folder):
        """Runs all cases of a part. What the runner says of each."""
        commands = [[self.runner, "run", "--backend", f"plugin:{faulty}"]]
        if part in USERSPACE:
            commands = [[faulty, part, *CASES[part], "--abi", abi, "--isolated"]]
        if part == "parcel" and abi == "lp64":  # the machine's own
            commands += [[self.runner, part, names, "--api", api,
                          "--library", folder / f"{library}.so"]
                         for library, (api, names) in PARCEL_LIBRARIES.items()]
        return [case for command in commands for case in self.run_cases(command, abi, folder)]

    def run_cases(self, command, abi, folder):
        environment = environment_for(abi)
        report = folder / f"report-{abi}.json"
        done = run([*command, "--timeout", SECONDS_OF_A_CASE, "--report", f"json:{report}"],
                   env=environment, timeout=SECONDS_OF_A_RUN)
        if done.returncode not in (0, 1):
            raise CannotBuild(f"the runner ended with {done.returncode}: {done.stdout[-500:]}")
        return json.loads(report.read_text())["cases"]


def shows(fault, case):
    """Whether a case shows the fault: it fails, for a memory fault with its sanitizer's report."""
    report = REPORTS.get(fault.sanitizer)
    if report is None:
        return case["verdict"] in FAILING
    return case["verdict"] == "crash" and report in json.dumps(case)


def word_for(fault, cases):
    """How a fault was received, and the names of the cases that failed."""
    failing = [case for case in cases if shows(fault, case)]
    names = sorted({case["name"] for case in failing})
    if any(fault.clause in case["clauses"] for case in failing):
        return "caught", names
    return ("caught elsewhere" if failing else "NOT CAUGHT"), names


def plain_build(given):
    return Build("plain", given, "release", ["-O0"])


def sanitized_build(given):
    return Build("sanitized", given, "asan-ubsan", ["-O1", "-gline-tables-only"])


def fuzz_build(given):
    return Build("fuzzed", given, "fuzz-fast", ["-O2"])
