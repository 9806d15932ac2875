"""Checks of the fds that the untrusted agent passes: each is what it is said to be, or refused."""

import contextlib
import fcntl
import os
import socket
import stat
from typing import Final

_PTMX: Final = os.makedev(5, 2)
_TIOCGPTN: Final = 0x80045430
"""Ask a master for its number; Python's termios does not name it."""
SESSION_FDS: Final = 3
"""Master, and both ends of the pipe."""


class WrongFdError(Exception):
    """The agent passed something else than it was asked for."""


def check_session(fds: list[int]) -> tuple[int, tuple[int, int]]:
    """Return master and (read, write) ends of the pipe. Raises WrongFdError."""
    if len(fds) != SESSION_FDS:
        raise WrongFdError(f"{len(fds)} fds came")
    master, read, write = fds
    check_master(master)
    check_pipe(read, os.O_RDONLY)
    check_pipe(write, os.O_WRONLY)
    check_same_pipe(read, write)
    return master, (read, write)


def check_master(fd: int) -> None:
    """Raise WrongFdError unless `fd` is the master of a pty."""
    status = os.fstat(fd)
    if not stat.S_ISCHR(status.st_mode) or status.st_rdev != _PTMX:
        raise WrongFdError("not a pty master")
    try:
        fcntl.ioctl(fd, _TIOCGPTN, b"\0" * 4)
    except OSError as error:
        raise WrongFdError("not a pty master") from error


def check_pipe(fd: int, mode: int) -> None:
    """Raise WrongFdError unless `fd` is a pipe's end of access mode `mode` (os.O_RDONLY, …)."""
    if not stat.S_ISFIFO(os.fstat(fd).st_mode):
        raise WrongFdError("not a pipe")
    if fcntl.fcntl(fd, fcntl.F_GETFL) & os.O_ACCMODE != mode:
        raise WrongFdError("the wrong end of a pipe")


def check_same_pipe(read: int, write: int) -> None:
    """Raise WrongFdError unless both are ends of one pipe."""
    one, other = os.fstat(read), os.fstat(write)
    if (one.st_dev, one.st_ino) != (other.st_dev, other.st_ino):
        raise WrongFdError("two different pipes")


def check_tcp(fd: int) -> socket.socket:
    """Return the connected TCP socket that `fd` is. Raises WrongFdError; then `fd` is closed."""
    try:
        sock = socket.socket(fileno=fd)
    except OSError as error:
        close(fd)
        raise WrongFdError("not a socket") from error
    if not _is_connected_tcp(sock):
        sock.close()
        raise WrongFdError("not a connected TCP socket")
    sock.setblocking(False)
    return sock


def _is_connected_tcp(sock: socket.socket) -> bool:
    try:
        protocol = sock.getsockopt(socket.SOL_SOCKET, socket.SO_PROTOCOL)
        sock.getpeername()
    except OSError:
        return False
    return sock.family in {socket.AF_INET, socket.AF_INET6} and protocol == socket.IPPROTO_TCP


def close(fd: int) -> None:
    """Close an fd that we may not own any more."""
    with contextlib.suppress(OSError):
        os.close(fd)


def close_all(fds: list[int]) -> None:
    """Close each of `fds`."""
    for fd in fds:
        close(fd)
