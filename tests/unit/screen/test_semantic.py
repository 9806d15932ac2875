"""Marks of shells change nothing in the engine, as they change nothing in the page's terminal."""

import pytest

from ide.screen.ghostty import GhosttyScreen

MARKS = b"\x1b]133;D;1\x1b\\\x1b]133;A;s=1\x1b\\$ \x1b]133;B\x07ls\r\n\x1b]133;C\x1b\\out"
PLAIN = b"$ ls\r\nout"


def shown(*pieces, cols=40):
    screen = GhosttyScreen.new(cols, 6)
    for piece in pieces:
        screen.feed(piece)
    return screen.snapshot(10)


def test_a_prompt_behind_output_without_a_line_end_stays_there():
    assert shown(b"abc", MARKS) == shown(b"abc", PLAIN)


def test_wherever_a_read_cut_them():
    wanted = shown(b"abc" + PLAIN)
    data = b"abc" + MARKS
    for cut in range(1, len(data)):
        assert shown(data[:cut], data[cut:]) == wanted
    assert shown(*(data[at : at + 1] for at in range(len(data)))) == wanted


def test_a_resize_moves_no_prompt():
    def resized(data):
        screen = GhosttyScreen.new(40, 6)
        screen.feed(data)
        screen.resize(20, 6)
        return screen.snapshot(10)

    assert resized(MARKS) == resized(PLAIN)


@pytest.mark.parametrize("cut", range(1, 8))
def test_an_engine_that_goes_on_from_a_checkpoint_within_one(cut):
    mark = b"\x1b]133;A;s=0\x1b\\"
    first = GhosttyScreen.new(40, 6)
    first.feed(b"abc" + mark[:cut])
    second = GhosttyScreen.restore(first.checkpoint())
    second.feed(mark[cut:] + b"$ ")
    assert second.snapshot(10) == shown(b"abc$ ")
