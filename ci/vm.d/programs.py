"""What a guest has on board: busybox, Touchstone with its data, the agents of 64 and of 32 bits,
the unmodified programs, and what plays many tasks at once; all but the runner linked statically."""
import os
import pathlib

from archive import Archive
from work import ROOT, WORK, install, run, tell

HERE = pathlib.Path(__file__).resolve().parent
BUILD = WORK / "touchstone"
PACKAGES = ["g++-12", "cmake", "ninja-build", "ccache", "mold", "libfmt-dev", "libcli11-dev",
            "nlohmann-json3-dev", "gcc-12-multilib"]
# Linked as those of the build are: an agent of 64 bits leaves low addresses to its tables. The
# kernel's headers are installed for 64 bits alone; what they say is the same for both.
COMPILERS = {64: ["gcc-12", "-static-pie"],
             32: ["gcc-12", "-m32", "-static", "-idirafter", "/usr/include/x86_64-linux-gnu"]}
UNMODIFIED = ("echo_server", "echo_client")
TESTING = ROOT / "lkm/testing"


def build_programs():
    install(PACKAGES)
    programs = WORK / "programs"
    log = programs / "log"
    tell("building touchstone and its agents")
    run(["cmake", "--preset", "release", "-B", BUILD, "-D", "TOUCHSTONE_TESTS=OFF",
         "-D", "TOUCHSTONE_DAEMON=OFF", "-D", "TOUCHSTONE_BENCH=OFF"], log)
    run(["cmake", "--build", BUILD, "--parallel", os.cpu_count(), "--target", "touchstone"], log)
    run(["strip", "-o", programs / "touchstone", BUILD / "bin/touchstone"], log)
    sources = {name: [f"daemon/client/testing/{name}.c"] for name in UNMODIFIED}
    sources["touchstone-agent"] = sorted((ROOT / "agent").glob("*.c"))
    sources["stress"] = [TESTING / "stress.c"]
    for bits, compiler in COMPILERS.items():
        for name, files in sources.items():
            run([*compiler, "-std=c11", "-O2", "-pthread", "-I", ".", "-I", "include",
                 *files, "-o", programs / f"{name}-{bits}"], log)
    run([*COMPILERS[64], "-std=c11", "-O2", "-I", "include", "-I", TESTING / "bare",
         TESTING / "speed.c", TESTING / "speed_ways.c", "-o", programs / "speed-64"], log)


def bare_archive():
    """What a guest needs to run a command at all."""
    archive = Archive()
    archive.add_file("init", (HERE / "init").read_bytes())
    archive.add_file("bin/busybox", pathlib.Path("/bin/busybox").read_bytes())
    archive.add_device("dev/console", 5, 1)
    archive.add_file("etc/passwd", b"root:x:0:0:root:/root:/bin/sh\n", 0o644)
    archive.add_file("etc/group", b"root:x:0:\n", 0o644)
    return archive


def add_programs(archive):
    programs = WORK / "programs"
    archive.add_program("usr/bin/touchstone", programs / "touchstone")
    agent = (programs / "touchstone-agent-64").read_bytes()
    archive.add_file("usr/libexec/touchstone/touchstone-agent", agent)
    archive.add_file("usr/bin/touchstone-agent", agent)
    archive.add_file("usr/bin/touchstone-agent-m32",
                     (programs / "touchstone-agent-32").read_bytes())
    for folder in ("spec", "conformance/cases"):
        archive.add_tree(f"usr/share/touchstone/{folder}", ROOT / folder)
    archive.add_file("usr/bin/speed-64", (programs / "speed-64").read_bytes())
    for bits in COMPILERS:
        archive.add_file(f"usr/bin/stress-{bits}", (programs / f"stress-{bits}").read_bytes())
        for name in UNMODIFIED:
            archive.add_file(f"usr/lib/unmodified/{bits}/{name}",
                             (programs / f"{name}-{bits}").read_bytes())
    for script in ("unmodified", "failing_allocations"):
        archive.add_file(f"usr/bin/{script}", (HERE / script).read_bytes())
