"""A piece of work for a process of its own: JSON in, JSON out, bounded in bytes and time."""

import asyncio
import contextlib
import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import ide
from ide.errors import UnavailableError

_READ_BYTES: Final = 64 * 1024


class ChildJob:
    """One process, from its start to its end. Nothing here blocks the loop but the fork."""

    def __init__(self, module: str, job: dict[str, Any]) -> None:
        """Start `module` with `job`. Raises OSError."""
        self._ours, theirs = socket.socketpair()
        self._ours.setblocking(False)
        asked = os.memfd_create("job", os.MFD_CLOEXEC)
        try:
            with os.fdopen(os.dup(asked), "wb") as file:
                file.write(json.dumps(job).encode())
            os.lseek(asked, 0, os.SEEK_SET)
            self._child = subprocess.Popen(
                [sys.executable, "-S", "-m", module],  # nothing but our own and Python's modules
                stdin=asked, stdout=theirs.fileno(), stderr=subprocess.DEVNULL,
                cwd="/", env={"PYTHONPATH": str(Path(ide.__file__).parents[1])},
            )  # fmt: skip
        except BaseException:
            self._ours.close()
            raise
        finally:
            theirs.close()
            os.close(asked)

    async def answer(self, seconds: float, max_bytes: int) -> dict[str, Any]:
        """Return what it says, then it is gone. Raises UnavailableError."""
        loop = asyncio.get_running_loop()
        data = bytearray()
        try:
            async with asyncio.timeout(seconds):
                while more := await loop.sock_recv(self._ours, _READ_BYTES):
                    data += more
                    if len(data) > max_bytes:
                        raise UnavailableError("The answer is too long.")
            said: dict[str, Any] = json.loads(data)
        except (TimeoutError, ValueError, OSError):
            raise UnavailableError("It takes too long. Try again.") from None
        finally:
            self.kill()  # at once: who is cancelled may not come to the next line
            await asyncio.shield(self.end())
        return said

    async def end(self) -> None:
        """End it at once, and collect it."""
        self.kill()
        await asyncio.to_thread(self._child.wait)
        with contextlib.suppress(OSError):
            self._ours.close()

    def kill(self) -> None:
        """End it, without waiting for that."""
        if self._child.poll() is None:
            self._child.kill()
