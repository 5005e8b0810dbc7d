"""A kernel that looks for mistakes: Debian's linux-source with KASAN, UBSAN, lockdep, KCOV and
fault injection (sanitized.config), built once for each version of the source and each
configuration. Takes some seven minutes and 2 GB below build/vm/."""
import hashlib
import os
import pathlib
import re
import shutil
import subprocess

from kernel import Kernel
from work import WORK, CannotGoOn, install, run, tell

HERE = pathlib.Path(__file__).resolve().parent
PACKAGES = ["qemu-system-x86", "busybox-static", "make", "gcc-12", "bison", "flex", "bc",
            "libelf-dev", "xz-utils"]
FRAGMENT = HERE / "sanitized.config"
# KASAN else reports the first mistake alone.
ARGUMENTS = "kasan_multi_shot"


def source_package():
    """The package of the newest source, such as linux-source-6.1, and its version."""
    shown = subprocess.run(["apt-cache", "show", "--no-all-versions", "linux-source"],
                           capture_output=True, text=True, check=False).stdout
    found = re.search(r"^Depends: (linux-source-\S+)", shown, re.MULTILINE)
    if not found:
        raise CannotGoOn("there is no package linux-source: is `apt-get update` done?")
    package = found.group(1)
    shown = subprocess.run(["apt-cache", "show", "--no-all-versions", package],
                           capture_output=True, text=True, check=True).stdout
    return package, re.search(r"^Version: (\S+)", shown, re.MULTILINE).group(1)


def unpack_source(package, folder):
    """The source's folder; nothing of it is kept that is not needed to build."""
    if (folder / "source/Makefile").exists():
        return
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    run(["sh", "-c", f"cd '{folder}' && apt-get download -q {package} && "
         f"dpkg-deb -x {package}_*.deb . && rm {package}_*.deb && mkdir part && "
         f"tar -x -J -f usr/src/{package}.tar.xz -C part --strip-components=1 && "
         "rm -r usr && mv part source"], folder / "log")


def configure(source, build):
    """What the fragment asks for and the kernel does not take is a mistake in the fragment."""
    log = build / "log"
    run(["make", "-C", source, f"O={build}", "CC=gcc-12", "tinyconfig"], log)
    run([source / "scripts/kconfig/merge_config.sh", "-m", "-O", build,
         build / ".config", FRAGMENT], log)
    run(["make", "-C", source, f"O={build}", "CC=gcc-12", "olddefconfig"], log)
    taken = (build / ".config").read_text().splitlines()
    wanted = [line for line in FRAGMENT.read_text().splitlines() if line.startswith("CONFIG_")]
    if refused := [line for line in wanted if line not in taken]:
        raise CannotGoOn(f"the kernel does not take {' '.join(refused)}")


def sanitized_kernel():
    install(PACKAGES)
    package, version = source_package()
    key = hashlib.sha256(f"{version}\n{FRAGMENT.read_text()}".encode()).hexdigest()[:12]
    folder = WORK / "sanitized" / f"{version}-{key}"
    build = folder / "build"
    image = build / "arch/x86/boot/bzImage"
    if not (folder / "done").exists():
        source = WORK / "sanitized" / f"source-{version}"
        tell(f"building Linux {version} with sanitizers: some seven minutes, once")
        unpack_source(package, source)
        build.mkdir(parents=True, exist_ok=True)
        configure(source / "source", build)
        run(["make", "-C", source / "source", f"O={build}", "CC=gcc-12",
             f"-j{os.cpu_count()}", "bzImage", "modules"], folder / "log")
        (folder / "done").touch()
    release = (build / "include/config/kernel.release").read_text().strip()
    return Kernel(f"{release} sanitized", image, build, folder, arguments=ARGUMENTS,
                  memory_mib=2048, is_sanitized=True)
