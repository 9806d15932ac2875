"""How much scrollback an engine keeps: lines, counted in the pages it keeps them in.

The engine limits lines as well as bytes. It reaches its limit of bytes by using its oldest page
again, and its limit of lines by giving that page back to the system and asking for another: two
million short lines cost 0.8 million page faults, ten times the work of parsing them. So once there
are more lines than are wanted, the limit of bytes is lowered to where they just fit in.
"""

from collections.abc import Callable
from typing import Final

from ide.screen.engine import SCROLLBACK_BYTES, SCROLLBACK_LINES

_PAGE_BYTES: Final = 401_408
"""What the engine counts for a page that is not especially rich in looks or joined characters."""
_PAGE_CELL_BYTES: Final = 374_000
"""What of it is cells; a row takes 8 bytes more than its cells of 8."""


_MAX_PAGES: Final = SCROLLBACK_BYTES // _PAGE_BYTES


class Scrollback:
    """The limits of one terminal. `set_limits(bytes, lines)` is called when they change."""

    def __init__(self, set_limits: Callable[[int, int], None]) -> None:
        self._set_limits = set_limits
        self._wanted = self._page_rows = self._pages = self._rows = 0

    def fit(self, cols: int, rows: int) -> None:
        """Keep SCROLLBACK_LINES on a grid of this size, as far as SCROLLBACK_BYTES allow it."""
        self._wanted = SCROLLBACK_LINES + rows
        self._page_rows = max(1, _PAGE_CELL_BYTES // (8 * (cols + 1)))
        self._keep(_MAX_PAGES)

    def _keep(self, pages: int) -> None:
        self._pages = pages
        limit = min(pages * _PAGE_BYTES + _PAGE_BYTES // 2, SCROLLBACK_BYTES)
        self._set_limits(limit, self._wanted + 4 * self._page_rows)

    def look(self, rows: int) -> None:
        """See whether the limit is right, now that there are `rows`, scrollback and screen.

        Before `fit` the limits are left as they are.
        """
        if not self._wanted:
            return
        lost, self._rows = self._rows - rows, rows
        if rows > self._wanted + 2 * self._page_rows:
            # Pages with many looks are larger than plain ones, so the last ones go one by one.
            plain = -(-rows // self._page_rows)
            self._keep(self._pages - max(1, (self._pages - plain) // 2))
        elif 0 < lost <= 2 * self._page_rows and rows < self._wanted and self._pages < _MAX_PAGES:
            self._keep(min(_MAX_PAGES, self._pages + max(1, self._pages // 4)))
