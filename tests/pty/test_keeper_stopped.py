"""The whole server is stopped: consoles say that, and not that a signal killed their programs."""

import signal
import time
from pathlib import Path

import pytest

from ide.keeper.config import Config
from ide.settings import Settings
from ide.wire.frames import Ending
from tests.keepers import KeeperRun, running_keeper

pytestmark = pytest.mark.pty

STOPPED = {"how": "stopped", "status": 0, "cause": "The server was stopped."}


@pytest.fixture
def run():
    with running_keeper() as run:
        yield run


def word_of_the_supervisor(run: KeeperRun) -> Path:
    """Return what a supervisor makes before it ends a workspace's programs."""
    settings = Settings(data=run.data, runtime_dir=str(run.runtime))
    return Config.of(settings, run.workspace).stopping


def test_programs_that_end_with_the_server_were_not_killed_by_a_signal(run):
    before, bash = run.new_bash(), run.new_bash()
    run.call("consoles.end", console=before, how="hangup")
    with run.link() as link:
        link.hello(bash)
        word_of_the_supervisor(run).touch()
        began = time.time()
        run.agent.stop()
        assert link.until(lambda: link.channels[1].exit).how == Ending.STOPPED
    info = run.console(bash)
    assert info["exit"] == STOPPED
    assert began - 1 <= info["ended"] <= time.time()
    # Who ended a console before that did so.
    assert run.console(before)["exit"] == {
        "how": "signal",
        "status": signal.SIGHUP,
        "cause": "You ended it.",
    }
    run.kill()
    run.start()
    assert run.console(bash)["exit"] == STOPPED


def test_a_keeper_that_is_ended_before_it_hears_of_each_end_writes_them_down(run):
    bash = run.new_bash()
    with run.link() as link:
        link.hello(bash)
        link.type("trap '' HUP; echo la''st; exec sleep 1000\n")
        link.read_until(b"last\r\n")
    word_of_the_supervisor(run).touch()
    run.process.send_signal(signal.SIGSTOP)
    run.agent.kill()
    run.process.terminate()
    run.process.send_signal(signal.SIGCONT)
    assert run.process.wait(20) == 0
    word_of_the_supervisor(run).unlink()
    run.start()
    assert run.console(bash)["exit"] == STOPPED
    assert b"last\r\n" in run.read_log(bash)
