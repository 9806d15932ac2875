"""The limits that a process can set on itself, for the agent and all that it starts.

What the kernel's control groups hold is set outside; this is what they have no word for, and what
stands in where there are none.
"""

import json
import os
import resource
from typing import Any

PROGRAM_OOM_SCORE = 600
"""Above the agent's own 500: short of memory, the kernel ends any program before the agent."""


class Reserve:
    """What of its limits the agent keeps to itself.

    With `processes` a console can still be opened when programs have reached their limit. With
    `files` descriptors can still be passed on: the kernel counts those on their way for the whole
    account, and refuses one who may open fewer than are.
    """

    __slots__ = ("files", "processes")

    def __init__(self, processes: int = 0, files: int = 0) -> None:
        self.processes, self.files = processes, files


NO_RESERVE = Reserve()


def hold(word: str) -> Reserve:
    """Set what the JSON `word` says, `{rlimits: {NAME: number}, reserve, files}`.

    None of it can be raised again by what we start. `reserve` and `files` are how many of
    `rlimits.NPROC` and `rlimits.NOFILE` are for the agent alone.
    """
    limits: dict[str, Any] = json.loads(word)
    for name, value in limits["rlimits"].items():
        number = getattr(resource, f"RLIMIT_{name}")
        hard = resource.getrlimit(number)[1]
        most = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(number, (most, most))
    files = int(limits.get("files", 0))
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    if most < limits["rlimits"].get("NOFILE", 0):
        files = min(files, most // 4)  # the machine allows less than the plan
    return Reserve(int(limits["reserve"]), files)


def give_up(reserve: Reserve, pid: int = 0) -> None:
    """Take the reserve from a program, 0 being this process."""
    for number, spare in (
        (resource.RLIMIT_NPROC, reserve.processes),
        (resource.RLIMIT_NOFILE, reserve.files),
    ):
        soft, hard = resource.prlimit(pid, number)
        if spare and soft != resource.RLIM_INFINITY:
            most = max(1, soft - spare)
            resource.prlimit(pid, number, (most, min(most, hard)))


def become_program(reserve: Reserve) -> None:
    """In a child that is about to run a program: give up the reserve, and go before the agent."""
    give_up(reserve)
    try:
        fd = os.open("/proc/self/oom_score_adj", os.O_WRONLY)
    except OSError:  # no /proc: then the kernel goes by size alone
        return
    try:
        os.write(fd, str(PROGRAM_OOM_SCORE).encode())
    except OSError:
        pass
    finally:
        os.close(fd)
