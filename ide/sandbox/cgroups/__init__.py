"""Control groups: what a workspace may take of the machine, held by the kernel where it can be.

`find_groups` says which kind there is: "v2", "v1" or "none", where the agent's rlimits and a
watcher stand in. Nothing in a sandbox sees /sys/fs/cgroup.
"""

from ide.sandbox.cgroups.group import RESERVE, Group, GroupUsage, Means
from ide.sandbox.cgroups.groups import KEEPER_PLAN, GroupKind, Groups, find_groups

__all__ = [
    "KEEPER_PLAN",
    "RESERVE",
    "Group",
    "GroupKind",
    "GroupUsage",
    "Groups",
    "Means",
    "find_groups",
]
