"""Snapshots show the same screen again; checkpoints continue it exactly, cut anywhere."""

import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ide.screen import native, sequences, terminal
from ide.screen.engine import Colors, ScreenError
from ide.screen.ghostty import GhosttyScreen
from ide.screen.log import LogScreen

COLS, ROWS = 40, 10
STREAMS = {
    "lines": b"".join(b"line %d of some\r\n" % number for number in range(200)),
    "colours": b"\x1b[31mred\x1b[0m \x1b[1;38;2;1;2;3;48;5;200mrgb\x1b[0m\r\n\x1b[4:3mcurly",
    "wrapped": b"x" * 95 + b"\r\n" + "あ".encode() * 45 + b" tail",
    "pending": b"\x1b[32m" + b"a" * COLS,
    "pending blank": b" " * COLS,
    "blank": b"top\r\n" + b"\r\n" * 30 + b"\x1b[5;7H",
    "full screen": b"shell$ vi\r\n\x1b[?1049h\x1b[2J\x1b[Hfile\x1b[2;5r\x1b[?25l\x1b[3;9Hx",
    "modes": b"\x1b[?2004h\x1b[?1h\x1b=\x1b[?1002h\x1b[?1006h\x1b[?7l\x1b[4h\x1b(0qqx\x1b(Btext",
    "origin": b"a\r\nb\r\n\x1b[3;8r\x1b[?6h\x1b[2;4Hinside",
    "saved cursor": b"one\x1b7\x1b[31m two\r\nthree",
    "progress": b"".join(b"\r%3d%% done" % number for number in range(100)),
    "palette": b"\x1b]4;1;rgb:11/22/33\x1b\\\x1b[31mred",
    "title": b"\x1b]2;a title\x07\x1b]7;file://host/home/user/a%20b\x07$ ",
    "painted": b"\x1b[44m\x1b[2J\x1b[Hhello\x1b[0m\r\n",
    "painted blank": b"a\r\n\x1b[?1049h\x1b[48;2;9;8;7m\x1b[2J\x1b[0m",
    "tab stops": b"\x1b[3g\x1b[5G\x1bH\x1b[20G\x1bH\x1b[1Ga\tb\tc",
}


def screen_of(data: bytes) -> GhosttyScreen:
    screen = GhosttyScreen.new(COLS, ROWS)
    screen.feed(data)
    return screen


@pytest.mark.parametrize("name", STREAMS)
def test_a_snapshot_makes_the_same_screen(name):
    screen = screen_of(STREAMS[name])
    snapshot = screen.snapshot()
    assert screen_of(snapshot).snapshot() == snapshot


@pytest.mark.parametrize("name", STREAMS)
def test_making_a_snapshot_changes_nothing(name):
    screen = screen_of(STREAMS[name])
    assert screen.snapshot() == screen.snapshot()


@given(st.sampled_from(sorted(STREAMS)), st.floats(0, 1))
@settings(max_examples=150, deadline=None)
def test_a_checkpoint_cut_anywhere_continues_as_if_nothing_happened(name, where):
    data = STREAMS[name]
    cut = int(len(data) * where)
    whole = screen_of(data)
    restored = GhosttyScreen.restore(screen_of(data[:cut]).checkpoint())
    again = GhosttyScreen.restore(restored.checkpoint())
    again.feed(data[cut:])
    assert again.snapshot() == whole.snapshot()
    assert (again.title, again.cwd, again.size) == (whole.title, whole.cwd, whole.size)


@given(st.sampled_from(sorted(STREAMS)), st.floats(0, 1))
@settings(max_examples=100, deadline=None)
def test_a_snapshot_in_the_middle_of_a_sequence_is_completed_by_what_follows(name, where):
    data = STREAMS[name]
    cut = int(len(data) * where)
    screen = screen_of(data[:cut])
    other = screen_of(screen.snapshot())
    other.feed(data[cut:])
    screen.feed(data[cut:])
    assert other.snapshot() == screen.snapshot()


