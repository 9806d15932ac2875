"""One workspace on this machine: its keeper, kept alive, and its sandbox, on demand."""

import os
import select
import signal
import socket
import threading
import time
import weakref
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import structlog

from ide.errors import UnavailableError
from ide.keeper.config import STOPPING
from ide.placement.back_off import BackOff
from ide.placement.folders import remove_runtime_folder
from ide.placement.machine import Machine
from ide.placement.processes import Process
from ide.placement.records import find_keeper, keeper_holds_lock, keeper_word
from ide.placement.watchdog import Watchdog
from ide.placement.workspace_sandbox import WorkspaceSandbox
from ide.screen.engine import READABLE_CHECKPOINTS

KEEPER_SOCKET: Final = "keeper.sock"
LISTEN_SECONDS: Final = 15.0
BUSY_SECONDS: Final = 20.0
KEEPER_GRACE_SECONDS: Final = 5.0

_log = structlog.get_logger()


class Place:
    """Keeper and sandbox of one workspace. Thread-safe.

    The sandbox has a lock of its own, taken after the keeper's: a keeper that is just starting may
    ask for its sandbox before it listens.
    """

    def __init__(self, machine: Machine, workspace: str) -> None:
        self.workspace = workspace
        self._machine = machine
        self._folder = machine.settings.runtime / workspace
        self._keeper_lock = threading.Lock()
        self._sandbox = WorkspaceSandbox(machine, workspace)
        self._keeper: Process | None = None
        self._back_off = BackOff()
        self._watchdog = Watchdog(self._folder / KEEPER_SOCKET)
        self._is_wanted = True
        self._is_gone = False
        self._wake_fd = os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)
        weakref.finalize(self, os.close, self._wake_fd)
        self._minder = threading.Thread(target=self._mind, name=f"mind-{workspace}", daemon=True)

    def adopt(self) -> bool:
        """Take over what an earlier supervisor started; return whether anything runs."""
        folder_fd = self._open_folder()
        try:
            # Of one that was killed while it stopped everything. The keeper's account may have made
            # a folder of that name: then it tells its pages nonsense, and is adopted all the same.
            with suppress(FileNotFoundError, IsADirectoryError):
                os.unlink(STOPPING, dir_fd=folder_fd)
            self._keeper = self._find_keeper(folder_fd)
            is_inside = self._sandbox.adopt(folder_fd)
            return is_inside or self._keeper is not None or keeper_holds_lock(folder_fd)
        finally:
            os.close(folder_fd)

    def _open_folder(self) -> int:
        return os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)

    def _find_keeper(self, folder_fd: int) -> Process | None:
        account = self._machine.keeper_account(self.workspace)
        uid = os.geteuid() if account is None else account.uid
        return find_keeper(folder_fd, self.workspace, uid)

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
            if not self._is_wanted:
                raise UnavailableError("The workspace is being stopped.")
            self._collect_keeper()
            if self._keeper is None:
                if wait := self._back_off.wait_seconds:
                    raise UnavailableError(
                        f"The workspace's keeper ended {self._back_off.in_a_row} times in a row;"
                        f" the next try is in {wait:.0f} s. Running programs are safe."
                    )
                self._start_keeper()
        finally:
            self._keeper_lock.release()
            self._wake()
        return self._folder / KEEPER_SOCKET

    def renew_keeper(self) -> None:
        """Replace a keeper of another build by one of ours; its programs do not notice.

        One whose checkpoints our engine cannot read is asked to end when nothing runs any more.
        Raises UnavailableError when ours does not start.
        """
        with self._keeper_lock:
            keeper = self._keeper
            if not self._is_wanted or keeper is None or not keeper.alive():
                return
            if keeper_word(keeper, "--build") == self._machine.build:
                return
            written = keeper_word(keeper, "--checkpoints")
            if written and written not in READABLE_CHECKPOINTS:
                _log.info("keeper stays until idle", **self.describe(), checkpoints=written)
                keeper.send(signal.SIGUSR1)
                return
            keeper.end(KEEPER_GRACE_SECONDS)
            keeper.close()
            self._keeper = None
            try:
                self._start_keeper()
            finally:
                self._wake()

    def sandbox(self) -> dict[str, Any]:
        """Return `{agent, kind}` once the sandbox runs. Raises UnavailableError, SandboxError."""
        path = self._sandbox.ensure()
        self._wake()
        return {"agent": str(path), "kind": self._sandbox.kind}

    def stop(self) -> None:
        """End programs and keeper and remove every socket and record. Files and logs stay."""
        self._is_wanted = False
        with self._keeper_lock:
            if not self._is_gone:
                self._tell_keeper_why()
            # The sandbox first: the keeper still drains what was printed and notes the end.
            self._sandbox.stop()
            if self._keeper is not None:
                self._keeper.end(KEEPER_GRACE_SECONDS)
                self._keeper.close()
                self._keeper = None
            if not self._is_gone:  # else the folder may be a successor's
                remove_runtime_folder(self._machine.runtime_fd, self.workspace)
                self._is_gone = True
        self._wake()
        if self._minder.is_alive():
            self._minder.join()

    def _tell_keeper_why(self) -> None:
        """Have the keeper know that programs end because we end them, none by itself."""
        try:
            folder_fd = self._open_folder()
            try:
                # The keeper's account may write there: what has this name already is not followed.
                flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
                os.close(os.open(STOPPING, flags, 0o600, dir_fd=folder_fd))
            finally:
                os.close(folder_fd)
        except OSError as error:
            _log.warning("the keeper was not told", workspace=self.workspace, reason=str(error))

    def describe(self) -> dict[str, Any]:
        """Return the workspace as in the answer to `list`; process ids are null when not there."""
        keeper, inner = self._keeper, self._sandbox.process
        return {
            "workspace": self.workspace,
            "keeper_pid": keeper.pid if keeper else None,
            "sandbox_pid": inner.pid if inner else None,
            "kind": self._sandbox.kind,
        }

    def _start_keeper(self) -> None:
        """Start a keeper and wait until it listens; under our lock, none known to run."""
        self._machine.make_folders(self.workspace)
        path = self._folder / KEEPER_SOCKET
        self._back_off.started()
        folder_fd = self._open_folder()
        try:
            # One that our killed predecessor had just started may not have been known by us yet.
            keeper = self._find_keeper(folder_fd)
        finally:
            os.close(folder_fd)
        if keeper is None:
            with suppress(FileNotFoundError):
                path.unlink()
            keeper = self._machine.start_keeper(self.workspace)
        if not _listens(path, keeper, LISTEN_SECONDS):
            keeper.end(0)
            keeper.close()
            self._back_off.ended()
            raise UnavailableError(
                "The workspace's keeper did not start; the server log says why."
                " Running programs are safe."
            )
        self._keeper = keeper
        _log.info("keeper started", workspace=self.workspace, keeper_pid=keeper.pid)

    def _wake(self) -> None:
        os.eventfd_write(self._wake_fd, 1)

    def _mind(self) -> None:
        """Collect a dead sandbox, start a dead or stuck keeper anew. Runs in its own thread."""
        while self._is_wanted:
            try:
                self._sandbox.collect()
                self._revive_keeper()
                self._look_whether_stuck()
            except UnavailableError as error:
                _log.warning("keeper not started", workspace=self.workspace, reason=error.message)
                self._put_off()
            except Exception:  # noqa: BLE001 - a place must not go unminded, whatever failed
                _log.exception("looking after a workspace failed", workspace=self.workspace)
                self._put_off()
            self._await_change()
        self._watchdog.close()

    def _put_off(self) -> None:
        """Let the next try wait, unless that was seen to: it would fail as quickly."""
        with self._keeper_lock:
            if not self._back_off.wait_seconds:
                self._back_off.started()
                self._back_off.ended()

    def _await_change(self) -> None:
        """Return when a process ended, a retry is due or somebody woke us."""
        poll = select.poll()
        poll.register(self._wake_fd, select.POLLIN)
        keeper, inner = self._keeper, self._sandbox.process
        # A handle that another thread closed just now is woken about.
        for process in (keeper, inner):
            if process is not None and process.fd >= 0:
                poll.register(process.fd, select.POLLIN)
        wait_seconds = self._watchdog.wait_seconds if keeper else self._back_off.wait_seconds
        poll.poll(wait_seconds * 1000)
        with suppress(BlockingIOError):
            os.eventfd_read(self._wake_fd)

    def _revive_keeper(self) -> None:
        with self._keeper_lock:
            if not self._is_wanted:
                return
            self._collect_keeper()
            if self._keeper is None and not self._back_off.wait_seconds:
                self._start_keeper()

    def _look_whether_stuck(self) -> None:
        """Kill a keeper that does not answer; it is started anew as any that ended."""
        keeper = self._keeper
        if keeper is None or not self._watchdog.is_stuck(keeper.pid):
            return
        with self._keeper_lock:
            if self._keeper is keeper:
                fields = {"workspace": self.workspace, "keeper_pid": keeper.pid}
                _log.error("keeper does not answer, killed", **fields)
                keeper.send(signal.SIGKILL)

    def _collect_keeper(self) -> None:
        if self._keeper is None or self._keeper.alive():
            return
        _log.warning("keeper ended", workspace=self.workspace, keeper_pid=self._keeper.pid)
        self._keeper.close()
        self._keeper = None
        self._back_off.ended()


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
