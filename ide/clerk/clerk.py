"""The clerk: a line to each keeper that runs, and a few threads that send what came."""

import asyncio
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any, Final

import structlog

from ide.channels import keys, sending
from ide.channels.message import Outcome
from ide.clerk import letters
from ide.clerk.keepers import GRANT_SECONDS, SOCKET_NAME, Letters, Line, workspaces
from ide.clerk.ledger import Job, Ledger
from ide.errors import IdeError
from ide.placement.folders import checked_workspace
from ide.settings import Settings
from ide.store.database import Database
from ide.workspaces.service import clerks_grant

LOOK_SECONDS: Final = 1.0
"""How often the clerk looks for keepers that are new."""
TIDY_SECONDS: Final = 15.0
CLEAN_EVERY: Final = 240
"""Of so many rounds of tidying one forgets what is over: an hour."""
CLEAN_FIRST: Final = 4
"""After so many: by then keepers brought what they did not hear of that a clerk before had it."""
THREADS: Final = 8
MOST_OF_ONE: Final = 2
"""Messages of one person under way at a time: channels that hang hold nobody else up."""
AGAIN_SECONDS: Final = 2.0
END_SECONDS: Final = 5.0


class Clerk:
    """Runs until it is cancelled."""

    def __init__(self, settings: Settings, database: Database) -> None:
        self._settings, self._database = settings, database
        self._ledger = Ledger(database, settings)
        self._lines: dict[str, asyncio.Task[None]] = {}
        self._sending: dict[str, tuple[int, asyncio.Task[None]]] = {}
        """By channel, of which each has one message under way at most: whose, and the task."""
        self._news = asyncio.Event()
        self._pool = ThreadPoolExecutor(THREADS, "send")
        self._log: Any = structlog.get_logger()
        self._vapid = ""

    async def run(self) -> None:
        """Take and send for ever."""
        self._vapid = await self._patiently(lambda: keys.private_key(self._database))
        again = await self._patiently(self._ledger.recover)
        self._log.info("clerk_started", sent_again=again)
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._look())
                group.create_task(self._send())
                group.create_task(self._tidy())
        finally:
            await self._end()

    async def _patiently(self, act: Any) -> Any:
        """Do what the database may refuse for a while."""
        while True:
            try:
                return await asyncio.to_thread(act)
            except IdeError as error:
                self._log.warning("clerk_waits", code=error.code)
                await asyncio.sleep(AGAIN_SECONDS)

    # Taking.

    async def _look(self) -> None:
        """Have a line to each keeper."""
        while True:
            for workspace in workspaces(self._settings.runtime):
                line = self._lines.get(workspace)
                if line is None or line.done():
                    self._lines[workspace] = asyncio.create_task(self._line(workspace))
            for workspace in [name for name, line in self._lines.items() if line.done()]:
                del self._lines[workspace]
            await asyncio.sleep(LOOK_SECONDS)

    async def _line(self, workspace: str) -> None:
        try:
            checked_workspace(workspace)
        except IdeError:
            return
        socket = self._settings.runtime / workspace / SOCKET_NAME
        loop = asyncio.get_running_loop()

        def take_in(user: int, found: Letters) -> None:
            self._take_in(workspace, user, found)
            loop.call_soon_threadsafe(self._news.set)

        def grant() -> Any:
            return clerks_grant(self._database, self._settings, workspace, GRANT_SECONDS)

        await Line(socket, grant, take_in).run()

    def _take_in(self, workspace: str, user: int, found: Letters) -> None:
        """Write letters down; what is none is dropped. Raises IdeError."""
        for letter in found:
            try:
                message, name = letters.message_of(workspace, letter), letters.name_of(letter)
            except letters.BadLetterError:
                self._log.warning("letter_dropped", workspace=workspace)
                continue
            self._ledger.take_in(workspace, user, message, name)

    # Sending.

    async def _send(self) -> None:
        """Start what is due whenever something came, ended or has waited long enough."""
        while True:
            self._news.clear()
            jobs, wait = await self._patiently(lambda: self._ledger.due(set(self._sending)))
            for job in jobs:
                of_one = Counter(user for user, _ in self._sending.values())[job.user]
                if len(self._sending) < THREADS and of_one < MOST_OF_ONE:
                    task = asyncio.create_task(self._send_one(job))
                    self._sending[job.place.id] = (job.user, task)
            # What is due and was not started waits for the end of one that is under way: news too.
            with suppress(TimeoutError):
                async with asyncio.timeout(min(TIDY_SECONDS, wait or TIDY_SECONDS)):
                    await self._news.wait()

    async def _send_one(self, job: Job) -> None:
        loop = asyncio.get_running_loop()
        try:
            await self._patiently(lambda: self._ledger.begin(job))
            outcome = await loop.run_in_executor(self._pool, self._outcome, job)
            await self._patiently(lambda: self._ledger.end(job, outcome))
            self._log.info(
                "told", user=job.user, kind=job.place.kind, state=outcome.state, tries=job.tries + 1
            )
        finally:
            del self._sending[job.place.id]
            self._news.set()

    def _outcome(self, job: Job) -> Outcome:
        try:
            return sending.send(self._settings, self._vapid, job.place, job.message)
        except Exception as error:  # noqa: BLE001 - said in the log, and to the person
            # One message that cannot even be made must not end those of everybody.
            self._log.exception("not_told", kind=job.place.kind, error=type(error).__name__)
            return Outcome("refused", "This message could not be sent.")

    async def _tidy(self) -> None:
        rounds = 0
        while True:
            if await self._patiently(self._ledger.sum_up):
                self._news.set()
            if rounds % CLEAN_EVERY == CLEAN_FIRST:
                await self._patiently(self._ledger.clean)
            rounds += 1
            await asyncio.sleep(TIDY_SECONDS)

    async def _end(self) -> None:
        """Let what is under way come to its end, for a moment."""
        lines = list(self._lines.values())
        for line in lines:
            line.cancel()
        await asyncio.gather(*lines, return_exceptions=True)
        under_way = [task for _, task in self._sending.values()]
        if under_way:
            await asyncio.wait(under_way, timeout=END_SECONDS)
        self._pool.shutdown(wait=False, cancel_futures=True)
