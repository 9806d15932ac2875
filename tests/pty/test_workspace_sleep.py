"""A workspace falls asleep only when nothing but idle shells is left, and its plan says so."""

import os
import signal
from contextlib import ExitStack
from dataclasses import replace

import pytest

from ide.guard.plan import Plan
from tests.waiting import wait_until
from tests.workspaces import limited, new_bash

pytestmark = pytest.mark.pty

ASLEEP = {
    "how": "stopped",
    "status": 0,
    "cause": "Put to sleep after 2 s with nothing but idle shells."
    " Start again goes on in the same folder.",
}
QUIET_SECONDS = 9.5
"""Longer than it takes to fall asleep after eight seconds."""


@pytest.fixture
def workspace(machine):
    with limited(machine, sleep_seconds=2) as made:
        yield made


def bash(link, *lines, channel=1):
    """Start a console, have each line typed and done, then leave it out of sight."""
    console = new_bash(link, channel)
    for number, line in enumerate(lines):
        link.type(f"{line}\n", channel)
        link.type(f"echo do''ne{number}\n", channel)
        link.read_until(b"done%d\r\n" % number, channel)
    hide(link, channel)
    return console


def hide(link, channel=1):
    """Have the console's pane leave the screen; until then somebody looks at it."""
    link.size(80, 24, 0, channel)


def notices(link):
    return [event["text"] for event in link.events if event["type"] == "notice" and event["text"]]


def taken_back(link):
    return [event["about"] for event in link.events if event.get("text") == ""]


def test_idle_shells_sleep_after_a_word_on_screen_and_wake_with_the_next_need(workspace):
    with workspace.link() as link:
        console = bash(link, "mkdir -p a", "cd a")
        link.until(lambda: link.channels[1].exit)
        said = workspace.console(console)["exit"]
        reached = said.pop("limit")
        assert said == ASLEEP
        assert (reached["name"], reached["limit"]) == ("sleep", 2)
        assert 2 <= reached["used"] < 30
        wait_until(lambda: workspace.sandbox_pid() is None, 20, "all has ended")
        assert workspace.machine.keeper_pid(workspace.name)
        (said,) = notices(link)
        assert said.startswith("In 1 s this workspace goes to sleep, because nothing but idle")
        link.until(lambda: taken_back(link) == ["sleep"])
        link.call("consoles.restart", console=console, cols=80, rows=24)
        link.type("echo =$PWD=\n")
        link.read_until(b"=/home/user/a=")


IN_THE_BACKGROUND = (
    "sleep 3000 &",
    "nohup setsid sleep 3000 >/dev/null 2>&1 &",
    "(setsid sleep 3000 >/dev/null 2>&1 &)",
    "env -i sleep 3000 & disown -a",
)
IN_THE_FOREGROUND = (
    "sleep 3000",
    "while :; do read -t 1000 x < /dev/tty; done",
    "while :; do :; done",
    "read -n 1 -p 'Go on? '",
    "exec python3 -q",
)


def test_what_runs_keeps_it_awake_wherever_it_runs(machine):
    """All at once, each in a workspace of its own, beside one that does fall asleep."""
    with ExitStack() as after:

        def opened(**changes):
            workspace = after.enter_context(limited(machine, **{"sleep_seconds": 2} | changes))
            return workspace, after.enter_context(workspace.link())

        busy = {}
        for line in IN_THE_BACKGROUND:
            busy[line] = opened()
            bash(busy[line][1], line)
        for line in IN_THE_FOREGROUND:
            busy[line] = opened()
            _, link = busy[line]
            new_bash(link)
            link.type(f"echo beg''un; {line}\n")
            link.read_until(b"begun\r\n")
            hide(link)
        busy["a Python prompt, which holds results"] = opened()
        busy["a Python prompt, which holds results"][1].call(
            "consoles.create", kind="python", cols=80, rows=24
        )
        busy["a plan that never sleeps"] = opened(sleep_seconds=0)
        bash(busy["a plan that never sleeps"][1])
        _, link = opened()
        bash(link)
        link.until(lambda: link.channels[1].exit)
        for _, other in busy.values():
            other.idle(0.5)
        awake = {what for what, (workspace, _) in busy.items() if workspace.sandbox_pid()}
        assert awake == set(busy)
        assert not [what for what, (_, other) in busy.items() if notices(other)]


def test_a_viewer_in_sight_and_a_key_keep_it_awake(workspace):
    # A word is said four seconds before: enough for a key to come in time on a busy machine.
    workspace.plan = replace(Plan(), sleep_seconds=8)
    with workspace.link() as link, workspace.link() as watching:
        console = bash(link)
        watching.hello(console)
        link.idle(QUIET_SECONDS)
        assert workspace.sandbox_pid()
        watching.close()
        wait_until(lambda: link.idle(0.1) or notices(link), 20, "the announcement")
        link.type("echo awa''ke\n")
        link.read_until(b"awake\r\n")
        assert workspace.console(console)["state"] == "running"
        link.until(lambda: link.channels[1].exit)
        assert len(notices(link)) == 2, "announced anew, because the first was put off"


def test_lifetime_ends_busy_programs_after_a_word_and_counts_through_restarts(workspace):
    workspace.plan = replace(Plan(), lifetime_seconds=7)
    with workspace.link() as link:
        console = bash(link, "sleep 3000 &")
        wait_until(lambda: link.idle(0.1) or notices(link), 20, "the announcement")
        assert "its plan lets programs run for 7 s" in notices(link)[-1]
    sandbox = workspace.sandbox_pid()
    # A keeper that nobody visits, under a supervisor that knows it only from its record.
    os.kill(workspace.machine.process.pid, signal.SIGKILL)
    workspace.machine.process.wait(30)
    workspace.machine.start()
    keeper = workspace.machine.keeper_pid(workspace.name)
    os.kill(keeper, signal.SIGKILL)
    # On a slow machine it may be over by now; that nothing ended it before is in what is said.
    assert workspace.sandbox_pid() in {sandbox, None}
    wait_until(lambda: workspace.sandbox_pid() is None, 60, "it is over")
    ended = wait_until(lambda: workspace.console(console)["exit"], 20, "the console says so")
    assert ended["how"] == "limit"
    assert (ended["limit"]["name"], ended["limit"]["limit"]) == ("lifetime", 7)
    assert 7 <= ended["limit"]["used"] < 120
    assert ended["cause"] == (
        "Ended by the lifetime of its plan, 7 s. Start again goes on in the same folder."
    )
