"""The file system that a guest starts with: a cpio archive as the kernel reads it (newc), made
without root and without a folder of the host that looks like it."""
import re
import stat
import subprocess


class Archive:
    def __init__(self):
        self.entries = {}  # by name, in order: what a file needs lies before it

    def add_file(self, name, content, mode=0o755):
        self._add_folders(name)
        self.entries[name] = (stat.S_IFREG | mode, content, (0, 0))

    def add_device(self, name, major, minor):
        self._add_folders(name)
        self.entries[name] = (stat.S_IFCHR | 0o600, b"", (major, minor))

    def add_folder(self, name):
        self._add_folders(name)
        self.entries[name] = (stat.S_IFDIR | 0o755, b"", (0, 0))

    def add_tree(self, name, source):
        for path in sorted(source.rglob("*")):
            if path.is_file():
                self.add_file(f"{name}/{path.relative_to(source)}", path.read_bytes(), 0o644)

    def add_program(self, name, path):
        """With the shared libraries that it needs, where it looks for them."""
        self.add_file(name, path.read_bytes())
        listed = subprocess.run(["ldd", str(path)], capture_output=True, text=True, check=False)
        for library in re.findall(r"(/\S+) \(0x", listed.stdout):
            with open(library, "rb") as file:
                self.add_file(library.lstrip("/"), file.read())

    def _add_folders(self, name):
        folder, _, _ = name.rpartition("/")
        if folder and folder not in self.entries:
            self.add_folder(folder)

    def bytes(self):
        made = bytearray()
        entries = [*self.entries.items(), ("TRAILER!!!", (0, b"", (0, 0)))]
        for inode, (name, (mode, content, device)) in enumerate(entries, 1):
            encoded = name.encode() + b"\0"
            fields = [inode, mode, 0, 0, 1, 0, len(content), 0, 0, *device, len(encoded), 0]
            made += b"070701" + b"".join(b"%08x" % field for field in fields) + encoded
            made += b"\0" * (-len(made) % 4) + content
            made += b"\0" * (-len(made) % 4)
        return bytes(made)
