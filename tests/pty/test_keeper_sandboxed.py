"""The keeper with its agent in a real bubblewrap sandbox."""

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import kept_logs
from tests.keepers import KeeperRun, running_keeper
from tests.waiting import wait_until

pytestmark = pytest.mark.pty


@pytest.fixture(scope="module")
def keeper() -> Iterator[KeeperRun]:
    with running_keeper(sandboxed=True) as run:
        yield run


def test_a_killed_keeper_costs_no_line_in_a_sandbox(keeper):
    last = 300_000
    console = keeper.new_bash()
    with keeper.link() as link:
        link.hello(console)
        link.type(f"awk 'BEGIN {{ for (i = 1; i <= {last}; i++) print \"n\" i }}'\n")
        link.read_until(b"n1000\r\n")
    folder = keeper.folder / "consoles" / console
    for goal in (500_000, 1_500_000):
        wait_until(lambda goal=goal: kept_logs.head(folder) >= goal, 60)
        keeper.kill()
        keeper.start()
    wait_until(lambda: b"n%d\r\n" % last in kept_logs.content(folder)[1][-2000:], 60)
    _, log = kept_logs.content(folder)
    numbers = b"".join(b"n%d\r\n" % number for number in range(1, last + 1))
    assert numbers in log


@pytest.mark.alone
def test_the_gap_of_a_killed_keeper_is_under_two_seconds(keeper):
    consoles = [keeper.new_bash() for _ in range(4)]
    keeper.kill()
    began = time.monotonic()
    keeper.start()
    with keeper.link() as link:
        for channel, console in enumerate(consoles, 1):
            link.hello(console, channel=channel)
        assert time.monotonic() - began < 2
    for console in consoles:
        keeper.call("consoles.end", console=console, how="kill")
        keeper.call("consoles.remove", console=console)


def test_consoles_see_each_others_processes_files_and_busy_is_told(keeper):
    one, other = keeper.new_bash(), keeper.new_bash()
    with keeper.link() as link:
        link.hello(one, channel=1)
        link.hello(other, channel=2)
        link.type("echo $$ > shared; exec -a marker sleep 1000\n", channel=1)
        wait_until((keeper.agent.home / "shared").exists)
        # The file may be empty yet, and the program not begun.
        look = "ps -o args= -p \"$(cat shared)\" | grep 'mark''er 1000'"
        link.type(f"until {look}; do sleep 0.05; done; kill $(cat shared)\n", channel=2)
        link.read_until(b"marker 1000", channel=2)
        assert link.until(lambda: link.channels[1].exit).how == 1
    keeper.call("consoles.end", console=other, how="kill")


def test_a_file_whose_name_is_not_utf8_runs_in_its_folder(keeper):
    folder = keeper.agent.home / os.fsdecode(b"f\xff")
    folder.mkdir()
    script = folder / os.fsdecode(b"\xfe.sh")
    script.write_text("pwd | od -An -c; exit 4\n")
    status = keeper.agent.home.stat()
    for path in (folder, script):
        os.chown(path, status.st_uid, status.st_gid)
    run = keeper.call("runs.start", path="f%ff/%fe.sh", mode="ask", cols=80, rows=24)
    with keeper.link() as link:
        link.hello(run["id"])
        assert link.until(lambda: link.channels[1].exit).status == 4
        assert b"377" in link.channels[1].output
    keeper.kill()
    keeper.start()
    assert keeper.console(run["id"])["path"] == "f%ff/%fe.sh"
    with keeper.link() as link:
        again = link.call("consoles.restart", console=run["id"], cols=80, rows=24)
        link.hello(again["id"])
        assert link.until(lambda: link.channels[1].exit and link.channels[1].exit.status) == 4


@pytest.mark.alone
def test_hostile_output_does_not_delay_another_console(keeper):
    """The engine chews for seconds on repeated characters; echo elsewhere goes on."""
    hostile, other = keeper.new_bash(), keeper.new_bash()
    with keeper.link() as link:
        link.hello(other, channel=2)
        link.hello(hostile, channel=1)
        link.type("while :; do printf 'a\\033[65535b%.0s' {1..2000}; done\n", channel=1)
        link.until(lambda: link.channels[1].offset > 20_000)
        slowest = 0.0
        for number in range(10):
            began = time.monotonic()
            link.type(f"echo r''{number}\n", channel=2)
            link.read_until(b"r%d\r\n" % number, channel=2)
            slowest = max(slowest, time.monotonic() - began)
        assert slowest < 1
    keeper.call("consoles.end", console=hostile, how="kill")
    keeper.call("consoles.end", console=other, how="kill")


@pytest.mark.alone
def test_one_user_with_one_idle_console_costs_at_most_32_mb():
    with running_keeper(sandboxed=True) as run, run.link() as link:
        link.hello(run.new_bash())
        link.read_until(b"$")
        pids = [run.process.pid, *run.agent.pids()]
        names = [Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[0] for pid in pids]
        assert [name for name in names if name.endswith(b"bash")], names
        assert sum(map(_pss_kib, pids)) <= 32 * 1024


def _pss_kib(pid: int) -> int:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
