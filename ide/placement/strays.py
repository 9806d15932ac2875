"""Programs of sandboxes that nobody knows any more: found by what the kernel says, and ended.

Several servers may run on one machine, as root even with the same numbers of accounts: what is
ended must belong to a home folder of our own. It says so by the folder itself, which it has as its
home, by our tools, which its sandbox shows, by a command line that mounts either, or without a
sandbox by its first environment.
"""

import itertools
import os
import re
import signal
import time
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

from ide.placement.processes import PROC, Process
from ide.sandbox import bwrap, toolbox

END_SECONDS: Final = 5.0
_WORKSPACE = re.compile(r"[0-9a-f]{16}\Z")
_MAX_READ_BYTES: Final = 256 * 1024
_ROUND_SECONDS: Final = 0.01
_INSIDE: Final = f"root{bwrap.HOME}"
_TOOLS_INSIDE: Final = f"root{bwrap.TOOLS}"
_AGENT: Final = b"/agent.zip"
_OF_OURS: Final = "?"
"""For a workspace that a process of ours does not name: programs write what they like there."""


class Homes:
    """The home folders of one data folder, or of some of its workspaces, and its tools.

    `accounts` has workspaces by uid, as root, and is None otherwise.
    """

    def __init__(
        self,
        data: Path,
        accounts: Mapping[int, str] | None,
        workspaces: Iterable[str] | None = None,
    ) -> None:
        self._accounts = accounts
        self._own = os.geteuid()
        self._by_path: dict[bytes, str] = {}
        self._by_file: dict[tuple[int, int], str] = {}
        self._toolboxes: dict[bytes, tuple[int, int] | None] = {}
        if workspaces is None:
            # They are all workspaces', so they say nothing where only some are looked for.
            self._toolboxes = {os.fsencode(path): _file_of(path) for path in toolbox.made(data)}
            names = [path.name for path in data.iterdir()]
            workspaces = filter(_WORKSPACE.match, names)
        for name in workspaces:
            self._add(name, data / name / "home")

    def _add(self, workspace: str, home: Path) -> None:
        self._by_path[os.fsencode(home)] = workspace
        if file := _file_of(home):
            self._by_file[file] = workspace

    def owner_of(self, pid: int) -> str:
        """Return the workspace that a process is of, "" when it is of none of ours.

        "?" when it is of one of ours that it does not name.
        """
        folder = PROC / str(pid)
        try:
            uid = folder.stat().st_uid
        except OSError:
            return ""
        found = [self._by_words(folder)]
        if uid != 0 or self._accounts is None:
            found += [self._by_root(folder), self._by_environment(folder)]
        if self._accounts is None:
            return next(filter(None, found), "") if uid == self._own else ""
        if uid == 0:  # a launcher that has not changed it yet
            return found[0]
        # What a program says of itself cannot make it another's.
        expected = self._accounts.get(uid, "")
        return expected if {expected, _OF_OURS} & set(found) else ""

    def _by_words(self, folder: Path) -> str:
        words = _read(folder / "cmdline").split(b"\0")
        if not any(word.endswith(_AGENT) for word in words):
            return ""
        if home := next((self._by_path[word] for word in words if word in self._by_path), ""):
            return home
        return self._named(words) if any(word in self._toolboxes for word in words) else ""

    def _by_root(self, folder: Path) -> str:
        if home := self._by_file.get(_file_of(folder / _INSIDE) or (0, 0), ""):
            return home
        # A home in memory is nobody's but the sandbox's.
        tools = _file_of(folder / _TOOLS_INSIDE)
        if tools is None or tools not in self._toolboxes.values():
            return ""
        return self._named(_read(folder / "cmdline").split(b"\0")) or _OF_OURS

    def _named(self, words: list[bytes]) -> str:
        """Return the workspace behind the agent's program in a command line, "" for none."""
        for program, workspace in itertools.pairwise(words):
            name = workspace.decode("ascii", "replace")
            if program.endswith(_AGENT) and name in self._by_path.values():
                return name
        return ""

    def _by_environment(self, folder: Path) -> str:
        for pair in _read(folder / "environ").split(b"\0"):
            name, _, value = pair.partition(b"=")
            if name == b"HOME":
                return self._by_path.get(value, "")
        return ""


def strays(homes: Homes, known: Mapping[str, Collection[int]]) -> dict[str, list[int]]:
    """Return the process ids of strays by workspace.

    `known` has what runs rightly: a sandbox's first process, and the one outside that waits for
    it. What shares the first one's process ids is known with it; without a sandbox, all is.
    """
    spaces = {ws: {_namespace(pid) for pid in pids} for ws, pids in known.items()}
    ours = _namespace(os.getpid())
    rightful = set().union(*spaces.values()) - {ours}
    pids_known = set().union(*known.values())
    found: dict[str, list[int]] = defaultdict(list)
    for folder in PROC.glob("[0-9]*"):
        pid = int(folder.name)
        workspace = homes.owner_of(pid)
        if not workspace or pid in pids_known:
            continue
        space = _namespace(pid)
        is_plain = space == ours and _AGENT not in _read(folder / "cmdline")
        if space in rightful or (is_plain and spaces.get(workspace) == {ours}):
            continue
        found[workspace].append(pid)
    return dict(found)


def stray_keepers(data: Path, known: Collection[str]) -> dict[int, str]:
    """Return keepers of this data folder whose workspace is not `known`, by process id.

    Their folder of sockets was cleared away under them, so that nobody can reach them any more.
    They say what they are by their command line; a program inside a sandbox that says the same is
    not believed, nor is one of another account than a keeper's.
    """
    found = {}
    ours, own = _namespace(os.getpid()), os.geteuid()
    for folder in PROC.glob("[0-9]*"):
        words = _read(folder / "cmdline").split(b"\0")
        if b"ide.keeper" not in words or os.fsencode(data) not in words:
            continue
        name = dict(itertools.pairwise(words)).get(b"--workspace", b"").decode("ascii", "replace")
        with suppress(OSError):
            is_keeper = own in {0, folder.stat().st_uid} and _namespace(int(folder.name)) == ours
            if is_keeper and _WORKSPACE.match(name) and name not in known:
                found[int(folder.name)] = name
    return found


def end_strays(homes: Homes, known: Mapping[str, Collection[int]]) -> dict[str, int]:
    """Kill every stray; return how many there were, by workspace.

    New ones that they start meanwhile too, for at most END_SECONDS.
    """
    ended: dict[str, int] = defaultdict(int)
    deadline = time.monotonic() + END_SECONDS
    while (found := strays(homes, known)) and time.monotonic() < deadline:
        for workspace, pids in found.items():
            ended[workspace] += sum(_end(pid, workspace, homes) for pid in pids)
        time.sleep(_ROUND_SECONDS)
    return dict(ended)


def _end(pid: int, workspace: str, homes: Homes) -> bool:
    """Kill one that still is what it was found as: its number may be another's by now."""
    try:
        process = Process(pid)
    except OSError:
        return False
    try:
        is_it = homes.owner_of(pid) == workspace
        if is_it:
            process.send(signal.SIGKILL)
        return is_it
    finally:
        process.close()


def _file_of(path: Path) -> tuple[int, int] | None:
    """Return what tells a file from any other, None when there is none."""
    try:
        state = path.lstat()
    except OSError:
        return None
    return state.st_dev, state.st_ino


def _namespace(pid: int) -> int:
    try:
        return (PROC / str(pid) / "ns/pid").stat().st_ino
    except OSError:
        return 0


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(_MAX_READ_BYTES)
    except OSError:
        return b""
