"""Without control groups memory is looked at each second, and the largest program ended."""

import itertools
import os
import signal
import time
from types import SimpleNamespace

import pytest

from ide.guard.plan import MIB, Plan
from ide.sandbox.cgroups import watcher as module
from ide.sandbox.cgroups.groups import Groups
from tests.sandboxes import ORDINARY_ACCOUNT, running_sandbox
from tests.waiting import wait_until

pytestmark = pytest.mark.pty
HOG = "import sys; kept = b'x' * ({} << 20); print('rea' + 'dy', flush=True); sys.stdin.read()"
# It calls itself PID 1's name, leaves session and parent, and hides from those of its account.
DISGUISED = """
import ctypes, os, signal, sys, time
if os.fork(): time.sleep(600)
os.setsid()
if os.fork(): os._exit(0)
libc = ctypes.CDLL(None)
libc.prctl(15, b'python3 -I -S /o', 0, 0, 0)
libc.prctl(4, 0, 0, 0, 0)
kept = b'x' * (200 << 20)
print('rea' + 'dy', flush=True)
time.sleep(600)
"""


@pytest.fixture(scope="module")
def sandbox():
    account = ORDINARY_ACCOUNT if os.geteuid() == 0 else None
    plan = Plan(memory_bytes=0)
    with running_sandbox(account=account, plan=plan, environment=False) as running:
        yield running


@pytest.fixture
def group(sandbox, monkeypatch):
    monkeypatch.setattr(module, "LOOK_SECONDS", 0.1)
    found = Groups("none", {}, {}).workspace("a")
    yield found
    found.remove()


def started(agent, name, code):
    agent.spawn(name, [agent.interpreter, "-I", "-c", code])
    agent.read_until(name, b"ready")


def test_the_largest_is_ended_the_rest_lives_and_it_counts(sandbox, agent, group):
    started(agent, "small", HOG.format(20))
    started(agent, "hog", HOG.format(200))
    group.started(sandbox.pid, Plan(memory_bytes=0))
    assert group.apply(Plan(memory_bytes=150 * MIB)) == ()
    event, _ = agent.event("exit", "hog")
    assert (event["how"], event["status"]) == ("signal", signal.SIGKILL)
    usage = wait_until(lambda: (now := group.usage()).oom_kills and now, 20)
    assert usage.oom_kills == 1
    assert usage.memory_peak > 200 * MIB > 150 * MIB > usage.memory_used > 20 * MIB
    assert usage.processes >= len(group.pids()) >= 2, "threads count too"
    running = [one["console"] for one in agent.hello()["consoles"] if one["exit"] is None]
    assert running == ["small"]


def test_one_that_takes_its_time_to_go_is_counted_once(sandbox, agent, group, monkeypatch):
    monkeypatch.setattr(module, "LOOK_SECONDS", 1000)
    monkeypatch.setattr(module, "kill", lambda _member: True)
    started(agent, "hog", HOG.format(200))
    group.started(sandbox.pid, Plan(memory_bytes=150 * MIB))
    for _ in range(3):
        group._watcher.look()
    assert group.usage().oom_kills == 1
    assert group._watcher._watched["ws-a"].ended


def test_many_that_share_a_lot_are_counted_once(sandbox, agent, group, monkeypatch):
    """Forks of one program share its memory: by their sizes they would be far over.

    Also where a second passes from one process to the next, as on a busy machine.
    """
    busy = SimpleNamespace(monotonic=itertools.count().__next__, thread_time=time.thread_time)
    monkeypatch.setattr(module.inside, "time", busy)
    code = (
        "import os, time\nkept = b'x' * (60 << 20)\n"
        "for _ in range(5):\n  if not os.fork(): time.sleep(600)\n"
        "print('rea' + 'dy', flush=True); time.sleep(600)"
    )
    started(agent, "forks", code)
    group.started(sandbox.pid, Plan(memory_bytes=200 * MIB))
    group._watcher.look()
    assert sum(one.resident_bytes for one in group._watcher.members("ws-a")) > 300 * MIB
    assert 60 * MIB < group.usage().memory_used < 200 * MIB
    assert group.usage().oom_kills == 0


def test_neither_its_name_nor_its_place_nor_hiding_saves_a_program(sandbox, agent, group):
    started(agent, "disguised", DISGUISED)
    assert largest(sandbox) > 200 * MIB
    group.started(sandbox.pid, Plan(memory_bytes=100 * MIB))
    wait_until(lambda: group.usage().oom_kills, 20, "it is ended")
    wait_until(lambda: largest(sandbox) < 150 * MIB, 20, "it is gone")
    assert agent.hello()["consoles"][0]["exit"] is None, "its parent, which is small, lives"


def largest(sandbox):
    return max(one.resident_bytes for one in module.inside.processes_below(sandbox.pid))


def test_the_first_process_is_spared_while_it_is_small(sandbox, agent, group):
    group.started(sandbox.pid, Plan(memory_bytes=1))
    group._watcher.look()
    assert agent.hello()["home"]


def test_a_first_process_that_takes_more_than_any_agent_is_ended_too(sandbox, agent, group):
    """As when a program takes the agent over: here a program stands for it."""
    started(agent, "taken", HOG.format(200))
    first = max(module.inside.processes_below(sandbox.pid), key=lambda one: one.resident_bytes)
    group.started(first.pid, Plan(memory_bytes=100 * MIB))
    event, _ = agent.event("exit", "taken")
    assert (event["how"], event["status"]) == ("signal", signal.SIGKILL)


def test_programs_run_after_others_and_the_missing_ceiling_is_said(group):
    assert group.words()[:3] == ["nice", "-n", "10"]
    (note,) = group.apply(Plan(cpu_percent=50))
    assert "Processor time" in note


def test_a_sandbox_that_ended_is_not_mistaken_for_another(sandbox, group):
    group.started(sandbox.pid, Plan())
    watched = group._watcher._watched["ws-a"]
    watched.root = module.replace(watched.root, start_ticks=1)
    assert group.pids() == []
    assert group.usage().processes == 0


def test_killing_ends_everything_of_it(group):
    account = ORDINARY_ACCOUNT if os.geteuid() == 0 else None
    with running_sandbox(account=account, environment=False) as one:
        with one.agent() as client:
            client.spawn("c", ["/bin/bash", "-c", "setsid sleep 1000 & wait"])
            group.started(one.pid, Plan())
            wait_until(lambda: len(group.pids()) >= 3, 20)
        assert group.kill()
        assert group.pids() == []
