"""Starting searches in logs, each in a process of its own (`ide.keeper.log_search`)."""

import asyncio
import contextlib
import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, Final

import ide
from ide.errors import TooManyError
from ide.keeper import log_search
from ide.keeper.console import Console
from ide.keeper.output_log import OutputLog
from ide.keeper.segments import Segment

MAX_SEARCHES: Final = 2
_GRACE_SECONDS: Final = 5.0


class LogSearches:
    """Whoever searches in a log of this workspace just now, at most MAX_SEARCHES."""

    def __init__(self, spawn: Callable[[Coroutine[Any, Any, None]], Any], cards: Path) -> None:
        """`cards` is the database that says where commands are."""
        self._spawn, self._cards = spawn, cards
        self._running = 0

    def begin(
        self, console: Console, sock: socket.socket, pattern: str, *, regex: bool, case: bool
    ) -> dict[str, Any]:
        """Search what was printed until now; takes `sock` over. Raises TooManyError."""
        if self._running >= MAX_SEARCHES:
            raise TooManyError("Two searches are running already. Wait for one, or end it.")
        self._running += 1
        log = console.log
        job = {
            "pattern": pattern, "regex": regex, "case": case, "head": log.head,
            "console": console.record.id, "folder": str(console.folder), "cards": str(self._cards),
        }  # fmt: skip
        self._spawn(self._search(log, sock, job))
        return {"start": log.shelf.oldest, "end": log.head}

    async def _search(self, log: OutputLog, sock: socket.socket, job: dict[str, Any]) -> None:
        fds: list[int] = []
        children: list[subprocess.Popen[bytes]] = []
        try:
            segments = []
            for one in log.shelf.all:
                fd = None if one.packed else _opened(one)
                if fd is not None:
                    fds.append(fd)
                segments.append({
                    "first": one.first, "end": one.end if one.end is not None else job["head"],
                    "path": str(one.path) if one.path else None, "base": one.base,
                    "packed": one.packed, "fd": fd,
                })  # fmt: skip
            await asyncio.to_thread(_run, {**job, "segments": segments}, sock, fds, children)
        finally:
            for child in children:
                child.kill()  # the keeper ends, and would wait for the thread
            self._running -= 1
            sock.close()
            for fd in fds:
                os.close(fd)


def _opened(segment: Segment) -> int | None:
    """Return a descriptor of what has no name, or loses it when it is compressed meanwhile.

    None when its file is gone.
    """
    with contextlib.suppress(OSError):
        if segment.path is None or segment.file:
            return os.dup(segment.fileno())
        return os.open(segment.path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    return None


def _run(
    job: dict[str, Any],
    sock: socket.socket,
    fds: list[int],
    children: list[subprocess.Popen[bytes]],
) -> None:
    """Have the process search, known in `children`; ends it when it does not end by itself."""
    sock.setblocking(True)
    above = str(Path(ide.__file__).parents[1])
    with subprocess.Popen(
        [sys.executable, "-m", log_search.__name__],
        stdin=subprocess.PIPE, stdout=sock.fileno(), stderr=subprocess.DEVNULL,
        pass_fds=fds, cwd="/", env={"PYTHONPATH": above},
    ) as child:  # fmt: skip
        children.append(child)
        sock.close()  # its end is the child's alone: whoever reads hears when that ends
        try:
            child.communicate(
                json.dumps(job).encode(), timeout=log_search.WALL_SECONDS + _GRACE_SECONDS
            )
        except subprocess.TimeoutExpired:
            child.kill()
