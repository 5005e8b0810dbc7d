"""Starts liteipcd and programs on it: what ci/daemon_load and ci/daemon_speed have in common."""
import argparse
import collections
import contextlib
import json
import os
import pathlib
import resource
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
SECONDS_MAX = 120  # for whatever must come to an end by itself
ERRNOS = 140  # as in daemon/client/testing/tally.h
TALLY = struct.Struct(f"={5 + ERRNOS}Q")

Tally = collections.namedtuple("Tally", "sent answered notices received descriptors failed")


def add_build_option(parser):
    parser.add_argument("--build", type=built, default="build/release",
                        help="where liteipcd and these programs are built")


def built(text):
    """A folder that a build has filled; relative to the repository."""
    folder = (ROOT / text).resolve()
    if not (folder / "bin/liteipcd").exists():
        raise argparse.ArgumentTypeError(f"no bin/liteipcd in {folder}; build the preset release")
    return folder


def allow_descriptors(count):
    """To this process and to those that it starts."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < count:
        sys.exit(f"needs {count} descriptors, may have {hard}: see ulimit -Hn")
    if soft < count:
        resource.setrlimit(resource.RLIMIT_NOFILE, (count, hard))


def read_tallies(path):
    """Of each process that counts there."""
    tallies = []
    for words in TALLY.iter_unpack(path.read_bytes()):
        failed = collections.Counter({errno: count for errno, count in enumerate(words[5:])
                                      if count > 0})
        tallies.append(Tally(*words[:5], failed))
    return tallies


def wait_until(condition):
    """Whether it holds within the time that everything has."""
    until = time.monotonic() + SECONDS_MAX
    while not condition():
        if time.monotonic() > until:
            return False
    return True


def before_it_runs(cpu, descriptors=None):
    """What is done in a new process before it becomes the program."""
    def prepare():
        if cpu is not None:
            os.sched_setaffinity(0, {cpu})
        if descriptors is not None:
            resource.setrlimit(resource.RLIMIT_NOFILE, (descriptors, descriptors))
    return prepare


class DidNotComeUp(Exception):
    """A program has said something else than what it says when it is ready."""


def read_line(program):
    """What it prints next; nothing if that takes too long, and then it is killed."""
    watch = threading.Timer(SECONDS_MAX, program.kill)
    watch.start()
    line = program.stdout.readline().strip()
    watch.cancel()
    return line


class Daemon:
    """One liteipcd in a folder of its own, and the programs that run on it.

    Of a `with`: at its end everything that still runs is killed.
    """

    def __init__(self, build, bits=64, limits=None, cpu=None, descriptors=None):
        self.build = build
        self.bits = bits
        self.cpu = cpu
        self.descriptors = descriptors
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="liteipcd."))
        self.socket = self.folder / "lite_ipc"
        self.library = build / ("lib" if bits == 64 else "lib32")
        self.programs = []
        config = [f'data_model = "{"lp64" if bits == 64 else "ilp32"}"', "[limits]"]
        config += [f"{name} = {value}" for name, value in (limits or {}).items()]
        (self.folder / "config").write_text("\n".join(config) + "\n")
        self.begin()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.kill_programs()
        self.process.kill()
        self.process.wait()
        shutil.rmtree(self.folder)

    def begin(self):
        """Starts the daemon, also once more; it listens when this returns."""
        notices = self.folder / "notices"
        notices.unlink(missing_ok=True)
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener, \
                open(self.folder / "log", "a", encoding="utf-8") as log:
            listener.bind(str(notices))
            listener.settimeout(SECONDS_MAX)
            self.process = subprocess.Popen(
                [self.build / "bin/liteipcd", "--socket", self.socket, "--log-level", "warning",
                 "--config", self.folder / "config"], stdout=log, stderr=log,
                env=dict(os.environ, NOTIFY_SOCKET=str(notices)),
                preexec_fn=before_it_runs(self.cpu, self.descriptors))
            listener.recv(100)
        self.files_at_first = self.open_files()

    def environment(self, is_linked):
        """In which a program finds the daemon."""
        environment = dict(os.environ, LITE_IPC_SOCKET=str(self.socket))
        if not is_linked:
            environment["LD_PRELOAD"] = str(self.library / "liblite_ipc_preload.so")
        return environment

    def start(self, name, *arguments, cpu=None, is_linked=False, **streams):
        """A program for a board, by its name; or one that is linked with the library."""
        folder = self.build / "bin" if is_linked else self.library / "unmodified"
        streams = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, **streams}
        program = subprocess.Popen([folder / name, *arguments], text=True,
                                   env=self.environment(is_linked),
                                   preexec_fn=before_it_runs(cpu), **streams)
        self.programs.append(program)
        return program

    def start_ready(self, name, *arguments, **options):
        """A program that says when it is ready."""
        program = self.start(name, *arguments, **options)
        line = read_line(program)
        if line != "ready":
            raise DidNotComeUp(f"{name} does not come up: {line}")
        return program

    def kill_programs(self):
        for program in self.programs:
            program.kill()
        for program in self.programs:
            program.wait()
            for stream in (program.stdin, program.stdout):
                if stream is not None:
                    with contextlib.suppress(BrokenPipeError):
                        stream.close()
        self.programs = []

    def status(self):
        asked = subprocess.run([self.build / "bin/liteipcctl", "--socket", self.socket, "--json",
                                "status"], capture_output=True, text=True, check=True)
        return json.loads(asked.stdout)

    def log(self):
        return (self.folder / "log").read_text(encoding="utf-8")

    def open_files(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def books_are_empty(self):
        status = self.status()
        keys = ("processes", "tasks", "queued", "pool_bytes", "descriptors")
        return not any(status[key] for key in keys) and self.open_files() <= self.files_at_first

    def end(self):
        """Ends everything; what of it did not end as it should."""
        self.kill_programs()
        wrong = []
        if not wait_until(self.books_are_empty):  # the daemon sees ends when it comes to them
            wrong.append(f"books are not empty: {self.status()}, {self.open_files()} files")
        self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(SECONDS_MAX)
        return wrong + ([f"liteipcd ends with {status}"] if status != 0 else [])
