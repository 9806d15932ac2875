"""Search over everything, as the loop sees it: when to index, whom to ask, what to tell.

Both are done by processes of their own (`ide.keeper.indexing`, `ide.keeper.index_search`). A
workspace at rest has neither.
"""

import asyncio
import time
from collections.abc import Mapping
from typing import Any, Final

from ide.errors import TooManyError, UnavailableError
from ide.keeper.child_job import ChildJob
from ide.keeper.console import Console
from ide.keeper.index_asked import Asked
from ide.keeper.index_text import CELL_BYTES, complete_cells
from ide.keeper.keeper import Keeper

LOOK_SECONDS: Final = 5.0
ENOUGH_BYTES: Final = 512 * 1024
"""So much that is not indexed is worth a process; a search looks at less of it as it is."""
APART_SECONDS: Final = 15.0
AGAIN_SECONDS: Final = 30.0
_INDEXING: Final = "ide.keeper.indexing"
_SEARCH: Final = "ide.keeper.index_search"
_INDEX_SECONDS: Final = 180.0
_SEARCH_SECONDS: Final = 8.0
_WAIT_SECONDS: Final = 3.0
MAX_SEARCHES: Final = 2
_ANSWER_BYTES: Final = 768 * 1024
DAMAGED: Final = (
    "The index for the search over everything was damaged. It is made anew from the output that"
    " is kept."
)
NOT_INDEXED: Final = (
    "New output cannot be indexed for the search at present ({why}). Consoles go on, and it is"
    " tried again."
)


class Finding:
    """Knows how far each console is indexed, as far as this keeper has heard of it."""

    def __init__(self, keeper: Keeper) -> None:
        self._keeper = keeper
        self._consoles: Mapping[str, Console] = keeper.consoles
        self._indexed: dict[str, tuple[str, int]] = {}
        """By console: under which epoch, and up to where."""
        self._job: ChildJob | None = None
        self._next_at = 0.0
        self._left = False
        """Whether the last job ended before all was indexed that was there then."""
        self._waits = False
        """Whether that was because where commands begin could not be read; once, then without."""
        self._said = False
        self._turns = asyncio.Semaphore(MAX_SEARCHES)
        if keeper.config.search_cap_bytes:
            keeper.spawn(self._keep())

    # Indexing.

    async def _keep(self) -> None:
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            is_worth_it = self._left or self._missing() >= ENOUGH_BYTES
            if is_worth_it and time.monotonic() >= self._next_at:
                await self._index()

    def _missing(self) -> int:
        """Return how many bytes were printed that are not indexed, and could be by now."""
        missing = 0
        for name, console in self._consoles.items():
            log = console.log
            if log.recording and not console.record.never:
                epoch, upto = self._indexed.get(name, ("", 0))
                since = max(upto if epoch == console.record.epoch else 0, log.start)
                missing += max(0, complete_cells(log.head) * CELL_BYTES - since)
        return missing

    def _by_age(self) -> list[Console]:
        """Return consoles, the one that printed last first."""
        return sorted(self._consoles.values(), key=lambda one: one.times.last, reverse=True)

    async def _index(self) -> None:
        config = self._keeper.config
        consoles = self._by_age()
        job = {
            "consoles": [_told(one) for one in consoles],
            "cards": str(config.cards),
            "cap_bytes": config.search_cap_bytes,
            "min_free_bytes": config.log_limits.min_free_bytes,
            "is_patient": not self._waits,
        }
        epochs = {one.record.id: one.record.epoch for one in consoles}
        self._next_at = time.monotonic() + APART_SECONDS
        try:
            self._job = ChildJob(_INDEXING, job)
            said = await self._job.answer(_INDEX_SECONDS, _ANSWER_BYTES)
        except (OSError, UnavailableError):
            self._next_at = time.monotonic() + AGAIN_SECONDS
            return  # it was ended, as when a console is removed, or the machine has no process
        finally:
            if self._job:
                self._job.kill()
            self._job = None
        self._heard(said, epochs)

    def _heard(self, said: dict[str, Any], epochs: dict[str, str]) -> None:
        for name, upto in said["indexed"].items():
            self._indexed[name] = (epochs[name], upto)
        self._left, self._waits = said["left"] or bool(said["failed"]), said["waits"]
        if said["damaged"]:
            self._keeper.notice("warning", DAMAGED)
        if said["failed"]:
            self._next_at = time.monotonic() + AGAIN_SECONDS
            if not self._said:
                self._keeper.notice("warning", NOT_INDEXED.format(why=said["failed"]))
        self._said = bool(said["failed"])

    async def let_go_of(self, console: str) -> None:
        """Have nothing written to the folder of a console that is about to be removed."""
        self._indexed.pop(console, None)
        if job := self._job:
            await job.end()

    # Searching.

    async def search(self, asked: Asked) -> dict[str, Any]:
        """Return what is found. Raises NotFoundError, TooManyError, UnavailableError."""
        if asked.console is not None:
            consoles = [self._keeper.consoles.find(asked.console)]
        else:
            consoles = self._by_age()
        try:
            async with asyncio.timeout(_WAIT_SECONDS):
                await self._turns.acquire()
        except TimeoutError:
            raise TooManyError("Two searches are running already. Try again.") from None
        try:
            job = ChildJob(_SEARCH, self._search_job(asked, consoles))
            said = await job.answer(_SEARCH_SECONDS, _ANSWER_BYTES)
        except OSError as error:
            raise UnavailableError(f"The search could not begin: {error.strerror}.") from None
        finally:
            self._turns.release()
        if damaged := said.pop("damaged"):
            self._indexed = {k: v for k, v in self._indexed.items() if k not in damaged}
            self._keeper.notice("warning", DAMAGED)
        return said

    def _search_job(self, asked: Asked, consoles: list[Console]) -> dict[str, Any]:
        return {
            "q": asked.text, "before": asked.before, "limit": asked.limit,
            "asked_at": time.monotonic(),
            "cards": str(self._keeper.config.cards),
            "consoles": [
                {
                    **_told(one),
                    "title": one.record.title, "state": one.record.state,
                    "program_title": one.record.program_title,
                }
                for one in consoles
            ],
        }  # fmt: skip


def _told(console: Console) -> dict[str, Any]:
    """Put a console into words for a process. What is only in memory is left out."""
    record, log = console.record, console.log
    segments = [
        (one.first, one.end, one.path.name, one.base, one.packed)
        for one in log.shelf.all
        if one.path
    ]
    last = segments[-1][1] if segments else 0
    return {
        "id": record.id, "folder": str(console.folder), "epoch": record.epoch,
        "never": record.never, "segments": segments, "head": log.head if last is None else last,
    }  # fmt: skip
