"""Streams no program would print: whatever the engine shows, its snapshot shows in xterm.js."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ide.screen.engine import ScreenError
from ide.screen.ghostty import GhosttyScreen
from tests.fidelity.differences import differences, without_edges, without_line_ends
from tests.fidelity.engine_state import state_of
from tests.fidelity.headless import Headless
from tests.fidelity.streams import AGREED, ANYTHING, cut_at

SIZE = (40, 10)


def screen_of(data: bytes) -> GhosttyScreen:
    screen = GhosttyScreen.new(*SIZE)
    screen.feed(data)
    return screen


def play_examples(strategy: st.SearchStrategy[Any], check: Callable[[Any], None], *, full: bool):
    """Try some, in full many: always the same ones, so that each run says the same."""
    chosen = settings(
        max_examples=1000 if full else 100,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    chosen(given(strategy)(check))()


@pytest.mark.long
def test_a_snapshot_shows_what_the_engine_shows(xterm: Headless, *, full: bool):
    def check(stream: bytes) -> None:
        screen = screen_of(stream)
        try:
            found = xterm.play(SIZE, screen.snapshot())
            assert differences(without_edges(state_of(screen)), without_edges(found)) == []
        finally:
            screen.close()

    play_examples(ANYTHING, check, full=full)


RESIZED = st.lists(
    st.tuples(ANYTHING, st.tuples(st.integers(20, 60), st.integers(5, 15))), min_size=1, max_size=3
)


@pytest.mark.long
def test_a_snapshot_after_resizes_shows_what_the_engine_shows(xterm: Headless, *, full: bool):
    def check(parts: list[tuple[bytes, tuple[int, int]]]) -> None:
        screen = screen_of(b"")
        for stream, size in parts:
            screen.feed(stream)
            screen.resize(*size)
        try:
            found = xterm.play(screen.size, screen.snapshot())
            assert differences(without_edges(state_of(screen)), without_edges(found)) == []
        except ScreenError:
            # Half of a wide character at the edge of a full-screen program that did not paint yet.
            assert screen.alternate
        finally:
            screen.close()

    play_examples(RESIZED, check, full=full)


@pytest.mark.long
def test_the_engine_shows_what_xterm_js_shows_but_for_the_named_differences(
    xterm: Headless, *, full: bool
):
    def check(stream: bytes) -> None:
        screen = screen_of(stream)
        try:
            expected = without_line_ends(xterm.play(SIZE, stream))
            assert differences(expected, without_line_ends(state_of(screen))) == []
        finally:
            screen.close()

    play_examples(AGREED, check, full=full)


@pytest.mark.long
def test_a_snapshot_anywhere_and_the_rest_show_what_all_of_it_shows(xterm: Headless, *, full: bool):
    def check(stream_and_share: tuple[bytes, float]) -> None:
        before, rest = cut_at(*stream_and_share)
        screen = screen_of(before)
        try:
            expected = without_line_ends(xterm.play(SIZE, before + rest))
            found = without_line_ends(xterm.play(SIZE, screen.snapshot(), rest))
            assert differences(expected, found) == [], f"{before!r} and {rest!r}"
        finally:
            screen.close()

    play_examples(st.tuples(AGREED, st.floats(0, 1)), check, full=full)
