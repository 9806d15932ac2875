"""kill -9 in turn, while a program prints and people type: who is killed costs nobody else a thing.

tests/pty/test_survival.py does it as an ordinary user too, without load; here it is under load and
measured.
"""

import os
import signal

import pytest

from tests.matrix.load import under_load
from tests.matrix.scene import console_of
from tests.waiting import wait_until

WEB, SUPERVISOR, KEEPER = "ide.cli.gunicorn_web", "ide.placement.supervisor", "ide.keeper"
ZYGOTE = "ide.keeper.zygote"
BACK_SECONDS = 30.0


def kill(*pids):
    for pid in pids:
        os.kill(pid, signal.SIGKILL)


def wait_for_another(scene, module, killed):
    wait_until(lambda: set(scene.server.pids(module)) - set(killed), BACK_SECONDS, module)


def kill_workers(scene):
    """One after the other, so that the one that carries the links is among them."""
    for pid in scene.server.web_pids()[1:]:
        kill(pid)
        wait_until(lambda pid=pid: len(set(scene.server.web_pids()) - {pid}) == 3, BACK_SECONDS)


def kill_serve(scene):
    scene.server.process.kill()
    scene.server.process.wait(BACK_SECONDS)
    scene.server.start()


def kill_supervisor(scene):
    before = scene.server.pids(SUPERVISOR)
    kill(*before)
    wait_for_another(scene, SUPERVISOR, before)


def kill_zygote(scene):
    """Nothing needs another one until a keeper must be forked."""
    kill(*scene.server.pids(ZYGOTE))


def kill_keeper(scene):
    kill(scene.placed(scene.owner)["keeper_pid"])


def kill_keeper_and_supervisor(scene):
    kill(scene.placed(scene.owner)["keeper_pid"], *scene.server.pids(SUPERVISOR))


@pytest.mark.parametrize(
    "kill_it",
    [
        kill_workers,
        kill_serve,
        kill_supervisor,
        kill_zygote,
        kill_keeper,
        kill_keeper_and_supervisor,
    ],
)
def test_no_line_is_lost_or_doubled_and_others_do_not_wait(scene, kill_it):
    with under_load(scene) as load:
        keepers = scene.server.pids(KEEPER)
        kill_it(scene)
        load.lasts()
    assert load.reader.numbers.first is not None
    assert "fresh" not in load.reader.modes[1:], "came back to where it stood"
    if "keeper" not in kill_it.__name__:
        assert scene.server.pids(KEEPER) == keepers


def test_a_killed_agent_ends_the_programs_of_its_workspace_alone(scene):
    with under_load(scene, beside=False) as load:
        kill(scene.placed(scene.owner)["sandbox_pid"])
        wait_until(lambda: load.reader.exited, BACK_SECONDS, "the reader is told")
        ended = console_of(scene.owner, load.console)
        assert (ended["state"], ended["exit"]["how"]) == ("ended", "lost")
        load.lasts()
