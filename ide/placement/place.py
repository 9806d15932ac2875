"""One workspace on this machine: its keeper, kept alive, and its sandbox, on demand."""

import os
import select
import threading
import weakref
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import structlog

from ide.errors import UnavailableError
from ide.guard.plan import Plan
from ide.keeper.config import STOPPING
from ide.placement.folders import remove_runtime_folder
from ide.placement.keeper_process import KeeperProcess
from ide.placement.machine import Machine
from ide.placement.meter import Meter
from ide.placement.records import keeper_holds_lock
from ide.placement.workspace_sandbox import WorkspaceSandbox

BUSY_SECONDS: Final = 20.0

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
        self.meter = Meter(machine, workspace, self._sandbox)
        self._keeper = KeeperProcess(machine, workspace)
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
            is_kept = self._keeper.adopt(folder_fd)
            is_inside = self._sandbox.adopt(folder_fd)
            return is_inside or is_kept or keeper_holds_lock(folder_fd)
        finally:
            os.close(folder_fd)

    def _open_folder(self) -> int:
        return os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)

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
            self._keeper.ensure()
        finally:
            self._keeper_lock.release()
            self._wake()
        return self._keeper.socket

    def renew_keeper(self) -> None:
        """Replace a keeper of another build. Raises UnavailableError when ours does not start."""
        with self._keeper_lock:
            if self._is_wanted:
                try:
                    self._keeper.renew()
                finally:
                    self._wake()

    def sandbox(self, plan: Plan) -> dict[str, Any]:
        """Return `{agent, kind, age, network}` once the sandbox runs.

        Raises UnavailableError, SandboxError.
        One that runs already keeps the plan that it was started with. Whatever plan is asked for,
        the machine's ceilings hold.
        """
        path = self._sandbox.ensure(self._machine.capped(plan))
        self._wake()
        return {"agent": str(path), **self._sandbox.describe()}

    def sandbox_pids(self) -> list[int]:
        """Return the processes that make the sandbox, none when none is known to run."""
        return self._sandbox.pids()

    def limit(self, plan: Plan) -> list[str]:
        """Give the running sandbox the limits of another plan; return what could not be set."""
        return list(self._sandbox.limit(self._machine.capped(plan)))

    def hold_limits(self) -> None:
        """See to it that the limits of an adopted sandbox hold on."""
        self._sandbox.hold_limits()

    def reclaim(self) -> int:
        """Have the kernel drop what it caches for the programs; return how many bytes."""
        return self._sandbox.group.reclaim() if self._sandbox.process else 0

    def sleep(self) -> dict[str, Any]:
        """End the programs; the next need starts a sandbox again. Raises UnavailableError."""
        self._sandbox.sleep()
        self._wake()
        return {}

    def stop(self) -> None:
        """End programs and keeper and remove every socket and record. Files and logs stay."""
        self._is_wanted = False
        with self._keeper_lock:
            if not self._is_gone:
                self._tell_keeper_why()
            # The sandbox first: the keeper still drains what was printed and notes the end.
            self._sandbox.stop()
            self._keeper.end()
            self._machine.keeper_ended(self.workspace)
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
        keeper, inner = self._keeper.process, self._sandbox.process
        return {
            "workspace": self.workspace,
            "keeper_pid": keeper.pid if keeper else None,
            "sandbox_pid": inner.pid if inner else None,
            "kind": self._sandbox.kind,
        }

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
        self._keeper.watchdog.close()

    def _put_off(self) -> None:
        """Let the next try wait, unless that was seen to: it would fail as quickly."""
        with self._keeper_lock:
            self._keeper.put_off()

    def _await_change(self) -> None:
        """Return when a process ended, a retry is due or somebody woke us."""
        poll = select.poll()
        poll.register(self._wake_fd, select.POLLIN)
        keeper, inner = self._keeper.process, self._sandbox.process
        # A handle that another thread closed just now is woken about.
        for fd in [process.fd for process in (keeper, inner) if process is not None]:
            if fd >= 0:
                poll.register(fd, select.POLLIN)
        wait_seconds = self._keeper.wait_seconds
        poll.poll(wait_seconds * 1000)
        with suppress(BlockingIOError):
            os.eventfd_read(self._wake_fd)

    def _revive_keeper(self) -> None:
        with self._keeper_lock:
            if not self._is_wanted:
                return
            self._keeper.revive()

    def _look_whether_stuck(self) -> None:
        """Kill a keeper that does not answer; it is started anew as any that ended."""
        keeper = self._keeper.process
        if keeper is None or not self._keeper.watchdog.is_stuck(keeper.pid):
            return
        with self._keeper_lock:
            self._keeper.kill_stuck(keeper)
