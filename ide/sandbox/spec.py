"""What a sandbox is asked to be, and what was made."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from ide.guard.plan import Plan
from ide.sandbox.cgroups import GroupKind, Means

Kind = Literal["bubblewrap", "none"]
Quota = Literal["project", "none"]
NetworkDevice = Literal["veth", "pasta", "slirp4netns", "none"]


@dataclass(frozen=True, slots=True)
class Probe:
    """What this machine can do, found by trying it.

    `level` follows from the facts, see `level_of`. `limits` are the control groups there are,
    `quota` what holds disk space, `network` what connects a sandbox for the plans that need a
    device. `reasons` are sentences for the owner, one a gap, `missing_programs` each name a program
    and the line to type.
    """

    level: int
    kind: Kind
    bwrap: Path | None
    bwrap_origin: Literal["distribution", "bundled", ""]
    own_uids: bool
    reasons: tuple[str, ...]
    missing_programs: tuple[str, ...]
    limits: GroupKind = "none"
    quota: Quota = "none"
    network: NetworkDevice = "none"


def level_of(kind: Kind, limits: GroupKind, quota: Quota, *, own_uids: bool) -> int:
    """Return the level of a machine: 0 no sandbox, 1 namespaces alone, 2 limits held by the kernel.

    3 is with an account for each workspace and disk space held by the kernel too.
    """
    if kind == "none":
        return 0
    if limits == "none":
        return 1
    return 3 if own_uids and quota != "none" else 2


@dataclass(frozen=True, slots=True)
class SandboxSpec:
    """One workspace's sandbox.

    `home` becomes /home/user; `listener_fd` is a listening SOCK_SEQPACKET unix socket that the
    agent inherits; `uid` and `gid` are given when we are root and None otherwise; `toolbox` comes
    from `toolbox.ensure`; `unsafe` allows a start without any sandbox; `plan` is
    already capped by what the machine's owner allows; `enter` are the words that put what follows
    into the workspace's control group, `memory` says what holds the plan's memory there; `resolver`
    is the name server that programs ask themselves, "" where they have no network device.
    """

    workspace: str
    home: Path
    listener_fd: int
    uid: int | None
    gid: int | None
    toolbox: Path
    unsafe: bool = False
    plan: Plan = field(default_factory=Plan)
    enter: tuple[str, ...] = ()
    memory: Means = "none"
    resolver: str = ""


@dataclass(frozen=True, slots=True)
class Sandbox:
    """A running one. `pid` is its PID 1 as seen from outside: SIGKILL to it ends everything.

    `outer_pid` is our child, bwrap itself, which only waits; killing it ends nothing. `notes` are
    sentences about what could not be had.
    """

    pid: int
    outer_pid: int
    kind: Kind
    notes: tuple[str, ...] = ()
