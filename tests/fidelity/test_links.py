"""OSC 8 links: on the same cells in xterm.js after a snapshot as after the output itself."""

import re

import pytest

from ide.screen.engine import SCROLLBACK_LINES
from ide.screen.ghostty import GhosttyScreen
from tests.fidelity.differences import differences
from tests.fidelity.engine_state import state_of
from tests.fidelity.headless import Headless

SIZE = (40, 10)


def link(uri: str, text: str, params: str = "") -> str:
    return f"\x1b]8;{params};{uri}\x1b\\{text}\x1b]8;;\x1b\\"


STREAMS = {
    "one": f"see {link('https://example.org/', 'this')} and that",
    "side by side": link("http://a/", "aa") + link("http://b/", "bb") + link("http://b/", "cc"),
    "coloured": "\x1b[31mred " + link("http://a/", "x \x1b[44my") + " \x1b[0m z",
    "wide": "漢字"
    + link("http://a/?漢=1", "漢字 e\u0301 👍🏽")
    + "漢 e\u0301"
    + link("http://b/", "b"),
    "wrapped": link("http://a/", "word " * 30) + "\r\nand on",
    "wrap pending": "\x1b[31m" + link("http://a/", "a" * 40),
    "wrap pending, open": "\x1b]8;id=x;http://a/\x1b\\" + "a" * 40,
    "wrap pending, wide": link("http://a/", "漢" * 20),
    "wrap pending, other screen": link("http://a/", "a" * 40) + "\x1b[?1049h" + "b" * 40,
    "wrap pending, saved": link("http://a/", "a" * 40) + "\x1b7\r\nb",
    "over lines": link("http://a/", "one\r\n  two\r\n\r\n three"),
    "gap": link("http://a/", "\x1b[4mfar\x1b[20Gaway"),
    "still open": "\x1b]8;;http://a/\x1b\\open",
    "odd": link("mailto:a@b.c?subject=a;b:c%20d", "m", "id=x:y=z"),
    "under a full screen": f"{link('http://a/', 'a')}\x1b[?1049h{link('http://b/', 'b')}",
    "written over": f"{link('http://a/', 'aaaaaa')}\rbb\x1b[1C\x1b[1K",
    "many": "\r\n".join(link(f"http://x/{n}", f"file {n}") for n in range(6000)),
}


@pytest.mark.parametrize("name", STREAMS)
def test_links_are_on_the_same_cells_again(name: str, xterm: Headless):
    data = STREAMS[name].encode()
    screen = GhosttyScreen.new(*SIZE)
    screen.feed(data)
    try:
        shown = xterm.play(SIZE, screen.snapshot())
        expected = state_of(screen)
        expected["normal"] = expected["normal"][-SCROLLBACK_LINES - SIZE[1] :]
        assert differences(expected, shown) == []
        assert differences(xterm.play(SIZE, data), shown) == []
        assert "@" in str(shown["normal"])
    finally:
        screen.close()


def test_rows_of_one_link_are_one_link_again():
    screen = GhosttyScreen.new(*SIZE)
    screen.feed((link("http://a/", "word " * 30) + link("http://b/", "b\r\nb", "id=b")).encode())
    openings = re.findall(rb"\x1b\]8;[^\x1b]+\x1b", screen.snapshot())
    assert openings == [
        b"\x1b]8;;http://a/\x1b", b"\x1b]8;id=b;http://b/\x1b", b"\x1b]8;;\x1b",
    ]  # fmt: skip
    screen.close()


@pytest.mark.parametrize("control", ["\u009c", "\u009b31m", "\u0085"])
def test_an_address_with_a_control_in_it_does_not_spill_into_the_text(
    control: str, xterm: Headless
):
    screen = GhosttyScreen.new(*SIZE)
    screen.feed((link(f"http://a/{control}b", "text", f"id=x{control}y") + " and on").encode())
    shown = xterm.play(SIZE, screen.snapshot())
    assert shown["normal"][0][0] == state_of(screen)["normal"][0][0] == "text and on"
    screen.close()
