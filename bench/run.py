"""The numbers of docs/performance.md: ours beside bare bash on a bare pty, in the same call.

    .venv/bin/python -m bench.run [NAME]…     # the names of FIGURES; all of them without any

Each figure is the median of interleaved rounds, because the machine's other work moves both.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import httpx

from bench import bare, cold, flood, keeper, page, processes, tablet, through, walls, whole_output
from tests.server import ROOT, Server
from tests.visitor import Visitor
from tests.waiting import wait_until

ROUNDS = 30
KEYS = 300
KEY_APART_SECONDS = 0.02
"""Nobody types faster; the keeper gathers output that follows other output within 3 ms."""
NAME, PASSWORD = "bench", "a long bench password"


def median_ms(values: list[float]) -> float:
    """Return the median in milliseconds."""
    return statistics.median(values) * 1000


def line(what: str, ours: float, other: float | None, unit: str, goal: str) -> None:
    """Print one figure with its ratio to the bare one and the goal."""
    ratio = f"bare {other:8.2f} {unit}, ratio {ours / other:5.2f}" if other else ""
    print(f"{what:34} {ours:9.2f} {unit:3} {ratio:38} goal {goal}", flush=True)


def start(_server: Server, _visitor: Visitor) -> None:
    """Warm ./run until the first page is there; the run before it sets everything up."""
    with tempfile.TemporaryDirectory(prefix="bench-", dir="/tmp") as folder:
        _run_seconds(folder)
        taken = statistics.median(_run_seconds(folder) for _ in range(3))
    line("warm ./run to first page", taken, None, "s", "< 5 s")


def _run_seconds(data: str) -> float:
    words = [ROOT / "run", "--data", data, "--bind", "127.0.0.1:18123"]
    started = time.perf_counter()
    running = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wait_until(lambda: _answers("http://127.0.0.1:18123/sign-in"), 300, "the first page")
    taken = time.perf_counter() - started
    running.terminate()
    running.wait(20)
    subprocess.run([ROOT / "run", "stop", "--data", data], check=False, capture_output=True)
    return taken


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=5, trust_env=False).is_success
    except httpx.TransportError:
        return False


def consoles(_server: Server, visitor: Visitor) -> None:
    """A new console in a running workspace."""
    ours, others = [], []
    with visitor.link() as link:
        through.new_console_seconds(visitor, link, 1)
        for channel in range(2, ROUNDS + 2):
            others.append(bare.new_console_seconds())
            ours.append(through.new_console_seconds(visitor, link, channel))
    line("new console to prompt", median_ms(ours), median_ms(others), "ms", "ratio <= 1.5")


def echo(_server: Server, visitor: Visitor) -> None:
    """A key's echo."""
    console = visitor.new_console(cols=500)
    ours, others = [], []
    with visitor.link() as link, bare.Bare() as bash:
        bash.read_until(bare.PROMPT)
        link.hello(console, cols=500)
        link.read_until(through.PROMPT)
        for number in range(KEYS):
            if number % 40 == 39:
                bash.write(b"\x03")
                bash.read_until(bare.PROMPT)
                link.type(b"\x03")
                link.read_until(through.PROMPT)
            time.sleep(KEY_APART_SECONDS)
            others.append(bare.echo_seconds(bash))
            ours.append(through.echo_seconds(link, 1))
    line("echo of a key, p50", median_ms(ours), median_ms(others), "ms", "<= 1.0 ms")
    visitor.api("POST", f"consoles/{console}/end", json={"how": "kill"})
    visitor.api("DELETE", f"consoles/{console}")


def gap(server: Server, visitor: Visitor) -> None:
    """The pause after kill -9 of the keeper."""
    taken = through.keeper_gap_seconds(server, visitor)
    line("gap after a killed keeper", taken, None, "s", "< 1 s")


