"""Whether a console's output is recorded: when that must stop, when it goes on, what people hear.

A change of mind begins a new epoch, because bytes went unrecorded in between.
"""

import os
import secrets
import time
from pathlib import Path
from typing import Any, Final, Protocol

from ide.keeper.config import LogLimits
from ide.keeper.console_screen import ConsoleScreen
from ide.keeper.journal import Record
from ide.keeper.marks import Marks
from ide.keeper.output_log import OutputLog
from ide.keeper.times import Times

_MARGIN_BYTES: Final = 64 * 1024 * 1024
"""Recording begins again with this much more room than it stops at, or a 16th of that."""

_STOPPED: Final = {
    "disk": (
        "The disk is full: output of “{title}” is not being recorded from here on. The program"
        " goes on; free some space to keep what it prints."
    ),
    "low": (
        "Less than {free} MB are free on the disk: output of “{title}” is not being recorded from"
        " here on. The program goes on; free some space to keep what it prints."
    ),
    "folder": (
        "The folder with the output of “{title}” was removed. The program goes on, and is being"
        " recorded anew as soon as that is possible."
    ),
    "never": (
        "Output of “{title}” is not recorded from here on. What was recorded before stays until"
        " the console is removed."
    ),
}


class Recorded(Protocol):
    """The console, as its recording sees it."""

    record: Record
    log: OutputLog
    marks: Marks
    screen: ConsoleScreen
    times: Times

    def log_wants_packing(self) -> None:
        """Hear that much of the log waits to be compressed."""

    def notice(self, level: str, text: str) -> None:
        """Tell everybody attached to the workspace."""

    def save(self) -> bool:
        """Write the record to the journal now; false when the disk takes nothing."""

    def changed(self) -> None:
        """Tell the keeper that the JSON is another one."""


def lost_line() -> str:
    """Return what to print where the output of a killed keeper is missing."""
    clock = time.strftime("%H:%M", time.gmtime())
    text = f"── {clock} UTC: unrecorded output may be missing here, the program goes on ──"
    # It may have been cut within a sequence. The program's modes are left alone: it goes on.
    return f"\x18\x1b\\\r\n\x1b[0;2m{text}\x1b[0m\r\n"


def free_bytes(folder: Path) -> int | None:
    """Return what an ordinary account may still write there, None when that is not known."""
    try:
        info = os.statvfs(folder)
    except OSError:
        return None
    return info.f_bavail * info.f_frsize


class Recording:
    """Keeps log, record and marker in step, and says each change once."""

    def __init__(self, console: Recorded, limits: LogLimits) -> None:
        self._console, self._limits = console, limits
        self._told = console.log.unrecorded

    def to_json(self) -> dict[str, Any]:
        """Return what a console's JSON says of its log."""
        log = self._console.log
        stopped = log.unrecorded
        return {
            "recording": log.recording,
            "unrecorded": stopped and {
                "from": stopped.offset, "why": stopped.why, "at": stopped.at,
            },
            "log_bytes": log.size_bytes, "log_start": log.start, "log_oldest": log.shelf.oldest,
            "log_disk_bytes": log.disk_bytes, "log_cap_bytes": log.cap_bytes,
        }  # fmt: skip

    def output_came(self, first: int) -> None:
        """Do what is due after output that began at `first`; called for each piece, so cheap."""
        log = self._console.log
        if log.unrecorded:
            log.trim_memory()
        elif log.segment_is_full:
            self._next_segment()
        if log.recording:
            self._console.times.note(first, log.shelf.oldest)
        if log.unrecorded != self._told:
            self._tell()

    def _next_segment(self) -> None:
        log = self._console.log
        if self._is_low():
            log.stop("low")
            return
        log.rotate()
        if log.wants_packing:
            self._console.log_wants_packing()
        # Normally the thread that packs is quicker than this.
        while log.disk_bytes > log.cap_bytes * 3 // 2 and self.drop_oldest():
            pass
        self._console.changed()

    def drop_oldest(self, *, tell: bool = True) -> bool:
        """Give up the log's oldest segment, and say so the first time; false when it may not go."""
        log = self._console.log
        was_whole = log.shelf.oldest == 0
        if not log.drop_oldest(self._console.screen.keep_from):
            return False
        if was_whole and tell:
            self._console.notice(
                "warning",
                f"The log of “{self._console.record.title}” has reached its maximum of"
                f" {log.cap_bytes >> 20} MB. From now on its oldest output is dropped;"
                " the newest is always kept.",
            )
        self._console.changed()
        return True

    def _is_low(self, margin: int = 0) -> bool:
        free = free_bytes(self._console.log.folder)
        return free is not None and free < self._limits.min_free_bytes + margin

    def look(self) -> None:
        """Stop or go on, by what can be seen of the disk; for every few seconds."""
        log = self._console.log
        if self._console.record.state == "ended":
            pass  # nothing comes that could be recorded
        elif log.recording:
            if not log.is_in_place():
                log.stop("folder")
            elif self._is_low():
                log.stop("low")
        elif not self._console.record.never:
            if not self._is_low(min(_MARGIN_BYTES, self._limits.min_free_bytes // 16)):
                self._again()
            elif log.unrecorded and log.unrecorded.why == "never":
                log.stop("low")
        self.settle()
        if log.unrecorded != self._told:
            self._tell()

    def _again(self) -> None:
        """Record again, under a new epoch: the log has a gap."""
        if self._console.log.record_again():
            self._console.marks.rewrite()
            self._console.record.epoch = secrets.token_hex(8)

    def settle(self) -> None:
        """Mark the log as whole once the journal knows the epoch that began with it."""
        log = self._console.log
        if log.recording and not log.whole and self._console.save():
            log.mark_whole()

    def never(self, *, never: bool) -> None:
        """Take over whether this console is recorded at all."""
        self._console.record.never = never
        if never:
            self._console.log.stop("never")
        self.look()
        self._console.changed()

    def _tell(self) -> None:
        console, stopped = self._console, self._console.log.unrecorded
        self._told = stopped
        console.record.recording = stopped is None
        console.screen.recording_changed()
        title = console.record.title
        if stopped:
            level = "info" if stopped.why == "never" else "error"
            free = self._limits.min_free_bytes >> 20
            console.notice(level, _STOPPED[stopped.why].format(title=title, free=free))
        else:
            console.notice("info", f"Output of “{title}” is being recorded again.")
        console.save()
        console.changed()
