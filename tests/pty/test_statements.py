"""Statements of a real Python console: each a card with what it took, and bells ring for it."""

from types import SimpleNamespace

import pytest

from ide.keeper.cards import SAMPLE_SECONDS
from tests.pty.test_bells import letter, letters
from tests.pty.test_keeper_cards import cards
from tests.waiting import wait_until
from tests.workspaces import limited

pytestmark = pytest.mark.pty

WORKS = "x = 'x' * 90_000_000; sum(range(3_000_000)); name = input('who? '); 1 / 0"


def test_a_statement_tells_what_it_took_and_rings_when_it_asks_fails_and_is_over(machine):
    with limited(machine) as workspace, workspace.link() as link:
        run = SimpleNamespace(call=link.call, folder=machine.settings.data / workspace.name)
        console = link.call("consoles.create", kind="python", cols=80, rows=24)["id"]
        link.hello(console)
        link.until(lambda: link.channels[1].meta["at_prompt"])
        link.call("bells.set", console=console, when="waiting")
        link.call("bells.set", console=console, when="finished_after", seconds=1)
        link.type(f"{WORKS}\r")
        (card,) = wait_until(lambda: cards(run, console=console, state="running"), 20)
        link.call("bells.set", card=card["id"], when="failed")
        link.until(lambda: link.channels[1].meta["waiting"])
        assert letter(run, console)["when"] == "waiting"
        link.idle(SAMPLE_SECONDS + 0.1)
        for _ in range(2):  # what is due by now comes before the second answer
            cards(run)
        link.type("somebody\r")
        told = wait_until(lambda: len(letters(run, console)) == 3 and letters(run, console), 20)
        (card,) = cards(run, console=console)
    endings = {one["when"]: one["ending"] for one in told}
    assert endings["failed"].startswith("failed with ZeroDivisionError after ")
    assert endings["finished_after"] == endings["failed"]
    assert (card["kind"], card["command"]) == ("statement", WORKS)
    assert (card["status"], card["exception"]) == (1, "ZeroDivisionError")
    assert card["ended"] - card["started"] > SAMPLE_SECONDS
    assert 90_000_000 < card["peak_bytes"] < 500_000_000
    assert 0.02 < card["cpu_seconds"] < 20
