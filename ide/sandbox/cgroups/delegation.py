"""Which folder of version 2's one hierarchy is ours to divide, and handing its controllers down.

systemd gives a unit with `Delegate=yes` its own subtree and marks it; an ordinary user owns all
below user@UID.service. A group that hands controllers down may hold no process itself.
"""

import errno
import os
from contextlib import suppress
from pathlib import Path
from typing import Final

from ide.errors import SandboxError
from ide.sandbox.cgroups.tree import Tree

NEEDED: Final = ("memory", "pids")
WELCOME: Final = ("cpu",)
DAEMON: Final = "daemon"
"""The group below ours for the server itself; the unit's DelegateSubgroup has the same name."""
_MARKS: Final = ("trusted.delegate", "user.delegate")
_MOVES: Final = 20
"""So often is looked for processes to move: one may fork meanwhile."""


def candidates(unified: Path, own: str) -> list[Path]:
    """Return where our groups could lie, the best place first. `own` is our group's path.

    For root: the nearest group that was delegated, when the server was put below it, else the top
    of the hierarchy. systemd could not start a unit again whose own group hands controllers down to
    what still runs. For a user: the topmost group that is theirs, where nothing has to be moved.
    """
    way = [unified]
    for part in Path(own).parts[1:]:
        way.append(way[-1] / part)
    if os.geteuid() == 0:
        marked = [folder for folder in reversed(way[:-1]) if _is_delegated(folder)]
        return [*marked[:1], unified]
    return [folder for folder in way if _is_ours(folder)]


def enable(tree: Tree, folder: Path, own: Path | None) -> set[str]:
    """Hand the controllers of `folder` down to its children; return those that are.

    `own` is the group of this process: when it is `folder`, or its child `daemon`, the processes in
    `folder` are moved to that child first. Raises SandboxError when one that is needed is missing,
    OSError with the kernel's reason.
    """
    there = set(tree.read(folder / "cgroup.controllers").split())
    if missing := [name for name in NEEDED if name not in there]:
        raise SandboxError(
            f"{' and '.join(missing)} of version 2 cannot be had here. In a unit of systemd say"
            " Delegate=yes."
        )
    control = folder / "cgroup.subtree_control"
    for name in (*NEEDED, *WELCOME):
        if name not in there or name in tree.read(control).split():
            continue
        try:
            tree.write(control, f"+{name}")
        except OSError as error:
            if error.errno != errno.EBUSY or own not in {folder, folder / DAEMON}:
                raise
            _move_out(tree, folder)
            tree.write(control, f"+{name}")
    return set(tree.read(control).split())


def _move_out(tree: Tree, folder: Path) -> None:
    """Move every process of `folder` to its child `daemon`. Raises OSError."""
    tree.make(folder / DAEMON)
    for _ in range(_MOVES):
        pids = tree.read(folder / "cgroup.procs").split()
        if not pids:
            return
        for pid in pids:
            with suppress(ProcessLookupError):
                tree.write(folder / DAEMON / "cgroup.procs", pid)


def _is_delegated(folder: Path) -> bool:
    for mark in _MARKS:
        with suppress(OSError):
            if os.getxattr(folder, mark) == b"1":
                return True
    return False


def _is_ours(folder: Path) -> bool:
    """Whether groups can be made in it, processes moved there, and controllers handed down."""
    files = (folder, folder / "cgroup.procs", folder / "cgroup.subtree_control")
    return all(os.access(file, os.W_OK) for file in files)