def test_the_history_is_there_under_a_full_screen_program():
    screen = screen_of(STREAMS["lines"] + b"\x1b[?1049h\x1b[2JALT")
    assert screen.alternate
    shown = screen.snapshot()
    assert shown.index(b"line 199 of some") < shown.index(b"\x1b[?1049h") < shown.index(b"ALT")
    restored = screen_of(shown)
    restored.feed(b"\x1b[?1049l")
    assert b"line 199 of some" in restored.snapshot()


def test_the_scrollback_is_five_thousand_lines_and_bounded():
    screen = GhosttyScreen.new(80, 24)
    screen.feed(b"".join(b"%06d\r\n" % number for number in range(20_000)))
    shown = screen.snapshot()
    assert b"015100" in shown
    assert b"010000" not in shown


def test_blank_rows_keep_the_colour_that_a_program_painted_them():
    assert screen_of(STREAMS["painted"]).snapshot().count(b"\x1b[48;5;4m\x1b[K") == ROWS - 1
    assert screen_of(STREAMS["painted blank"]).snapshot().count(b"\x1b[48;2;9;8;7m") == ROWS


def test_paint_without_text_is_kept_however_far_above():
    screen = screen_of(b"\x1b[5G\x1b[44m\x1b[10X\x1b[0m\r\n" + b"line\r\n" * 3000)
    assert b"\\\x1b[5G\x1b[48;5;4m\x1b[10X\x1b[0m\r\nline" in screen.snapshot()


def test_a_snapshot_asks_the_engine_no_more_for_many_rows_than_for_few(monkeypatch):
    calls = []

    class Counted:
        def __getattr__(self, name):
            calls.append(name)
            return getattr(native.lib, name)

    monkeypatch.setattr(terminal, "lib", Counted())
    monkeypatch.setattr(sequences, "lib", Counted())
    row = b"\x1b[44m%-19d\tx\x1b[48;5;17m   \x1b]8;;http://x/\x1b\\y\x1b]8;;\x1b\\\x1b[0m\r\n"
    counts = []
    for rows in (ROWS, 3000):
        screen = screen_of(b"".join(row % number for number in range(rows)))
        calls.clear()
        screen.snapshot()
        counts.append(len(calls))
        screen.close()
    assert counts[0] == counts[1]


@pytest.mark.parametrize("engine", [GhosttyScreen, LogScreen])
@pytest.mark.parametrize(
    "address", ["file://[x/y", "file://[::1/x", "http://[x", "file://a℀b/", "file://h:x/"]
)
def test_an_announced_folder_that_is_no_address_ends_nothing(engine, address):
    screen = engine.new(80, 24)
    screen.feed(f"\x1b]7;{address}\x07after".encode())
    assert screen.cwd in {"", "/"}
    screen = engine.restore(screen.checkpoint())
    screen.feed(b"\x1b]7;file:///home\x07")
    assert screen.cwd == "/home"


def test_title_folder_and_bel_are_told():
    screen = screen_of(STREAMS["title"] + b"\x07\x07")
    assert (screen.title, screen.cwd, screen.bels) == ("a title", "/home/user/a b", 2)


@pytest.mark.parametrize(
    ("query", "answer"),
    [
        (b"\x1b[5n", b"\x1b[0n"),
        (b"ab\x1b[6n", b"\x1b[1;3R"),
        (b"\x1b[c", b"\x1b[?1;2c"),
        (b"\x1b[>c", b"\x1b[>0;276;0c"),
        (b"\x1b[>q", b"\x1bP>|xterm.js(6.0.0)\x1b\\"),
        (b"\x1b[?2004$p", b"\x1b[?2004;2$y"),
        (b"\x1b[?2027$p", b"\x1b[?2027;0$y"),
        (b"\x1b[?2048$p", b"\x1b[?2048;0$y"),
        (b"\x1b[?u", b""),
        (b"\x1b[=c", b""),
        (b"\x1b[18t", b""),
        (b"\x1b]52;c;?\x07", b""),
        (b"\x1b]11;?\x07", b"\x1b]11;rgb:1010/2020/3030\x07"),
        (b"\x1b_Gi=31,s=1,v=1,a=q,t=d,f=24;AAAA\x1b\\", b""),
        (b"\x1bP$qr\x1b\\", b"\x1bP1$r1;10r\x1b\\"),
    ],
)
def test_queries_get_what_xterm_js_would_say(query, answer):
    screen = GhosttyScreen.new(COLS, ROWS)
    screen.set_colors(Colors(fg=(1, 2, 3), bg=(0x10, 0x20, 0x30), cursor=(4, 5, 6)))
    screen.feed(query)
    assert screen.take_replies() == answer
    assert screen.take_replies() == b""


