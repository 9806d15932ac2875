"""Who waits for a snapshot of a screen: asked for in the loop, made in the screen's thread."""

from asyncio import AbstractEventLoop, Future
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from ide.screen.engine import ScreenError


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The screen after every byte before `offset` and every mark before number `marks`."""

    offset: int
    cols: int
    rows: int
    marks: int
    codec: int
    data: bytes


class Wishes:
    """Snapshots asked for, the oldest first. Whoever calls holds the lock of the screen's thread.

    `tell` has the loop call something soon.
    """

    def __init__(self, loop: AbstractEventLoop, tell: Callable[..., None]) -> None:
        self._loop, self._tell = loop, tell
        self._waiting: deque[Future[Snapshot]] = deque()

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self) -> "Future[Snapshot]":
        """Wait for one, in the loop; the future may end in ScreenError."""
        future: Future[Snapshot] = self._loop.create_future()
        self._waiting.append(future)
        return future

    def grant(self, count: int, snapshot: Snapshot) -> None:
        """Give it to the oldest `count`; those after them came while it was made."""
        self._tell(_fulfil, self._take(count), snapshot)

    def refuse(self, count: int, error: str) -> None:
        """End the oldest `count` in ScreenError."""
        self._tell(_fail, self._take(count), error)

    def _take(self, count: int) -> "list[Future[Snapshot]]":
        """Return the oldest, for one call to the loop: each wakes it by a byte in a small pipe.

        Signals come through that pipe too, and are lost while it is full.
        """
        return [self._waiting.popleft() for _ in range(count)]


def _fulfil(futures: "list[Future[Snapshot]]", snapshot: Snapshot) -> None:
    for future in futures:
        if not future.done():
            future.set_result(snapshot)


def _fail(futures: "list[Future[Snapshot]]", error: str) -> None:
    for future in futures:
        if not future.done():
            future.set_exception(ScreenError(error))
