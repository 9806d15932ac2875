"""`yes` fills the disk that two keepers write to: other consoles and other people do not notice."""

import contextlib
import re
import statistics
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.processes import memory
from tests.keepers import KeeperRun, LinkClient, running_keeper
from tests.pty.test_keeper_disk import small_disk

pytestmark = pytest.mark.pty

TRIES = 20
ECHO_SECONDS = 0.25
KEEPER_BYTES = 40_000_000
"""Resident, with all that is shared."""
COUNT = 'awk \'BEGIN { for (;;) { print "n" i++; fflush(); system("sleep 0.02") } }\'\n'


@contextlib.contextmanager
def keeper_on(folder: Path) -> Iterator[KeeperRun]:
    """A keeper whose logs lie in `folder`."""
    folder.mkdir()

    def put_consoles_there(run: KeeperRun) -> None:
        (run.folder / "consoles").symlink_to(folder)

    env = {"IDE_LOG_MIN_FREE_BYTES": "0"}
    with running_keeper(before=put_consoles_there, env=env) as run:
        yield run


def attach(run: KeeperRun) -> LinkClient:
    """Open a new console and follow it."""
    link = run.link()
    link.hello(run.new_bash())
    link.read_until(b"$ ")
    return link


def echo_seconds(link: LinkClient) -> float:
    """Return how long a key takes to come back, the median of TRIES."""
    taken = []
    channel = link.channels[1]
    for number in range(TRIES):
        before, began = channel.offset, time.monotonic()
        link.type("abcdefghijklmnopqrst"[number])
        link.until(lambda before=before: channel.offset > before)
        taken.append(time.monotonic() - began)
    link.type("\x15")
    return statistics.median(taken)


def assert_counts(link: LinkClient) -> None:
    """A hundred numbers more, and each of all that came is the one after the last."""
    channel = link.channels[1]
    goal = channel.offset + 600
    link.until(lambda: channel.offset > goal)
    numbers = [int(one) for one in re.findall(rb"n(\d+)\r\n", channel.output)]
    assert numbers == list(range(len(numbers)))


@pytest.mark.alone
def test_a_flood_that_fills_the_disk_stops_nobody_here_or_elsewhere(tmp_path):
    with (
        small_disk(tmp_path / "small", 12) as disk,
        keeper_on(disk / "one") as one,
        keeper_on(disk / "other") as other,
        attach(one) as flood,
        attach(one) as counting,
        attach(one) as beside,
        attach(other) as elsewhere,
    ):
        counting.type(COUNT)
        counting.read_until(b"\nn20\r\n")
        flood.type("yes\n")
        flood.until(lambda: not flood.channels[1].meta["recording"], 60)
        assert flood.channels[1].meta["unrecorded"]["why"] == "disk"
        flood.acking = False  # its page freezes, `yes` goes on
        assert echo_seconds(beside) < ECHO_SECONDS
        assert echo_seconds(elsewhere) < ECHO_SECONDS
        assert_counts(counting)
        assert one.process
        assert memory(one.process.pid).rss < KEEPER_BYTES
        flood.acking = True
        flood.ack()
        flood.type("\x03")
        flood.type("\necho ba''ck\n")
        flood.until(lambda: b"back\r\n" in flood.channels[1].output)
        # What the flood took is freed: both are recorded again.
        console = flood.channels[1].meta["id"]
        for end in ({"op": "consoles.end", "how": "kill"}, {"op": "consoles.remove"}):
            one.call(**end, console=console)
        for link in (counting, beside, elsewhere):
            link.until(lambda link=link: link.channels[1].meta["recording"], 30)
