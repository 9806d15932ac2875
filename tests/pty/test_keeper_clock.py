"""The machine's clock set back by an hour under a real keeper: nothing waits, nothing goes back."""

import re
import struct
import sys
from pathlib import Path

import pytest

from tests.fakes.clock import Clock
from tests.keepers import KeeperRun, LinkClient, running_keeper
from tests.waiting import wait_until

pytestmark = pytest.mark.pty

# Not a loop of bash: a ^C that comes while it starts the next `sleep` is lost with the last one.
COUNT = (
    f"{sys.executable} -uc 'import itertools, time\n"
    'for i in itertools.count(1): print(f"n{i}") or time.sleep(0.05)\'\n'
)
HOUR = 3600


def records(run: KeeperRun, console: str) -> list[tuple[int, int]]:
    """Return the time index as (offset, milliseconds since the epoch)."""
    path: Path = run.folder / "consoles" / console / "times"
    data = path.read_bytes() if path.exists() else b""
    return list(struct.iter_unpack(">QQ", data[: len(data) // 16 * 16]))


def numbers(output: bytes) -> list[int]:
    """Return the numbers of the whole lines in it."""
    return [int(one) for one in re.findall(rb"(?<=\n)n(\d+)\r\n", output)]


def count_on(link: LinkClient, more: int = 10) -> int:
    """Wait for so many more numbers; return the last."""
    link.read_until(b"\r\nn")
    reached = link.until(lambda: numbers(bytes(link.channels[1].output)))
    goal = reached[-1] + more
    link.read_until(b"\nn%d\r\n" % goal)
    return goal


def wait_for_records(run: KeeperRun, console: str, link: LinkClient, count: int) -> None:
    """Count on until the time index has that many records."""
    wait_until(lambda: count_on(link, 1) and len(records(run, console)) >= count, 60)


def test_a_clock_that_is_set_back_turns_no_time_back_and_stops_nobody(tmp_path):
    clock = Clock(tmp_path)
    with running_keeper(env=clock.env) as run:
        console = run.new_bash()
        with run.link() as link:
            epoch = link.hello(console)["epoch"]
            link.type(COUNT)
            wait_for_records(run, console, link, 2)
            before, since = count_on(link), clock.now()
            wait_for_records(run, console, link, 3)
            clock.move(-HOUR)
            count_on(link)
            assert run.console(console)["started"] > clock.now()
            have = link.channels[1].offset
        run.kill()
        run.start()
        with run.link() as link:
            welcome = link.hello(console, epoch=epoch, have=have)
            assert (welcome["mode"], welcome["epoch"]) == ("delta", epoch)
            count_on(link)
            clock.move(5)  # right again, and a little ahead
            wait_for_records(run, console, link, 5)
            clock.move(-HOUR)
            link.type(b"\x03")
            link.type("exit\n")
            link.until(lambda: link.channels[1].exit)
        seen = records(run, console)
        assert seen == sorted(seen)
        assert [ms for _, ms in seen] == sorted(ms for _, ms in seen)
        info = run.console(console)
        assert info["ended"] >= info["started"] >= info["created"]
        # Every number is in the log once; what came after the clock moved is found by its time.
        whole = numbers(run.read_log(console))
        assert whole == list(range(1, whole[-1] + 1))
        later = numbers(run.read_log(console, since=since))
        assert set(range(before + 1, whole[-1] + 1)) <= set(later)
        assert later[0] > 1
