"""With control groups: programs that take all they can get hit their own plan alone."""

import os
import signal
import time

import pytest

from ide.guard.plan import MIB, Plan
from ide.sandbox.cgroups import RESERVE, find_groups
from tests.sandboxes import AgentClient
from tests.supervisors import running_supervisor
from tests.waiting import wait_until

pytestmark = [pytest.mark.pty, pytest.mark.groups]
ATTACKED, OTHER = "0123456789abcdef", "fedcba9876543210"
PLAN = Plan(memory_bytes=160 * MIB, processes=64, cpu_percent=50)
# Each is bounded: 400 processes, 600 MiB, a minute.
BOMB = (
    "import os, time\nfor _ in range(400):\n  try:\n    if not os.fork(): time.sleep(60); break\n"
    "  except OSError: print('ful' + 'ly', flush=True); time.sleep(60)"
)
HOG = "head -c 600M /dev/zero | tail -c 600M | wc -c; echo shell li''ves; read end"
BUSY = "for i in 1 2 3 4; do timeout 60 sh -c 'while :; do :; done' & done; echo bu''sy; wait"


@pytest.fixture(scope="module")
def run():
    with running_supervisor() as running:
        for workspace in (ATTACKED, OTHER):
            running.client.ensure(workspace)
            running.client.sandbox(workspace, PLAN)
        # What makes it takes memory, and leaves files in /tmp when a test ends all programs.
        made = running.settings.data / ATTACKED / "home/.venv/.ready"
        wait_until(made.exists, 120, "the environment for Python is made")
        yield running


@pytest.fixture
def agent(run):
    with AgentClient(run.settings.runtime / ATTACKED / "agent.sock") as client:
        yield client
        client.forget_all()
        client.shell("pkill -KILL -u 1000 -f '^sleep|^timeout|while' || :")


@pytest.fixture
def group(run):
    return find_groups(run.settings.data).workspace(ATTACKED)


@pytest.fixture
def other(run):
    with AgentClient(run.settings.runtime / OTHER / "agent.sock") as client:
        yield client


def begins(agent, name, word, *argv):
    agent.spawn(name, list(argv))
    agent.read_until(name, word)


def echoes(agent, name):
    master = agent.take(name)
    try:
        os.write(master, b"hello again\n")
        agent.read_until(name, b"hello again\r\nhello again", master)
    finally:
        os.close(master)


def test_a_fork_bomb_stays_at_the_limit_and_is_not_felt_beside_it(agent, group, other):
    agent.spawn("beside", ["/bin/cat"])
    begins(agent, "bomb", b"fully", agent.interpreter, "-I", "-c", BOMB)
    assert PLAN.processes - 8 <= group.usage().processes <= PLAN.processes + RESERVE
    echoes(agent, "beside")
    assert other.shell("echo $((6 * 7))") == b"42\n"
    # One more shell opens to end it from; ending its console alone would leave what it started.
    assert agent.shell("echo room; kill -KILL -1").startswith(b"room\n")
    wait_until(lambda: group.usage().processes < 20, 20, "the bomb is gone")


def test_what_takes_too_much_memory_is_ended_and_its_shell_lives(agent, group, other):
    before = group.usage().oom_kills
    begins(agent, "hog", b"shell lives", "/bin/bash", "-c", HOG)
    usage = group.usage()
    assert usage.oom_kills == before + 1
    assert usage.memory_peak <= PLAN.memory_bytes
    running = {one["console"]: one["exit"] for one in agent.hello()["consoles"]}
    assert running["hog"] is None
    assert other.shell("echo $((6 * 7))") == b"42\n"


def test_files_in_memory_count_and_end_no_consoles(agent, group):
    """Both full they still leave programs some of the memory: who fills them is told."""
    before = group.usage()
    for folder, size in (("/tmp", 80), ("/dev/shm", 40)):  # noqa: S108 - those inside
        said = agent.shell(f"head -c 600M /dev/zero > {folder}/full; stat -c %s {folder}/full")
        assert b"No space left" in said
        assert (size - 1) * MIB <= int(said.split()[-1]) <= size * MIB
    assert agent.shell("echo $((6 * 7)); rm /tmp/full /dev/shm/full") == b"42\n"
    assert group.usage().oom_kills == before.oom_kills


def test_four_busy_loops_stay_below_the_ceiling(agent, group, other):
    begins(agent, "busy", b"busy", "/bin/bash", "-c", BUSY)
    wait_until(lambda: group.usage().throttled_usec, 20, "it is slowed down")
    began, first = time.monotonic(), group.usage()
    usage = wait_until(
        lambda: (now := group.usage()).cpu_usec - first.cpu_usec > 700_000 and now, 60, "they run"
    )
    used = (usage.cpu_usec - first.cpu_usec) / (time.monotonic() - began) / 1_000_000
    assert used < 0.7, "half a core is what the plan allows"
    assert other.shell("echo $((6 * 7))") == b"42\n"
    agent.call("kill", console="busy")
    assert agent.event("exit", "busy")[0]["status"] == signal.SIGKILL
