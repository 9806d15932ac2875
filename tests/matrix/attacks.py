"""What an attacker types into Bash, and somebody with a plan that holds it.

Each ends by itself within a minute or two if no wall holds it.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from tests.matrix.flood import Flood
from tests.matrix.scene import Scene
from tests.visitor import Visitor
from tests.waiting import wait_until

MIB = 1024 * 1024
ATTACKER = ("attacker", "a third long password")
LIMITS = {
    "memory_bytes": 256 * MIB,
    "cpu_percent": 50,
    "processes": 128,
    "disk_bytes": 64 * MIB,
    "files": 5000,
    "consoles": 8,
}


BEGUN = b"begun\r\n"
BEGIN_SECONDS = 100.0

ATTACKS: dict[str, bytes] = {
    # At most 2,000 processes, whatever the walls do.
    "fork bomb": b"ulimit -Su 2000; b() { b | b & }; echo be''gun; b",
    "memory": (
        b"echo be''gun; for i in {1..40}; do "
        b"python3 -c 'a = [bytearray(64 << 20) for _ in range(24)]'; done"
    ),
    "disk": (b"echo be''gun; for i in {1..40}; do head -c 200M /dev/zero >big; rm -f big; done"),
    "files": (
        b"mkdir -p many; echo be''gun; for i in {1..40}; do "
        b'python3 -c \'for i in range(20000): open(f"many/{i}", "w").close()\'; done'
    ),
    "busy loops": (
        b"echo be''gun; for i in {1..8}; do timeout 60 sh -c 'while :; do :; done' & done; wait"
    ),
    "yes": b"echo be''gun; timeout 60 yes",
    "urandom": b"echo be''gun; timeout 60 cat /dev/urandom",
    # It goes on when 10,000 were made: as many as there may be open at once, over and over.
    "connections": (
        b"timeout 180 python3 -c 'import socket\n"
        b's = socket.create_server(("127.0.0.1", 0), backlog=4096); c = []\n'
        b"for i in range(10**6):\n"
        b' if i == 10**4: print("be" + "gun", flush=True)\n'
        b" try: c.append(socket.create_connection(s.getsockname(), 5)); s.accept() \n"
        b" except OSError: c.clear()\n'"
    ),
}


@contextmanager
def attacking(scene: Scene) -> Iterator[Visitor]:
    """Give somebody whose plan has these limits."""
    scene.server.add_user(*ATTACKER)
    settings = [f"{name}={value}" for name, value in LIMITS.items()]
    for words in (["add", "tight"], ["set", "tight", *settings], ["give", ATTACKER[0], "tight"]):
        done = scene.server.run("plan", *words)
        assert done.returncode == 0, done.stdout + done.stderr
    with Visitor(scene.server.url) as visitor:
        yield visitor.sign_in(*ATTACKER)


def attack(attacker: Visitor, command: bytes) -> Flood:
    """Return a console in which `command` runs."""
    flood = Flood(attacker)
    flood.type(command + b"\r")
    return flood


def wait_begun(attacker: Visitor, flood: Flood) -> None:
    """Wait until the attack goes on; the console must be followed."""

    def has_begun() -> bool:
        flood.check()
        return BEGUN in attacker.api("GET", f"consoles/{flood.console}/log").content[:MIB]

    wait_until(has_begun, BEGIN_SECONDS, "the attack")
