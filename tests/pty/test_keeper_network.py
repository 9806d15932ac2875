"""A keeper whose plan needs a network device: what programs and people are told."""

import pytest

from ide.guard.plan import NetworkPlan, Plan
from tests.keepers import running_keeper

pytestmark = pytest.mark.pty
OUTBOUND = Plan(network=NetworkPlan.OUTBOUND)
NOTE = "The network plan outbound needs a network device, and none could be made: no nft."
ASK = r"""
exec 3<>/dev/tcp/127.0.0.1/3128
printf 'CONNECT 192.0.2.1:443 HTTP/1.1\r\nHost: 192.0.2.1\r\n\r\n' >&3
read -r line <&3; echo "said: $line"
"""


def notices(link):
    return [event["text"] for event in link.events if event["type"] == "notice"]


def ask_inside(run, link, channel=1):
    """Return what a new console knows of the proxy, and what the forwarder says."""
    console = link.call("consoles.create", kind="bash", cols=200, rows=24)["id"]
    link.hello(console, channel, cols=200)
    link.read_until(b"$ ", channel)
    link.type('echo "pro""xy=[$https_proxy]"\n' + ASK + 'echo "do""ne"\n', channel)
    return link.read_until(b"done", channel).replace(b"\r\n", b"\n")


def test_a_missing_device_and_a_plan_that_waits_are_told():
    with running_keeper() as run:
        run.supervisor.network = {"device": "none", "notes": [NOTE]}
        run.supervisor.waits = ["The network plan web holds from the next start on."]
        with run.link(plan=OUTBOUND) as link:
            link.hand_over_once()
            link.call("consoles.create", kind="bash", cols=80, rows=24)
            link.until(lambda: NOTE in notices(link))
            with run.link(plan=Plan(network=NetworkPlan.WEB)) as other:
                other.call("consoles.list")
                link.until(lambda: run.supervisor.waits[0] in notices(link))


def test_programs_with_a_device_are_told_of_no_proxy_and_have_none_also_under_the_next_keeper():
    with running_keeper(sandboxed=True) as run:
        run.supervisor.network = {"device": "veth", "notes": []}
        with run.link(plan=OUTBOUND) as link:
            said = ask_inside(run, link)
        assert b"proxy=[]\n" in said
        assert b"said: HTTP/1.1 403 This workspace has a network device of its own" in said
        run.kill()
        run.start()
        with run.link(plan=OUTBOUND) as link:
            again = ask_inside(run, link)
        assert b"proxy=[]\n" in again
        assert b"403 This workspace has a network device of its own" in again


def test_without_a_device_the_forwarder_takes_its_place():
    with running_keeper(sandboxed=True) as run:
        run.supervisor.network = {"device": "none", "notes": [NOTE]}
        with run.link(plan=OUTBOUND) as link:
            said = ask_inside(run, link)
        assert b"proxy=[http://127.0.0.1:3128]\n" in said
        assert b"said: HTTP/1.1 403 192.0.2.1 is not on the public internet" in said
