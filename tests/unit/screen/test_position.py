"""The log engine's guess where the cursor stands, beside the native engine, which knows."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ide.screen.ghostty import GhosttyScreen
from ide.screen.position import Position

SIZE = (40, 10)
PIECES = [
    "text ", "a" * 45, "漢字", "e\u0301", "\r\n", "\n", "\r", "\t", "\b", "\x1b[31m", "\x1b[H",
    "\x1b[3;7H", "\x1b[99;99H", "\x1b[A", "\x1b[2B", "\x1b[0C", "\x1b[5D", "\x1b[20G", "\x1b[4d",
    "\x1b[E", "\x1b[2F", "\x1b[K", "\x1b[2J", "\x1b]2;a title\x07", "\x1b[?25l", "\x1bM", "\x1bD",
    "\x1bE", "\x1b7", "\x1b8", "\x1bc", "\x1b(B", "\x1bP$qm\x1b\\",
]  # fmt: skip


def known(data: bytes) -> bytes:
    screen = GhosttyScreen.new(*SIZE)
    screen.feed(data + b"\x1b[6n")
    try:
        return screen.take_replies()[-8:].rpartition(b"\x1b[")[2]
    finally:
        screen.close()


@given(st.lists(st.sampled_from(PIECES), max_size=30))
@settings(max_examples=300, deadline=None, derandomize=True)
def test_without_regions_and_modes_it_is_right(pieces):
    data = "".join(pieces).encode()
    guess = Position(SIZE, at_top=True)
    guess.feed(data)
    assert b"%d;%dR" % guess.report() == known(data)


@pytest.mark.parametrize(
    ("data", "report"),
    [(b"", (10, 1)), (b"$ ", (10, 3)), (b"\x1b[5;5H", (5, 5)), (b"a" * 40, (10, 40))],
)
def test_what_came_before_is_taken_to_have_filled_the_screen(data, report):
    guess = Position(SIZE, at_top=False)
    guess.feed(data)
    assert guess.report() == report


@given(st.binary(max_size=300))
@settings(max_examples=200, deadline=None)
def test_any_bytes_are_taken(data):
    guess = Position(SIZE, at_top=True)
    guess.feed(data)
    row, col = guess.report()
    assert 1 <= row <= 10
    assert 1 <= col <= 40
