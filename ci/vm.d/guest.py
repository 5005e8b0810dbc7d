"""One guest: boots a kernel in QEMU, has it do a job, and says what came of it. A panic, a
power-off and a guest that hangs are never a success: that takes the exit status of QEMU for a value
that nothing but the guest's init writes, and the job's status in what it sent."""
import dataclasses
import io
import pathlib
import shlex
import shutil
import subprocess
import tarfile
import time
import zlib

import kernel_log
from kernel import MODULE_TAINTS
from work import tell

HERE = pathlib.Path(__file__).resolve().parent
GUEST_SAYS_DONE = 21 << 1 | 1  # QEMU's status when init writes 21 to isa-debug-exit
IS_UP = b"--- the guest is up ---"  # says its init, in the log
RESULTS_FOLLOW = b"\n--- results ---\n"  # behind the kernel's log
# The kernel's own test of its timer fails where the host is so busy that a tick is late.
ARGUMENTS = "console=ttyS0 loglevel=5 panic=-1 oops=panic no_timer_check"
TIMED_OUT = 124
GUEST_FAILED = 125


@dataclasses.dataclass
class Job:
    name: str
    command: list  # words; none: a prompt for people
    seconds_max: float = 540  # once it has begun
    shown: int = 1  # last lines of what it prints, where all is well
    terminal: str = ""  # for a prompt: what stty is told of the terminal's size

    @property
    def is_prompt(self):
        return not self.command


@dataclasses.dataclass
class Outcome:
    job: Job
    folder: pathlib.Path  # what came back
    status: int | None = None  # of the job; None if it did not come to its end
    complaints: list = dataclasses.field(default_factory=list)
    has_timed_out: bool = False

    @property
    def exit_status(self):
        if self.has_timed_out:
            return TIMED_OUT
        if self.complaints or self.status is None:
            return GUEST_FAILED
        return self.status

    def last_output(self, lines):
        output = self.folder / "output"
        text = output.read_text(errors="replace") if output.exists() else ""
        return "\n".join(text.splitlines()[-lines:])


@dataclasses.dataclass
class Machine:
    """What guests of one run have in common."""
    kernel: object
    accelerator: str
    archive: object  # an Archive that has all but the job
    modules: list  # (file, parameters), in the order of loading
    is_parallel: bool = False  # processors run at the same moment
    boot_seconds: float = 120
    boots_max: int = 3

    def boot(self, job, folder, shows_output=False):
        """`shows_output`: what the job prints is seen at once, else it is in folder/output."""
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        self._write_archive(job, folder / "initrd")
        outcome = Outcome(job, folder)
        qemu = self._come_up(folder, job, shows_output or job.is_prompt)
        try:
            self._judge_end(outcome, qemu.wait(job.seconds_max))
        except subprocess.TimeoutExpired:
            outcome.has_timed_out = True
            outcome.complaints.append(f"the guest did not end in {job.seconds_max:.0f} s")
        finally:
            qemu.kill()
            qemu.wait()
            (folder / "initrd").unlink()
        self._judge_log(outcome)
        return outcome

    def _come_up(self, folder, job, shows_output):
        """The QEMU whose guest has come to its init, or the last that was tried, which has ended: a
        kernel may not get over measuring its clocks where the host is too busy."""
        for trial in range(1, self.boots_max + 1):
            (folder / "kernel.log").unlink(missing_ok=True)
            with (folder / "qemu.log").open("wb") as errors:
                qemu = subprocess.Popen(
                    self._qemu(folder, shows_output), stderr=errors,
                    stdin=None if job.is_prompt else subprocess.DEVNULL)
            if self._is_up(qemu, folder / "kernel.log"):
                break
            qemu.kill()
            qemu.wait()
            if trial < self.boots_max:
                tell(f"the guest of {job.name} does not come up: boots again")
        return qemu

    def _is_up(self, qemu, log):
        until = time.monotonic() + self.boot_seconds
        while time.monotonic() < until and qemu.poll() is None:
            if log.exists() and IS_UP in log.read_bytes():
                return True
            time.sleep(0.1)
        return log.exists() and IS_UP in log.read_bytes()

    def _write_archive(self, job, path):
        own = type(self.archive)()
        own.add_folder("job")
        if job.is_prompt:
            own.add_file("job/terminal", job.terminal.encode())
        own.add_file("job/command", f"exec {shlex.join(job.command)}\n".encode())
        own.add_file("job/modules", "".join(f"{file.stem} {parameters}\n"
                                            for file, parameters in self.modules).encode())
        path.write_bytes(self.archive.bytes() + own.bytes())

    def _qemu(self, folder, shows_output):
        talk = "stdio,signal=off" if shows_output else f"file,path={folder}/output"
        how = ["-accel", "kvm", "-cpu", "host"] if self.accelerator == "kvm" else \
            ["-accel", f"tcg,thread={'multi' if self.is_parallel else 'single'}"]
        return ["qemu-system-x86_64", *how, "-smp", "2", "-m", str(self.kernel.memory_mib),
                "-nodefaults", "-display", "none", "-no-reboot",
                "-kernel", self.kernel.image, "-initrd", folder / "initrd",
                "-append", f"{ARGUMENTS} {self.kernel.arguments}",
                "-chardev", f"file,id=log,path={folder}/kernel.log", "-serial", "chardev:log",
                "-chardev", f"{talk},id=talk", "-serial", "chardev:talk",
                "-device", "isa-debug-exit,iobase=0xf4,iosize=0x04"]

    def _judge_end(self, outcome, qemu_status):
        folder = outcome.folder
        if qemu_status != GUEST_SAYS_DONE:
            why = (folder / "qemu.log").read_text(errors="replace").strip()
            outcome.complaints.append(
                f"the guest did not come to its end: status {qemu_status} of QEMU {why}".strip())
            return
        log, _, results = (folder / "kernel.log").read_bytes().partition(RESULTS_FOLLOW)
        (folder / "kernel.log").write_bytes(log)
        try:
            with tarfile.open(fileobj=io.BytesIO(results)) as packed:
                packed.extractall(folder)
        except (tarfile.TarError, EOFError, OSError, zlib.error) as error:
            outcome.complaints.append(f"the guest's results are cut short: {error}")
            return
        if (folder / "complaints").exists():
            outcome.complaints += (folder / "complaints").read_text().splitlines()
        if (folder / "status").exists():
            outcome.status = int((folder / "status").read_text())
        expected = MODULE_TAINTS if self.modules else 0
        letters = kernel_log.taint_letters(int((folder / "tainted").read_text()), expected)
        if letters:
            outcome.complaints.append(f"the kernel is tainted: {letters}")

    def _judge_log(self, outcome):
        text = ""
        for name in ("kernel.log", "dmesg"):
            log = outcome.folder / name
            text += log.read_text(errors="replace") if log.exists() else ""
        outcome.complaints += kernel_log.complaints(text)
