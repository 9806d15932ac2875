"""The agent's side of the file worker, a child of its own that serves file requests.

It is started with the first request and handed every stream. After a minute without a new one it
is told to leave when it is done, because an idle workspace should cost no memory.
"""

import array
import importlib
import os
import signal
import socket
import time

from ide.agent.sessions import RefusedError

IDLE_SECONDS = 60.0
SEND_SECONDS = 2.0


class Worker:
    """The agent's side: starts the process when it is needed and passes streams on."""

    def __init__(self, home: str) -> None:
        self._home = home
        self._socket: socket.socket | None = None
        self._pid = 0
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
        if pid == self._pid:
            self._drop()

    def next_leave(self) -> float | None:
        """Return when `leave_due` has something to do, in time.monotonic() seconds."""
        return self._leave_at

    def leave_due(self, now: float) -> None:
        """Close an idle worker's socket: it finishes what it serves and ends."""
        if self._leave_at is not None and self._leave_at <= now:
            self._drop()

    def _running(self) -> socket.socket:
        if self._socket is None:
            ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            try:
                pid = os.fork()
            except OSError:
                ours.close()
                theirs.close()
                raise
            if pid == 0:
                _be_worker(theirs, self._home)
            theirs.close()
            ours.settimeout(SEND_SECONDS)
            self._socket, self._pid = ours, pid
        return self._socket

    @staticmethod
    def _pass(channel: socket.socket, stream: int) -> None:
        rights = array.array("i", [stream])
        channel.sendmsg([b"s"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, rights)])

    def _drop(self) -> None:
        if self._socket is not None:
            self._socket.close()
        self._socket, self._pid, self._leave_at = None, 0, None


def _be_worker(control: socket.socket, home: str) -> None:
    """Become the worker. Never returns: it is a fork of the agent."""
    try:
        for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_DFL)
        signal.set_wakeup_fd(-1)
        signal.pthread_sigmask(signal.SIG_SETMASK, ())
        kept = os.dup2(control.fileno(), 3)
        os.closerange(4, os.sysconf("SC_OPEN_MAX"))
        # Only here: what it imports would double the agent's memory.
        files = importlib.import_module("ide.agent.files")
        files.work(socket.socket(fileno=kept), home)
    finally:
        os._exit(0)
