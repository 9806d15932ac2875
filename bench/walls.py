"""What the walls cost a program: the same one on the same files, inside a sandbox and outside."""

import json
import os
import statistics
import subprocess
from pathlib import Path
from typing import Final

from ide.sandbox.bwrap import HOME, interpreter
from tests.sandboxes import AgentClient, running_sandbox
from tests.server import Server
from tests.visitor import Visitor

ROUNDS: Final = 7
FOLDERS, FILES_IN_EACH = 200, 50
PROGRAM: Final = """
import json, os, subprocess, sys, time
home, python = sys.argv[1:]

def seconds(work):
    started = time.perf_counter()
    work()
    return time.perf_counter() - started

def count():
    total = 0
    for number in range(1_500_000):
        total += number * number % 7

def calls():
    for _ in range(200_000):
        os.getppid()

def run(*words):
    subprocess.run(words, check=True, capture_output=True, cwd=home + "/tree")

print(json.dumps({
    "counting, no system call": seconds(count),
    "200,000 system calls and nothing else": seconds(calls),
    "git status of 10,000 files": seconds(
        lambda: run("git", "-c", "safe.directory=*", "-c", "core.checkStat=minimal", "status")
    ),
    "start of Python, 10 times": seconds(
        lambda: [run(python, "-I", "-S", "-c", "import json, re") for _ in range(10)]
    ),
    "200 times /bin/true": seconds(lambda: [run("/bin/true") for _ in range(200)]),
}))
"""
MAKE_TREE: Final = (
    "cd && for i in {1..%d}; do mkdir -p tree/$i; for j in {1..%d}; do echo $i > tree/$i/$j; done;"
    " done; cd tree; git init -q; git config core.checkStat minimal; git add .;"
    " git -c user.name=a -c user.email=a@example.org commit -qm all; git status >/dev/null"
)


def measure(_server: Server, _visitor: Visitor) -> None:
    """Print each program's ratio, from the medians of interleaved rounds."""
    with running_sandbox() as sandbox, sandbox.agent() as agent:
        agent.shell(MAKE_TREE % (FOLDERS, FILES_IN_EACH))
        rounds = [(_inside(agent), _outside(sandbox.home)) for _ in range(ROUNDS)]
    for what in rounds[0][0]:
        inside = statistics.median(mine[what] for mine, _ in rounds) * 1000
        outside = statistics.median(bare[what] for _, bare in rounds) * 1000
        ratio = inside / outside
        best = min(m[what] for m, _ in rounds) / min(b[what] for _, b in rounds)
        print(
            f"{what:38} {inside:8.1f} ms  bare {outside:8.1f} ms, ratio {ratio:5.2f},"
            f" of the best {best:5.2f}  goal about 1.1",
            flush=True,
        )


def _inside(agent: AgentClient) -> dict[str, float]:
    words = [str(interpreter()), "-I", "-S", "-c", PROGRAM, HOME, str(interpreter())]
    printed, _ = agent.run(*words)
    return _read(printed)


def _outside(home: Path) -> dict[str, float]:
    words = [str(interpreter()), "-I", "-S", "-c", PROGRAM, str(home), str(interpreter())]
    environment = {"PATH": os.defpath, "LANG": "C.UTF-8", "HOME": "/nonexistent"}
    return _read(subprocess.run(words, env=environment, capture_output=True, check=True).stdout)


def _read(printed: bytes) -> dict[str, float]:
    found: dict[str, float] = json.loads(printed)
    return found
