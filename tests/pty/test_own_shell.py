"""A console's Bash, which is started without a fork of the agent: with all that a fork would do."""

import os
import signal
from pathlib import Path

import pytest

from ide.agent.limits import PROGRAM_OOM_SCORE
from ide.guard.plan import Plan
from tests.sandboxes import AgentError, running_sandbox

pytestmark = pytest.mark.pty
SHELL = ["/bin/bash", "--rcfile", "/opt/ide/bashrc", "-i"]
PLAN = Plan(processes=40, open_files=300)
# What the person's own file sees: ours has done its part by then.
BASHRC = """
echo limits $(ulimit -Hu; ulimit -Su; ulimit -Hn; ulimit -Sn; cat /proc/self/oom_score_adj).
echo leftover "${IDE_LIMITS-none}".
PS1='ready> '
"""


@pytest.fixture(scope="module")
def sandbox():
    with running_sandbox(plan=PLAN) as running:
        (running.home / ".bashrc").write_text(BASHRC)
        yield running


def ask(agent, line):
    """Return what a line that is typed into a new shell prints, and what came before it."""
    agent.spawn("c", SHELL, cwd="/usr/share", cols=91, rows=33)
    master = agent.take("c")
    try:
        before = agent.read_until("c", b"ready> ", master)
        os.write(master, f"{line}; echo e''nd\n".encode())
        printed = agent.read_until("c", b"end\r\n", master)
    finally:
        os.close(master)
        agent.call("kill", console="c")
    return before.decode(), printed.decode()


def test_limits_hold_before_a_line_of_the_persons_own_is_read(agent):
    before, _ = ask(agent, ":")
    assert f"limits 40 40 300 300 {PROGRAM_OOM_SCORE}.\r\n" in before
    assert "leftover none.\r\n" in before


def test_it_has_its_terminal_and_jobs_and_nothing_of_the_agents(agent, sandbox):
    folder = Path(f"/proc/{sandbox.pid}/cwd").readlink()
    line = "tty; stty size; pwd; command ls -m /proc/$$/fd; command grep Sig /proc/$$/status"
    before, printed = ask(agent, line)
    assert "job control" not in before
    assert "/dev/pts/" in printed
    assert "33 91\r\n/usr/share\r\n0, 1, 2, 255\r\n" in printed
    ignored = int(printed.partition("SigIgn:")[2].split()[0], 16)
    assert not ignored & (1 << signal.SIGINT - 1 | 1 << signal.SIGPIPE - 1)
    assert int(printed.partition("SigBlk:")[2].split()[0], 16) & (1 << signal.SIGTERM - 1) == 0
    assert Path(f"/proc/{sandbox.pid}/cwd").readlink() == folder, "the agent is where it was"


def test_a_start_that_fails_is_said_and_leaves_nothing_open(agent, sandbox):
    agent.hello()  # else its connection may be accepted after the first look
    fds = Path(f"/proc/{sandbox.pid}/fd")
    before = set(fds.iterdir())
    for _ in range(3):
        with pytest.raises(AgentError, match="cannot start /bin/none"):
            agent.spawn("c", ["/bin/none", *SHELL[1:]], cwd="/nowhere")
    assert set(fds.iterdir()) == before
