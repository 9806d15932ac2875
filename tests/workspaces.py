"""A workspace under a real supervisor: its keeper, its sandbox, and who is inside."""

import os
import secrets
import time
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from ide.guard.grant import Grant, Right
from ide.guard.plan import Plan
from ide.sandbox.bwrap import interpreter
from tests.keepers import LinkClient
from tests.supervisors import SupervisorRun


class Workspace:
    """One workspace of `machine`, with a grant for everything under `plan`."""

    def __init__(self, machine: SupervisorRun) -> None:
        self.machine, self.name = machine, secrets.token_hex(8)
        self.plan = Plan()
        machine.client.ensure(self.name)
        self._make_environment()

    def _make_environment(self) -> None:
        """Put a Python environment there that is none: making a real one takes seconds."""
        home = self.machine.settings.data / self.name / "home"
        programs = home / ".venv/bin"
        programs.mkdir(parents=True)
        (programs / "python").symlink_to(interpreter())
        (home / ".venv/.ready").touch()
        owner = home.stat()
        for path in (home / ".venv", programs, home / ".venv/.ready"):
            os.chown(path, owner.st_uid, owner.st_gid)

    def link(self) -> LinkClient:
        """Connect to the keeper, started when it does not run."""
        until = time.time() + 600
        grant = Grant("1", "alice", self.name, frozenset(Right), until, "test", self.plan)
        return LinkClient(self.machine.client.ensure(self.name), grant)

    def call(self, op: str, **args: object) -> dict:
        """Call the keeper and return the value."""
        with self.link() as link:
            return link.call(op, **args)

    def console(self, name: str) -> dict:
        """Return a console as JSON."""
        return next(one for one in self.call("consoles.list")["consoles"] if one["id"] == name)

    def sandbox_pid(self) -> int | None:
        """Return the process id of the sandbox's PID 1, None when none runs."""
        found = [one for one in self.machine.client.list() if one["workspace"] == self.name]
        return found[0]["sandbox_pid"] if found else None


@contextmanager
def limited(machine: SupervisorRun, **limits: Any) -> Iterator[Workspace]:
    """Give a workspace whose plan has these limits, and stop it afterwards."""
    workspace = Workspace(machine)
    workspace.plan = replace(Plan(), **limits)
    try:
        yield workspace
    finally:
        machine.client.stop(workspace.name)


def new_bash(link: LinkClient, channel: int = 1) -> str:
    """Make a console, attach to it and wait for its prompt; return its id."""
    console = link.call("consoles.create", kind="bash", cols=80, rows=24)["id"]
    link.hello(console, channel)
    link.read_until(b"$ ", channel)
    return str(console)


class Inside:
    """Who is in the sandbox whose PID 1 is `pid`, also after that has ended.

    While this holds the namespace open no other one gets its number.
    """

    def __init__(self, pid: int | None) -> None:
        self._fd = os.open(f"/proc/{pid}/ns/pid", os.O_RDONLY | os.O_CLOEXEC)
        weakref.finalize(self, os.close, self._fd)

    def pids(self) -> list[int]:
        """Return the living processes."""
        ours = os.fstat(self._fd).st_ino
        found = [int(path.name) for path in Path("/proc").glob("[0-9]*")]
        return [pid for pid in found if _namespace(pid) == ours]


def _namespace(pid: int) -> int:
    try:
        number = Path(f"/proc/{pid}/ns/pid").stat().st_ino
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return 0
    return 0 if state in {"Z", "X"} else number  # ended, if not collected yet
