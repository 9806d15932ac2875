"""The plans `outbound` and `full` as root: what a sandbox reaches, and that nothing is left."""

from unittest import mock

import pytest

from ide.guard.plan import NetworkPlan
from ide.sandbox.network import veth
from ide.sandbox.network.commands import Commands
from ide.sandbox.network.connecting import Network
from ide.sandbox.network.firewall import obstacles
from ide.settings import Settings
from tests.fake_internet import (
    EVERYTHING,
    FULL,
    GATEWAY,
    MACHINE,
    MACHINE_PORT,
    OUTBOUND,
    PRIVATE,
    PUBLIC,
    RESOLVER,
    fake_internet,
    needs,
)
from tests.waiting import wait_until

pytestmark = needs("ip", "nft")
ALICE, BOB = "a" * 16, "b" * 16
DEVICE_PLANS = [NetworkPlan.OUTBOUND, NetworkPlan.FULL]


@pytest.fixture(scope="module")
def everywhere():
    with fake_internet() as internet:
        yield internet


@pytest.fixture
def internet(everywhere):
    """The machine, on which each test leaves nothing."""
    assert everywhere.is_clean()
    yield everywhere
    wait_until(everywhere.is_clean, what="nothing is left")


@pytest.fixture
def network(internet, tmp_path):
    made = internet.network(tmp_path)
    yield made
    made.sweep(set())


def test_outbound_reaches_the_internet_and_its_name_server_alone(internet, network):
    with internet.sandbox() as sandbox:
        assert sandbox.reaches(*EVERYTHING) == set()
        network.make("veth", sandbox.pid, ALICE, NetworkPlan.OUTBOUND)
        near = sandbox.address().rpartition(".")[0] + ".1"
        assert sandbox.reaches(*EVERYTHING, f"{near}:{MACHINE_PORT}") == OUTBOUND


def test_full_reaches_private_networks_too(internet, network):
    with internet.sandbox() as sandbox:
        network.make("veth", sandbox.pid, ALICE, NetworkPlan.FULL)
        assert sandbox.reaches(*EVERYTHING) == FULL


@pytest.mark.parametrize("plan", DEVICE_PLANS)
def test_nobody_reaches_a_workspace(internet, network, plan):
    with internet.sandbox() as alice, internet.sandbox() as bob, alice.serving(7777):
        network.make("veth", alice.pid, ALICE, plan)
        network.make("veth", bob.pid, BOB, NetworkPlan.FULL)
        server = f"{alice.address()}:7777"
        assert alice.reaches(server, "127.0.0.1:7777") == {server, "127.0.0.1:7777"}
        for other in (bob, internet.machine, internet.world):
            assert other.reaches(server) == set()


def test_ipv6_is_not_offered(internet, network):
    with internet.sandbox() as sandbox:
        network.make("veth", sandbox.pid, ALICE, NetworkPlan.FULL)
        (link,) = internet.links()
        for where, device in ((sandbox, "eth0"), (internet.machine, link)):
            assert where.run("ip", "-6", "addr", "show", "dev", device) == ""
        assert "::1" in sandbox.run("ip", "-6", "addr", "show", "dev", "lo")


def test_new_connections_are_counted_and_bounded(internet, network):
    with internet.sandbox() as sandbox:
        network.make("veth", sandbox.pid, ALICE, NetworkPlan.OUTBOUND)
        counter = internet.world.start("count", PUBLIC)
        sandbox.python("flood", PUBLIC, "3000")
        internet.machine.python("last", PUBLIC)
        arrived = int(counter.communicate(timeout=30)[0])
        assert 400 < arrived < 2500
        assert sum(map(dropped_beyond_the_rate, (sandbox, internet.machine))) == 3000 - arrived


def dropped_beyond_the_rate(where):
    rules = where.run("nft", "list", "ruleset").splitlines()
    (line,) = (one for one in rules if "@starts" in one and "50/second" in one)
    return int(line.partition("counter packets ")[2].split()[0])


