"""A supervisor of root's on a machine with an internet: from a plan to what programs reach."""

import os
import signal
from contextlib import contextmanager
from dataclasses import replace

import pytest

from ide.guard.plan import NetworkPlan, Plan
from tests.fake_internet import (
    EVERYTHING,
    MACHINE_PORT,
    OUTBOUND,
    PUBLIC,
    RESOLVER,
    fake_internet,
    needs,
)
from tests.sandboxes import AgentClient
from tests.supervisors import running_supervisor
from tests.waiting import wait_until

pytestmark = needs("ip", "nft")
ALICE, BOB, CAROL = "a" * 16, "b" * 16, "c" * 16
PLAN = Plan(network=NetworkPlan.OUTBOUND)
WITHOUT, WEB = Plan(network=NetworkPlan.NONE), Plan(network=NetworkPlan.WEB)
REACH = """
import socket, sys, threading
def attempt(target):
    host, _, port = target.rpartition(":")
    try:
        with socket.create_connection((host, int(port)), 3) as one:
            one.settimeout(20)
            if one.recv(16): print(target, flush=True)
    except OSError: pass
threads = [threading.Thread(target=attempt, args=(one,)) for one in sys.argv[1:]]
for one in threads: one.start()
for one in threads: one.join()
"""
SERVE = """
import socket, sys
a = socket.create_server(("0.0.0.0", int(sys.argv[1])))
print("serv" + "ing", flush=True)
while True:
    with a.accept()[0] as one: one.sendall(b"hello")
"""


@pytest.fixture(scope="module")
def internet():
    with fake_internet() as made:
        yield made


@contextmanager
def supervised(internet):
    """Run a supervisor on the machine with addresses for two workspaces."""
    given = {"resolver": RESOLVER, "network_range": "10.250.0.0/29"}
    with running_supervisor(before=internet.machine.command(), **given) as run:
        yield run
    wait_until(internet.is_clean, what="nothing is left")


@pytest.fixture(scope="module")
def run(internet):
    with supervised(internet) as made:
        yield made


@contextmanager
def workspace(run, name, plan=PLAN):
    """Start a workspace; gives its agent and what the supervisor said of its network."""
    run.client.ensure(name)
    told = run.client.sandbox(name, plan)
    with AgentClient(run.settings.runtime / name / "agent.sock") as agent:
        yield agent, told["network"]
    run.client.stop(name)


def reached(agent, *targets):
    return set(agent.python(REACH, *targets).decode().split())


def test_programs_of_workspaces_reach_what_their_plans_say_and_never_each_other(run):
    with (
        workspace(run, ALICE) as (alice, told),
        workspace(run, BOB, WITHOUT) as (bob, nothing),
        workspace(run, CAROL, replace(PLAN, network=NetworkPlan.FULL)) as (carol, _),
    ):
        assert told == {"device": "veth", "notes": []}
        assert nothing == {"device": "none", "notes": []}
        for agent in (alice, bob, carol):  # the same port, below 1024, in each
            agent.spawn("server", [agent.interpreter, "-c", SERVE, "80"])
            agent.read_until("server", b"serving")
            assert reached(agent, "127.0.0.1:80") == {"127.0.0.1:80"}
        own = alice.python(
            "import socket\ns = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n"
            f"s.connect(({PUBLIC!r}, 9)); print(s.getsockname()[0])"
        ).decode().strip()  # fmt: skip
        near = f"{own.rpartition('.')[0]}.{int(own.rpartition('.')[2]) - 1}:{MACHINE_PORT}"
        assert reached(alice, *EVERYTHING, near, f"{own}:80") == OUTBOUND | {f"{own}:80"}
        assert reached(bob, *EVERYTHING, near, f"{own}:80") == set()
        assert reached(carol, f"{own}:80", near, f"{PUBLIC}:80") == {f"{PUBLIC}:80"}
        lookup = "import socket; print(socket.gethostbyname('some.example'))"
        assert alice.python(lookup) == f"{PUBLIC}\n".encode()
        assert alice.shell("cat /etc/resolv.conf").startswith(f"nameserver {RESOLVER}\n".encode())
        assert bob.shell("ls /etc/resolv.conf 2>&1").endswith(b"No such file or directory\n")
        changed = alice.shell("/usr/sbin/ip addr add 10.0.0.9/8 dev eth0 2>&1; echo $?")
        assert b"Operation not permitted" in changed
        for agent in (alice, bob, carol):
            agent.forget_all()


def test_what_a_plan_says_and_a_running_workspace_has_not_is_told(run):
    with workspace(run, ALICE), workspace(run, BOB, WITHOUT), workspace(run, CAROL):
        (note,) = run.client.limits(ALICE, WEB)
        assert "web holds from the workspace's next start on; until then it is outbound" in note
        assert run.client.limits(ALICE, PLAN) == []
        assert run.client.limits(BOB, WEB) == []
        (note,) = run.client.limits(BOB, PLAN)
        assert "until then programs reach the web alone, through the proxy" in note
        with workspace(run, "d" * 16) as (_, told):
            assert told["device"] == "none"
            (note,) = told["notes"]
            assert "every address of 10.250.0.0/29 is taken" in note
            assert "ports 80 and 443 through the proxy" in note
            assert run.client.limits("d" * 16, PLAN) == [note]


def test_it_lives_through_a_killed_supervisor_and_leaves_nothing_when_all_is_killed(run, internet):
    with workspace(run, ALICE) as (agent, _), workspace(run, CAROL):
        run.process.kill()
        run.process.wait()
        assert reached(agent, f"{PUBLIC}:80") == {f"{PUBLIC}:80"}
        run.start()
        assert reached(agent, f"{PUBLIC}:80") == {f"{PUBLIC}:80"}
        assert run.client.sandbox(ALICE, PLAN)["network"] == {"device": "veth", "notes": []}
        run.client.sleep(CAROL)
        assert len(internet.links()) == 1
        pid = sandbox_pid(run, ALICE)
        run.process.kill()
        run.process.wait()
        os.kill(pid, signal.SIGKILL)
        run.start()
        wait_until(internet.is_clean, what="the sweep leaves nothing")


def test_nothing_is_left_of_a_sandbox_that_was_killed(run, internet):
    with workspace(run, ALICE):
        assert not internet.is_clean()
        os.kill(sandbox_pid(run, ALICE), signal.SIGKILL)
        wait_until(internet.is_clean, what="the supervisor cleans up")


def sandbox_pid(run, name):
    return next(one["sandbox_pid"] for one in run.client.list() if one["workspace"] == name)
