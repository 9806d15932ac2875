"""A program that swaps a folder for a link out, as fast as it can, while its files are read.

The worker's own look at links can be raced, and need not win: what it can reach is what the
program could have read itself. The wall is the sandbox, as the same race without it shows.
"""

import time

import pytest

from tests.file_requests import ask
from tests.pty.test_files_in_sandbox import opener_of
from tests.sandboxes import running_sandbox
from tests.walls.canaries import CANARY, planted_beside

pytestmark = pytest.mark.pty

TRIES = 300
SECONDS = 60.0
REFUSALS = {"forbidden", "not_found", "bad_request", "conflict"}
SWAP = """
import ctypes, os, sys
libc = ctypes.CDLL(None)
os.mkdir("folder")
with open("folder/outside.txt", "w") as file:
    file.write("inside")
os.symlink(sys.argv[1], "link")
print("swapping", flush=True)
here, exchange = -100, 2
while True:
    libc.renameat2(here, b"folder", here, b"link", exchange)
"""


def contents(weak):
    """Read through the race until the canary came or TRIES were enough; return what came."""
    with (
        running_sandbox(weak=weak, environment=False) as sandbox,
        planted_beside(sandbox.folder),
        sandbox.agent() as agent,
    ):
        agent.spawn("swap", [agent.interpreter, "-I", "-c", SWAP, str(sandbox.folder)])
        agent.read_until("swap", b"swapping")
        opener, seen, tries = opener_of(agent), set(), 0
        end = time.monotonic() + SECONDS
        while time.monotonic() < end and tries < TRIES and CANARY.encode() not in seen:
            answer = ask(opener, "read", b"folder/outside.txt")
            assert answer["ok"] or answer["code"] in REFUSALS, answer
            if answer["ok"]:
                seen.add(answer["body"])
            tries += not weak
        return seen


def test_what_lies_outside_is_never_read():
    assert contents(()) == {b"inside"}


def test_without_the_wall_the_race_reads_it():
    assert CANARY.encode() in contents(("home alone is bound",))