def test_forwarding_is_as_before_when_the_last_workspace_has_gone(internet, network):
    with internet.sandbox() as alice, internet.sandbox() as bob:
        assert not internet.forwards()
        network.make("veth", alice.pid, ALICE, NetworkPlan.OUTBOUND)
        network.make("veth", bob.pid, BOB, NetworkPlan.OUTBOUND)
        network.disconnect("veth", ALICE)
        assert internet.forwards()
        assert alice.reaches(f"{PUBLIC}:80") == set()
        assert bob.reaches(f"{PUBLIC}:80") == {f"{PUBLIC}:80"}
        network.disconnect("veth", BOB)
        assert internet.is_clean()


def test_forwarding_that_was_on_stays_on(internet, network):
    switch = ("sh", "-c", 'echo "$0" > /proc/sys/net/ipv4/ip_forward')
    internet.machine.run(*switch, "1")
    with internet.sandbox() as sandbox:
        network.make("veth", sandbox.pid, ALICE, NetworkPlan.OUTBOUND)
        network.disconnect("veth", ALICE)
        assert internet.forwards()
    internet.machine.run(*switch, "0")


def test_the_machine_forwards_nothing_before_the_walls_stand(internet, tmp_path):
    forwarded = []

    class Watched(Commands):
        def run(self, *words, **more):
            if words[:2] == ("nft", "-f"):
                forwarded.append(internet.forwards())
            return super().run(*words, **more)

    watched = Watched(internet.commands.before, internet.commands.fds)
    network = Network(Settings(data=tmp_path, resolver=RESOLVER), watched)
    with internet.sandbox() as sandbox:
        network.make("veth", sandbox.pid, ALICE, NetworkPlan.OUTBOUND)
        assert forwarded == [False]
        network.disconnect("veth", ALICE)


def test_who_came_meanwhile_and_may_need_a_router_keeps_it(internet, network):
    """As Docker does, which finds the switch on and does not ask for it."""
    with internet.sandbox() as sandbox:
        network.make("veth", sandbox.pid, ALICE, NetworkPlan.OUTBOUND)
        internet.machine.run("ip", "link", "add", "docker0", "type", "veth")
        network.disconnect("veth", ALICE)
        assert internet.forwards()
        network.look()
        assert internet.forwards()
        assert "ct status" in internet.machine.run("nft", "list", "ruleset"), "the walls stay"
        internet.machine.run("ip", "link", "delete", "docker0")
        network.look()
        assert internet.is_clean()


def test_a_successor_too_switches_back_what_was_kept_for_others(internet, network, tmp_path):
    with internet.sandbox() as sandbox, mock.patch.object(veth, "_log") as log:
        network.make("veth", sandbox.pid, ALICE, NetworkPlan.OUTBOUND)
        internet.machine.run("ip", "link", "add", "docker0", "type", "veth")
        successor = internet.network(tmp_path)
        successor.sweep(set())
        successor.look()
        assert internet.forwards()
        log.info.assert_called_once()  # not at every look
        internet.machine.run("ip", "link", "delete", "docker0")
        successor.look()
        assert internet.is_clean()


FORWARDS_NOTHING = """
table ip filter {
    chain FORWARD {
        type filter hook forward priority 0; policy drop;
    }
}
"""


def test_a_firewall_that_forwards_nothing_is_found_with_what_to_do(internet, network):
    assert obstacles(internet.commands) == ()
    with internet.sandbox() as sandbox:
        network.make("veth", sandbox.pid, ALICE, NetworkPlan.OUTBOUND)
        assert obstacles(internet.commands) == (), "our own walls are none"
        internet.machine.run("nft", "-f", "-", text=FORWARDS_NOTHING)
        assert sandbox.reaches(f"{PUBLIC}:80") == set()
        (sentence,) = obstacles(internet.commands)
        for line in sentence.partition("To let workspaces out: ")[2].split("; "):
            internet.machine.run("sh", "-c", line)
        assert sandbox.reaches(f"{PUBLIC}:80") == {f"{PUBLIC}:80"}
        assert obstacles(internet.commands) == ()
        internet.machine.run("nft", "delete", "table", "ip", "filter")


