"""The log engine: the newest output, the modes before it, bounded, without native code."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ide.screen.engine import THEME_COLORS, ScreenError
from ide.screen.ghostty import GhosttyScreen
from ide.screen.log import KEPT_BYTES, LogScreen
from ide.screen.modes import ModeTracker


def screen_of(data: bytes, chunk: int = 64 * 1024) -> LogScreen:
    screen = LogScreen.new(40, 10)
    for at in range(0, len(data), chunk):
        screen.feed(data[at : at + chunk])
    return screen


def test_little_output_is_all_there():
    assert screen_of(b"\x1b[31mred\r\n").snapshot() == THEME_COLORS + b"\x1b[31mred\r\n"


def test_of_much_output_the_end_is_there_from_a_line_on():
    shown = screen_of(b"".join(b"%07d\r\n" % number for number in range(200_000))).snapshot()
    note, _, rest = shown.partition(b"\r\n")
    assert b"partial history" in note
    assert rest.endswith(b"0199999\r\n")
    assert KEPT_BYTES // 2 <= len(rest) <= 2 * KEPT_BYTES
    first = int(rest.split(b"\r\n")[0])
    assert rest.startswith(b"%07d\r\n%07d" % (first, first + 1))


def test_memory_is_bounded_without_any_line_end():
    assert len(screen_of("漢".encode() * 1_000_000).checkpoint()) <= 2 * KEPT_BYTES + 4096
    screen_of("漢".encode() * 1_000_000).snapshot().decode()  # nor is a character cut


def test_modes_set_in_what_was_dropped_still_hold():
    shown = screen_of(
        b"\x1b[?1049h\x1b[?2004h\x1b[?25l\x1b[?1;1000h\x1b[?1000l\x1b[4h"
        + b"x" * 79
        + b"\n" * 600_000
    ).snapshot()
    shown = shown.removeprefix(THEME_COLORS)
    assert shown.startswith(b"\x1b[?1049h\x1b[?1h\x1b[?25l\x1b[?2004h\x1b[4h\x1b[2m--")


@pytest.mark.parametrize("again", [False, True])
def test_of_colours_only_those_hold_that_the_program_chose(again):
    """The page still has those of another time: a reset leaves them."""
    screen = screen_of(
        b"\x1b]11;#102030\x07\x1b]10;rgb:ff/ff/ff\x1b\\\x1b]4;1;#010101\x07\x1b]4;02;red\x07"
        b"\x1b]4;256;red\x07\x1b]12;?\x07\x1b]110\x07\x1b]104;1\x1b\\" + b"\n" * 600_000
    )
    if again:
        screen = LogScreen.restore(screen.checkpoint())
    shown = screen.snapshot()
    assert shown.startswith(
        THEME_COLORS + b"\x1b]11;#102030\x1b\\\x1b]4;2;red\x1b\\" + b"\x1b[2m--"
    )
    screen.feed(b"\x1b]104\x07\x1b]111\x07" + b"\n" * 600_000)
    assert screen.snapshot().startswith(THEME_COLORS + b"\x1b[2m--")


@pytest.mark.parametrize("chunk", [1, 3, 1000])
def test_title_folder_bels_and_screen_are_told_however_the_bytes_are_cut(chunk):
    data = b"\x1b]2;a title\x07\x1b]7;file://host/home/a%20b\x1b\\\x07\x07\x1b[?1049h"
    screen = screen_of(data, chunk)
    assert (screen.title, screen.cwd, screen.bels) == ("a title", "/home/a b", 2)
    assert screen.alternate
    screen.feed(b"\x1b[?1049l\x1bc")
    assert not screen.alternate


@pytest.mark.parametrize(
    ("query", "answer"),
    [
        (b"\x1b[5n", b"\x1b[0n"),
        (b"\x1b[c", b"\x1b[?1;2c"),
        (b"\x1b[0c", b"\x1b[?1;2c"),
        (b"\x1b[>c", b"\x1b[>0;276;0c"),
        (b"\x1b[6n", b"\x1b[1;1R"),
        (b"\x1b[?6n", b"\x1b[?1;1R"),
        (b"one\r\ntwo\x1b[6n three\x1b[6n", b"\x1b[2;4R\x1b[2;10R"),
        (b"\x1b[999;999H\x1b[6n", b"\x1b[10;40R"),
        (b"\x1b]11;?\x07", b""),
    ],
)
def test_queries_are_answered_as_far_as_that_can_be_known(query, answer):
    screen = screen_of(query)
    assert screen.take_replies() == answer
    assert screen.take_replies() == b""
    screen.replies_on = False
    screen.feed(query)
    assert screen.take_replies() == b""


@pytest.mark.parametrize("query", [b"\x1b[6n", b"\x1b[?6n", b"\x1b[>0c", b"\x1b[5n"])
def test_a_query_that_a_read_cut_is_answered_once(query):
    whole = screen_of(b"ab" + query).take_replies()
    for cut in range(1, len(query)):
        screen = screen_of(b"ab" + query[:cut])
        screen = LogScreen.restore(screen.checkpoint()) if cut % 2 else screen
        screen.feed(query[cut:])
        assert screen.take_replies() == whole
        screen.feed(b"c")
        assert screen.take_replies() == b""


def test_after_much_output_the_cursor_is_said_to_be_on_the_last_row():
    screen = screen_of(b"line\r\n" * 200_000 + b"> \x1b[6n")
    assert screen.take_replies() == b"\x1b[10;3R"


def test_a_flood_of_position_queries_is_bounded_in_time_and_bytes():
    assert len(screen_of(b"x\x1b[6n" * 100_000).take_replies()) < 10_000


def test_a_flood_of_queries_is_bounded():
    assert len(screen_of(b"\x1b[5n" * 100_000).take_replies()) < 10_000


@given(
    st.lists(st.sampled_from([b"text\r\n", b"\x1b[?25l", b"\x1b[?1049h", b"\x1b]2;t\x07", b"\xe6"]))
)
@settings(max_examples=60, deadline=None)
def test_a_checkpoint_continues_as_if_nothing_happened(parts):
    screen = screen_of(b"".join(parts))
    again = LogScreen.restore(screen.checkpoint())
    for each in (screen, again):
        each.feed(b"\xbc\xa2 more")
        each.resize(30, 5)
    assert again.snapshot() == screen.snapshot()
    assert (again.title, again.alternate, again.size) == (screen.title, screen.alternate, (30, 5))


def test_what_rang_before_a_checkpoint_does_not_ring_again():
    assert LogScreen.restore(screen_of(b"\x07one\x07").checkpoint()).bels == 0


@pytest.mark.parametrize("rest", [b"", b"{}\n", b"[]\nx", b'{"cols": 1, "rows": "x"}\n'])
def test_damaged_state_is_refused(rest):
    with pytest.raises(ScreenError):
        LogScreen.restore(b"log screen 1\n" + rest)


@pytest.mark.parametrize("blob", [b"", GhosttyScreen.new(40, 10).checkpoint()])
def test_another_engines_state_is_refused(blob):
    with pytest.raises(ScreenError):
        LogScreen.restore(blob)


@given(st.binary(max_size=300), st.integers(1, 50))
@settings(max_examples=200, deadline=None)
def test_any_bytes_are_taken(data, chunk):
    tracker = ModeTracker()
    for at in range(0, len(data), chunk):
        tracker.feed(data[at : at + chunk])
    assert len(tracker._rest) <= 4096 + chunk
