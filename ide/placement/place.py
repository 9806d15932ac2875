"""One workspace on this machine: its keeper, kept alive, and its sandbox, on demand."""

import os
import select
import socket
import threading
import time
import weakref
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import structlog

from ide.errors import UnavailableError
from ide.placement.folders import remove_runtime_folder
from ide.placement.machine import Machine
from ide.placement.processes import Identity, Process, start
from ide.placement.records import (
    SANDBOX_RECORD,
    SandboxRecord,
    find_keeper,
    find_strays,
    keeper_holds_lock,
    read_sandbox,
    write_sandbox,
)
from ide.sandbox import SandboxSpec
from ide.sandbox import start as start_sandbox

KEEPER_SOCKET: Final = "keeper.sock"
AGENT_SOCKET: Final = "agent.sock"
LISTEN_SECONDS: Final = 15.0
BUSY_SECONDS: Final = 20.0
SANDBOX_GRACE_SECONDS: Final = 3.0
KEEPER_GRACE_SECONDS: Final = 5.0
SHORT_LIFE_SECONDS: Final = 10.0
MAX_DELAY_SECONDS: Final = 30.0

_log = structlog.get_logger()


class Place:
    """Keeper and sandbox of one workspace. Thread-safe.

    Two locks, always the keeper's first: a keeper that is just starting may ask for its sandbox
    before it listens.
    """

    def __init__(self, machine: Machine, workspace: str) -> None:
        self.workspace = workspace
        self._machine = machine
        self._folder = machine.settings.runtime / workspace
        self._keeper_lock = threading.Lock()
        self._sandbox_lock = threading.Lock()
        self._keeper: Process | None = None
        self._inner: Process | None = None
        self._outer: Process | None = None
        self._kind = ""
        self._started = 0.0
        self._failures = 0
        self._retry_at = 0.0
        self._is_wanted = True
        self._wake_fd = os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)
        weakref.finalize(self, os.close, self._wake_fd)
        self._minder = threading.Thread(target=self._mind, name=f"mind-{workspace}", daemon=True)

    def adopt(self) -> bool:
        """Take over what an earlier supervisor started; return whether anything runs."""
        folder_fd = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        try:
            account = self._machine.keeper_account(self.workspace)
            uid = os.geteuid() if account is None else account.uid
            self._keeper = find_keeper(folder_fd, self.workspace, uid)
            record = read_sandbox(folder_fd)
            if record and (inner := record.inner.open()):
                self._inner, self._kind = inner, record.kind
                self._outer = record.outer.open() if record.outer else None
            self._end_strays()
            runs = self._keeper is not None or self._inner is not None
            return runs or keeper_holds_lock(folder_fd)
        finally:
            os.close(folder_fd)

    def _end_strays(self) -> None:
        account = self._machine.sandbox_account(self.workspace)
        uid = os.geteuid() if account is None else account.uid
        known = {process.pid for process in (self._inner, self._outer) if process}
        for stray in find_strays(self.workspace, uid, known):
            _log.warning("stray sandbox ended", workspace=self.workspace, sandbox_pid=stray.pid)
            stray.end(0)
            stray.close()

    def open(self) -> None:
        """Start looking after it."""
        self._minder.start()

    def ensure(self) -> Path:
        """Return the keeper's socket once it listens.

        Raises UnavailableError when it does not start, or crashed so often that the next try
        must wait.
        """
        if not self._keeper_lock.acquire(timeout=BUSY_SECONDS):
            raise UnavailableError("The workspace is still starting; try again in a moment.")
        try:
            self._refuse_when_stopping()
            self._collect_keeper()
            if self._keeper is None:
                wait = self._retry_at - time.monotonic()
                if wait > 0:
                    raise UnavailableError(
                        f"The workspace's keeper ended {self._failures} times in a row; the next"
                        f" try is in {wait:.0f} s. Running programs are safe."
                    )
                self._start_keeper()
        finally:
            self._keeper_lock.release()
            self._wake()
        return self._folder / KEEPER_SOCKET

    def sandbox(self) -> dict[str, Any]:
        """Return `{agent, kind}` once the sandbox runs. Raises UnavailableError, SandboxError."""
        with self._sandbox_lock:
            self._refuse_when_stopping()
            if self._inner is None or not self._inner.alive():
                self._start_sandbox()
        self._wake()
        return {"agent": str(self._folder / AGENT_SOCKET), "kind": self._kind}

    def stop(self) -> None:
        """End programs and keeper and remove every socket and record. Files and logs stay."""
        self._is_wanted = False
        with self._keeper_lock:
            # The sandbox first: the keeper still drains what was printed and notes the end.
            with self._sandbox_lock:
                self._end_sandbox()
            if self._keeper is not None:
                self._keeper.end(KEEPER_GRACE_SECONDS)
                self._keeper.close()
                self._keeper = None
            remove_runtime_folder(self._machine.runtime_fd, self.workspace)
        self._wake()
        if self._minder.is_alive():
            self._minder.join()

    def describe(self) -> dict[str, Any]:
        """Return the workspace as in the answer to `list`; process ids are null when not there."""
        keeper, inner = self._keeper, self._inner
        return {
            "workspace": self.workspace,
            "keeper_pid": keeper.pid if keeper else None,
            "sandbox_pid": inner.pid if inner else None,
            "kind": self._kind,
        }

    def _refuse_when_stopping(self) -> None:
        if not self._is_wanted:
            raise UnavailableError("The workspace is being stopped.")

    def _start_keeper(self) -> None:
        """Start a keeper and wait until it listens; under the keeper's lock, none running."""
        self._machine.make_folders(self.workspace)
        command, environ = self._machine.keeper_command(self.workspace)
        account = self._machine.keeper_account(self.workspace)
        path = self._folder / KEEPER_SOCKET
        with suppress(FileNotFoundError):
            path.unlink()
        self._started = time.monotonic()
        keeper = start(command, environ, account=account)
        if not _listens(path, keeper, LISTEN_SECONDS):
            keeper.end(0)
            keeper.close()
            self._note_failure()
            raise UnavailableError(
                "The workspace's keeper did not start; the server log says why."
                " Running programs are safe."
            )
        self._keeper = keeper
        _log.info("keeper started", workspace=self.workspace, keeper_pid=keeper.pid)

    def _start_sandbox(self) -> None:
        """Make the agent's listener and start a sandbox with it; under the sandbox's lock."""
        self._forget_sandbox()
        self._machine.make_folders(self.workspace)
        path = self._folder / AGENT_SOCKET
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listener:
                listener.bind(str(path))
                keeper = self._machine.keeper_account(self.workspace)
                if keeper is not None:
                    os.chown(path, keeper.uid, keeper.gid, follow_symlinks=False)
                listener.listen(4)
                sandbox = start_sandbox(self._spec(listener.fileno()), self._machine.probe())
            self._kind = sandbox.kind
            self._inner = Process(sandbox.pid)
            if sandbox.outer_pid != sandbox.pid:
                self._outer = Process(sandbox.outer_pid)
            self._record_sandbox(sandbox.pid, self._outer)
        except BaseException:
            self._end_sandbox()
            raise
        _log.info(
            "sandbox started",
            workspace=self.workspace,
            sandbox_pid=sandbox.pid,
            notes=sandbox.notes,
        )

    def _spec(self, listener_fd: int) -> SandboxSpec:
        account = self._machine.sandbox_account(self.workspace)
        return SandboxSpec(
            workspace=self.workspace,
            home=self._machine.settings.data / self.workspace / "home",
            listener_fd=listener_fd,
            uid=account.uid if account else None,
            gid=account.gid if account else None,
            toolbox=self._machine.toolbox(),
            unsafe=self._machine.settings.unsafe_no_sandbox,
        )

    def _record_sandbox(self, inner_pid: int, outer: Process | None) -> None:
        outer_identity = Identity.of(outer.pid) if outer else None
        record = SandboxRecord(self._kind, Identity.of(inner_pid), outer_identity)
        fd = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
        try:
            write_sandbox(fd, record)
        finally:
            os.close(fd)

    def _end_sandbox(self) -> None:
        """End what runs inside and forget it: the agent hangs up, killing it ends the rest."""
        if self._inner is not None:
            self._inner.end(SANDBOX_GRACE_SECONDS)
        if self._outer is not None:
            self._outer.end(0)
        self._forget_sandbox()

    def _forget_sandbox(self) -> None:
        for process in (self._inner, self._outer):
            if process is not None:
                process.close()
        self._inner = self._outer = None
        for name in (AGENT_SOCKET, SANDBOX_RECORD):
            with suppress(FileNotFoundError):
                (self._folder / name).unlink()

    def _note_failure(self) -> None:
        lived = time.monotonic() - self._started
        self._failures = self._failures + 1 if lived < SHORT_LIFE_SECONDS else 1
        delay = 0.0 if self._failures == 1 else 0.25 * 2.0 ** (self._failures - 2)
        self._retry_at = time.monotonic() + min(delay, MAX_DELAY_SECONDS)

    def _wake(self) -> None:
        os.eventfd_write(self._wake_fd, 1)

    def _mind(self) -> None:
        """Wait for deaths: collect the sandbox, start the keeper anew. Runs in its own thread."""
        while self._is_wanted:
            try:
                self._collect_sandbox()
                self._revive_keeper()
            except UnavailableError as error:
                _log.warning("keeper not started", workspace=self.workspace, reason=error.message)
            except Exception:  # noqa: BLE001 - a place must not go unminded, whatever failed
                _log.exception("looking after a workspace failed", workspace=self.workspace)
                with self._keeper_lock:
                    self._note_failure()
            self._await_change()

    def _await_change(self) -> None:
        """Return when a process ended, a retry is due or somebody woke us."""
        poll = select.poll()
        poll.register(self._wake_fd, select.POLLIN)
        keeper, inner = self._keeper, self._inner
        # A handle that another thread closed just now is woken about.
        for process in (keeper, inner):
            if process is not None and process.fd >= 0:
                poll.register(process.fd, select.POLLIN)
        wait = None if keeper else max(0.0, self._retry_at - time.monotonic()) * 1000
        poll.poll(wait)
        with suppress(BlockingIOError):
            os.eventfd_read(self._wake_fd)

    def _collect_sandbox(self) -> None:
        with self._sandbox_lock:
            if self._inner is not None and not self._inner.alive():
                _log.info("sandbox ended", workspace=self.workspace, sandbox_pid=self._inner.pid)
                self._end_sandbox()

    def _revive_keeper(self) -> None:
        with self._keeper_lock:
            if not self._is_wanted:
                return
            self._collect_keeper()
            if self._keeper is None and self._retry_at <= time.monotonic():
                self._start_keeper()

    def _collect_keeper(self) -> None:
        if self._keeper is None or self._keeper.alive():
            return
        _log.warning("keeper ended", workspace=self.workspace, keeper_pid=self._keeper.pid)
        self._keeper.close()
        self._keeper = None
        self._note_failure()


def _listens(path: Path, process: Process, seconds: float) -> bool:
    """Wait until somebody accepts at `path`; give up when the process ends or the time is over."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe_connection:
            try:
                probe_connection.connect(str(path))
            except OSError:
                if process.wait(0.005):
                    return False
            else:
                return True
    return False
