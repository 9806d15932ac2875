"""What a killed supervisor left behind: the one place that looks for it, once, at the next start.

Programs that no record names, control groups, files of half a step. What is found goes to the
server log, so that nothing is cleaned away silently.
"""

import os
import signal
import time
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from itertools import chain
from threading import Lock
from typing import Final

import structlog

from ide.placement.folders import TRIALS
from ide.placement.machine import Machine
from ide.placement.processes import Process
from ide.placement.strays import Homes, end_strays, stray_keepers
from ide.sandbox import toolbox
from ide.sandbox.disk import quota

_OLD_SECONDS: Final = 60.0
"""A trial of the data folder that is younger may be another start's, which ends in a moment."""

_GROUPS_SECONDS: Final = 10.0
_ROUND_SECONDS: Final = 0.02

_log = structlog.get_logger()


def end_programs(machine: Machine, known: Mapping[str, Collection[int]]) -> None:
    """End every program of a sandbox that is not `known`, with its network; before any starts."""
    homes = Homes(machine.settings.data, machine.sandbox_accounts())
    for workspace, count in end_strays(homes, known).items():
        _log.warning("stray programs ended", workspace=workspace, count=count)
    for pid, workspace in stray_keepers(machine.settings.data, known).items():
        with suppress(OSError):
            keeper = Process(pid)
            if pid in stray_keepers(machine.settings.data, known):  # it still is what was found
                keeper.send(signal.SIGKILL)
                _log.warning("stray keeper ended", workspace=workspace, keeper_pid=pid)
            keeper.close()
    machine.network.sweep({workspace for workspace, pids in known.items() if pids})


def end_programs_of(machine: Machine, workspace: str) -> None:
    """End every program of one workspace, which has no sandbox that would take them along."""
    end_strays(Homes(machine.settings.data, machine.sandbox_accounts(), [workspace]), {})


def end_groups(machine: Machine, known: Callable[[], Collection[str]], lock: Lock) -> None:
    """End and remove the control groups of workspaces that are not `known`.

    Under `lock` none begins meanwhile. It is held for moments: a process that waits for a disk
    keeps its group for long, and nobody else waits for that.
    """
    groups, said, deadline = machine.groups(), set[str](), time.monotonic() + _GROUPS_SECONDS
    while True:
        with lock:
            found = groups.sweep(known(), 0)
        for name in sorted(found.keys() - said):
            _log.warning("a group was left behind", group=name)
        said |= found.keys()
        left = sorted(name for name, is_gone in found.items() if not is_gone)
        if not left or time.monotonic() >= deadline:
            break
        time.sleep(_ROUND_SECONDS)
    if left:
        _log.error("groups cannot be removed", groups=left)


def remove_rest(machine: Machine) -> None:
    """Remove what was left by half a start."""
    files = (machine.sweep_accounts(), _old_trials(machine), toolbox.sweep(machine.settings))
    for name in chain.from_iterable(files):
        _log.warning("a file was left behind", name=name)


def _old_trials(machine: Machine) -> list[str]:
    found = []
    for name in os.listdir(machine.data_fd):  # noqa: PTH208 - by descriptor
        with suppress(OSError):
            if name.startswith(TRIALS) and _age(machine, name) > _OLD_SECONDS:
                _remove_trial(machine.data_fd, name)
                found.append(name)
    return found


def _remove_trial(data_fd: int, name: str) -> None:
    """Remove a trial's folder, and the one file that it may have. Raises OSError."""
    fd = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=data_fd)
    try:
        with suppress(FileNotFoundError):
            os.unlink(quota.TRIAL_FILE, dir_fd=fd)
    finally:
        os.close(fd)
    os.rmdir(name, dir_fd=data_fd)


def _age(machine: Machine, name: str) -> float:
    state = os.stat(name, dir_fd=machine.data_fd, follow_symlinks=False)
    return time.time() - state.st_mtime
