"""Debian's stock kernel for a guest, never installed: image and headers of one version, taken
through the metapackage so that both are the newest. Modules are built for it, and it is tried on
KVM before that is used."""
import dataclasses
import lzma
import os
import pathlib
import re
import shutil
import struct
import subprocess

from work import ROOT, WORK, CannotGoOn, install, run, tell

PACKAGES = ["qemu-system-x86", "busybox-static", "make"]
MODULE_TAINTS = 1 << 12 | 1 << 13  # of a module that is out of tree (O) and not signed (E)


@dataclasses.dataclass(frozen=True)
class Kernel:
    release: str
    image: pathlib.Path  # what QEMU boots
    build: pathlib.Path  # what modules are built with
    folder: pathlib.Path  # for what belongs to this kernel
    own_modules: tuple = ()  # files of Debian's package that a guest may want to load
    arguments: str = ""
    memory_mib: int = 768
    is_sanitized: bool = False


def headers_package(series):
    """The metapackage of Debian's own kernel, or of another one that it has, such as 6.12."""
    return f"linux-headers-{series}-amd64" if series else "linux-headers-amd64"


def headers_release(package):
    """The release for which it has headers, such as 6.1.0-56-amd64."""
    depends = subprocess.run(
        ["dpkg-query", "--show", "--showformat", "${Depends}", package],
        capture_output=True, text=True, check=True).stdout
    found = re.search(r"linux-headers-(\S+)", depends)
    if not found:
        raise CannotGoOn(f"{package} depends on {depends}: no headers in that")
    return found.group(1)


def unpack_image(vmlinuz):
    """The ELF file in a bzImage, as Linux's boot protocol says where it lies. Booting that saves
    the guest from decompressing it. An image that is not packed with xz stays as it is."""
    setup_sectors = vmlinuz[0x1f1] or 4
    offset, length = struct.unpack_from("<II", vmlinuz, 0x248)
    start = (setup_sectors + 1) * 512 + offset
    payload = vmlinuz[start:start + length]
    if not payload.startswith(b"\xfd7zXZ\0"):
        return vmlinuz
    return lzma.LZMADecompressor().decompress(payload)


def fetch_image(release, folder):
    tell(f"fetching Linux {release}")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    package = f"linux-image-{release}"
    run(["sh", "-c", f"cd '{folder}' && apt-get download -q {package} && "
         f"dpkg-deb -x {package}_*.deb tree && rm {package}_*.deb"], folder / "log")
    vmlinux = unpack_image((folder / "tree/boot" / f"vmlinuz-{release}").read_bytes())
    (folder / "vmlinux.part").write_bytes(vmlinux)
    binder = next((folder / "tree/lib/modules").rglob("binder_linux.ko*"), None)
    if binder:
        packed = binder.read_bytes()
        (folder / "binder_linux.ko").write_bytes(
            lzma.decompress(packed) if binder.suffix == ".xz" else packed)
    shutil.rmtree(folder / "tree")
    (folder / "vmlinux.part").rename(folder / "vmlinux")


def stock_kernel(newest=False, series=None):
    package = headers_package(series)
    install([*PACKAGES, package], newest)
    release = headers_release(package)
    folder = WORK / "kernel" / release
    if not (folder / "vmlinux").exists():
        try:
            fetch_image(release, folder)
        except CannotGoOn:
            if newest:
                raise
            # Debian keeps no older one than its newest.
            return stock_kernel(newest=True, series=series)
    return Kernel(release, folder / "vmlinux", pathlib.Path("/usr/src/linux-headers-" + release),
                  folder, tuple(folder.glob("binder_linux.ko")))


def build_module(kernel, source):
    """Builds a copy, so that nothing that is built lies beside the sources; the .ko files."""
    copy = kernel.folder / "modules" / source.name
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(source, copy, ignore=shutil.ignore_patterns("*.o", "*.ko", "*.mod*", ".*"))
    (copy.parent / "include").unlink(missing_ok=True)
    (copy.parent / "include").symlink_to(ROOT / "include")  # where lkm/ has it
    run(["make", "-C", kernel.build, f"M={copy}", f"-j{os.cpu_count()}",
         *(["KCOV_INSTRUMENT=y"] if kernel.is_sanitized else []), "modules"],
                copy.parent / f"{source.name}.log")
    modules = sorted(copy.glob("*.ko"))
    if not modules:
        raise CannotGoOn(f"{source} has no module in it")
    return modules


def accelerator(kernel, boots):
    """`kvm` or `tcg`. That there is a /dev/kvm does not say that it boots this kernel, so that is
    tried, once for each kernel and host: `boots(accelerator)` says whether it did, in 20 s."""
    if not os.access("/dev/kvm", os.R_OK | os.W_OK):
        return "tcg"
    known = kernel.folder / "accelerator"
    host = os.uname().release
    if known.exists() and known.read_text().split()[1:] == [host]:
        return known.read_text().split()[0]
    tell("trying KVM, for 20 s at most, once")
    chosen = "kvm" if boots("kvm") else "tcg"
    known.write_text(f"{chosen} {host}\n")
    return chosen
