"""The sandbox of one workspace: started on demand, written down, known again, ended for certain."""

import os
import socket
import threading
from contextlib import suppress
from pathlib import Path
from typing import Final

import structlog

from ide.errors import UnavailableError
from ide.placement.machine import Machine
from ide.placement.processes import Identity, Process
from ide.placement.records import (
    SANDBOX_RECORD,
    SandboxRecord,
    find_strays,
    read_sandbox,
    write_sandbox,
)
from ide.sandbox import SandboxSpec, start

AGENT_SOCKET: Final = "agent.sock"
GRACE_SECONDS: Final = 3.0
BUSY_SECONDS: Final = 25.0

_log = structlog.get_logger()


class WorkspaceSandbox:
    """At most one running sandbox. Thread-safe.

    `process` is its PID 1, the one to kill; bwrap outside of it only waits. `kind` is
    "bubblewrap", "none" in the unsafe mode, "" before the first start.
    """

    def __init__(self, machine: Machine, workspace: str) -> None:
        self.process: Process | None = None
        self.kind = ""
        self._machine = machine
        self._workspace = workspace
        self._folder = machine.settings.runtime / workspace
        self._outer: Process | None = None
        self._lock = threading.Lock()
        self._is_stopped = False

    def adopt(self, folder_fd: int) -> bool:
        """Take over the one that is written down and end any other; return whether one runs."""
        record = read_sandbox(folder_fd)
        if record and (process := record.inner.open()):
            self.process, self.kind = process, record.kind
            self._outer = record.outer.open() if record.outer else None
        account = self._machine.sandbox_account(self._workspace)
        uid = os.geteuid() if account is None else account.uid
        known = {process.pid for process in (self.process, self._outer) if process}
        for stray in find_strays(self._workspace, uid, known):
            _log.warning("stray sandbox ended", workspace=self._workspace, sandbox_pid=stray.pid)
            stray.end(0)
            stray.close()
        return self.process is not None

    def ensure(self) -> Path:
        """Return the agent's socket once it runs. Raises UnavailableError, SandboxError."""
        if not self._lock.acquire(timeout=BUSY_SECONDS):
            raise UnavailableError("The sandbox is still starting; try again in a moment.")
        try:
            if self._is_stopped:
                raise UnavailableError("The workspace is being stopped.")
            if self.process is None or not self.process.alive():
                self._start()
        finally:
            self._lock.release()
        return self._folder / AGENT_SOCKET

    def collect(self) -> None:
        """Sweep up after one that ended by itself."""
        with self._lock:
            if self.process is not None and not self.process.alive():
                pid = self.process.pid
                _log.info("sandbox ended", workspace=self._workspace, sandbox_pid=pid)
                self._end()

    def stop(self) -> None:
        """End it, and let no other start."""
        with self._lock:
            self._is_stopped = True
            self._end()

    def _start(self) -> None:
        """Make the agent's listener, reachable for the keeper alone, and start with it."""
        self._forget()
        self._machine.make_folders(self._workspace)
        path = self._folder / AGENT_SOCKET
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listener:
                listener.bind(str(path))
                keeper = self._machine.keeper_account(self._workspace)
                if keeper is not None:
                    os.chown(path, keeper.uid, keeper.gid, follow_symlinks=False)
                listener.listen(4)
                sandbox = start(self._spec(listener.fileno()), self._machine.probe())
            self.kind = sandbox.kind
            self.process = Process(sandbox.pid)
            if sandbox.outer_pid != sandbox.pid:
                self._outer = Process(sandbox.outer_pid)
            self._write_down(self.process, self._outer)
        except BaseException:
            self._end()
            raise
        _log.info(
            "sandbox started",
            workspace=self._workspace,
            sandbox_pid=sandbox.pid,
            notes=sandbox.notes,
        )

    def _spec(self, listener_fd: int) -> SandboxSpec:
        account = self._machine.sandbox_account(self._workspace)
        return SandboxSpec(
            workspace=self._workspace,
            home=self._machine.settings.data / self._workspace / "home",
            listener_fd=listener_fd,
            uid=account.uid if account else None,
            gid=account.gid if account else None,
            toolbox=self._machine.toolbox(),
            unsafe=self._machine.settings.unsafe_no_sandbox,
        )

    def _write_down(self, process: Process, outer: Process | None) -> None:
        outer_identity = Identity.of(outer.pid) if outer else None
        record = SandboxRecord(self.kind, Identity.of(process.pid), outer_identity)
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
        self._forget()

    def _forget(self) -> None:
        for process in (self.process, self._outer):
            if process is not None:
                process.close()
        self.process = self._outer = None
        for name in (AGENT_SOCKET, SANDBOX_RECORD):
            with suppress(FileNotFoundError):
                (self._folder / name).unlink()
