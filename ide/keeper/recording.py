"""What people are told of a console's log: that it stops, goes on, or gives up its oldest part."""

from typing import Protocol

from ide.keeper.journal import Record
from ide.keeper.output_log import OutputLog


class Recorded(Protocol):
    """The console, as its recording sees it."""

    record: Record
    log: OutputLog

    def notice(self, level: str, text: str) -> None:
        """Tell everybody attached to the workspace."""

    def changed(self) -> None:
        """Tell the keeper that the JSON is another one."""


class Recording:
    """Keeps the record's word about the log true, and says each change of it once."""

    def __init__(self, console: Recorded) -> None:
        self._console = console

    def stopped(self) -> None:
        """Say that the disk is full; the program goes on."""
        record = self._console.record
        record.recording = False
        self._console.notice(
            "error",
            f"The disk is full: output of “{record.title}” is not being recorded."
            " The program goes on; free some space to keep what it prints.",
        )
        self._console.changed()

    def again(self, epoch: str) -> bool:
        """Try to record again, under a new epoch: the log has a gap. False while that fails."""
        record = self._console.record
        if not self._console.log.record_again():
            return False
        record.recording = True
        record.epoch = epoch
        self._console.notice("info", f"Output of “{record.title}” is being recorded again.")
        self._console.changed()
        return True

    def hold_to_cap(self, keep_from: int) -> None:
        """Give back the log's oldest bytes when it is over its cap, and say so the first time.

        Nothing at or above `keep_from` goes.
        """
        log = self._console.log
        kept_whole = log.start == 0
        if not log.trim(keep_from):
            return
        self._console.changed()
        if kept_whole:
            self._console.notice(
                "warning",
                f"The log of “{self._console.record.title}” has reached its maximum of"
                f" {log.cap_bytes >> 20} MB. From now on its oldest output is dropped;"
                " the newest is always kept.",
            )
