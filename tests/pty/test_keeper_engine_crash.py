"""Output that crashes the native engine: twice, then its console goes on with partial history."""

import signal
from pathlib import Path

import pytest

from tests.keepers import SECONDS, KeeperRun, running_keeper
from tests.waiting import wait_until

pytestmark = pytest.mark.pty

# Python runs this before anything else: an engine with a bug, as deadly as native code can be.
_ENGINE_WITH_A_BUG = """
import os
from ide.screen.ghostty import GhosttyScreen

feed = GhosttyScreen.feed

def deadly(screen, data):
    if b"DEADLY" in data:
        os.abort()
    feed(screen, data)

GhosttyScreen.feed = deadly
"""


@pytest.fixture
def buggy(tmp_path, monkeypatch):
    """A keeper whose engine has the bug."""
    (tmp_path / "sitecustomize.py").write_text(_ENGINE_WITH_A_BUG)
    root = Path(__file__).parents[2]
    with running_keeper(env={"PYTHONPATH": f"{tmp_path}:{root}"}) as run:
        yield run


def died(run: KeeperRun) -> bool:
    assert run.process
    return run.process.wait(SECONDS) == -signal.SIGABRT


def test_a_chunk_that_crashes_the_engine_twice_degrades_its_console_alone(buggy: KeeperRun):
    guilty, other = buggy.new_bash(), buggy.new_bash()
    with buggy.link() as link:
        assert link.hello(guilty)["engine"] == "ghostty"
        link.hello(other, channel=2)
        link.type("echo before; echo DEAD''LY\n")
        assert died(buggy)
    buggy.process = buggy._spawn()
    assert died(buggy)
    buggy.start()
    with buggy.link() as link:
        welcome = link.hello(guilty)
        assert welcome["engine"] == "log"
        link.hello(other, channel=2)
        link.type("echo af''ter\n")
        assert b"DEADLY" in link.read_until(b"after\r\n")
        link.type("echo still th''ere\n", channel=2)
        link.read_until(b"there\r\n", channel=2)
    # Nothing kills it any more, and the other console is whole.
    buggy.kill()
    buggy.start()
    with buggy.link() as link:
        assert link.hello(guilty)["engine"] == "log"
        assert link.hello(other, channel=2)["engine"] == "ghostty"


def test_a_keeper_that_is_killed_in_a_flood_accuses_nobody():
    with running_keeper() as run:
        console = run.new_bash()
        with run.link() as link:
            link.hello(console)
            link.type("while :; do echo flood; done\n")
            link.read_until(b"flood\r\nflood\r\n")
        for _ in range(4):
            size = run.console(console)["log_bytes"]
            wait_until(
                lambda size=size: run.console(console)["log_bytes"] > size + 100_000, SECONDS
            )
            run.kill()
            run.start()
        with run.link() as link:
            assert link.hello(console)["engine"] == "ghostty"
