"""Deliberately weak sandboxes: what ide.sandbox starts, less one defence. For tests alone.

`remove(names, folder)` makes this process start each sandbox without these defences. It changes
the command and the options that ide.sandbox.launch hands to subprocess, so that a weak sandbox
differs from the real one in nothing else, and so that no code of the product knows of it. What
removes nothing (because an argument is called otherwise now) is an error.
"""

import os
import subprocess
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ide.sandbox import bwrap, launch

CANARY_FILE = "leaked.txt"


@dataclass
class Started:
    """What is about to be started; `folder` is the sandbox's folder outside."""

    command: list[str]
    options: dict[str, Any]
    folder: str

    def drop(self, *words: str) -> None:
        """Take each run of these words out."""
        at = self.find(*words)
        while at is not None:
            del self.command[at : at + len(words)]
            at = self.find(*words)

    def put(self, old: Iterable[str], new: Iterable[str]) -> None:
        """Put other words in place of the first run of these."""
        old = list(old)
        at = self.find(*old)
        if at is not None:
            self.command[at : at + len(old)] = new

    def before_the_locks(self, *words: str) -> None:
        """Add words before the folders are made read-only."""
        at = self.command.index("--remount-ro")
        self.command[at:at] = words

    def find(self, *words: str) -> int | None:
        """Return where the first run of these words is."""
        size = len(words)
        places = range(len(self.command) - size + 1)
        return next((at for at in places if tuple(self.command[at : at + size]) == words), None)

    def filters(self) -> list[str]:
        """Return the descriptors of the seccomp filters in their order."""
        words = self.command
        return [words[at + 1] for at, word in enumerate(words) if word == "--add-seccomp-fd"]


def _no_filter(number: int) -> Callable[[Started], None]:
    def remove(it: Started) -> None:
        fd = it.filters()[number]
        it.put(["--add-seccomp-fd", fd], [])
        it.options["pass_fds"] = tuple(set(it.options["pass_fds"]) - {int(fd)})

    return remove


def _no_pid_namespace(it: Started) -> None:
    it.drop("--unshare-pid")
    it.drop("--as-pid-1")
    it.put(["--proc", "/proc"], ["--bind", "/proc", "/proc"])


def _no_network_namespace(it: Started) -> None:
    it.drop("--unshare-net")
    it.command[-2] = "none"  # else the agent takes a port of the machine for its forwarder


def _no_own_account(it: Started) -> None:
    if "setpriv" in it.command:
        at = it.command.index("setpriv")
        del it.command[at : it.command.index("--", at) + 1]


def _clean_environment(it: Started) -> None:
    it.options["env"] = dict(os.environ)


def _closed_descriptors(it: Started) -> None:
    path = Path(it.folder, CANARY_FILE)
    path.write_text(os.environ["CANARY"])
    fd = os.open(path, os.O_RDONLY)
    it.options["pass_fds"] = (*it.options["pass_fds"], fd)


def _home_alone_is_bound(it: Started) -> None:
    it.before_the_locks("--bind", it.folder, it.folder)


def _home_is_a_mount(it: Started) -> None:
    it.put(["--bind", f"{it.folder}/home", bwrap.HOME], ["--bind", it.folder, "/home"])
    Path(it.folder, "user").symlink_to("home")


def _sized_memory(it: Started) -> None:
    while "--size" in it.command:
        at = it.command.index("--size")
        del it.command[at : at + 2]


def _shared(folder: str) -> Callable[[Started], None]:
    def remove(it: Started) -> None:
        at = it.find("--tmpfs", folder)
        assert at is not None
        assert it.command[at - 2] == "--size"
        it.command[at - 2 : at + 2] = ["--bind", folder, folder]

    return remove


def _no_own_devices(it: Started) -> None:
    it.put(["--dev", "/dev"], ["--dev-bind", "/dev", "/dev"])
    it.drop("--remount-ro", "/dev")  # it would forbid to use the devices, too


def _writable_tools(it: Started) -> None:
    at = it.command.index(bwrap.TOOLS)
    assert it.command[at - 2] == "--ro-bind"
    it.command[at - 2] = "--bind"


DEFENCES: dict[str, Callable[[Started], None]] = {
    "filter B": _no_filter(-1),
    "filter A": _no_filter(0),
    "pid namespace": _no_pid_namespace,
    "network namespace": _no_network_namespace,
    "ipc namespace": lambda it: it.drop("--unshare-ipc"),
    "no further namespaces": lambda it: it.drop("--disable-userns"),
    "cleared environment": lambda it: it.drop("--clearenv"),
    "clean environment of the launcher": _clean_environment,
    "closed descriptors": _closed_descriptors,
    "own account": _no_own_account,
    "home alone is bound": _home_alone_is_bound,
    "home is a mount": _home_is_a_mount,
    "sized memory": _sized_memory,
    "own /dev/shm": _shared("/dev/shm"),  # noqa: S108 - the machine's, on purpose
    "own /tmp": _shared("/tmp"),  # noqa: S108 - likewise
    "own /dev": _no_own_devices,
    "no /sys": lambda it: it.before_the_locks("--bind", "/sys", "/sys"),
    "read-only /": lambda it: it.drop("--remount-ro", "/"),
    "read-only /dev": lambda it: it.drop("--remount-ro", "/dev"),
    "read-only /run": lambda it: it.drop("--remount-ro", "/run"),
    "read-only /usr": lambda it: it.put(["--ro-bind", "/usr"], ["--bind", "/usr"]),
    "read-only tools": _writable_tools,
}
"""Name of a defence → what takes it away. In this order: B is the last filter, A the first."""


def remove(names: Iterable[str], folder: Path) -> None:
    """Start every sandbox of this process without these defences.

    Raises KeyError for an unknown one; the start raises AssertionError for one that is not there.
    """
    removals = [(name, DEFENCES[name]) for name in DEFENCES if name in set(names)]
    assert len(removals) == len(set(names)), names
    start = subprocess.Popen

    def start_weak(command: list[str], **options: Any) -> Any:
        if "--info-fd" not in command:  # the probe's and others
            return start(command, **options)
        it = Started(list(command), dict(options), str(folder))
        for name, take_away in removals:
            before = (list(it.command), dict(it.options))
            take_away(it)
            assert (it.command, it.options) != before, f"{name} was not there"
        return start(it.command, **it.options)

    launch.subprocess.Popen = start_weak  # type: ignore[misc, assignment]
