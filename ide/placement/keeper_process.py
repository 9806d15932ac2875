"""The keeper of one workspace as its supervisor has it: found, started, replaced, ended."""

import os
import signal
from contextlib import suppress
from typing import Final

import structlog

from ide.errors import UnavailableError
from ide.placement.back_off import BackOff
from ide.placement.machine import Machine
from ide.placement.processes import Process, listens
from ide.placement.records import find_keeper, keeper_word
from ide.placement.watchdog import Watchdog
from ide.screen.engine import READABLE_CHECKPOINTS

KEEPER_SOCKET: Final = "keeper.sock"
LISTEN_SECONDS: Final = 15.0
KEEPER_GRACE_SECONDS: Final = 5.0

_log = structlog.get_logger()


class KeeperProcess:
    """At most one process. Not thread-safe: its place holds a lock.

    `process` is None while none is known to run. `back_off` says when one that crashed is tried
    again.
    """

    def __init__(self, machine: Machine, workspace: str) -> None:
        self.process: Process | None = None
        self.back_off = BackOff()
        self._machine, self._workspace = machine, workspace
        self._folder = machine.settings.runtime / workspace
        self.socket = self._folder / KEEPER_SOCKET
        self.watchdog = Watchdog(self.socket)

    def adopt(self, folder_fd: int) -> bool:
        """Take over the one that runs by its lock; return whether there is one."""
        self.process = self._find(folder_fd)
        return self.process is not None

    def _find(self, folder_fd: int) -> Process | None:
        account = self._machine.keeper_account(self._workspace)
        uid = os.geteuid() if account is None else account.uid
        return find_keeper(folder_fd, self._workspace, uid)

    def ensure(self) -> None:
        """Start one unless it runs.

        Raises UnavailableError when it does not start, or crashed so often that the next try
        must wait.
        """
        self.collect()
        if self.process is None:
            if wait := self.back_off.wait_seconds:
                raise UnavailableError(
                    f"The workspace's keeper ended {self.back_off.in_a_row} times in a row;"
                    f" the next try is in {wait:.0f} s. Running programs are safe."
                )
            self.start()

    def revive(self) -> None:
        """Start one if none runs and it is time to. Raises UnavailableError."""
        self.collect()
        if self.process is None and not self.back_off.wait_seconds:
            self.start()

    def collect(self) -> None:
        """Take note of its end."""
        if self.process is None or self.process.alive():
            return
        _log.warning("keeper ended", workspace=self._workspace, keeper_pid=self.process.pid)
        self.process.close()
        self.process = None
        self.back_off.ended()

    @property
    def wait_seconds(self) -> float:
        """How long it is until there is something to do for it."""
        return self.watchdog.wait_seconds if self.process else self.back_off.wait_seconds

    def put_off(self) -> None:
        """Let the next try wait, unless that was seen to: it would fail as quickly."""
        if not self.back_off.wait_seconds:
            self.back_off.started()
            self.back_off.ended()

    def start(self) -> None:
        """Start one, none being known to run, and wait until it listens.

        Raises UnavailableError.
        """
        self._machine.make_folders(self._workspace)
        self.back_off.started()
        flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
        folder_fd = os.open(self._folder, flags)
        try:
            # One that our killed predecessor had just started may not have been known by us yet.
            keeper = self._find(folder_fd)
        finally:
            os.close(folder_fd)
        if keeper is None:
            with suppress(FileNotFoundError):
                self.socket.unlink()
            keeper = self._machine.start_keeper(self._workspace)
        if not listens(self.socket, keeper, LISTEN_SECONDS):
            keeper.end(0)
            keeper.close()
            self.back_off.ended()
            raise UnavailableError(
                "The workspace's keeper did not start; the server log says why."
                " Running programs are safe."
            )
        self.process = keeper
        _log.info("keeper started", workspace=self._workspace, keeper_pid=keeper.pid)

    def renew(self) -> None:
        """Replace one of another build by one of ours; its programs do not notice.

        One whose checkpoints our engine cannot read is asked to end when nothing runs any more.
        Raises UnavailableError when ours does not start.
        """
        keeper = self.process
        if keeper is None or not keeper.alive():
            return
        if keeper_word(keeper, "--build") == self._machine.build:
            return
        written = keeper_word(keeper, "--checkpoints")
        if written and written not in READABLE_CHECKPOINTS:
            _log.info("keeper stays until idle", workspace=self._workspace, checkpoints=written)
            keeper.send(signal.SIGUSR1)
            return
        self.end()
        self.start()

    def kill_stuck(self, keeper: Process) -> None:
        """Kill one that does not answer, if it still is the one; it is then started anew."""
        if self.process is keeper:
            fields = {"workspace": self._workspace, "keeper_pid": keeper.pid}
            _log.error("keeper does not answer, killed", **fields)
            keeper.send(signal.SIGKILL)

    def end(self) -> None:
        """End it, if it runs."""
        if self.process is not None:
            self.process.end(KEEPER_GRACE_SECONDS)
            self.process.close()
            self.process = None
