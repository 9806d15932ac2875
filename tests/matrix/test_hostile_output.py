"""Output that no terminal likes, while others work: they do not notice, and ^C ends it.

`under_load` asks the rest: a counting program loses no number, keys elsewhere come back in time,
and no process takes more memory than its kind may.
"""

import os
import shutil
import signal
from typing import NamedTuple

import pytest

from ide.wire.frames import Ending
from tests.matrix.flood import Flood
from tests.matrix.load import under_load
from tests.matrix.scene import Scene, console_of
from tests.waiting import wait_until

MB = 1_000_000
QUERIES = (
    rb"\033[c\033[>c\033[>q\033[5n\033[6n\033[?2004$p"
    rb"\033]10;?\007\033]11;?\007\033]4;1;?\007\033P$qr\033\\\\"
)
"""Ten, which the keeper answers, in 65 bytes."""


class Harm(NamedTuple):
    """A command line that prints without end.

    `shortened` and `in_full` are how many bytes of it there are before ^C, `keeper_megabytes` what
    a keeper may take meanwhile, at the peak, with what it shares.
    """

    command: bytes
    shortened: int
    in_full: int
    keeper_megabytes: int
    prepare: tuple[bytes, ...] = ()
    """Command lines that end before it."""
    prompt_seconds: float = 45.0
    """For ^C and what is typed after it, on a machine with other work."""


HARMS = {
    "yes": Harm(b"yes", 5 * MB, 400 * MB, 40),
    "urandom": Harm(b"cat /dev/urandom", 2 * MB, 100 * MB, 60),
    "a large file": Harm(
        b"cat $(yes big | head -n 101)",
        10 * MB,
        1000 * MB,
        60,
        (b"yes the quick brown fox jumps over the lazy dog | head -c 10000000 >big",),
    ),
    "lines of 1 MB": Harm(
        b'awk \'BEGIN { s = "x"; while (length(s) < 1000000) s = s s;'
        b' for (;;) printf "%s\\r", s }\'',
        2 * MB,
        100 * MB,
        60,
    ),
    "100,000 queries": Harm(
        b"while :; do printf '" + QUERIES + b"%.0s' {1..100}; done", MB // 2, 7 * MB, 60
    ),
    "a character 65,535 times": Harm(
        b"while :; do printf 'a\\033[65535b%.0s' {1..100}; done",
        150_000,  # after 1,050,000 the engine is behind, for half a minute and more
        1_300_000,
        60,
        prompt_seconds=15.0,
    ),
}


@pytest.fixture
def fresh_keeper(scene: Scene) -> None:
    """A keeper that has seen nothing yet, so that what it takes is this test's."""
    scene.owner.api("GET", "consoles")
    before = scene.placed(scene.owner)["keeper_pid"]
    os.kill(before, signal.SIGKILL)
    wait_until(lambda: scene.placed(scene.owner)["keeper_pid"] not in {before, None}, 30)


@pytest.mark.long
@pytest.mark.timeout(900)
@pytest.mark.usefixtures("fresh_keeper")
@pytest.mark.parametrize("harm", HARMS.values(), ids=HARMS)
def test_nobody_notices_what_one_console_prints(scene: Scene, harm: Harm, full):
    with under_load(scene, keeper_megabytes=harm.keeper_megabytes) as load:
        with Flood(scene.owner, *harm.prepare) as flood:
            flood.type(harm.command + b"\r")
            flood.wait_printed(harm.in_full if full else harm.shortened, 600 if full else 60)
            load.lasts()
            flood.interrupt(harm.prompt_seconds)
        flood.remove()


def test_a_log_folder_that_is_removed_while_output_flows_is_begun_anew(scene: Scene):
    with under_load(scene) as load:
        with Flood(scene.owner) as flood:
            epoch = console_of(scene.owner, flood.console)["epoch"]
            flood.type(b"yes\r")
            flood.wait_printed(MB, 60)
            folder = scene.server.data / scene.owner.workspace / "consoles" / flood.console
            shutil.rmtree(folder)

            def is_recorded_anew() -> bool:
                info = console_of(scene.owner, flood.console)
                return info["recording"] and info["epoch"] != epoch

            wait_until(is_recorded_anew, 60, "recorded under another epoch")
            load.lasts()
            flood.interrupt()
        assert list(folder.iterdir())
        flood.remove()


def test_a_killed_agent_ends_its_consoles_with_the_cause_and_harms_nobody_else(scene: Scene):
    victim, others = scene.owner, Scene(scene.server, scene.neighbour, scene.neighbour)
    with under_load(others) as load:
        with Flood(victim) as one, Flood(victim) as other:
            for flood in (one, other):
                flood.type(b"yes\r")
                flood.wait_printed(MB, 60)
            os.kill(scene.placed(victim)["sandbox_pid"], signal.SIGKILL)
            load.lasts()
            for flood in (one, other):
                wait_until(lambda flood=flood: flood.check() or flood.ending, 60, "EXIT")
                assert flood.ending.how == Ending.LOST
                info = console_of(victim, flood.console)
                assert (info["state"], info["exit"]["how"]) == ("ended", "lost")
                assert "sandbox ended" in info["exit"]["cause"]
        with Flood(victim) as again:  # the next console has a new sandbox
            again.type(b"yes\r")
            again.wait_printed(MB, 60)
            again.interrupt()
        for flood in (one, other, again):
            flood.remove()
