"""Version 2 of control groups on ordinary folders: the files appear, controllers are handed down.

It stands for kernels whose controllers are on version 2; what their limits then do it cannot show.
"""

import errno
from pathlib import Path

from ide.sandbox.cgroups.tree import Tree

FILES = {
    "": ("cgroup.procs", "cgroup.kill", "cgroup.max.descendants", "cgroup.freeze"),
    "memory": (
        "memory.max", "memory.high", "memory.swap.max", "memory.oom.group", "memory.current",
        "memory.peak", "memory.stat", "memory.events", "memory.reclaim",
    ),
    "cpu": ("cpu.weight", "cpu.max"),
    "pids": ("pids.max", "pids.current", "pids.events"),
}  # fmt: skip


class FakeTree(Tree):
    """`root` is the mount; `controllers` are what it has."""

    def __init__(self, root: Path, controllers: str = "cpu memory pids") -> None:
        self.root = root
        self.moved: list[tuple[str, Path]] = []
        self._fill(root, controllers)

    def make(self, folder: Path) -> None:
        if folder.is_dir():
            return
        if folder != self.root:
            self.make(folder.parent)
        folder.mkdir()
        self._fill(folder, (folder.parent / "cgroup.subtree_control").read_text())

    def remove(self, folder: Path) -> None:
        if not folder.is_dir():
            return
        if any(one.is_dir() for one in folder.iterdir()):
            raise OSError(errno.EBUSY, "it has groups")
        for file in folder.iterdir():
            file.unlink()
        folder.rmdir()

    def write(self, file: Path, value: str) -> None:
        if not file.exists():
            raise FileNotFoundError(errno.ENOENT, "no such file", str(file))
        if file.name == "cgroup.subtree_control":
            self._hand_down(file, value.removeprefix("+"))
        elif file.name == "cgroup.procs":
            self._move(file, value)
        else:
            file.write_text(f"{value}\n")

    def _hand_down(self, file: Path, name: str) -> None:
        if (file.parent / "cgroup.procs").read_text() and file.parent != self.root:
            raise OSError(errno.EBUSY, "it has processes")
        file.write_text(" ".join({*file.read_text().split(), name}))

    def _move(self, file: Path, pid: str) -> None:
        for other in self.root.rglob("cgroup.procs"):
            other.write_text("".join(f"{one}\n" for one in other.read_text().split() if one != pid))
        file.write_text(file.read_text() + f"{pid}\n")
        self.moved.append((pid, file.parent))

    def _fill(self, folder: Path, controllers: str) -> None:
        (folder / "cgroup.controllers").write_text(controllers)
        (folder / "cgroup.subtree_control").write_text("")
        for name in ("", *controllers.split()):
            for file in FILES.get(name, ()):
                (folder / file).write_text("")
        # There whatever is handed down.
        (folder / "cpu.stat").write_text("usage_usec 5000\nthrottled_usec 70\n")
