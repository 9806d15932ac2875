"""How the agent counts what lives beside it, with and without a process table of its own."""

import os
import subprocess

import pytest

from ide.agent.others import count_others
from tests.waiting import wait_until


@pytest.fixture
def home(tmp_path):
    return str(tmp_path / "home")


def test_without_a_sandbox_only_what_began_in_our_home_counts(home):
    def count(*known):
        return count_others({os.getpid(), *known}, (), home, confined=False)

    assert count() == 0
    environment = {"HOME": home, "PATH": os.defpath}
    with subprocess.Popen(["sleep", "1000"], env=environment, start_new_session=True) as program:
        wait_until(lambda: count() == 1, 20, "it has its environment")
        assert count(program.pid) == 0
        program.kill()
        wait_until(lambda: count() == 0, 20, "it has ended, though nobody collected it yet")


def test_in_a_sandbox_everything_counts(home):
    mine = os.getpid()
    everything = count_others({mine}, (), home, confined=True)
    assert everything >= 1


def test_a_leader_counts_unless_it_is_still_the_shell(home):
    words = ["bash", "-c", "read; exec sleep 1000"]
    environment = {"HOME": home, "PATH": os.defpath}
    with subprocess.Popen(words, env=environment, stdin=subprocess.PIPE) as leader:

        def count(*leaders):
            return count_others((), leaders, home, confined=False)

        wait_until(lambda: count() == 1, 20, "it has its environment")
        wait_until(lambda: count(leader.pid) == 0, 20, "it is Bash")
        leader.stdin.write(b"\n")
        leader.stdin.flush()
        wait_until(lambda: count(leader.pid) == 1, 20, "something else took its place")
        leader.kill()