def test_the_machine_becomes_no_router_for_others(internet, network):
    """Somebody in the machine's network who sends packets through it."""
    with internet.sandbox() as sandbox, internet.sandbox() as behind, behind.serving(80):
        internet.machine.run(
            "ip", "link", "add", "lan0", "type", "veth",
            "peer", "name", "eth0", "netns", f"/proc/{behind.pid}/ns/net",
        )  # fmt: skip
        behind.run(
            "ip", "-batch", "-",
            text="addr add 192.168.9.2/24 dev eth0\nlink set eth0 up\n"
            "route add default via 192.168.9.1\n",
        )  # fmt: skip
        internet.machine.run(
            "ip", "-batch", "-", text="addr add 192.168.9.1/24 dev lan0\nlink set lan0 up\n"
        )
        internet.world.run("ip", "route", "add", "192.168.9.0/24", "via", MACHINE)
        network.make("veth", sandbox.pid, ALICE, NetworkPlan.OUTBOUND)
        assert internet.machine.reaches("192.168.9.2:80") == {"192.168.9.2:80"}
        assert internet.world.reaches("192.168.9.2:80") == set()
        assert behind.reaches(f"{GATEWAY}:80") == set()
        internet.world.run("ip", "route", "delete", "192.168.9.0/24")


def test_a_sweep_removes_what_is_unknown_and_leaves_the_rest(internet, network, tmp_path):
    with internet.sandbox() as alice, internet.sandbox() as bob:
        network.make("veth", alice.pid, ALICE, NetworkPlan.OUTBOUND)
        network.make("veth", bob.pid, BOB, NetworkPlan.FULL)
        successor = internet.network(tmp_path)
        successor.sweep({ALICE})
        assert len(internet.links()) == 1
        assert alice.reaches(f"{PUBLIC}:80") == {f"{PUBLIC}:80"}
        successor.sweep(set())
        assert internet.is_clean()


def test_walls_and_forwarding_go_after_everything_was_killed(internet, tmp_path):
    with internet.sandbox() as sandbox:
        internet.network(tmp_path).make("veth", sandbox.pid, ALICE, NetworkPlan.OUTBOUND)
    wait_until(lambda: not internet.links(), what="the device goes with the sandbox")
    assert internet.forwards()
    internet.network(tmp_path).sweep(set())
    assert internet.is_clean()


def test_two_servers_on_a_machine_leave_each_other_alone(internet, network, tmp_path):
    other = internet.network(tmp_path / "other")
    with internet.sandbox() as alice, internet.sandbox() as bob, bob.serving(7777):
        network.make("veth", alice.pid, ALICE, NetworkPlan.FULL)
        other.make("veth", bob.pid, ALICE, NetworkPlan.FULL)
        assert alice.address() != bob.address()
        assert alice.reaches(f"{bob.address()}:7777") == set()
        other.sweep(set())
        assert alice.reaches(f"{PUBLIC}:80") == {f"{PUBLIC}:80"}
        assert bob.reaches(f"{PUBLIC}:80") == set()
        assert internet.forwards()


def test_those_of_the_machine_hold_without_those_inside(internet, network):
    with internet.sandbox() as sandbox:
        network.make("veth", sandbox.pid, ALICE, NetworkPlan.OUTBOUND)
        sandbox.run("nft", "flush", "ruleset")
        near = sandbox.address().rpartition(".")[0] + ".1"
        assert sandbox.reaches(*EVERYTHING, f"{near}:{MACHINE_PORT}") == OUTBOUND


def test_walls_that_were_flushed_are_built_again(internet, network):
    with internet.sandbox() as sandbox, internet.sandbox() as next_one:
        network.make("veth", sandbox.pid, ALICE, NetworkPlan.OUTBOUND)
        internet.machine.run("nft", "flush", "ruleset")
        assert sandbox.reaches(f"{PRIVATE}:80", f"{MACHINE}:{MACHINE_PORT}") == set()
        network.look()
        assert sandbox.reaches(*EVERYTHING) == OUTBOUND
        internet.machine.run("nft", "flush", "ruleset")
        network.make("veth", next_one.pid, BOB, NetworkPlan.OUTBOUND)
        assert sandbox.reaches(*EVERYTHING) == OUTBOUND


def test_a_second_start_of_a_workspace_takes_the_place_of_the_first(internet, network):
    with internet.sandbox() as first, internet.sandbox() as second:
        network.make("veth", first.pid, ALICE, NetworkPlan.OUTBOUND)
        network.make("veth", second.pid, ALICE, NetworkPlan.OUTBOUND)
        assert len(internet.links()) == 1
        assert second.reaches(f"{PUBLIC}:80") == {f"{PUBLIC}:80"}
