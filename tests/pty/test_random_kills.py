"""Kill -9 at random moments, of whomever: what is left is what a record names, and nothing else.

Workspaces with network devices are started and put to sleep all the time meanwhile.
"""

import functools
import os
import random
import signal
import threading
from contextlib import suppress
from pathlib import Path

import pytest

from ide.errors import IdeError
from ide.guard.plan import NetworkPlan, Plan
from tests.fake_internet import RESOLVER, fake_internet, needs
from tests.pty.test_sweep import traces
from tests.supervisors import running_supervisor
from tests.waiting import wait_until
from tests.workspaces import Inside, Workspace

pytestmark = [*needs("ip", "nft"), pytest.mark.long]

PLAN = Plan(network=NetworkPlan.OUTBOUND)
ROUNDS, ROUNDS_IN_FULL = 2, 60
LONGEST_SECONDS = 0.4
"""Before somebody is killed: longer than a start takes."""
SETTLED_SECONDS = 40.0


@pytest.fixture
def internet():
    with fake_internet() as made:
        yield made


@pytest.fixture
def machine(internet):
    given = {"resolver": RESOLVER, "network_range": "10.250.0.0/28"}
    with running_supervisor(before=internet.machine.command(), **given) as run:
        yield run
    wait_until(internet.is_clean, what="nothing is left")


def used(machine, workspace, seed, over):
    """Start the workspace and put it to sleep, over and over; nobody need be there to do it."""
    chance = random.Random(seed)
    while not over.wait(chance.random() / 20):
        with suppress(IdeError, OSError, ValueError):
            machine.client.ensure(workspace.name)
            machine.client.sandbox(workspace.name, PLAN)
            if chance.random() < 0.3:
                machine.client.sleep(workspace.name)


def ours(workspaces):
    """Return the process ids of their keepers, bubblewraps and agents."""
    names = [one.name.encode() for one in workspaces]
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            words = (folder / "cmdline").read_bytes()
            if (b"ide.keeper" in words or b"agent.zip" in words) and any(n in words for n in names):
                found.append(int(folder.name))
    return sorted(found)


def kill_some(machine, workspaces, chance):
    """Kill up to three, mostly the supervisor among them."""
    there = ours(workspaces)
    victims = chance.sample(there, k=min(chance.randrange(3), len(there)))
    has_supervisor = chance.random() < 0.7
    victims += [machine.process.pid] * has_supervisor
    chance.shuffle(victims)
    for pid in victims:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    return has_supervisor


def unaccounted(workspace):
    """Return what there is of the workspace's sandbox and no record names."""
    first = workspace.sandbox_pid()
    found = traces(workspace)
    if first is None:
        return found
    try:
        outer = int(Path(f"/proc/{first}/stat").read_text().rpartition(")")[2].split()[1])
        known = {f"process {pid}" for pid in (outer, *Inside(first).pids())}
    except OSError:  # it ends this moment
        return {"an end"}
    return {one for one in found if one.startswith("process ")} - known


def is_settled(internet, workspaces):
    running = sum(one.sandbox_pid() is not None for one in workspaces)
    return len(internet.links()) <= running and not any(map(unaccounted, workspaces))


def test_whoever_is_killed_at_whatever_moment_leaves_nothing(internet, machine, full):
    chance = random.Random(4)
    workspaces = [Workspace(machine) for _ in range(2)]
    for number in range(ROUNDS_IN_FULL if full else ROUNDS):
        over = threading.Event()
        users = [
            threading.Thread(target=used, args=(machine, one, 2 * number + at, over))
            for at, one in enumerate(workspaces)
        ]
        for user in users:
            user.start()
        over.wait(chance.random() * LONGEST_SECONDS)
        is_away = kill_some(machine, workspaces, chance)
        over.set()
        for user in users:
            user.join(SETTLED_SECONDS)
            assert not user.is_alive()
        if is_away:
            machine.process.wait(SETTLED_SECONDS)
            machine.start()
        settled = functools.partial(is_settled, internet, workspaces)
        wait_until(settled, SETTLED_SECONDS, f"round {number}")
    for one in workspaces:
        machine.client.stop(one.name)
        assert traces(one) == set()
    wait_until(lambda: not ours(workspaces), 20, "keepers and sandboxes have ended")