def test_colour_queries_stay_unanswered_until_a_viewer_has_told_its_colours():
    screen = screen_of(b"\x1b]10;?\x07\x1b]11;?\x07")
    assert screen.take_replies() == b""


@pytest.mark.parametrize("number", [b"10", b"11", b"12", b"4;1"])
@pytest.mark.parametrize("told", [True, False])
def test_a_colour_that_a_program_chose_is_in_the_snapshot_until_it_is_given_back(number, told):
    screen = GhosttyScreen.new(COLS, ROWS)
    if told:
        screen.set_colors(Colors(fg=(1, 2, 3), bg=(0x10, 0x20, 0x30), cursor=(4, 5, 6)))
    chosen = b"\x1b]%b;#ff8001\x1b\\" % number
    before = screen.snapshot()
    screen.feed(chosen)
    shown = screen.snapshot()
    assert (chosen in shown, chosen in before) == (True, False)
    assert GhosttyScreen.restore(screen.checkpoint()).snapshot() == shown
    kind, _, entry = number.partition(b";")
    screen.feed(b"\x1b]1%02d;%b\x07" % (int(kind), entry))
    assert screen.snapshot() == before


@pytest.mark.parametrize("number", [b"10", b"11", b"12", b"4;1"])
def test_a_snapshot_takes_back_the_colours_that_were_shown_before_it(number):
    page, usual = screen_of(b""), screen_of(b"").snapshot()
    page.feed(b"\x1b]%b;#ff8001\x1b\\" % number)
    page.feed(usual)  # a reset leaves colours alone, so it would change nothing here
    assert b"ff8001" not in page.snapshot()


def test_no_answers_during_a_rebuild():
    screen = GhosttyScreen.new(COLS, ROWS)
    screen.replies_on = False
    screen.feed(b"\x1b[6n" * 100)
    screen.replies_on = True
    assert screen.take_replies() == b""


def test_a_flood_of_queries_is_bounded():
    screen = screen_of(b"\x1b[6n" * 100_000)
    assert len(screen.take_replies()) < 100_000


def test_resizing_reflows_and_comes_back():
    screen = screen_of(STREAMS["wrapped"])
    before = screen.snapshot()
    screen.resize(20, ROWS)
    assert screen.size == (20, ROWS)
    screen.resize(COLS, ROWS)
    assert screen.snapshot() == before


def test_compressing_frees_most_of_the_scrollbacks_memory_and_changes_nothing():
    data = b"".join(b"\x1b[3%dmline %d\x1b[0m of text\r\n" % (n % 8, n) for n in range(6000))
    screens = [screen_of(data) for _ in range(8)]
    full = resident_bytes()
    for screen in screens:
        screen.compress()
    assert full - resident_bytes() > 8 * 1_000_000
    assert screens[0].snapshot() == screen_of(data).snapshot()
    screens[1].feed(b"more")
    assert screens[1].snapshot() == screen_of(data + b"more").snapshot()


def resident_bytes() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGESIZE")


def test_bytes_that_are_no_checkpoint_are_refused():
    with pytest.raises(ScreenError):
        GhosttyScreen.restore(b"not a checkpoint")


@pytest.mark.parametrize(
    "theme", [{}, {"fg": "#12345", "bg": "#000000", "cursor": "#000000"}, {"fg": 5}]
)
def test_a_theme_that_is_none_is_refused(theme):
    with pytest.raises(ValueError):
        Colors.from_theme(theme)
