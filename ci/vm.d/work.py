"""What all parts of ci/vm have in common: where things lie, and how commands are run."""
import pathlib
import subprocess
import sys
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
WORK = ROOT / "build/vm"  # all that is made; may be deleted at any time


class CannotGoOn(Exception):
    """The lane itself does not work; says nothing about the module."""


def run(command, log):
    """In the repository's root. What it prints goes to the file `log`, and is shown if it fails."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as output:
        done = subprocess.run([str(word) for word in command], cwd=ROOT, stdout=output,
                              stderr=subprocess.STDOUT, check=False)
    if done.returncode != 0:
        raise CannotGoOn(f"{' '.join(map(str, command))}: exit {done.returncode}\n"
                         f"{log.read_text(errors='replace')[-4000:]}")


def tell(what):
    """Of what takes long; not among what a job prints."""
    print(f"vm: {what}", file=sys.stderr, flush=True)


def install(packages, newest=False):
    run([ROOT / "ci/setup", *(["--newest"] if newest else []), *packages], WORK / "setup.log")
