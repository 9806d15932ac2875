"""A fake keeper whose file requests are answered by the real worker, in threads of the test."""

import contextlib
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

from ide.agent import files as worker
from tests.fakes.keeper import FakeKeeper

WAIT_SECONDS = 10


class _Served(list[socket.socket]):
    """Streams handed to the worker as they are made."""

    def __init__(self, home: Path) -> None:
        super().__init__()
        self.home = home
        self.threads: list[threading.Thread] = []

    def append(self, end: socket.socket) -> None:
        thread = threading.Thread(target=worker.serve, args=(end.detach(), str(self.home)))
        self.threads.append(thread)
        thread.start()


@contextlib.contextmanager
def file_keeper(runtime: Path, workspace: str, home: Path) -> Iterator[FakeKeeper]:
    """Serve the files of `home`; at the end no request may be left over."""
    home.mkdir(parents=True)
    keeper = FakeKeeper(runtime, workspace)
    served = _Served(home)
    keeper.file_ends = served
    keeper.start()
    try:
        yield keeper
    finally:
        keeper.stop()
        for thread in served.threads:
            thread.join(WAIT_SECONDS)
        assert not any(thread.is_alive() for thread in served.threads), "a file request is left"
