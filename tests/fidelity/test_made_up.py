"""Streams no program would print: whatever the engine shows, its snapshot shows in xterm.js."""

from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings

from ide.screen.ghostty import GhosttyScreen
from tests.fidelity.differences import differences
from tests.fidelity.engine_state import state_of
from tests.fidelity.headless import Headless
from tests.fidelity.streams import ANYTHING

SIZE = (40, 10)


def screen_of(data: bytes) -> GhosttyScreen:
    screen = GhosttyScreen.new(*SIZE)
    screen.feed(data)
    return screen


def play_examples(check: Callable[[bytes], None], *, full: bool) -> None:
    settings(
        max_examples=5000 if full else 120, deadline=None, suppress_health_check=list(HealthCheck)
    )(given(ANYTHING)(check))()


@pytest.mark.long
def test_a_snapshot_shows_what_the_engine_shows(xterm: Headless, *, full: bool):
    def check(stream: bytes) -> None:
        screen = screen_of(stream)
        try:
            found = xterm.play(SIZE, screen.snapshot())
            assert differences(state_of(screen), found) == []
        finally:
            screen.close()

    play_examples(check, full=full)
