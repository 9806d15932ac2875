"""One console with bells: what runs in it, since when it is silent, and what it printed.

It looks when it is told to, and says what has happened; what rings is for `ide.keeper.bells`.
"""

import os
import time
from dataclasses import asdict
from typing import Any, Final

from ide.keeper.bell_programs import Look, Program, Programs
from ide.keeper.bell_text import Search, place
from ide.keeper.console import Console
from ide.keeper.foreground import seen_leading
from ide.keeper.journal import Record

MAX_SEARCHED_BYTES: Final = 16 * 1024 * 1024
"""What is further back, after a flood or a keeper's death, is not searched any more."""
STEP_BYTES: Final = 64 * 1024
AWAIT_SECONDS: Final = 1.5
"""What is seen to have ended waits so long for its card, which knows the status."""
_ITSELF: Final = -1
"""In place of a process group: what leads the session is itself what runs."""


def boot_seconds() -> float:
    """Return the seconds since the machine started, asleep or not: no clock that can be set."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


class Watch:
    """What is known of one console since its first bell was set."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.programs = Programs(_lives, self._seen)
        self._session = console.record.started
        self.is_over = console.record.state == "ended"
        self.silent_since = self._printed_last()
        self._head = console.log.head
        self.search = Search()
        self.searched = console.log.head
        self.searching = False
        self._awaited: tuple[Program, float] | None = None
        """A program that ended in front of the shell, and until when its command may say how."""

    def _printed_last(self) -> float:
        """Return when its last byte came, in boot_seconds()."""
        at = self.console.times.time_at(self.console.log.head)
        return boot_seconds() - (max(0.0, time.time() - at) if at else 0.0)

    def to_json(self) -> dict[str, Any]:
        """Return what a successor needs to know: for it, who is awaited has still to end."""
        told = self.programs.to_json()
        if self._awaited:
            told["front"] = [asdict(self._awaited[0]), *told["front"]]
        boot = self.console.record.boot
        return {"session": self._session, "over": self.is_over, "boot": boot, **told}

    def restore(self, told: dict[str, Any]) -> None:
        """Go on where a predecessor was."""
        self._session, self.is_over = told.get("session"), told.get("over") is True
        if told.get("boot") == self.console.record.boot:
            self.programs.restore(told)

    def look(self, *, awaits: bool) -> Program | None:
        """See what has the foreground; return a program that has ended.

        With `awaits`, the command in which one ended has AWAIT_SECONDS to say how.
        """
        now = boot_seconds()
        ended = self._look()
        if ended and awaits and not self.programs.front:
            before, self._awaited = self._awaited, (ended, now + AWAIT_SECONDS)
            return before[0] if before else None
        if ended is None and self._awaited and now >= self._awaited[1]:
            ended, self._awaited = self._awaited[0], None
        return ended

    def command_over(self) -> Program | None:
        """Hear that a command is over and how; return the outermost program of it, if known."""
        awaited, self._awaited = self._awaited, None
        ran = self.programs.command_over()
        return awaited[0] if awaited else ran

    def _look(self) -> Program | None:
        console = self.console
        if console.log.head != self._head:
            self._head, self.silent_since = console.log.head, boot_seconds()
        if console.session is None or console.record.state != "running":
            return None
        if self._session != console.record.started:  # the one before is known to be over
            self._session, self.is_over = console.record.started, False
            self._awaited = None
            self.programs.clear()
        ended = self.programs.look(self._asked(console.record.kind))
        self.programs.name()
        return ended

    def _asked(self, kind: str) -> Look:
        session = self.console.session
        if session is None:
            return Look(0, edits=False, now=boot_seconds())
        if kind == "bash":
            front, edits = session.front(), session.edits_line()
        else:
            runs = kind == "run" or not session.reads_all_keys()
            front, edits = (_ITSELF if runs else 0), True
        return Look(front, edits, boot_seconds())

    def _seen(self, group: int) -> tuple[str, float] | None:
        console = self.console
        if group == _ITSELF:
            return self._leader(console.record)
        seen = seen_leading(group, console.session.leader() if console.session else 0)
        if seen is None:
            return None
        return "" if console.record.never else seen.command, seen.began

    def _leader(self, record: Record) -> tuple[str, float]:
        """Return what a run is called and when it began; of a Python cell since it was seen."""
        now = boot_seconds()
        if record.kind == "run" and record.started is not None:
            return record.title, now - max(0.0, time.time() - record.started)
        return "Python", now

    def over(self) -> Program | None:
        """Take note that the session is over; return the outermost program that ran in it."""
        record = self.console.record
        self._session, self.is_over = record.started, True
        awaited, self._awaited = self._awaited, None
        ran = self.programs.clear() or (awaited[0] if awaited else None)
        if ran is None and record.kind == "run":  # over before any look
            return Program(_ITSELF, *self._leader(record))
        return ran

    def was_over(self) -> bool:
        """Whether the end of the console's session is known here already."""
        return self.is_over and self._session == self.console.record.started

    def runs(self) -> Program | None:
        """Return what runs in front, None for nothing."""
        return self.programs.front[-1] if self.programs.front else None

    # What is printed. Called in a thread: nothing but this reads here meanwhile.

    def seek(self, texts: list[bytes], until: int) -> dict[bytes, int]:
        """Search until some of `texts` came, or up to `until`; return each with about its offset.

        Only what comes unbroken is found: a program that moves the cursor within it is not read.
        """
        log = self.console.log
        at = max(self.searched, log.start, until - MAX_SEARCHED_BYTES)
        if at != self.searched:
            self.search, self.searched = Search(), at
        while self.searched < until:
            data = log.read(self.searched, min(STEP_BYTES, until - self.searched))
            if not data:
                self.search, self.searched = Search(), until
                return {}
            begin, self.searched = self.searched, self.searched + len(data)
            if found := self.search.feed(data, texts):
                return {one: begin + place(data, one) for one in found}
        return {}


def _lives(pid: int) -> bool:
    """Whether a process of any account lives."""
    if pid == _ITSELF:
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
