"""Whoever is ended by the memory limit is told so with numbers, and nobody else is."""

import os
import signal

import pytest

from ide.guard.plan import MIB
from ide.wire.frames import Ending
from tests.supervisors import WITHOUT_GROUPS, running_supervisor
from tests.waiting import wait_until
from tests.workspaces import limited, new_bash

pytestmark = pytest.mark.pty
LIMIT = 256 * MIB
SECONDS = 60.0
HOG = (
    "python3 -c 'import os; r, w = os.pipe(); big = os.fork(); big and os.read(r, 1);"
    ' kept = b"x" * ((200 if big else 90) << 20); os.write(w, b"x"); input()\''
)
"""Two programs, each below what one may have; the one that is started is the larger, and the last
to grow: whoever holds the limit ends that one."""


@pytest.fixture
def workspace(machine):
    with limited(machine, memory_bytes=LIMIT) as made:
        yield made


def has_numbers(told):
    assert told["name"] == "memory"
    assert told["limit"] == LIMIT
    # Watched from outside, it may be over its limit for a moment.
    assert 0.9 * LIMIT <= told["used"] <= 3 * LIMIT
    return True


def test_a_session_that_the_memory_limit_ended_says_so_also_to_the_next_keeper(machine, workspace):
    with workspace.link() as link:
        console = new_bash(link)
        link.type(f"exec {HOG}\n")
        exit_ = link.until(lambda: link.channels[1].exit, SECONDS)
        assert (exit_.how, exit_.status) == (Ending.LIMIT, signal.SIGKILL)
    told = workspace.console(console)
    assert told["exit"]["how"] == "limit"
    assert told["exit"]["cause"].startswith("Ended by the memory limit: ")
    assert told["exit"]["cause"].endswith(" of 256 MiB in use.")
    assert has_numbers(told["exit"]["limit"])
    assert told["killed"] is None
    before = machine.keeper_pid(workspace.name)
    os.kill(before, signal.SIGKILL)
    wait_until(lambda: machine.keeper_pid(workspace.name) not in {before, None}, SECONDS)
    assert workspace.console(console)["exit"] == told["exit"]


def test_a_shell_is_told_which_of_its_programs_the_limit_ended(workspace):
    with workspace.link() as link:
        other, console = new_bash(link, 2), new_bash(link)
        link.type(f"{HOG}; echo go''es on\n")
        link.read_until(b"goes on", seconds=SECONDS)
        link.until(lambda: link.channels[1].meta.get("killed"), SECONDS)
        assert has_numbers(link.channels[1].meta["killed"])
        info = workspace.console(console)
        assert info["state"] == "running"
        assert HOG.replace("'", "").startswith(info["killed"]["command"] or "")
        assert workspace.console(other)["killed"] is None


def test_a_program_in_the_background_is_found_too(workspace):
    with workspace.link() as link:
        other, console = new_bash(link, 2), new_bash(link)
        link.type(f"(sleep 3; {HOG}) <>/dev/ptmx &\n")
        link.until(lambda: link.channels[1].meta.get("killed"), SECONDS)
        assert has_numbers(link.channels[1].meta["killed"])
        assert workspace.console(console)["killed"]
        assert workspace.console(other)["killed"] is None


def test_without_groups_a_console_is_told_of_what_the_watcher_ended():
    with (
        running_supervisor(prelude=WITHOUT_GROUPS) as machine,
        limited(machine, memory_bytes=LIMIT) as workspace,
        workspace.link() as link,
    ):
        console = new_bash(link)
        assert machine.client.usage(workspace.name)["enforced"]["memory"] == "watcher"
        link.type(f"{HOG}\n")
        link.until(lambda: link.channels[1].meta.get("killed"), SECONDS)
        assert has_numbers(link.channels[1].meta["killed"])
        assert workspace.console(console)["state"] == "running"


def test_a_kill_that_no_limit_sent_is_not_blamed_on_one(workspace):
    with workspace.link() as link:
        console = new_bash(link)
        link.type("kill -9 $$\n")
        assert link.until(lambda: link.channels[1].exit, SECONDS).how == Ending.SIGNAL
    cause = "Killed by a signal (SIGKILL). A program sent it, not a limit."
    assert workspace.console(console)["exit"]["cause"] == cause


def test_a_link_hears_what_is_used_and_a_workspace_at_rest_says_no_more(workspace):
    with workspace.link() as link:
        new_bash(link)
        event = link.until(lambda: usage_of(link), SECONDS)
        assert event["memory"]["limit"] == LIMIT
        assert event["running"]
        link.type("python3 -c 'kept = b\"x\" * (100 << 20); input()'\n")
        link.until(lambda: usage_of(link)["memory"]["used"] > 100 * MIB, SECONDS)
        with workspace.link() as another:
            another.hand_over_once()
            assert another.until(lambda: usage_of(another), SECONDS)["memory"]["used"] > 100 * MIB


def usage_of(link):
    return next((one for one in reversed(link.events) if one["type"] == "usage"), None)
