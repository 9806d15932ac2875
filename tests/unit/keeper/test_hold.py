"""When the program behind a console must wait, and who may let it go on."""

import pytest

from ide.keeper.hold import LEAVE_BYTES, Hold


class Session:
    """Remembers whether it was told to pause."""

    paused = False

    def pause(self, *, paused):
        self.paused = paused


class Console:
    """Nobody looks, and nothing is printed."""

    def __init__(self):
        self.session = Session()
        self.grid = self
        self.owner = None


@pytest.fixture
def console():
    return Console()


def test_a_screen_that_lags_holds_the_program_until_it_caught_up(console):
    hold = Hold(console, lambda _count: True)
    hold.output_came(100, screen_lags=True)
    assert console.session.paused
    hold.screen_caught_up()
    assert not console.session.paused


def test_an_interrupt_lets_through_what_leads_to_the_prompt_and_no_more(console):
    hold = Hold(console, lambda _count: True)
    hold.output_came(100, screen_lags=True)
    hold.interrupted()
    assert not console.session.paused
    hold.output_came(LEAVE_BYTES - 1, screen_lags=True)
    assert not console.session.paused
    hold.output_came(1, screen_lags=True)
    assert console.session.paused


def test_what_an_interrupt_let_through_is_not_kept_for_later(console):
    hold = Hold(console, lambda _count: True)
    hold.interrupted()
    hold.screen_caught_up()
    hold.output_came(1, screen_lags=True)
    assert console.session.paused


def test_an_interrupt_does_not_lift_what_the_budget_holds(console):
    hold = Hold(console, lambda _count: False)
    hold.output_came(1, screen_lags=False)
    hold.interrupted()
    assert console.session.paused
