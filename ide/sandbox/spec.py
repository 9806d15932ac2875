"""What a sandbox is asked to be, and what was made."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Kind = Literal["bubblewrap", "none"]


@dataclass(frozen=True, slots=True)
class Probe:
    """What this machine can do, found by trying it.

    `level` is 0 (no sandbox) or 1 (namespaces, seccomp, file and core limits); the levels above
    need cgroups and quotas, which `ide` does not set yet. `reasons` are sentences for the owner,
    `missing_programs` each name a program and the line to type.
    """

    level: int
    kind: Kind
    bwrap: Path | None
    bwrap_origin: Literal["distribution", "bundled", ""]
    own_uids: bool
    reasons: tuple[str, ...]
    missing_programs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SandboxSpec:
    """One workspace's sandbox.

    `home` becomes /home/user; `listener_fd` is a listening SOCK_SEQPACKET unix socket that the
    agent inherits; `uid` and `gid` are given when we are root and None otherwise; `toolbox` comes
    from `toolbox.ensure`; `unsafe` allows a start without any sandbox.
    """

    workspace: str
    home: Path
    listener_fd: int
    uid: int | None
    gid: int | None
    toolbox: Path
    unsafe: bool = False


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
