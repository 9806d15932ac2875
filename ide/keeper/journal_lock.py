"""A journal that another program has locked, a backup say: that is told, and when it is over."""

from collections.abc import Callable
from typing import Final

from ide.keeper.consoles import Consoles

LOCKED: Final = (
    "Another program has locked the list of consoles: no bell can be set, and not all that is known"
    " of consoles is kept, until it lets go. Consoles go on."
)
_ABOUT: Final = "locked"
_LOOKS: Final = 2
"""What is locked for a moment is written a moment later, and nobody need know."""


class JournalLock:
    """Looks every few seconds."""

    def __init__(self, consoles: Consoles, notice: Callable[[str, str, str], None]) -> None:
        """`notice` tells every page a sentence, by level and subject; "" takes it back."""
        self._consoles, self._notice = consoles, notice
        self._looks = 0

    def found_at_start(self) -> tuple[str, str] | None:
        """Return what is told, and its subject, if it is locked when its keeper starts."""
        if not self._consoles.is_journal_locked():
            return None
        self._looks = _LOOKS
        return LOCKED, _ABOUT

    def look(self) -> None:
        """Tell it, once."""
        if self._consoles.is_journal_locked():
            self._looks += 1
            if self._looks == _LOOKS:
                self._notice("warning", LOCKED, _ABOUT)
        elif self._looks:
            if self._looks >= _LOOKS:
                self._notice("info", "", _ABOUT)
            self._looks = 0
