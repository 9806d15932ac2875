"""The thread that makes cards behind the loop's back.

What the loop asks is done in the order in which it was asked. A mistake in one thing is logged and
ends no other.
"""

import contextlib
import threading
from asyncio import AbstractEventLoop, Future
from collections import deque
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, Final

from ide.keeper.card_reading import Wanted
from ide.keeper.card_store import CardStore
from ide.keeper.card_work import CardWork, Listener
from ide.keeper.mistakes import Mistakes

AGAIN_SECONDS: Final = 2.0


class CardThread:
    """Methods are for the loop; none of them waits."""

    def __init__(self, loop: AbstractEventLoop, path: Path, listener: Listener) -> None:
        self._loop = loop
        self._wake = threading.Condition()
        self._jobs: deque[Callable[[], object]] = deque()
        self._wanted: dict[str, Wanted] = {}
        """What the last of the jobs is to read, as long as nothing was asked for after it."""
        self._stopping = False
        self._mistakes = Mistakes(loop)
        self.work = CardWork(path, listener, self._tell, self._mistakes)
        """What the thread does; to be posted, never called."""
        self._thread = threading.Thread(target=self._run, name="cards", daemon=True)

    def start(self) -> None:
        """Open the database and begin."""
        self._thread.start()

    def post(self, job: Callable[[], object]) -> None:
        """Have one of the methods of `work` called in the thread."""
        with self._wake:
            self._jobs.append(job)
            self._wanted = {}
            self._wake.notify()

    def look(self, wanted: dict[str, Wanted]) -> None:
        """Have the output of consoles, by their names, read up to somewhere."""
        with self._wake:
            if not self._wanted:
                self._jobs.append(partial(self._read, self._wanted))
            self._wanted.update(wanted)
            self._wake.notify()

    def _read(self, wanted: dict[str, Wanted]) -> None:
        for name, one in wanted.items():
            self._mistakes.contain(partial(self.work.read, name, one))

    def ask(self, question: Callable[[CardStore], Any]) -> "Future[Any]":
        """Have the database asked; the future may end in UnavailableError."""
        future: Future[Any] = self._loop.create_future()
        self.post(partial(self.work.answer, future, question))
        return future

    def stop(self, seconds: float = 3.0) -> None:
        """Do what was asked for, write, and end; waits at most that long."""
        with self._wake:
            self._stopping = True
            self._wake.notify()
        self._thread.join(seconds)

    def _run(self) -> None:
        with contextlib.suppress(OSError):  # so that `top -H`, and bench.marks, tell its time
            Path("/proc/thread-self/comm").write_text("cards")
        self._mistakes.contain(self.work.open)
        while self._turn():
            pass
        self.work.close()

    def _turn(self) -> bool:
        with self._wake:
            self._wake.wait_for(
                lambda: self._jobs or self._stopping,
                AGAIN_SECONDS if self.work.is_behind else None,
            )
            jobs, stopping = list(self._jobs), self._stopping
            self._jobs.clear()
            self._wanted = {}
        for job in (self.work.begin_late, *jobs, self.work.write):
            self._mistakes.contain(job)
        return not (stopping and not self._jobs)

    def _tell(self, call: Callable[..., None], *args: object) -> None:
        if not self._loop.is_closed():
            with contextlib.suppress(RuntimeError):  # it was closed just now
                self._loop.call_soon_threadsafe(call, *args)
