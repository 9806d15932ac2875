"""Real programs: the engine, xterm.js, and xterm.js fed a snapshot show the same."""

import random

import pytest

from ide.screen.ghostty import GhosttyScreen
from tests.fidelity.differences import differences
from tests.fidelity.engine_state import state_of
from tests.fidelity.headless import Headless, State
from tests.fidelity.streams import COLS, RECORDED, ROWS, recorded

SIZE = (COLS, ROWS)
CUTS, CUTS_IN_FULL = 6, 60


def screen_of(data: bytes) -> GhosttyScreen:
    screen = GhosttyScreen.new(*SIZE)
    screen.feed(data)
    return screen


def as_the_engine_has_it(stream: bytes) -> bytes:
    """Take out what the engine and xterm.js treat differently by themselves; see docs/screen.md.

    Each is one thing that one program did; a new one fails until it is named here and there.
    """
    # The engine keeps no emoji selector after a digit, which the keycap needs none of.
    for key in "0123456789#*":
        stream = stream.replace(f"{key}\ufe0f".encode(), key.encode())
    # Erasing to the right in the column after the last takes the last character along, as in
    # xterm; xterm.js erases nothing. top does this under its heading.
    return stream.replace(b"COMMAND" + b" " * 22 + b"\x1b(B\x1b[m\x1b[39;49m\x1b[K", b"COMMAND")


def as_recorded(name: str) -> bytes:
    return as_the_engine_has_it(recorded(name))


@pytest.fixture(scope="module")
def expected(xterm: Headless) -> dict[str, State]:
    """What xterm.js shows after each stream, as it came."""
    return {name: xterm.play(SIZE, as_recorded(name)) for name in RECORDED}


def test_what_is_promised_is_recorded():
    assert set(RECORDED) >= {
        "vim", "top", "less", "bar", "ls", "git", "ipython", "cjk", "emoji", "readline"
    }  # fmt: skip
    assert all(len(recorded(name)) <= 60 * 1024 for name in RECORDED)


@pytest.mark.parametrize("name", RECORDED)
def test_the_engine_shows_what_xterm_js_shows(name: str, expected: dict[str, State]):
    assert differences(expected[name], state_of(screen_of(as_recorded(name)))) == []


@pytest.mark.parametrize("name", RECORDED)
def test_a_snapshot_at_the_end_shows_it_again(
    name: str, expected: dict[str, State], xterm: Headless
):
    snapshot = screen_of(as_recorded(name)).snapshot()
    assert differences(expected[name], xterm.play(SIZE, snapshot)) == []


@pytest.mark.long
@pytest.mark.parametrize("name", RECORDED)
def test_a_snapshot_anywhere_and_the_rest_show_it_again(
    name: str, expected: dict[str, State], xterm: Headless, *, full: bool
):
    stream = as_recorded(name)
    for cut in random.Random(name).sample(range(len(stream)), CUTS_IN_FULL if full else CUTS):
        snapshot = screen_of(stream[:cut]).snapshot()
        found = xterm.play(SIZE, snapshot, stream[cut:])
        assert differences(expected[name], found) == [], f"cut at {cut}"


@pytest.mark.parametrize("name", RECORDED)
def test_a_checkpoint_anywhere_and_the_rest_are_the_same_engine(name: str, *, full: bool):
    stream = recorded(name)
    expected = screen_of(stream).snapshot()
    for cut in random.Random(name).sample(range(len(stream)), CUTS_IN_FULL if full else CUTS):
        screen = GhosttyScreen.restore(screen_of(stream[:cut]).checkpoint())
        screen.feed(stream[cut:])
        assert screen.snapshot() == expected, f"cut at {cut}"
        screen.close()
