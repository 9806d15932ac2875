"""What of a workspace runs, read from its runtime folder: how a new supervisor adopts.

The keeper's account may write there, so nothing is believed that root did not write itself or
that the process does not confirm.
"""

import fcntl
import json
import os
import stat
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final, Self

from ide.guard.plan import NetworkPlan, Plan
from ide.placement.processes import Identity, Process
from ide.sandbox.spec import NetworkDevice

KEEPER_LOCK: Final = "keeper.lock"
SANDBOX_RECORD: Final = "sandbox.json"
MAX_RECORD_BYTES: Final = 4096
_BEFORE_PLANS: Final = Plan(memory_bytes=0, processes=0, disk_bytes=0, files=0)
"""Of what a version without plans started: it runs on unharmed until a grant says what holds."""


@dataclass(frozen=True, slots=True)
class SandboxRecord:
    """A running sandbox as a new supervisor finds it. `outer` is None where there is none.

    `plan` holds now, as capped when it was given; `device` is what connects it to a network, with
    the walls of the plan `network`.
    """

    kind: str
    inner: Identity
    outer: Identity | None
    plan: Plan = field(default_factory=Plan)
    device: NetworkDevice = "none"
    network: NetworkPlan = NetworkPlan.NONE

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Self:
        """Read it back. Raises KeyError, TypeError or ValueError on anything else."""
        outer = value["outer"]
        return cls(
            str(value["kind"]),
            Identity.from_json(value["inner"]),
            Identity.from_json(outer) if outer else None,
            Plan.from_later(value["plan"]) if "plan" in value else _BEFORE_PLANS,
            value.get("device", "none"),
            NetworkPlan(value.get("network", "none")),
        )

    def to_json(self) -> dict[str, Any]:
        """Return it for the file."""
        outer = self.outer.to_json() if self.outer else None
        inner, plan = self.inner.to_json(), self.plan.to_json()
        return {
            "kind": self.kind,
            "inner": inner,
            "outer": outer,
            "plan": plan,
            "device": self.device,
            "network": str(self.network),
        }


def write_sandbox(folder_fd: int, record: SandboxRecord) -> None:
    """Write the record whole or not at all."""
    temporary = SANDBOX_RECORD + ".new"
    with suppress(FileNotFoundError):
        os.unlink(temporary, dir_fd=folder_fd)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    with os.fdopen(os.open(temporary, flags, 0o600, dir_fd=folder_fd), "w") as file:
        json.dump(record.to_json(), file)
    os.replace(temporary, SANDBOX_RECORD, src_dir_fd=folder_fd, dst_dir_fd=folder_fd)


def read_sandbox(folder_fd: int) -> SandboxRecord | None:
    """Return the record, None when there is none or it is not ours."""
    text = _read(folder_fd, SANDBOX_RECORD, os.geteuid())
    with suppress(ValueError, KeyError, TypeError):
        return SandboxRecord.from_json(json.loads(text)) if text else None
    return None


def keeper_holds_lock(folder_fd: int) -> bool:
    """Whether a keeper lives: it holds its lock for life."""
    with suppress(OSError):
        fd = os.open(
            KEEPER_LOCK,
            os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC,
            dir_fd=folder_fd,
        )
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(fd)
    return False


def find_keeper(folder_fd: int, workspace: str, uid: int) -> Process | None:
    """Return the keeper that runs, None when none does.

    The process id in its lock file is only believed when that process runs as the keeper's
    account and is a keeper of this workspace by its command line.
    """
    if not keeper_holds_lock(folder_fd):
        return None
    text = _read(folder_fd, KEEPER_LOCK, uid).strip()
    if not text.isascii() or not text.isdecimal():
        return None
    try:
        process = Process(int(text))
    except (OSError, OverflowError):
        return None
    arguments = process.arguments()
    if process.uid() == uid and "ide.keeper" in arguments and workspace in arguments:
        return process
    process.close()
    return None


def keeper_word(keeper: Process, option: str) -> str:
    """Return what follows `option` on a keeper's command line, "" when it has none."""
    words = keeper.arguments()
    with suppress(ValueError, IndexError):
        return words[words.index(option) + 1]
    return ""


def _read(folder_fd: int, name: str, uid: int) -> str:
    try:
        fd = os.open(
            name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=folder_fd
        )
    except OSError:
        return ""
    try:
        state = os.fstat(fd)
        if not stat.S_ISREG(state.st_mode) or state.st_uid != uid:
            return ""
        return os.read(fd, MAX_RECORD_BYTES).decode("utf-8", "replace")
    finally:
        os.close(fd)
