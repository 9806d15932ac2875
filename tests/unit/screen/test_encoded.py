"""Rows read from a checkpoint: what the engine says of each cell, and nothing from other bytes."""

import pytest

from ide.screen.encoded import has_text, read_rows
from ide.screen.engine import ScreenError
from ide.screen.ghostty import GhosttyScreen

SIZE = (20, 4)


def checkpoint_of(text: str) -> bytes:
    screen = GhosttyScreen.new(*SIZE)
    screen.feed(text.encode())
    try:
        return screen.checkpoint()
    finally:
        screen.close()


def text_of(blob: bytes, *, alternate: bool = False) -> list[str]:
    return [
        "".join(
            chr(row.word(x) >> 2 & 0xFFFFFF) if has_text(row.word(x)) else "." for x in range(8)
        )
        for row in read_rows(blob, alternate=alternate)
    ]


def test_rows_are_those_of_the_scrollback_and_then_of_the_screen():
    found = text_of(checkpoint_of("\r\n".join(f"line{n}" for n in range(3000))))
    assert [row.rstrip(".") for row in found] == [f"line{n}" for n in range(3000)]


@pytest.mark.parametrize("look", ["", "\x1b[31m", "\x1b[38;5;200;4m", "\x1b]8;;http://x/\x1b\\"])
def test_cells_are_read_however_many_bytes_they_take(look):
    first, second, *_ = text_of(checkpoint_of(f"{look}ab\tc\r\né漢\U0001f600"))
    assert first == "ab......"
    assert second == "é漢.\U0001f600...."


def test_both_screens_are_read():
    blob = checkpoint_of("shell\x1b[?1049h\x1b[Heditor")
    assert text_of(blob)[0] == "shell..."
    assert text_of(blob, alternate=True)[0] == "editor.."


def test_a_row_knows_what_was_written_what_is_wide_and_what_goes_on():
    blob = checkpoint_of("\x1b[44m漢e\u0301\x1b[0m\x1b[3Cx" + "y" * 20)
    row, below, *_ = read_rows(blob, alternate=False)
    assert [bool(each) for each in row.written()[:8]] == [True] * 3 + [False] * 3 + [True] * 2
    assert list(row.characters())[:6] == [0, 2, 2, 3, 4, 5]
    assert row.begins_wide()
    assert row.taken(1)
    assert not row.taken(3)
    assert (row.continues, below.continues) == (False, True)


@pytest.mark.parametrize("cut", [0, 5, 30, 700, -11])
def test_other_bytes_are_refused(cut):
    with pytest.raises(ScreenError):
        read_rows(checkpoint_of("\x1b[31mtext")[:cut], alternate=False)


def test_another_version_of_the_format_is_refused():
    blob = bytearray(checkpoint_of("text"))
    blob[8] += 1
    with pytest.raises(ScreenError):
        read_rows(bytes(blob), alternate=False)
