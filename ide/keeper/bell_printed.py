"""Bells that wait for a text: what is printed is searched for it, behind everybody's back."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Final

from ide.keeper import bell_words
from ide.keeper.bell import Bell
from ide.keeper.bell_letters import Rung, letter
from ide.keeper.bell_watch import Watch, boot_seconds

PRINTED_APART_SECONDS: Final = 10.0
"""A bell that stays rings for the same text so seldom."""


class Printed:
    """Searches consoles that have such a bell."""

    def __init__(
        self,
        spawn: Callable[[Coroutine[Any, Any, Any]], object],
        ring: Callable[[Watch, list[Rung]], None],
        title: Callable[[Watch], str],
    ) -> None:
        """`title` returns what runs in a console."""
        self._spawn, self._ring, self._title = spawn, ring, title
        self._quiet_until: dict[int, float] = {}

    def search(self, watch: Watch) -> None:
        """Have what came since the last time searched."""
        until = watch.console.log.head
        if not watch.searching and until > watch.searched and _texts(watch):
            watch.searching = True
            self._spawn(self._seek(watch, until))

    def forget(self, bell: Bell) -> None:
        """Forget a bell that is gone."""
        self._quiet_until.pop(bell.number, None)

    async def _seek(self, watch: Watch, until: int) -> None:
        """Search what was printed in a thread of its own: nobody waits for it."""
        try:
            while watch.searched < until and (bells := _texts(watch)):
                texts = [(bell.text or "").encode() for bell in bells]
                found = await asyncio.to_thread(watch.seek, texts, until)
                self._found(watch, found)
        finally:
            watch.searching = False
        for bell in _texts(watch):
            bell.offset = max(bell.offset, watch.searched)

    def _found(self, watch: Watch, found: dict[bytes, int]) -> None:
        now, letters = boot_seconds(), []
        for bell in _texts(watch):
            bell.offset = max(bell.offset, watch.searched)
            said = bell.text or ""
            place = found.get(said.encode())
            if place is not None and now >= self._quiet_until.get(bell.number, 0.0):
                self._quiet_until[bell.number] = now + PRINTED_APART_SECONDS
                title, words = self._title(watch), bell_words.printed(said)
                letters.append((bell, letter(watch.console, bell, title, words, at=place)))
        self._ring(watch, letters)


def _texts(watch: Watch) -> list[Bell]:
    return [bell for bell in watch.console.bells if bell.text]