def memory(server: Server, visitor: Visitor) -> None:
    """One idle person with one console, nobody looking, and no other person to share pages with."""
    console = visitor.new_console()
    with visitor.link() as link:
        link.hello(console)
        link.read_until(through.PROMPT)
    wait_until(lambda: not _making_environment(server), 120, "the Python environment is made")
    found = [*processes.keepers(server.data), *processes.sandboxes(server.data)]
    for pid in found:
        print(f"    {processes.name(pid):12} {processes.pss_bytes(pid) / 2**20:6.1f} MiB")
    total = sum(processes.pss_bytes(pid) for pid in found) / 2**20
    line("PSS of one idle person", total, None, "MiB", "<= 20 MB")
    walls_of_it = [pid for pid in found if processes.name(pid) not in {"bash", "keeper"}]
    agent = sum(processes.pss_bytes(pid) for pid in walls_of_it[1:]) / 2**20
    line("of that agent and bwrap", agent, None, "MiB", "<= 12 MB")
    shared = sum(processes.pss_bytes(pid) for pid in processes.zygotes(server.data)) / 2**20
    line("the zygote, one a machine", shared, None, "MiB", "none set")


def _making_environment(server: Server) -> bool:
    names = [processes.name(pid) for pid in processes.sandboxes(server.data)]
    return any("ensure" in name or "virtualenv" in name for name in names)


def load(server: Server, _visitor: Visitor) -> None:
    """The page in a browser."""
    found = page.measure(server.url, NAME, PASSWORD)
    line("page to usable prompt", found.prompt_seconds, None, "s", "<= 1.5 s")
    line("requests before the prompt", found.requests_before_prompt, None, "", "<= 8")
    line("bytes before the prompt", found.bytes_before_prompt / 1024, None, "KiB", "<= 150")
    line("bytes in all, at rest", found.bytes_at_rest / 1024, None, "KiB", "<= 285")
    line("and with a Python file open", found.bytes_in_all / 1024, None, "KiB", "none set")


def output(server: Server, visitor: Visitor) -> None:
    """A large `cat`, followed by one viewer, interleaved with one on a bare pty."""
    mine, others = [], []
    for _ in range(3):
        with tempfile.TemporaryDirectory(prefix="bench-", dir="/tmp") as folder:
            others.append(flood.on_a_bare_pty(Path(folder)))
        mine.append(flood.ours(server, visitor))
    speed = statistics.median(each.mb_per_second for each in mine)
    bare_speed = statistics.median(each.mb_per_second for each in others)
    line("output of 68 MB", speed, bare_speed, "MB/s", "ratio >= 0.5")
    cpu = statistics.median(each.cpu_seconds for each in mine)
    line("processor time of web and keeper", cpu, None, "s", "<= Jupyter's")


def interrupt(_server: Server, visitor: Visitor) -> None:
    """^C under a flood."""
    taken = flood.interrupt_ms(visitor)
    line("^C to prompt under flood, p50", statistics.median(taken), None, "ms", "<= 60 ms")
    line("the slowest of them", max(taken), None, "ms", "none set")


def attach(_server: Server, visitor: Visitor) -> None:
    """Attach to much coloured output, and to a full-screen program."""
    found = flood.attach(visitor, flood.LISTING, through.PROMPT)
    line("attach to 5,000 coloured lines", found.ms, None, "ms", "<= 40 ms")
    line("its bytes on the wire", found.wire_bytes / 1024, None, "KiB", "<= 60 KB")
    found = flood.attach(visitor, flood.FULL_SCREEN, b"full-screen")
    line("attach to a full-screen program", found.ms, None, "ms", "none set")
    line("its bytes on the wire", found.wire_bytes / 1024, None, "KiB", "<= 10 KB")


FIGURES: dict[str, Callable[[Server, Visitor], None]] = {
    "start": start,
    "consoles": consoles,
    "cold": cold.measure,
    "walls": walls.measure,
    "echo": echo,
    "gap": gap,
    "memory": memory,
    "keeper": keeper.measure,
    "page": load,
    "tablet": tablet.measure,
    "output": output,
    "interrupt": interrupt,
    "attach": attach,
    "log": whole_output.measure,
}


def main(names: list[str]) -> int:
    """Measure what was asked for, everything by default."""
    print(f"load average {os.getloadavg()[0]:.1f}, {os.cpu_count()} processors")
    with (
        tempfile.TemporaryDirectory(prefix="bench-", dir="/tmp") as folder,
        Server(Path(folder, "data")) as server,
        Visitor(server.url) as visitor,
    ):
        server.add_user(NAME, PASSWORD)
        visitor.sign_in(NAME, PASSWORD)
        for name in names or FIGURES:
            FIGURES[name](server, visitor)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
