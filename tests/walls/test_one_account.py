"""Two workspaces of one account: what the kernel counts for the account, one must not use up."""

import os
import resource
import subprocess
import sys

import pytest

from tests.ordinary import IS_ROOT, as_account
from tests.sandboxes import ORDINARY_ACCOUNT, running_sandbox

pytestmark = pytest.mark.pty

FLOOD = """
import array, resource, socket, sys
fd, kept, passed = sys.stdin.fileno(), [], 0
rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [fd] * 250))]
try:
    while passed < 100_000:
        ends = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
        kept += ends
        for _ in range(8):
            ends[0].sendmsg([b"x"], rights)
            passed += 250
except OSError as error:
    print(f"stopped {error.errno} {passed}", flush=True)
sys.stdin.read()
"""
PASS = """
import resource, socket, sys
from ide.placement.processes import raise_open_files
if sys.argv[1] == "raised":
    raise_open_files()
one, other = socket.socketpair()
try:
    socket.send_fds(one, [b"x"], [0])
    print("passed")
except OSError as error:
    print(error.errno)
"""
TOO_MANY_ON_THEIR_WAY = 109


def passes(how):
    """Pass a descriptor on as a process of the server's, which was given few open files."""
    code = "import resource; resource.setrlimit(resource.RLIMIT_NOFILE, (1024, 1 << 14))" + PASS
    command = [sys.executable, "-c", code, how]
    done = subprocess.run(
        as_account(ORDINARY_ACCOUNT, *command) if IS_ROOT else command,
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": "."},
    )
    return done.stdout.strip()


@pytest.mark.skipif(
    resource.getrlimit(resource.RLIMIT_NOFILE)[1] < 1 << 14, reason="needs 16,384 open files"
)
def test_descriptors_on_their_way_are_no_way_to_stop_others():
    account = ORDINARY_ACCOUNT if IS_ROOT else None
    with (
        running_sandbox(account=account, environment=False) as one,
        one.agent() as attacker,
        running_sandbox(account=account, environment=False) as other,
        other.agent() as neighbour,
    ):
        attacker.spawn("flood", [attacker.interpreter, "-I", "-c", FLOOD])
        attacker.read_until("flood", b"stopped %d" % TOO_MANY_ON_THEIR_WAY)
        assert passes("few") == str(TOO_MANY_ON_THEIR_WAY), "the attack works on who may open few"
        assert passes("raised") == "passed"
        assert neighbour.shell("echo a new console") == b"a new console\n"
