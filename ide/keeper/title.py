"""What ps shows of a process that was forked and not executed."""

import ctypes
import os
from collections.abc import Sequence
from pathlib import Path

_FIRST_FIELD, _ARG_START, _ARG_END = 3, 48, 49
"""Fields of /proc/PID/stat by their numbers in proc(5); the first is the one behind the name."""


def show_command_line(words: Sequence[str]) -> None:
    """Show `words` as this process's command line, in place of those it was started with.

    The kernel shows the memory that the arguments were put in, so they are written over. A library
    exists (setproctitle), but gunicorn renames its processes as soon as it can be imported.
    Raises ValueError when `words` need more room than the arguments had.
    """
    fields = Path("/proc/self/stat").read_text("utf-8", "replace").rpartition(")")[2].split()
    start, end = (int(fields[number - _FIRST_FIELD]) for number in (_ARG_START, _ARG_END))
    text = b"".join(os.fsencode(word) + b"\0" for word in words)
    if len(text) > end - start:
        raise ValueError(f"{len(text)} bytes of title, {end - start} of room")
    ctypes.memmove(start, text.ljust(end - start, b"\0"), end - start)
