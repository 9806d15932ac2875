"""What every page hears of its workspace: the list of consoles, the file tree, sentences.

Changes are collected for a moment, so that many at once are told once.
"""

import asyncio
from collections.abc import Callable
from collections.abc import Set as AbstractSet
from typing import Any, Final

from ide.keeper.console import Console
from ide.keeper.consoles import Consoles
from ide.keeper.link import Link
from ide.keeper.log_keeping import LogKeeping
from ide.wire import frames
from ide.wire.frames import Kind

_TELL_SECONDS: Final = 0.02
_TELL_APART_SECONDS: Final = 0.1
_FILES_SECONDS: Final = 1.0
_OPENING_SECONDS: Final = 20.0
"""So long after a page asked for something its link may come."""


class Telling:
    """Tells those of `links` that are of a browser's tab."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        links: AbstractSet[Link],
        consoles: Consoles,
        logs: LogKeeping,
    ) -> None:
        self._loop, self._links = loop, links
        self._consoles, self._logs = consoles, logs
        self._changed: set[str] = set()
        self._told_at = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._files_timer: asyncio.TimerHandle | None = None
        self._for_next: tuple[dict[str, Any], float] | None = None
        """What a link is told that opens, and until when."""
        self.sandbox_runs: Callable[[], bool] = lambda: True
        """Without one no file changes, and whoever looked would have one started."""
        self.newest_letter: Callable[[], int] = lambda: 0
        """The number of the last bell that rang, which a page may have missed."""

    def listing(self) -> dict[str, Any]:
        """Return all consoles as JSON, with who is busy at this moment, and what logs take."""
        for console in self._consoles.values():
            console.occupation.ask()
        return {
            "consoles": [console.info() for console in self._consoles.values()],
            "logs": self._logs.to_json(),
            "letters": self.newest_letter(),
        }

    def greet(self, link: Link) -> None:
        """Send a new link the whole list, and what was said a moment before it came."""
        self.tell_consoles(link)
        if self._for_next and self._loop.time() < self._for_next[1]:
            link.send_json(Kind.EVENT, 0, self._for_next[0])

    def tell_consoles(self, link: Link) -> None:
        """Send the whole list to one link."""
        link.send_json(Kind.EVENT, 0, {"type": "consoles", **self.listing()})

    def console_changed(self, console: Console) -> None:
        """Save and tell the change soon, many at once."""
        self._changed.add(console.record.id)
        if self._timer is None:
            soon = self._loop.time() + _TELL_SECONDS
            self._timer = self._loop.call_at(max(soon, self._told_at), self._tell)

    def _tell(self) -> None:
        self._timer = None
        self._told_at = self._loop.time() + _TELL_APART_SECONDS
        # Telling may find a viewer gone, which is the next change.
        changed, self._changed = self._changed, set()
        for name in changed:
            if console := self._consoles.get(name):
                self._consoles.save(console.record)
                meta = frames.pack_json(console.info())
                for viewer in list(console.viewers.all):
                    if viewer.streaming:
                        viewer.link.send(Kind.META, viewer.channel, meta)
        for link in list(self._links):
            self.tell_consoles(link)
        self.files_may_have_changed()

    def files_may_have_changed(self) -> None:
        """Tell everybody attached soon that the file tree may be another; many times at once."""
        if self._files_timer is None:
            self._files_timer = self._loop.call_later(_FILES_SECONDS, self._tell_files)

    def _tell_files(self) -> None:
        self._files_timer = None
        if self.sandbox_runs():
            self.broadcast({"type": "files"})

    def notice(self, level: str, text: str, about: str = "") -> None:
        """Tell everybody attached a sentence."""
        told = {"type": "notice", "level": level, "text": text}
        self.broadcast(told | {"about": about} if about else told)

    def notice_next(self, level: str, text: str, about: str) -> None:
        """Tell everybody attached a sentence, and whoever attaches within seconds."""
        event = {"type": "notice", "level": level, "text": text, "about": about}
        self._for_next = (event, self._loop.time() + _OPENING_SECONDS)
        self.broadcast(event)

    def broadcast(self, event: dict[str, Any]) -> None:
        """Tell everybody attached an event."""
        for link in list(self._links):
            link.send_json(Kind.EVENT, 0, event)

    def close(self) -> None:
        """Tell nothing more."""
        for timer in (self._timer, self._files_timer):
            if timer:
                timer.cancel()
