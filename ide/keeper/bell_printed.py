"""Bells that wait for a text: what is printed is searched for it, behind everybody's back."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Final

from ide.keeper import bell_words
from ide.keeper.bell import Bell
from ide.keeper.bell_commands import Commands
from ide.keeper.bell_letters import Rung, letter, title_now
from ide.keeper.bell_watch import Watch, boot_seconds

PRINTED_APART_SECONDS: Final = 10.0
"""A bell that stays rings for the same text so seldom."""
HEARD_SECONDS: Final = 0.3
"""A card is heard of so much later than its output is seen at most, as a rule."""
_TRIES: Final = 6


class Printed:
    """Searches consoles that have such a bell."""

    def __init__(
        self,
        spawn: Callable[[Coroutine[Any, Any, Any]], object],
        ring: Callable[[Watch, list[Rung]], None],
        commands: Commands,
    ) -> None:
        self._spawn, self._ring, self._commands = spawn, ring, commands
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
                await self._hear_of(watch, [found[one] for one in self._due(watch, found)])
                self._found(watch, found)
        finally:
            watch.searching = False
        for bell in _texts(watch):
            bell.offset = max(bell.offset, watch.searched)

    def _due(self, watch: Watch, found: dict[bytes, int]) -> set[bytes]:
        """Return the texts that were found and for which a bell rings now."""
        now = boot_seconds()
        due = [one for one in _texts(watch) if now >= self._quiet_until.get(one.number, 0.0)]
        return found.keys() & {(bell.text or "").encode() for bell in due}

    async def _hear_of(self, watch: Watch, places: list[int]) -> None:
        """Give the card of what printed a text a moment to come."""
        name = watch.console.record.id
        for _ in range(_TRIES if self._commands.is_known(name) else 0):
            if all(self._commands.at(name, place) for place in places):
                return
            await asyncio.sleep(HEARD_SECONDS / _TRIES)

    def _found(self, watch: Watch, found: dict[bytes, int]) -> None:
        now, letters = boot_seconds(), []
        for bell in _texts(watch):
            bell.offset = max(bell.offset, watch.searched)
            said = bell.text or ""
            place = found.get(said.encode())
            if place is not None and now >= self._quiet_until.get(bell.number, 0.0):
                self._quiet_until[bell.number] = now + PRINTED_APART_SECONDS
                card = self._commands.at(watch.console.record.id, place)
                title, words = title_now(watch, card), bell_words.printed(said)
                letters.append((bell, letter(watch.console, bell, title, words, at=place)))
        self._ring(watch, letters)


def _texts(watch: Watch) -> list[Bell]:
    return [bell for bell in watch.console.bells if bell.text]
