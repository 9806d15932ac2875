"""The sandbox of one workspace: started on demand, written down, known again, ended for certain."""

import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

import structlog

from ide.errors import UnavailableError
from ide.guard.plan import Plan
from ide.placement import sweep
from ide.placement.home_watching import limit_home, watch_home
from ide.placement.machine import Machine
from ide.placement.processes import Identity, Process
from ide.placement.records import (
    SANDBOX_RECORD,
    SandboxRecord,
    read_sandbox,
    write_sandbox,
)
from ide.placement.sandbox_network import SandboxNetwork
from ide.sandbox import SandboxSpec, rlimits, start
from ide.sandbox.cgroups import Group, GroupUsage

AGENT_SOCKET: Final = "agent.sock"
GRACE_SECONDS: Final = 0.5
"""For shells to write their history; what then still stands is killed, and all ends within 1 s."""
BUSY_SECONDS: Final = 25.0

_log = structlog.get_logger()


class WorkspaceSandbox:
    """At most one running sandbox. Thread-safe.

    `process` is its PID 1, the one to kill; bwrap outside of it only waits. `kind` is
    "bubblewrap", "none" in the unsafe mode, "" before the first start. `plan` is what it is
    limited to, also after a restart of the supervisor, `notes` what of it could not be had; both
    mean something while one runs.
    """

    def __init__(self, machine: Machine, workspace: str) -> None:
        self.process: Process | None = None
        self.kind = ""
        self.plan = Plan()
        self.notes: tuple[str, ...] = ()
        self._machine = machine
        self._workspace = workspace
        self._folder = machine.settings.runtime / workspace
        self._network = SandboxNetwork(machine, workspace)
        self._outer: Process | None = None
        self._lock = threading.Lock()
        self._is_stopped = False
        self._last_usage = GroupUsage()

    def adopt(self, folder_fd: int) -> bool:
        """Take over the one that is written down; return whether it runs."""
        with suppress(FileNotFoundError, IsADirectoryError):
            os.unlink(SANDBOX_RECORD + ".new", dir_fd=folder_fd)
        record = read_sandbox(folder_fd)
        if record and (process := record.inner.open()):
            self.process, self.kind, self.plan = process, record.kind, record.plan
            self._outer = record.outer.open() if record.outer else None
            self._network.adopt(record)
            watch_home(self._machine, self._workspace, process.pid, self.kind, self.plan)
        return self.process is not None

    def pids(self) -> list[int]:
        """Return the processes that make the sandbox: its PID 1, and who waits for it outside."""
        return [process.pid for process in (self.process, self._outer) if process]

    def ensure(self, plan: Plan) -> Path:
        """Return the agent's socket once it runs; one that is started now has `plan`.

        Raises UnavailableError or SandboxError.
        """
        with self._soon():
            if self._is_stopped:
                raise UnavailableError("The workspace is being stopped.")
            if self.process is None or not self.process.alive():
                self._machine.check_level(plan)
                self._start(plan)
        return self._folder / AGENT_SOCKET

    @property
    def group(self) -> Group:
        """The control group that its processes are in."""
        return self._machine.groups().workspace(self._workspace)

    def is_running(self) -> bool:
        """Whether there is one, alive."""
        process = self.process
        try:
            return process is not None and process.alive()
        except ValueError:  # its handle was closed this very moment
            return False

    def group_usage(self) -> GroupUsage:
        """Return what it takes, or took when it ended."""
        return self._last_usage if self.process is None else self.group.usage()

    def hold_limits(self) -> None:
        """See to it that the limits of an adopted one hold on; end what is left of another."""
        with self._lock:
            if self.process is None or not self.process.alive():
                self._end()
                return
            self.group.started(self.process.pid, self.plan)
            self.notes = self._outside_notes(self.process.pid)

    def limit(self, plan: Plan) -> tuple[str, ...]:
        """Give a running one the limits of another plan; return sentences on what waits."""
        with self._lock:
            if self.process is None or not self.process.alive():
                return ()
            before, after = self._rlimits(self.plan), self._rlimits(plan)
            notes = self.group.apply(plan) + self._outside_notes(self.process.pid)
            notes += rlimits.change(self.process.pid, self.group.pids(), before, after)
            self.notes = notes + self._network.notes(plan.network)
            self.plan = plan
            limit_home(self._machine, self._workspace, plan)
            self._write_down(self.process, self._outer)
            return self.notes

    def _outside_notes(self, pid: int) -> tuple[str, ...]:
        """Return a sentence when the one that runs is not in its group, as an earlier server's."""
        if pid in self.group.pids():
            return ()
        return ("It was started without limits; they hold from its next start on.",)

    def _rlimits(self, plan: Plan) -> dict[str, int]:
        return rlimits.rlimits(
            plan,
            confined=self.kind != "none",
            own_account=self._machine.accounts is not None,
            memory=self.group.enforced["memory"],
        )

    def describe(self) -> dict[str, Any]:
        """Return `{kind, age, network}` of the one that runs.

        `age` is in seconds, also of an adopted one.
        """
        process = self.process
        return {
            "kind": self.kind,
            "age": process.age() if process else 0.0,
            "network": self._network.describe(self.plan.network),
        }

    def collect(self) -> None:
        """Sweep up after one that ended by itself."""
        with self._lock:
            if self.process is not None and not self.process.alive():
                pid = self.process.pid
                _log.info("sandbox ended", workspace=self._workspace, sandbox_pid=pid)
                self._end()

    def sleep(self) -> None:
        """End it; the next need starts another. Raises UnavailableError while one starts."""
        with self._soon():
            self._end()

    @contextmanager
    def _soon(self) -> Iterator[None]:
        """Hold the lock. Raises UnavailableError when it does not come free."""
        if not self._lock.acquire(timeout=BUSY_SECONDS):
            raise UnavailableError("The sandbox is still starting; try again in a moment.")
        try:
            yield
        finally:
            self._lock.release()

    def stop(self) -> None:
        """End it, and let no other start."""
        with self._lock:
            self._is_stopped = True
            self._end()

    def _start(self, plan: Plan) -> None:
        """Make the agent's listener, reachable for the keeper alone, and start with it."""
        self._forget()
        self._machine.make_folders(self._workspace)
        path = self._folder / AGENT_SOCKET
        group = self.group
        try:
            notes = group.apply(plan)
            with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listener:
                listener.bind(str(path))
                keeper = self._machine.keeper_account(self._workspace)
                if keeper is not None:
                    os.chown(path, keeper.uid, keeper.gid, follow_symlinks=False)
                listener.listen(4)
                sandbox = start(self._spec(listener.fileno(), plan), self._machine.probe())
            self.kind, self.plan = sandbox.kind, plan
            self.process = Process(sandbox.pid)
            group.started(sandbox.pid, plan)
            self._network.connect(sandbox.pid, self.kind, plan.network)
            self.notes = notes + sandbox.notes + self._network.notes(plan.network)
            if sandbox.outer_pid != sandbox.pid:
                self._outer = Process(sandbox.outer_pid)
            self._write_down(self.process, self._outer)
            watch_home(self._machine, self._workspace, sandbox.pid, self.kind, plan)
        except BaseException:
            self._end()
            raise
        _log.info(
            "sandbox started",
            workspace=self._workspace,
            sandbox_pid=sandbox.pid,
            notes=self.notes,
        )

    def _spec(self, listener_fd: int, plan: Plan) -> SandboxSpec:
        account = self._machine.sandbox_account(self._workspace)
        return SandboxSpec(
            workspace=self._workspace,
            home=self._machine.settings.data / self._workspace / "home",
            listener_fd=listener_fd,
            uid=account.uid if account else None,
            gid=account.gid if account else None,
            toolbox=self._machine.toolbox(),
            unsafe=self._machine.settings.unsafe_no_sandbox,
            plan=plan,
            enter=tuple(self.group.words()),
            memory=self.group.enforced["memory"],
            resolver=self._network.resolver(plan.network),
        )

    def _write_down(self, process: Process, outer: Process | None) -> None:
        outer_identity = Identity.of(outer.pid) if outer else None
        record = SandboxRecord(
            self.kind,
            Identity.of(process.pid),
            outer_identity,
            self.plan,
            self._network.device,
            self._network.network,
        )
        fd = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
        try:
            write_sandbox(fd, record)
        finally:
            os.close(fd)

    def _end(self) -> None:
        """End what runs inside and forget it: the agent hangs up, killing it ends the rest."""
        if self.process is not None:
            self.process.end(GRACE_SECONDS)
        if self._outer is not None:
            self._outer.end(0)
        self._network.disconnect()
        if self.kind == "none":
            sweep.end_programs_of(self._machine, self._workspace)
        group = self.group
        if self.process is not None:
            self._last_usage = group.usage()
        if not (group.kill() and group.remove()):
            _log.error("a group is left behind", workspace=self._workspace, pids=group.pids())
        self._forget()

    def _forget(self) -> None:
        self._machine.disks.forget(self._workspace)
        for process in (self.process, self._outer):
            if process is not None:
                process.close()
        self.process = self._outer = None
        for name in (AGENT_SOCKET, SANDBOX_RECORD):
            # The keeper's account may have made a folder of that name while there was none of ours:
            # then nothing starts here any more, but what runs is ended all the same.
            with suppress(FileNotFoundError, IsADirectoryError):
                (self._folder / name).unlink()
