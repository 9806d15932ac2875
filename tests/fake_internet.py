"""A machine with an internet of its own, in network namespaces: nothing real is touched. For root.

    with fake_internet() as internet, internet.sandbox() as sandbox:
        ...  # `internet.network(settings)` connects its pid
        assert sandbox.reaches("11.22.33.10:80") == {"11.22.33.10:80"}

`machine` stands for this machine (12.34.56.2, with a server on every address) and `world` for
all behind it: a public server, a name server in 10/8, a private network, a cloud's metadata.
"""

import contextlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

import pytest

from ide.sandbox.network import probing
from ide.sandbox.network.commands import PATH, Commands, inside
from ide.sandbox.network.connecting import Network
from ide.sandbox.network.probing import _namespace
from ide.settings import Settings
from tests import in_namespace
from tests.in_namespace import PUBLIC, RESOLVER
from tests.waiting import wait_until

SECONDS = 30.0


def needs(*programs: str) -> list[pytest.MarkDecorator]:
    """Return the marks of tests that need such a machine, and these programs on it."""
    missing = [name for name in programs if shutil.which(name, path=PATH) is None]
    return [
        pytest.mark.pty,
        pytest.mark.skipif(os.geteuid() != 0, reason="only root makes an internet to test with"),
        pytest.mark.skipif(bool(missing), reason=f"Debian's {', '.join(missing)} is missing"),
    ]


MACHINE, GATEWAY = "12.34.56.2", "12.34.56.1"
PRIVATE, METADATA = "192.168.77.5", "169.254.169.254"
DOCUMENTED = "203.0.113.7"
"""Of a network that documentation names, and that somebody uses all the same."""
MACHINE_PORT = 9999
WORLD_PORTS = (25, 53, 80, 8080)

_WORLD = f"""\
link set lo up
addr add {PUBLIC}/32 dev lo
addr add {RESOLVER}/32 dev lo
addr add {PRIVATE}/32 dev lo
addr add {METADATA}/32 dev lo
addr add {DOCUMENTED}/32 dev lo
addr add {GATEWAY}/30 dev eth0
link set eth0 up
route add 100.64.0.0/10 via {MACHINE}
"""
_MACHINE = f"""\
link set lo up
addr add {MACHINE}/30 dev eth0
link set eth0 up
route add default via {GATEWAY}
"""
EVERYTHING = {
    f"{PUBLIC}:80", f"{PUBLIC}:8080", f"{RESOLVER}:53", f"{PUBLIC}:25", f"{PUBLIC}:53",
    f"{RESOLVER}:80", f"{PRIVATE}:80", f"{METADATA}:80", f"{GATEWAY}:80",
    f"{MACHINE}:{MACHINE_PORT}", f"{DOCUMENTED}:80",
}  # fmt: skip
OUTBOUND = {f"{PUBLIC}:80", f"{PUBLIC}:8080", f"{RESOLVER}:53", f"{GATEWAY}:80"}
FULL = OUTBOUND | {f"{PRIVATE}:80", f"{RESOLVER}:80", f"{DOCUMENTED}:80"}


@dataclass(frozen=True)
class Within:
    """A network namespace, by the process id of who holds it."""

    pid: int

    def command(self, *words: str) -> list[str]:
        return ["nsenter", f"--net=/proc/{self.pid}/ns/net", "--", *words]

    def run(self, *words: str, text: str = "") -> str:
        return subprocess.run(
            self.command(*words),
            input=text,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=True,
        ).stdout

    def python(self, name: str, *arguments: str) -> str:
        """Run a function of tests/in_namespace.py there."""
        return self.run(sys.executable, in_namespace.__file__, name, *arguments)

    def reaches(self, *targets: str) -> set[str]:
        """Return those of `targets` (ADDRESS:PORT) where somebody accepts."""
        return set(self.python("reach", *targets).split())

    def start(self, name: str, *arguments: str) -> subprocess.Popen[str]:
        """Start one there, and return when it said its first line."""
        process = subprocess.Popen(
            self.command(sys.executable, in_namespace.__file__, name, *arguments),
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        return process

    @contextlib.contextmanager
    def serving(self, *ports: int) -> Iterator[None]:
        """Have a server on these ports of every address."""
        process = self.start("serve", *map(str, ports))
        try:
            yield
        finally:
            process.kill()
            process.communicate(timeout=SECONDS)

    def address(self) -> str:
        """Return the address of the device that was made."""
        told = json.loads(self.run("ip", "-j", "-4", "addr", "show", "dev", "eth0"))
        return str(told[0]["addr_info"][0]["local"])


@dataclass(frozen=True)
class FakeInternet:
    machine: Within
    world: Within
    commands: Commands

    def network(self, data: Path) -> Network:
        """Return a server's network on the machine."""
        return Network(Settings(data=data, resolver=RESOLVER), self.commands)

    def forwards(self) -> bool:
        return self.machine.run("cat", "/proc/sys/net/ipv4/ip_forward") == "1\n"

    def links(self) -> list[str]:
        """Return the names of workspaces' devices."""
        told = json.loads(self.machine.run("ip", "-j", "link"))
        return sorted(one["ifname"] for one in told if one["ifname"].startswith("ide-"))

    def is_clean(self) -> bool:
        """Whether nothing of any workspace is left on the machine."""
        rules = self.machine.run("nft", "list", "ruleset")
        return not (self.links() or rules or self.forwards())

    @contextlib.contextmanager
    def sandbox(self) -> Iterator[Within]:
        """Give the network namespace of a sandbox, without any device yet."""
        with _namespace("unshare", "--net") as pid:
            within = Within(pid)
            within.run("ip", "link", "set", "lo", "up")
            yield within


@contextlib.contextmanager
def fake_internet() -> Iterator[FakeInternet]:
    with contextlib.ExitStack() as after:
        # Namespaces take their time on a busy machine.
        after.enter_context(mock.patch.object(probing, "HOLDER_SECONDS", SECONDS))
        machine = Within(after.enter_context(_namespace("unshare", "--net")))
        world = Within(after.enter_context(_namespace("unshare", "--net")))
        machine.run(
            "ip", "link", "add", "eth0", "type", "veth",
            "peer", "name", "eth0", "netns", f"/proc/{world.pid}/ns/net",
        )  # fmt: skip
        # A new one begins with the switch of the very machine, which a server may have on just now.
        machine.run("sh", "-c", "echo 0 > /proc/sys/net/ipv4/ip_forward")
        world.run("ip", "-batch", "-", text=_WORLD)
        machine.run("ip", "-batch", "-", text=_MACHINE)
        after.enter_context(world.serving(*WORLD_PORTS))
        after.enter_context(machine.serving(MACHINE_PORT))
        commands = after.enter_context(inside(machine.pid)).commands
        internet = FakeInternet(machine, world, commands)
        assert machine.reaches(*EVERYTHING) == EVERYTHING  # all the canaries sing
        yield internet
        wait_until(internet.is_clean, SECONDS, "nothing is left")
