"""A workspace of which nothing runs: from the click to the first prompt, beside bare programs."""

import statistics
import time
from typing import Final

from bench import bare, through
from ide.placement.client import Supervisor
from ide.settings import Settings
from tests.server import Server
from tests.visitor import Visitor

ROUNDS: Final = 20
BWRAP: Final = (
    "/usr/bin/bwrap", "--unshare-all", "--ro-bind", "/usr", "/usr", "--symlink", "usr/bin", "/bin",
    "--symlink", "usr/lib", "/lib", "--symlink", "usr/lib64", "/lib64", "--proc", "/proc",
    "--dev", "/dev", "--tmpfs", "/run",
)  # fmt: skip
"""A sandbox with nothing of ours: no agent, no filters, no account, no limits."""


def measure(server: Server, visitor: Visitor) -> None:
    """Print the median and the best of interleaved rounds; keeper and sandbox start in each."""
    supervisor = Supervisor(Settings(data=server.data).runtime)
    visitor.new_console()  # makes the toolbox and the environment, which happens once
    ours, bash, bwrap = [], [], []
    for _ in range(ROUNDS):
        supervisor.stop(visitor.workspace)
        bash.append(bare.new_console_seconds())
        bwrap.append(bare.new_console_seconds(*BWRAP))
        ours.append(_seconds(visitor))
    for what, value in (("median", statistics.median), ("the best", min)):
        mine = value(ours)
        print(
            f"cold workspace to prompt, {what:8} {mine * 1000:6.1f} ms"
            f"  bare bash {value(bash) * 1000:6.1f} ms, ratio {mine / value(bash):5.2f}"
            f"  bare bwrap {value(bwrap) * 1000:6.1f} ms, ratio {mine / value(bwrap):5.2f}"
            "  goal <= 200 ms",
            flush=True,
        )


def _seconds(visitor: Visitor) -> float:
    """From POST to prompt. The link is opened in time: the page has done it by then."""
    started = time.perf_counter()
    console = visitor.new_console()
    with visitor.link() as link:
        link.hello(console)
        link.read_until(through.PROMPT)
        taken = time.perf_counter() - started
    visitor.api("POST", f"consoles/{console}/end", json={"how": "kill"})
    visitor.api("DELETE", f"consoles/{console}")
    return taken
