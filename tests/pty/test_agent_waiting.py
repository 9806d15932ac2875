"""Who waits for somebody at the terminal: right as root, as an ordinary account, in a sandbox."""

import json
import os
import subprocess
import sys
import termios
from pathlib import Path

import pytest

from tests.pty.waiting_table import GO_ON, WAIT
from tests.waiting import wait_until

pytestmark = pytest.mark.pty
ROOT = Path(__file__).parents[2]
ORDINARY = ["tests/as_user.py", "65534"] if os.geteuid() == 0 else []


def test_the_table_is_right_for_an_ordinary_account():
    """What root may see more than others is not needed."""
    words = [sys.executable, *ORDINARY, *([sys.executable] if ORDINARY else [])]
    done = subprocess.run(
        [*words, "-m", "tests.pty.waiting_table"],
        cwd=ROOT, capture_output=True, text=True, timeout=120, check=False,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    answers = json.loads(done.stdout)
    wrong = {
        name: answer
        for name, answer in answers.items()
        if set(answer) != {name in WAIT}
    }  # fmt: skip
    assert wrong == {}
    assert set(answers) == set(WAIT | GO_ON)


def test_an_agent_in_a_sandbox_says_it_too(agent):
    agent.spawn("c", ["/bin/bash", "--norc", "-i"], env={"PS1": "ready> "})
    master = agent.take("c")
    agent.read_until("c", b"ready> ", master)

    def answer() -> object:
        return agent.call("waiting", console="c")[0]["waiting"]

    assert answer() is False
    os.write(master, b"read -sp 'Pass''word: ' secret; sleep 60\n")
    agent.read_until("c", b"Password: ", master)
    wait_until(answer)
    os.write(master, b"xyz\n")
    wait_until(lambda: answer() is False)
    os.close(master)


def test_ipython_reads_every_key_at_its_prompt_and_asks_otherwise(agent):
    """So the keeper knows that a statement of a Python console is over, and that one asks."""
    agent.spawn("ipython", ["/opt/ide/python-console"])
    master = agent.take("ipython")
    agent.read_until("ipython", b"In [", master)

    def state() -> tuple[bool, object]:
        modes = termios.tcgetattr(master)[3]
        raw = not modes & (termios.ICANON | termios.ISIG)
        return raw, agent.call("waiting", console="ipython")[0]["waiting"]

    wait_until(lambda: state() == (True, False), 10, "its prompt")
    os.write(master, b"input('na' + 'me? ')\r")
    agent.read_until("ipython", b"name? ", master)
    wait_until(lambda: state() == (False, True), 10, "a question")
    os.write(master, b"x\r")
    wait_until(lambda: state() == (True, False), 10, "its prompt again")
    os.close(master)
