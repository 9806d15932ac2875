"""The limits that processes carry themselves: set by the agent at its start, changed from outside.

Control groups have no word for open files and sizes of files; where there are none, these also
hold processes, and memory one process at a time.
"""

import json
import platform
import resource
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Final

from ide.guard.plan import MIB, Plan
from ide.sandbox.cgroups import RESERVE, Means

LEAST_OPEN_FILES: Final = 256
"""The agent holds three descriptors for each of its consoles."""
OPEN_FILES: Final = 4096
"""Where the plan has no limit of its own."""
FILES_RESERVE: Final = 1024
"""The agent may open so many more than programs: see ide.agent.limits.Reserve."""
LOCKED_BYTES: Final = 8 * MIB
_RESERVES: Final = {"NPROC": RESERVE, "NOFILE": FILES_RESERVE}
_MAY_BE_NONE: Final = ("FSIZE", "DATA")
_COUNTED_INSIDE: Final = (5, 14)
"""Since this kernel processes are counted for each user namespace, before for each account."""


def rlimits(
    plan: Plan, *, confined: bool, own_account: bool, memory: Means = "cgroup"
) -> dict[str, int]:
    """Return the limits of the plan by the kernel's names.

    Processes are left out where the count would be that of other programs of the same account too.
    `memory` says what else holds it: only where nothing in the kernel does, each process gets it
    as its own limit, so that a program hears of it before it is ended.
    """
    found = {
        "CORE": 0,
        "NOFILE": max(LEAST_OPEN_FILES, plan.open_files or OPEN_FILES) + FILES_RESERVE,
        "MEMLOCK": LOCKED_BYTES,
    }
    if plan.file_bytes:
        found["FSIZE"] = plan.file_bytes
    if plan.processes and (own_account or (confined and _counts_inside())):
        found["NPROC"] = plan.processes + RESERVE
    if plan.memory_bytes and memory != "cgroup":
        found["DATA"] = plan.memory_bytes
    return found


def word(limits: Mapping[str, int]) -> str:
    """Return them as the agent's argument."""
    reserve = RESERVE if "NPROC" in limits else 0
    return json.dumps({"rlimits": dict(limits), "reserve": reserve, "files": FILES_RESERVE})


def change(
    agent: int, pids: Iterable[int], before: Mapping[str, int], limits: Mapping[str, int]
) -> tuple[str, ...]:
    """Give running processes other limits; return a sentence when some cannot be had.

    Only what is another one than `before` is touched. Without privilege only lower ones can be had.

    `agent` alone keeps its reserves. A soft limit that is lower stays: who set it has a
    reason of their own.
    """
    refused = False
    none = dict.fromkeys(_MAY_BE_NONE, resource.RLIM_INFINITY)
    wanted = {
        name: value
        for name, value in (none | dict(limits)).items()
        if (none | dict(before)).get(name) != value
    }
    for pid in {agent, *pids}:
        for name, value in wanted.items():
            spare = _RESERVES.get(name, 0) if pid != agent else 0
            with suppress(ProcessLookupError):
                refused |= not _change(pid, getattr(resource, f"RLIMIT_{name}"), value - spare)
    if not refused:
        return ()
    return ("Some limits of processes and files hold from the next start of the workspace on.",)


def _change(pid: int, number: int, value: int) -> bool:
    """Set one limit of one process; return whether the kernel let us.

    Root without CAP_SYS_RESOURCE, as in some containers, may not even look at other accounts'.
    """
    try:
        soft, hard = resource.prlimit(pid, number)
        if value == hard:
            return True
        kept = soft if soft not in {hard, resource.RLIM_INFINITY} else value
        if value != resource.RLIM_INFINITY:
            kept = min(kept, value)
        resource.prlimit(pid, number, (kept, value))
    except PermissionError:
        return False
    return True


def _counts_inside() -> bool:
    numbers = platform.release().split(".")[:2]
    with suppress(ValueError, IndexError):
        return (int(numbers[0]), int(numbers[1])) >= _COUNTED_INSIDE
    return False
