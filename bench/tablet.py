"""The page on a tablet: as it is, and slowed down to a quarter of the processor, 10 Mbit/s, 40 ms.

Beside a figure stands, where that means something, what a bare page does in the same rounds: an
empty one, a textarea, a `pre`. The load is printed: it moves all of them.
"""

import os
import tempfile
from functools import partial
from pathlib import Path
from typing import Final

from bench import flood, tablet_lists, through
from bench.tablet_page import AS_IS, SLOWED, Tablet, tablet
from bench.tablet_print import say_ms, say_tasks
from tests.browser.terminals import ConsoleView
from tests.server import Server
from tests.visitor import Visitor

NAME, PASSWORD = "tablet", "a long tablet password"
LOADS: Final = 5
KEYS: Final = 30
RESUMES: Final = 4
FLOODS: Final = {AS_IS: 3, SLOWED: 1}
FLOOD_BYTES: Final = 20_000_000
FLOOD_ADDRESS: Final = """() => {
  const {base, workspace} = JSON.parse(document.getElementById('boot').textContent);
  return `${base}api/v1/workspaces/${workspace.id}/files/content?path=flood.txt`;
}"""
AWAY_MS, ONLINE_AFTER_MS = 2000, 500


def measure(server: Server, _visitor: Visitor) -> None:
    """Print all of it, for a person whom the other figures leave alone."""
    server.add_user(NAME, PASSWORD)
    with (
        tempfile.TemporaryDirectory(prefix="bench-", dir="/tmp") as folder,
        Visitor(server.url) as person,
        tablet(server.url, Path(folder, "profile")) as device,
    ):
        person.sign_in(NAME, PASSWORD)
        person.new_console()
        home = server.data / person.workspace / "home"
        _write_flood(home / "flood.txt")
        tablet_lists.write_entries(home)
        device.sign_in(NAME, PASSWORD)
        for figure in (_prompt, _keys, _output, _resume, tablet_lists.tree):
            figure(device)
            _say_load()
        tablet_lists.restore(device, _listing(person))
        _say_load()


def _say_load() -> None:
    print(f"    load average {os.getloadavg()[0]:.1f}", flush=True)


def _write_flood(path: Path) -> None:
    lines = FLOOD_BYTES // len(flood.LINE % 0)
    path.write_bytes(b"".join(flood.LINE % number for number in range(lines)))
    path.chmod(0o644)


def _listing(person: Visitor) -> str:
    """Make a console that holds 5,000 coloured lines, and return its title."""
    console = person.new_console()
    with person.link() as link:
        link.hello(console)
        link.read_until(through.PROMPT)
        link.type(flood.LISTING.encode() + b"; echo li''sted\r")
        link.read_until(b"\nlisted")
    known = person.api("GET", "consoles").json()["consoles"]
    return next(each["title"] for each in known if each["id"] == console)


def _prompt(device: Tablet) -> None:
    """From the address to a prompt in sight, beside an empty page's load.

    The first visit has no cache, the second what the first left there. The console runs.
    """
    loaded = "performance.getEntriesByType('navigation')[0].loadEventEnd"
    for pace, goal in ((AS_IS, "<= 1500 ms"), (SLOWED, "<= 3500 ms")):
        empty, first, second = [], [], []
        for _ in range(LOADS):
            with device.bare(pace) as bare:
                empty.append(float(bare.page.evaluate(loaded)))
            for taken in (first, second):
                with device.page(pace, cold=taken is first) as opened:
                    taken.append(float(opened.until("promptMs")))
        say_ms("to the prompt, first visit", pace, first, goal, empty)
        say_ms("to the prompt, second visit", pace, second, goal, empty)


def _keys(device: Tablet) -> None:
    """From a key to its echo on the screen, by way of the server, beside a textarea."""
    for pace in (AS_IS, SLOWED):
        with device.bare(pace, "<textarea></textarea>") as bare, device.page(pace) as opened:
            field = bare.page.locator("textarea")
            field.evaluate("field => bench.watchKeys(field, null)")
            opened.at_rest()
            console = ConsoleView(opened.page)
            console.rows.evaluate("rows => bench.watchKeys(null, rows)")
            for number in range(1, KEYS + 1):
                for where, typed_in in ((bare, field), (opened, console.input)):
                    where.page.bring_to_front()
                    typed_in.focus()
                    where.page.keyboard.press("x")
                    where.until(f"echoes.length >= {number}")
            opened.page.keyboard.press("Control+u")
            say_ms("echo of a key", pace, opened.bench("echoes"), "none", bare.bench("echoes"))


def _output(device: Tablet) -> None:
    """20 MB of output, beside a file of them shown in a `pre`."""
    for pace, rounds in FLOODS.items():
        ours, tasks, others, their_tasks = [], [], [], []
        for number in range(rounds):
            with device.page(pace) as opened:
                opened.at_rest()
                console = ConsoleView(opened.page)
                opened.bench("forgetTasks()")
                command = f"cat flood.txt; echo ov''er-{number}"
                run = partial(console.run, command)
                ours.append(opened.ms_until("shows", f"over-{number}", run))
                tasks.append(opened.longest_task_ms())
                console.run("clear")
                address = opened.page.evaluate(FLOOD_ADDRESS)
            if pace == AS_IS:
                took, task = _pour(device, address)
                others.append(took)
                their_tasks.append(task)
        say_ms("20 MB of output", pace, ours, "none", others)
        say_tasks("20 MB of output", pace, tasks, their_tasks)


def _pour(device: Tablet, address: str) -> tuple[float, float]:
    """Show the file in a `pre`: milliseconds, and those of the longest task."""
    with device.bare(AS_IS, "<pre style='height: 700px; overflow: auto'></pre>") as bare:
        bare.bench("forgetTasks()")
        pre = bare.page.locator("pre")
        took = pre.evaluate("(pre, address) => bench.pour(pre, address)", address)
        return float(took), bare.longest_task_ms()


def _resume(device: Tablet) -> None:
    """From the network's return to what was printed meanwhile, beside one request."""
    for pace in (AS_IS, SLOWED):
        ours, others = [], []
        with device.page(pace) as opened:
            opened.at_rest()
            console = ConsoleView(opened.page)
            for number in range(RESUMES):
                console.run(f"clear; sleep 1; echo ba''ck-{number}")
                opened.bench("sleep(true)")
                opened.network(offline=True)
                opened.bench("sockets.at(-1).close()")
                opened.page.wait_for_timeout(AWAY_MS)
                opened.bench("sleep(false)")
                opened.page.wait_for_timeout(ONLINE_AFTER_MS)
                shown = f"back-{number}"
                assert not opened.page.evaluate("shown => bench.shows(shown)", shown), "it was away"
                ours.append(opened.ms_until("shows", shown, opened.network, after="online"))
                others.append(float(opened.bench(f"request('{device.url}healthz')")))
        say_ms("back after sleep, to the same screen", pace, ours, "< 300 ms", others)
