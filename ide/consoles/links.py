"""All links of one web worker: how many may be open, and whether their people may stay."""

import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Final

from ide.accounts import logins
from ide.consoles.link import Link
from ide.errors import IdeError, NotFoundError, NotSignedInError, TooManyError, UnavailableError
from ide.guard.grant import Right
from ide.settings import Settings
from ide.store.database import Database
from ide.store.schema import utc_now
from ide.web.log import server_log
from ide.wire.frames import COME_BACK
from ide.workspaces.service import renewed

CHECK_SECONDS: Final = 1.0
RENEW_SECONDS: Final = 10.0
NOTE_USE_SECONDS: Final = 1800.0
_LEAST_EACH: Final = 32
"""Links that one person may have in a worker of few threads."""


class Links:
    """Open links, and one thread that looks at their logins once a second.

    Each link holds a thread of the web's pool, so their number is bounded below it: pages and
    requests are still answered when every link is taken. One person gets a part of them, so that
    nobody locks out the others.
    """

    def __init__(self, settings: Settings, database: Database) -> None:
        self._settings = settings
        self._database = database
        self._limit = settings.threads - max(4, settings.threads // 8)
        self._limit_each = max(_LEAST_EACH, self._limit // 4)
        self._lock = threading.Lock()
        self._places: Counter[int] = Counter()
        self._open: set[Link] = set()
        self._retiring = threading.Event()
        self._checker: threading.Thread | None = None
        self._renewed_at = self._noted_at = time.monotonic()

    def take_place(self, person: int) -> None:
        """Count a link that is about to open for the person of this number.

        Raises UnavailableError when there are too many, TooManyError when these are the person's.
        """
        with self._lock:
            if self._places.total() >= self._limit or self._retiring.is_set():
                raise UnavailableError(
                    "Too many pages are open on this server at this moment; please try again."
                )
            if self._places[person] >= self._limit_each:
                raise TooManyError("You have too many pages open on this server; close some.")
            if self._checker is None:
                checker = threading.Thread(
                    target=self._check_always, name="link-checker", daemon=True
                )
                checker.start()  # may fail; then no link opens unguarded
                self._checker = checker
            self._places[person] += 1

    def give_place(self, person: int) -> None:
        """Undo `take_place`."""
        with self._lock:
            self._places[person] -= 1
            self._places += Counter()  # forgets those who have none

    @contextmanager
    def opened(self, link: Link) -> Iterator[None]:
        """Watch over a link while it runs."""
        with self._lock:
            self._open.add(link)
        if self._retiring.is_set():
            link.end(COME_BACK, "The server restarts.")
        try:
            yield
        finally:
            with self._lock:
                self._open.discard(link)

    def retire(self) -> None:
        """Have all links closed so that browsers come back to the next server. Does not block."""
        self._retiring.set()

    def _check_always(self) -> None:
        while not self._retiring.wait(CHECK_SECONDS):
            try:
                self._check(time.monotonic())
            except IdeError as error:  # the database is busy: look again in a second
                server_log().warning("links_not_checked", code=error.code)
            except Exception as error:  # noqa: BLE001 - a checker that died would guard nobody
                server_log().error("links_not_checked", kind=type(error).__name__)
        self._see_off()

    def _see_off(self) -> None:
        """End every link for a restart, and cut those that do not go."""
        for link in self._now_open():
            link.end(COME_BACK, "The server restarts.")
        pause = threading.Event()
        while self._now_open():
            pause.wait(CHECK_SECONDS / 4)
            for link in self._now_open():
                link.look(time.monotonic())

    def _check(self, now: float) -> None:
        links = self._now_open()
        if not links:
            return
        good = logins.still_good(
            self._database, self._settings, {link.grant.login for link in links}
        )
        for link in links:
            if link.grant.login not in good:
                link.end(NotSignedInError.close_code, "This login has ended.")
            link.look(now)
        if now - self._noted_at > NOTE_USE_SECONDS:
            self._noted_at = now
            logins.note_use(self._database, good)
        if now - self._renewed_at > RENEW_SECONDS:
            self._renewed_at = now
            self._renew([link for link in links if link.grant.login in good])

    def _renew(self, links: list[Link]) -> None:
        """Pass on what changed: a longer login, other rights, another plan."""
        until = utc_now() + timedelta(days=self._settings.login_days)
        for link in links:
            try:
                grant = renewed(self._database, self._settings, link.grant, until)
            except UnavailableError as error:  # a plan that was spoilt concerns nobody else
                server_log().warning("link_not_renewed", user=link.grant.user, code=error.code)
                continue
            if Right.VIEW not in grant.rights:
                link.end(NotFoundError.close_code, "You may not open this workspace any more.")
                continue
            sooner = grant.until - link.grant.until < NOTE_USE_SECONDS
            same = replace(grant, until=link.grant.until) == link.grant
            if not (sooner and same):
                try:
                    link.renew(grant)
                except OSError:
                    continue  # it is ending

    def _now_open(self) -> list[Link]:
        with self._lock:
            return list(self._open)
