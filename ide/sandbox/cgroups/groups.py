"""The groups of one server on this machine: which kind there is, one for each workspace, the sweep.

Those of a server lie in one folder (in each hierarchy) named after its data folder, so that two
servers never meet, and a successor finds what its predecessor made wherever it was started.
"""

import os
import secrets
from collections.abc import Collection, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final, Literal

from ide.errors import SandboxError
from ide.guard.plan import MIB, Plan
from ide.sandbox.cgroups import trial
from ide.sandbox.cgroups.delegation import candidates, enable
from ide.sandbox.cgroups.group import KILL_SECONDS, Group, Means
from ide.sandbox.cgroups.mounts import Mounts, find_mounts, own_unified_group
from ide.sandbox.cgroups.none import NoGroup
from ide.sandbox.cgroups.tree import Tree
from ide.sandbox.cgroups.v1 import NEEDED, WELCOME, GroupV1
from ide.sandbox.cgroups.v2 import GroupV2
from ide.sandbox.cgroups.watcher import Watcher
from ide.sandbox.server_name import server_name

GroupKind = Literal["v2", "v1", "none"]
KEEPER_PLAN: Final = Plan(
    name="keeper", memory_bytes=512 * MIB, processes=512, cpu_weight=200, open_files=0
)
"""A keeper's own limits: what a hostile byte does to its parser costs this and no more. In need of
processor time it comes before programs, since it shows what they say."""
_WORKSPACE: Final = "ws-"
_KEEPER: Final = "keeper-"
_TRIAL: Final = "trial-"
_ALL: Final[dict[str, Means]] = {"memory": "cgroup", "cpu": "cgroup", "processes": "cgroup"}
_V2_NAMES: Final = {"memory": "memory", "cpu": "cpu", "processes": "pids"}


class Groups:
    """Found once at start. `kind` says which the kernel has; `reasons` why not a better one.

    `places` maps controllers to the folders that hold our groups; version 2 has one, under "".
    """

    def __init__(
        self,
        kind: GroupKind,
        places: Mapping[str, Path],
        enforced: Mapping[str, Means],
        reasons: tuple[str, ...] = (),
        tree: Tree | None = None,
    ) -> None:
        self.kind: GroupKind = kind
        self.enforced: dict[str, Means] = dict(enforced)
        self.reasons = reasons
        self._places = dict(places)
        self._tree = tree or Tree()
        self._watcher = Watcher()

    def workspace(self, workspace: str) -> Group:
        """Return the group of a workspace's sandbox; `apply` makes it."""
        return self._group(_WORKSPACE + workspace)

    def keeper(self, workspace: str) -> Group | None:
        """Return the group of a workspace's keeper, None where the kernel has no groups."""
        return None if self.kind == "none" else self._group(_KEEPER + workspace)

    def sweep(self, known: Collection[str], seconds: float = KILL_SECONDS) -> dict[str, bool]:
        """End and remove every group of ours but those of the `known` workspaces and of trials.

        Returns by name what was found, and whether it is gone; waits for each twice `seconds` at
        most.
        """
        kept = {prefix + workspace for prefix in (_WORKSPACE, _KEEPER) for workspace in known}
        found = {name for place in self._places.values() for name in self._tree.children(place)}
        groups = {name: self._group(name) for name in found - kept if not _is_being_tried(name)}
        return {
            name: group.kill(seconds) and group.remove(seconds) for name, group in groups.items()
        }

    def try_out(self) -> str | None:
        """Return why limits do not hold, None when they do."""
        return trial.why_not(self._group(f"{_TRIAL}{os.getpid()}-{secrets.token_hex(4)}"))

    def close(self) -> None:
        """Remove the folders of our groups, unless there is still one in them."""
        for place in self._places.values():
            with suppress(OSError):
                self._tree.remove(place)

    def _group(self, name: str) -> Group:
        if self.kind == "v1":
            folders = {controller: place / name for controller, place in self._places.items()}
            return GroupV1(self._tree, folders, self.enforced)
        if self.kind == "v2":
            return GroupV2(self._tree, self._places[""] / name, self.enforced)
        return NoGroup(self._watcher, name)


def _is_being_tried(name: str) -> bool:
    """Whether it is the trial of a process that runs, as of `ide doctor` beside the server."""
    pid = name.removeprefix(_TRIAL).partition("-")[0]
    return name.startswith(_TRIAL) and Path("/proc", pid).exists()


def find_groups(data: Path, tree: Tree | None = None, mounts: Mounts | None = None) -> Groups:
    """Return the groups of the server on the folder `data`, of the best kind that holds limits."""
    tree, mounts = tree or Tree(), mounts or find_mounts()
    name = f"ide-{server_name(data)[:16]}"
    reasons: list[str] = []
    for found in (_find_v2(name, tree, mounts, reasons), _find_v1(name, tree, mounts, reasons)):
        if found is None:
            continue
        failure = found.try_out()
        if failure is None:
            return found
        found.close()
        reasons.append(f"Control groups ({found.kind}) do not hold: {failure}")
    if not reasons:
        reasons.append("This system has no control groups.")
    enforced = NoGroup(Watcher(), "").enforced
    return Groups("none", {}, enforced, tuple(reasons), tree)


def _find_v1(name: str, tree: Tree, mounts: Mounts, reasons: list[str]) -> Groups | None:
    places: dict[str, Path] = {
        controller: mounts.controllers[controller] / name
        for controller in (*NEEDED, *WELCOME)
        if controller in mounts.controllers
    }
    if not all(controller in places for controller in NEEDED):
        return None
    if os.geteuid() != 0:
        reasons.append("Control groups of version 1 are for root alone; run the server as root.")
        return None
    return Groups("v1", places, _ALL, (), tree)


def _find_v2(name: str, tree: Tree, mounts: Mounts, reasons: list[str]) -> Groups | None:
    """Return groups below the first folder that is ours to divide, see delegation.py."""
    if mounts.unified is None:
        return None
    own = own_unified_group()
    found = candidates(mounts.unified, own)
    if not found:
        reasons.append("No control group of version 2 belongs to this account.")
    for parent in found:
        try:
            enable(tree, parent, mounts.unified / own.lstrip("/"))
            place = parent / name
            tree.make(place)
            has = enable(tree, place, None)
        except (OSError, SandboxError) as error:
            reasons.append(f"{parent}: {error}")
            continue
        enforced: dict[str, Means] = {
            what: "cgroup" if controller in has else "none"
            for what, controller in _V2_NAMES.items()
        }
        return Groups("v2", {"": place}, enforced, (), tree)
    return None
