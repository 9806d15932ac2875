"""How soon a key comes back while somebody else on the machine attacks it.

    .venv/bin/python -m bench.attacks [NAME]…   # as root, where control groups hold the limits

NAME is one of tests/matrix/attacks.py or "consoles"; all of them without any.

The first line is the same without any attack: everything else is to be read beside it.
"""

import os
import statistics
import sys
import threading

import httpx

from tests.matrix.attacks import ATTACKS, attack, attacking, wait_begun
from tests.matrix.echo import Echo
from tests.matrix.scene import Scene, running_scene
from tests.visitor import Visitor

KEYS = 300


def line(what: str, echo: Echo) -> None:
    """Print median, 95th percentile and worst of what was typed, in milliseconds."""
    taken = sorted(each * 1000 for each in echo.seconds)
    p95 = taken[int(len(taken) * 0.95)]
    print(f"{what:14} {statistics.median(taken):8.2f} {p95:8.2f} {taken[-1]:8.2f}", flush=True)


def typed(scene: Scene) -> Echo:
    """Have somebody type KEYS keys; every one comes back, or this fails."""
    with Echo(scene.neighbour, "a neighbour") as echo:
        echo.tried(KEYS)
    echo.remove()
    return echo


def attacked(scene: Scene, attacker: Visitor, command: bytes) -> Echo:
    """The same while `command` runs in another person's console."""
    with attack(attacker, command) as flood:
        wait_begun(attacker, flood)
        echo = typed(scene)
        attacker.api("POST", "stop")
    flood.remove()
    return echo


def asked(scene: Scene, attacker: Visitor) -> Echo:
    """The same while 200 consoles are asked for again and again, of which a plan allows eight."""
    over, made = threading.Event(), []

    def ask() -> None:
        while not over.is_set():
            for _ in range(200):
                try:
                    made.append(attacker.new_console())
                except httpx.HTTPStatusError:
                    continue

    asking = threading.Thread(target=ask)
    asking.start()
    try:
        echo = typed(scene)
    finally:
        over.set()
        asking.join()
    attacker.api("POST", "stop")
    for console in made:
        attacker.api("DELETE", f"consoles/{console}")
    return echo


def main() -> int:
    """Measure every attack, or those that are named."""
    names = sys.argv[1:] or [*ATTACKS, "consoles"]
    print(f"load average {os.getloadavg()[0]:.1f}, {os.cpu_count()} processors")
    print(f"{'echo, in ms':14} {'p50':>8} {'p95':>8} {'worst':>8}")
    with running_scene() as scene, attacking(scene) as attacker:
        line("no attack", typed(scene))
        for name in names:
            if name == "consoles":
                line(name, asked(scene, attacker))
            else:
                line(name, attacked(scene, attacker, ATTACKS[name]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
