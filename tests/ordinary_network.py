"""`python tests/ordinary_network.py WHAT DATA PLAN`: network devices of an ordinary user.

Run as that user on the machine of tests/fake_internet.py; prints JSON.
"""

import json
import os
import signal
import sys
import time
from dataclasses import replace
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from ide.guard.plan import NetworkPlan  # noqa: E402 - found through the line above
from ide.sandbox.network import Network, probe_network, user_mode  # noqa: E402
from ide.sandbox.network.commands import inside  # noqa: E402
from ide.sandbox.network.probing import _namespace  # noqa: E402
from ide.settings import Settings  # noqa: E402
from tests import in_namespace  # noqa: E402
from tests.fake_internet import EVERYTHING, MACHINE_PORT, RESOLVER  # noqa: E402
from tests.sandboxes import running_sandbox  # noqa: E402
from tests.waiting import wait_until  # noqa: E402

WORKSPACE = "0123456789abcdef"
LOOPBACK = {f"10.0.2.2:{MACHINE_PORT}", f"127.0.0.1:{MACHINE_PORT}"}


def say(**told: object) -> None:
    sys.stdout.write(json.dumps(told))
    sys.stdout.flush()


def helpers(network: Network) -> list[int]:
    """Return the process ids of helpers; pasta's own that live for a moment are waited for."""
    now: list[int] = []

    def settled() -> bool:
        now[:] = [pid for pid, _ in user_mode._running(network._server)]
        return len(now) < 2

    wait_until(settled)
    return now


def connect(settings: Settings, plan: NetworkPlan) -> None:
    """Probe, connect a sandbox and say what it reaches and what is left afterwards."""
    began = time.monotonic()
    found = probe_network(settings)
    seconds = time.monotonic() - began
    network = Network(settings)
    with _namespace("unshare", "--user", "--map-root-user", "--net") as pid:
        connected = network.connect(found.device, pid, WORKSPACE, plan)
        with inside(pid) as sandbox:
            reached = sandbox.commands.run(
                sys.executable, in_namespace.__file__, "reach", *EVERYTHING, *LOOPBACK
            )
            device = sandbox.commands.run("ip", "-6", "addr", "show", "scope", "global")
        running = len(helpers(network))
        network.disconnect(connected.device, WORKSPACE)
    left = len(helpers(network))
    say(
        device=connected.device, notes=connected.notes, reasons=found.reasons, seconds=seconds,
        reached=reached.split(), helpers=running, left=left, ipv6=device,
    )  # fmt: skip


def give_up(settings: Settings, plan: NetworkPlan) -> None:
    """The same where helpers are given two seconds."""
    user_mode.START_SECONDS = 2.0  # type: ignore[misc]
    connect(settings, plan)


def programs(settings: Settings, plan: NetworkPlan) -> None:
    """Connect a real sandbox, and say what a program in it reaches."""
    network = Network(settings)
    with running_sandbox() as sandbox, sandbox.agent() as agent:
        connected = network.connect("pasta", sandbox.pid, WORKSPACE, plan)
        code = Path(in_namespace.__file__).read_text()
        reached, _ = agent.run(agent.interpreter, "-I", "-c", code, "reach", *EVERYTHING)
        changed = agent.shell("/usr/sbin/ip link delete eth0 2>&1")
        network.disconnect(connected.device, WORKSPACE)
    say(
        device=connected.device, notes=connected.notes, reached=reached.decode().split(),
        changed=changed.decode(),
    )  # fmt: skip


def leave(settings: Settings, plan: NetworkPlan) -> None:
    """Connect, and be killed: sandbox and all, but the helper."""
    network = Network(settings)
    with _namespace("unshare", "--user", "--map-root-user", "--net") as pid:
        network.make("pasta", pid, WORKSPACE, plan)
        say(helpers=len(helpers(network)))
        os.kill(os.getpid(), signal.SIGKILL)


def kill(settings: Settings, plan: NetworkPlan) -> None:
    """Kill the helper of a sandbox that goes on; what is left when it ends, and connects anew."""
    network = Network(settings)
    with _namespace("unshare", "--user", "--map-root-user", "--net") as pid:
        network.make("pasta", pid, WORKSPACE, plan)
        (helper,) = helpers(network)
        os.kill(helper, signal.SIGKILL)
        network.disconnect("pasta", WORKSPACE)
        left = len(helpers(network))
    with _namespace("unshare", "--user", "--map-root-user", "--net") as pid:
        again = network.connect("pasta", pid, WORKSPACE, plan).device
        network.disconnect("pasta", WORKSPACE)
    say(left=left, again=again, zombies=len(user_mode._children))


def sweep(settings: Settings, _plan: NetworkPlan) -> None:
    """Look after what others left: that of a known workspace stays."""
    network = Network(settings)
    before = len(helpers(network))
    network.sweep({WORKSPACE})
    known = len(helpers(network))
    network.sweep(set())
    say(before=before, known=known, after=len(helpers(network)))


if __name__ == "__main__":
    {
        "connect": connect,
        "give-up": give_up,
        "kill": kill,
        "leave": leave,
        "programs": programs,
        "sweep": sweep,
    }[sys.argv[1]](
        replace(Settings(data=Path(sys.argv[2])), resolver=RESOLVER), NetworkPlan(sys.argv[3])
    )
