"""How large the folders in memory are that a plan gives a sandbox. Pure."""

import sys
from dataclasses import dataclass, replace
from typing import Final

from ide.guard.plan import MIB, Plan

HOME_BYTES: Final = 256 * MIB
"""A home in memory whose plan has no size for it."""
_USUAL: Final = Plan()
"""What holds where a plan has no size of its own. pip unpacks in /tmp: with 64 MiB it could not
install the usual packages of science."""


@dataclass(frozen=True, slots=True)
class MemoryFolders:
    """Sizes in bytes; `home` is 0 where it lies on the disk."""

    home: int
    tmp: int
    shm: int


def memory_folders(plan: Plan) -> MemoryFolders:
    """Return the sizes that hold for a plan which the machine has lowered to its ceilings.

    What lies there counts as the workspace's memory, and ending programs gives none of it back:
    together they leave a quarter to programs (an eighth beside a home in memory, which is half of
    it at most), or the agent itself would be ended at last.
    """
    most = plan.memory_bytes or sys.maxsize
    home = min(plan.disk_bytes or HOME_BYTES, most // 2) if plan.home == "memory" else 0
    most -= home
    return MemoryFolders(
        home,
        min(plan.tmp_bytes or _USUAL.tmp_bytes, most // 2),
        min(plan.shm_bytes or _USUAL.shm_bytes, most // 4),
    )


def with_sizes(plan: Plan) -> Plan:
    """Return such a plan with the sizes that really hold, for people to read."""
    sizes = memory_folders(plan)
    home = sizes.home or plan.disk_bytes
    return replace(plan, disk_bytes=home, tmp_bytes=sizes.tmp, shm_bytes=sizes.shm)
