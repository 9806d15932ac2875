"""Coming back: who is told what was printed while nobody looked, through a real keeper."""

from collections.abc import Iterator

import pytest

from tests.keepers import KeeperRun, running_keeper
from tests.waiting import wait_until

pytestmark = pytest.mark.pty


@pytest.fixture(scope="module")
def keeper() -> Iterator[KeeperRun]:
    with running_keeper() as run:
        yield run


def prints_later(keeper: KeeperRun, command: str) -> tuple[str, int]:
    """Start what prints once nobody looks; returns the console and where reading stopped."""
    console = keeper.new_bash()
    with keeper.link() as link:
        link.hello(console)
        link.type(f"printf 'it-%s\\n' runs; until [ -e go ]; do sleep 0.05; done; {command}; cat\n")
        link.read_until(b"it-runs\r\n")
        link.ack()
        stopped = link.channels[1].offset
        link.call("consoles.list")  # the ack was heard
    return console, stopped


def be_away(keeper: KeeperRun, console: str, seconds: int, head: int | None) -> None:
    """Let the program print up to `head`, then let time pass for the keeper's memory."""
    wait_until(lambda: keeper.look_up("left_at", console), 20, "the journal says who left")
    if head is not None:
        (keeper.agent.home / "go").touch()
        wait_until(lambda: keeper.console(console)["log_bytes"] >= head, 20, "the output")
        (keeper.agent.home / "go").unlink()
    keeper.kill()
    keeper.change_journal(f"UPDATE consoles SET left_at = left_at - {seconds}")  # noqa: S608
    keeper.start()


@pytest.mark.parametrize("lines", [412, 60_000])
def test_who_comes_first_is_told_what_was_printed(keeper, lines):
    console, stopped = prints_later(keeper, f"seq -f %06.0f {lines}")
    be_away(keeper, console, 41 * 60, stopped + 8 * lines)
    with keeper.link() as link, keeper.link() as second:
        link.hello(console)
        away = link.until(lambda: link.channels[1].away)
        assert 41 * 60 <= away.pop("seconds") < 42 * 60
        head = stopped + 8 * lines
        assert away == {"offset": stopped, "head": head, "lines": lines, "more": False}
        second.hello(console)
        second.type("\x03")
        second.until(lambda: not second.channels[1].meta["busy"])
        assert second.channels[1].away is None
        link.close()
    with keeper.link() as again:  # nobody was away for a minute
        again.hello(console)
        again.type("echo ba''ck\n")
        again.read_until(b"back")
        assert again.channels[1].away is None


def test_a_keeper_that_died_while_somebody_looked_says_nothing(keeper):
    console, stopped = prints_later(keeper, "seq 100")
    be_away(keeper, console, 41 * 60, stopped + 100)
    with keeper.link() as link:
        link.hello(console)
        link.until(lambda: link.channels[1].away)
        wait_until(lambda: keeper.look_up("left_at", console) is None, 20, "somebody looks")
        keeper.kill()
        keeper.start()
    with keeper.link() as link:
        link.hello(console)
        link.type("\x03")
        link.until(lambda: not link.channels[1].meta["busy"])
        assert link.channels[1].away is None


def test_nothing_printed_is_nothing_missed(keeper):
    console, _ = prints_later(keeper, "true")
    be_away(keeper, console, 41 * 60, None)
    with keeper.link() as link:
        link.hello(console)
        link.type("\x03")
        link.read_until(b"^C")
        assert link.channels[1].away is None
