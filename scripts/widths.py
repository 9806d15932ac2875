"""Write frontend/src/console/width-table.ts: how many cells the keeper's engine gives a character.

`python scripts/widths.py`, after each change of pyghostty; a test compares.
"""

import itertools
import textwrap
from pathlib import Path

from pyghostty import lib

TABLE = Path(__file__).parent.parent / "frontend" / "src" / "console" / "width-table.ts"
_HEAD = """\
// Written by scripts/widths.py from the keeper's screen engine; change nothing here by hand.

/** Code points in runs of one width, from 0 on: lengths in base 36, and widths. */
"""


def width(codepoint: int) -> int:
    """Return the cells of one code point: 0 for controls, 1 for lone surrogates."""
    if codepoint < 0x20 or 0x7F <= codepoint < 0xA0:
        return 0
    if 0xD800 <= codepoint < 0xE000:
        return 1
    return int(lib.ghostty_unicode_codepoint_width(codepoint))


def table() -> str:
    """Return the module's text."""
    runs = [
        (cells, len(list(group)))
        for cells, group in itertools.groupby(width(each) for each in range(0x110000))
    ]
    lengths = textwrap.wrap(" ".join(base36(length) for _, length in runs), 110)
    widths = textwrap.wrap("".join(str(cells) for cells, _ in runs), 110)
    return (
        _HEAD
        + "export const LENGTHS =\n"
        + " +\n".join(f'  "{line} "' for line in lengths)
        + ";\nexport const WIDTHS =\n"
        + " +\n".join(f'  "{line}"' for line in widths)
        + ";\n"
    )


def base36(number: int) -> str:
    """Return `number` in the digits of JavaScript's parseInt(…, 36)."""
    digits = ""
    while number:
        number, rest = divmod(number, 36)
        digits = "0123456789abcdefghijklmnopqrstuvwxyz"[rest] + digits
    return digits


if __name__ == "__main__":
    TABLE.write_text(table())
