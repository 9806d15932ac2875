"""The page's terminal counts cells as the engine does: every character, and those that join."""

import itertools

import pytest

from ide.screen.ghostty import GhosttyScreen
from scripts import widths
from tests.fidelity.differences import differences
from tests.fidelity.engine_state import state_of
from tests.fidelity.headless import Headless

JOINED = [
    "e\u0301", "a\u0308\u0301", "n\u0303o", "Z\u0351\u036b", "\u0301", "\u0915\u094d\u0937\u093f",
    "\u1112\u1161\u11ab", "\u0e01\u0e33", "❤\ufe0f", "❤\ufe0e", "⚠\ufe0f", "☀\ufe0f", "✔\ufe0f",
    "👍🏽", "👋🏿", "👨\u200d👩\u200d👧", "👩\u200d💻", "🏳\ufe0f\u200d🌈", "🇩🇪", "🇯🇵🇧🇷",
    "🏴\U000e0067\U000e0062\U000e007f", "🥲", "🫠", "🪿", "🛗", "ﾊﾟ", "か\u3099", "漢\U000e0100",
    "a\u200bb", "a\u00adb", "\u2028", "ⅷ①", "—…“”", "½²", "─│┌█▒", "\ue0b0\uf113",
    "\U0001d49c\U0001d505", "𒈙", "﷽", "\U0001fbc5",
]  # fmt: skip


def test_the_table_is_the_engines_own():
    assert widths.TABLE.read_text() == widths.table()


def test_every_code_point_takes_as_many_cells_in_the_page(xterm: Headless):
    engine = "".join(str(widths.width(each)) for each in range(0x110000))
    assert xterm.widths() == engine


def show_alike(rows: list[str], xterm: Headless) -> None:
    """Assert that rows of odd text look the same, and that what follows them is where it was.

    A mark with nothing before it is left to the engine, which drops it: docs/screen.md.
    """
    size = (40, 24)
    data = "".join(f"x{row}|漢{row}|\r\n" for row in rows).encode()
    screen = GhosttyScreen.new(*size)
    screen.feed(data)
    try:
        assert differences(xterm.play(size, data), state_of(screen)) == []
        assert differences(xterm.play(size, data), xterm.play(size, screen.snapshot())) == []
    finally:
        screen.close()


@pytest.mark.parametrize("text", JOINED)
def test_what_joins_takes_as_many_cells(text: str, xterm: Headless):
    show_alike([text], xterm)


def test_the_first_and_last_character_of_each_width_show_alike(xterm: Headless):
    runs = itertools.groupby(range(0xA0, 0x110000), widths.width)
    ends = [(group[0], group[-1]) for _, codepoints in runs if (group := list(codepoints))]
    left_out = {*range(0xD800, 0xE000), 0xFE0F, 0xFEFF}  # surrogates, and see docs/screen.md
    show_alike([chr(one) for pair in ends for one in pair if one not in left_out], xterm)
