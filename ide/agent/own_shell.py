"""Starting a Bash with our own start file, at a fifth of the time that a fork of the agent takes.

What else a child of ours does between fork and exec, Bash does by itself: its start file gives up
the agent's reserve before it reads a line of anybody else's. See docs/performance.md.
"""

import fcntl
import os
import resource
import struct
import termios
from collections.abc import Mapping, Sequence

from ide.agent.limits import Reserve

START_FILE = "bashrc"
_MARKS_FD = 3
"""Where a program finds the key of its marks, said in IDE_MARKS; it reads and closes it."""


def is_own(argv: Sequence[str], tools: str) -> bool:
    """Whether this is a shell that begins with our start file."""
    return list(argv[1:3]) == ["--rcfile", f"{tools}/{START_FILE}"]


def spawn(
    argv: Sequence[str],
    env: Mapping[str, str],
    folders: Sequence[str],
    size: tuple[int, int],
    *,
    ignored: Sequence[int],
    reserve: Reserve,
    key: int | None = None,
) -> tuple[int, int]:
    """Start it on a new pty of `size` (rows, cols); return its process id and the master.

    It begins in the first of `folders` that can be entered; signals `ignored` by us are not by it.
    `key` is a pipe with what its marks carry (`key_pipe`).
    Raises OSError, ValueError; what is open then is the caller's to close.
    """
    more = {} if key is None else {"IDE_MARKS": str(_MARKS_FD)}
    passed = [] if key is None else [(os.POSIX_SPAWN_DUP2, key, _MARKS_FD)]
    master, slave = os.openpty()
    fcntl.ioctl(master, termios.TIOCSWINSZ, struct.pack("HHHH", *size, 0, 0))
    back = os.open(".", os.O_PATH | os.O_CLOEXEC)
    try:
        enter(folders)
        pid = os.posix_spawn(
            argv[0],
            list(argv),
            {**env, "IDE_LIMITS": _without(reserve), **more},
            # Who leads a session gets the first terminal that it opens.
            file_actions=[
                (os.POSIX_SPAWN_OPEN, 0, os.ttyname(slave), os.O_RDWR, 0),
                (os.POSIX_SPAWN_DUP2, 0, 1),
                (os.POSIX_SPAWN_DUP2, 0, 2),
                *passed,
            ],
            setsid=True,
            setsigdef=ignored,
            setsigmask=(),
        )
    finally:
        os.fchdir(back)
        os.close(back)
    os.close(slave)
    return pid, master


def key_pipe(key: str) -> int:
    """Return the reading end of a pipe that holds `key`, of at most 64 characters.

    So it is in no environment and in no arguments, which every program may read. Raises OSError.
    """
    reading, writing = os.pipe()
    try:
        os.write(writing, key.encode())
    finally:
        os.close(writing)
    return reading


def enter(folders: Sequence[str]) -> None:
    """Go to the first of `folders` that can be entered."""
    for folder in folders:
        try:
            os.chdir(folder)
        except (OSError, ValueError):
            continue
        return


def _without(reserve: Reserve) -> str:
    """Return the limits of programs as words for Bash's `ulimit`."""
    words = []
    for option, number, spare in (
        ("-u", resource.RLIMIT_NPROC, reserve.processes),
        ("-n", resource.RLIMIT_NOFILE, reserve.files),
    ):
        soft = resource.getrlimit(number)[0]
        if spare and soft != resource.RLIM_INFINITY:
            words += [option, str(max(1, soft - spare))]
    return " ".join(words)
