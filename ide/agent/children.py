"""Forks of the agent that do one thing with one socket."""

import importlib
import os
import signal
import socket
from typing import Any

KEPT = 3
"""The only descriptor that a child has beside its stdio."""


def fork_child(module: str, fd: int, *args: Any) -> int:
    """Fork a child that calls `work(socket, *args)` of `module`, `fd` being the socket's.

    Returns its process id; the fd stays the caller's.

    What it imports would double the agent's memory: it does so there alone. Raises OSError.
    """
    pid = os.fork()
    if pid == 0:
        _work(module, fd, args)
    return pid


def _work(module: str, fd: int, args: tuple[Any, ...]) -> None:
    """Never returns: it is a fork of the agent."""
    try:
        for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_DFL)
        signal.set_wakeup_fd(-1)
        signal.pthread_sigmask(signal.SIG_SETMASK, ())
        os.dup2(fd, KEPT)
        os.closerange(KEPT + 1, os.sysconf("SC_OPEN_MAX"))
        importlib.import_module(module).work(socket.socket(fileno=KEPT), *args)
    finally:
        os._exit(0)
