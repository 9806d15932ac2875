"""The consoles of one workspace, in memory as in the journal."""

import asyncio
import contextlib
import secrets
import shutil
import sqlite3
from collections.abc import Callable, Iterator, Mapping

from ide.errors import NotFoundError
from ide.keeper import journal_repair
from ide.keeper.config import Config, LogLimits
from ide.keeper.console import Console, ConsoleListener
from ide.keeper.database import refusal
from ide.keeper.journal import Journal, Record
from ide.keeper.unrecorded import Lost


class Consoles(Mapping[str, Console]):
    """Consoles by id. What the disk does not take is written later."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        config: Config,
        boot: str,
        listener: ConsoleListener,
    ) -> None:
        """`boot` is the machine's boot id. Empty until `load`."""
        self._loop, self._config, self._boot = loop, config, boot
        self._log_limits = config.log_limits
        self._listener = listener
        self._journal, self.repaired = journal_repair.opened(config.journal, config.consoles, boot)
        self._all: dict[str, Console] = {}
        self._unsaved: set[str] = set()

    def __getitem__(self, name: str) -> Console:
        return self._all[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._all)

    def __len__(self) -> int:
        return len(self._all)

    @property
    def database(self) -> sqlite3.Connection:
        """The journal's database, for modules that have tables of their own in it."""
        return self._journal.database

    @property
    def is_kept(self) -> bool:
        """Whether all that is known of consoles can be written down; if not, it is tried again."""
        return self._journal.is_complete

    def is_journal_lost(self) -> bool:
        """Whether the journal was found to be damaged, or is not where a successor looks for it."""
        return self._journal.is_damaged or not self._journal.is_in_place()

    def is_journal_locked(self) -> bool:
        """Whether another program keeps the journal from being written to."""
        return self._journal.is_locked()

    def begin_journal_anew(self, write: Callable[[sqlite3.Connection], None]) -> None:
        """Put another one with all consoles in its place, and with what `write` writes.

        Raises sqlite3.Error, OSError; then try again.
        """

        def write_all(journal: Journal) -> None:
            for console in self._all.values():
                journal.save(console.record)
            write(journal.database)

        self._journal = journal_repair.anew(self._journal, self._config.journal, write_all)
        self._unsaved.update(self._all)  # it may be one that was written some time ago

    def find(self, name: str) -> Console:
        """Return a console. Raises NotFoundError."""
        try:
            return self._all[name]
        except KeyError:
            raise NotFoundError("This console does not exist any more.") from None

    def running(self) -> list[Console]:
        """Return those with a session."""
        return [console for console in self._all.values() if console.record.state == "running"]

    def load(self) -> None:
        """Read the journal; a console with an uncertain log gets a new epoch."""
        for record in self._journal.load():
            was_recording = record.recording
            console = self._all[record.id] = self._made(record)
            record.recording = console.log.recording
            if not was_recording:
                console.lost = Lost(console.log.head, record.epoch)
            if not was_recording or not console.log.whole or record.boot != self._boot:
                # Bytes went unrecorded, or a crash of the machine may have taken the last ones:
                # the same offsets may come to mean others.
                record.epoch = secrets.token_hex(8)
                if record.state == "ended":
                    record.boot = self._boot
                self.save(record)
            console.recording.look()

    def add(self, record: Record) -> Console:
        """Enter a console, whose session begins, in the journal too.

        Raises FullError, UnavailableError, OSError.
        """
        console = self._made(record)
        console.begin_session(record.cols, record.rows)
        if error := self._not_saved(record):
            console.close()
            shutil.rmtree(console.folder, ignore_errors=True)
            raise refusal(error)
        console.recording.look()
        self._all[record.id] = console
        return console

    def _made(self, record: Record) -> Console:
        folder = self._config.consoles / record.id
        return Console(self._loop, record, folder, self._log_limits, self._listener)

    def limit_logs(self, limits: LogLimits) -> None:
        """Hold the logs of all consoles, and of those that come, to other limits."""
        self._log_limits = limits
        for console in self._all.values():
            if console.log.cap_bytes != limits.cap_bytes:
                console.log.limit(limits.cap_bytes)
                console.changed()

    def save(self, record: Record) -> bool:
        """Write to the journal; false when that cannot be (tried again later)."""
        return self._not_saved(record) is None

    def _not_saved(self, record: Record) -> sqlite3.DatabaseError | None:
        """Return why it cannot be written, None where it is."""
        try:
            self._journal.save(record)
        except sqlite3.DatabaseError as error:
            self._journal.blame(error)
            self._unsaved.add(record.id)
            return error
        self._unsaved.discard(record.id)
        return None

    def save_what_is_not_saved(self) -> None:
        """Try again where the disk took nothing."""
        with contextlib.suppress(sqlite3.DatabaseError):
            self._journal.complete()
        for name in list(self._unsaved):
            if console := self._all.get(name):
                self.save(console.record)
            else:
                self._forget(name)

    def remove(self, console: Console) -> None:
        """Take a console out of list and journal; its folder stays."""
        self._all.pop(console.record.id, None)
        console.close()
        self._forget(console.record.id)

    def _forget(self, name: str) -> None:
        """Take it out of the journal, else it would come back with the next keeper."""
        try:
            self._journal.remove(name)
        except sqlite3.DatabaseError as error:
            self._journal.blame(error)
            self._unsaved.add(name)
        else:
            self._unsaved.discard(name)

    def close(self) -> None:
        """Let go of all of them, leaving programs alone."""
        for console in self._all.values():
            console.close()
        if self._unsaved:
            with contextlib.suppress(sqlite3.DatabaseError):
                self._journal.wait_until_free()  # nothing is held up by it any more
            self.save_what_is_not_saved()
        self._journal.close()
