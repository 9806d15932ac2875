"""The yardstick: bash on a bare pty, nothing between."""

import os
import select
import time
from typing import Self

from ptyprocess import PtyProcess

PROMPT = b"bare$ "
WAIT_SECONDS = 20.0


class Bare:
    """Bash without start files on a pty of this process."""

    def __init__(self, *before: str) -> None:
        """`before` are words in front of the command: a sandbox."""
        environment = {"PS1": PROMPT.decode(), "TERM": "xterm-256color", "PATH": os.defpath}
        words = [*before, "/bin/bash", "--norc", "--noprofile", "-i"]
        self.started = time.perf_counter()
        self.process = PtyProcess.spawn(words, env=environment, dimensions=(30, 100))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.process.close(force=True)

    def write(self, data: bytes) -> None:
        """Type."""
        os.write(self.process.fd, data)

    def read_until(self, wanted: bytes) -> None:
        """Read until `wanted` was printed."""
        printed = b""
        while wanted not in printed:
            ready, _, _ = select.select([self.process.fd], [], [], WAIT_SECONDS)
            assert ready, f"{wanted!r} not within {WAIT_SECONDS} s"
            printed += os.read(self.process.fd, 65536)


def new_console_seconds(*before: str) -> float:
    """From fork to prompt."""
    with Bare(*before) as bash:
        bash.read_until(PROMPT)
        return time.perf_counter() - bash.started


def echo_seconds(bash: Bare) -> float:
    """From a key to its echo by bash's line editor."""
    started = time.perf_counter()
    bash.write(b"x")
    bash.read_until(b"x")
    return time.perf_counter() - started
