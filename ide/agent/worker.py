"""The agent's side of the file worker, a child of its own that serves file requests.

It is started with the first request and handed every stream. After a minute without a new one it
is told to leave when it is done, because an idle workspace should cost no memory.
"""

import array
import os
import socket
import time

from ide.agent.children import fork_child
from ide.agent.sessions import RefusedError

IDLE_SECONDS = 60.0
SEND_SECONDS = 2.0
REST_SECONDS = 0.2


class Worker:
    """The agent's side: starts the process when it is needed and passes streams on."""

    def __init__(self, home: str) -> None:
        self._home = home
        self._socket: socket.socket | None = None
        self.pid = 0
        self._leave_at: float | None = None

    def hand_over(self, stream: int) -> None:
        """Give a stream to the worker; `stream` stays the caller's. Raises RefusedError."""
        for _ in range(2):  # a program may have killed the worker a moment ago
            try:
                self._pass(self._running(), stream)
            except (BrokenPipeError, ConnectionResetError):
                self._drop()
                continue
            except OSError as error:
                raise RefusedError("unavailable", f"the file worker is stuck: {error}") from error
            self._leave_at = time.monotonic() + IDLE_SECONDS
            return
        raise RefusedError("unavailable", "the file worker does not start")

    def reaped(self, pid: int) -> None:
        """Take note that a child ended."""
        if pid == self.pid:
            self._drop()

    def next_leave(self) -> float | None:
        """Return when `leave_due` has something to do, in time.monotonic() seconds."""
        return self._leave_at

    def leave_due(self, now: float) -> None:
        """Close an idle worker's socket: it finishes what it serves and ends."""
        if self._leave_at is not None and self._leave_at <= now:
            self._drop()

    def rest(self) -> int:
        """End an idle worker; return how many bytes it took, 0 when it has something to finish."""
        pid = self.pid
        size = _bytes_of(pid)
        self._drop()
        deadline = time.monotonic() + REST_SECONDS
        while size and os.path.exists(f"/proc/{pid}/exe"):  # noqa: PTH110 - pathlib costs memory
            if time.monotonic() >= deadline:
                return 0
            time.sleep(0.005)
        return size

    def _running(self) -> socket.socket:
        if self._socket is None:
            ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            try:
                pid = fork_child("ide.agent.files", theirs.fileno(), self._home)
            except OSError:
                ours.close()
                theirs.close()
                raise
            theirs.close()
            ours.settimeout(SEND_SECONDS)
            self._socket, self.pid = ours, pid
        return self._socket

    @staticmethod
    def _pass(channel: socket.socket, stream: int) -> None:
        rights = array.array("i", [stream])
        channel.sendmsg([b"s"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, rights)])

    def _drop(self) -> None:
        if self._socket is not None:
            self._socket.close()
        self._socket, self.pid, self._leave_at = None, 0, None


def _bytes_of(pid: int) -> int:
    """Return a process's share of memory, 0 when there is none."""
    try:
        with open(f"/proc/{pid}/smaps_rollup", "rb") as file:  # noqa: PTH123 - as above
            return next(
                (int(line.split()[1]) * 1024 for line in file if line.startswith(b"Pss:")), 0
            )
    except OSError:
        return 0
