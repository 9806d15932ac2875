"""After a reboot every process is gone: what ran is listed as ended, nothing runs by itself."""

import time

import pytest

from ide.wire.frames import Ending
from tests.keepers import KeeperRun, running_keeper

pytestmark = pytest.mark.pty

BOOT = "UPDATE consoles SET boot = 'another boot'"


def reboot(run: KeeperRun) -> None:
    """Keeper, agent and programs die at once, and the machine has another boot id."""
    run.kill()
    run.agent.kill()
    run.change_journal(BOOT)
    run.start()


@pytest.fixture
def rebooted():
    """A keeper after a reboot, and what was before: two consoles and a run."""
    with running_keeper() as run:
        (run.agent.home / "deep").mkdir()
        script = run.agent.home / "count.py"
        script.write_text("open('ran', 'a').write('x'); print('counting'); input()")
        bash, other = run.new_bash(), run.new_bash()
        with run.link() as link:
            link.hello(bash)
            link.type("cd deep; printf '\\033]7;file://%s\\007' $PWD; seq 1 30000; echo en''d\n")
            link.read_until(b"end\r\n$ ")  # all that it prints
            job = link.call("runs.start", path="count.py", mode="ask", cols=80, rows=24)["id"]
            link.hello(job, channel=2)
            link.read_until(b"counting", channel=2)
            link.hello(other, channel=3)
            link.type("exit 3\n", channel=3)
            link.until(lambda: link.channels[3].exit)
            # What is told is in the journal.
            link.until(lambda: link.channels[1].meta["cwd"].endswith("/deep"))
        printed = run.read_log(bash)
        at = time.time()
        reboot(run)
        yield run, bash, other, job, printed, at


def test_consoles_are_listed_as_ended_with_when_and_why(rebooted):
    run, bash, other, job, _, at = rebooted
    for name in (bash, job):
        info = run.console(name)
        assert info["state"] == "ended"
        assert info["exit"] == {"how": "reboot", "status": 0, "cause": "The machine was restarted."}
        # Not when somebody came to look, but when it was last alive or the machine came up.
        assert info["started"] <= info["ended"] <= at
    # What had ended before stays as it was.
    assert run.console(other)["exit"] == {"how": "exit", "status": 3}


def test_last_screen_and_whole_log_are_there(rebooted):
    run, bash, _, _, printed, _ = rebooted
    with run.link() as link:
        link.hello(bash)
        assert link.until(lambda: link.channels[1].exit).how == Ending.REBOOT
        channel = link.channels[1]
        assert b"end\r\n" in (channel.snapshot or b"") + channel.output
    assert b"1\r\n2\r\n3\r\n" in printed
    assert b"\r\n30000\r\n" in printed
    assert run.read_log(bash) == printed
    # Offsets may have come to mean other bytes: whoever was attached before gets a snapshot.
    assert run.console(bash)["log_start"] == 0


def test_nothing_is_started_again_by_itself(rebooted):
    run, bash, _, job, _, _ = rebooted
    asked = run.supervisor.asked
    with run.link() as link:
        link.hello(bash)
        link.hello(job, channel=2)
        link.until(lambda: link.channels[1].exit and link.channels[2].exit)
    assert run.supervisor.asked == asked
    assert (run.agent.home / "ran").read_text() == "x"


def test_one_call_starts_a_new_shell_in_the_same_folder_and_log(rebooted):
    run, bash, _, _, printed, _ = rebooted
    before = run.console(bash)
    info = run.call("consoles.restart", console=bash, cols=80, rows=24)
    assert (info["state"], info["cwd"], info["exit"]) == ("running", before["cwd"], None)
    with run.link() as link:
        link.hello(bash)
        link.type("echo in $PWD\n")
        link.read_until(b"in " + str(run.agent.home / "deep").encode() + b"\r\n")
    log = run.read_log(bash)
    assert log.startswith(printed)
    assert b"started again" in log[len(printed) :]
    assert (run.agent.home / "ran").read_text() == "x"


def test_a_reboot_begins_a_new_epoch_once():
    with running_keeper() as run:
        console = run.new_bash()
        with run.link() as link:
            epoch = link.hello(console)["epoch"]
            have = link.channels[1].offset
        reboot(run)
        with run.link() as link:
            after = link.hello(console, epoch=epoch, have=have)
            assert after["epoch"] != epoch
            assert after["mode"] != "delta"
        run.kill()
        run.start()
        assert run.console(console)["epoch"] == after["epoch"]


def test_a_clock_that_was_set_back_ends_nothing_before_it_began():
    with running_keeper() as run:
        console = run.new_bash()
        run.kill()
        run.agent.kill()
        run.change_journal("UPDATE consoles SET started = started + 3600")
        run.start()
        info = run.console(console)
        assert info["exit"]["how"] == "lost"
        assert info["ended"] >= info["started"]


def test_the_log_can_be_read_from_a_time_on():
    with running_keeper() as run:
        console = run.new_bash()
        with run.link() as link:
            link.hello(console)
            link.type("echo fir''st; read line; echo sec''ond\n")
            link.read_until(b"first\r\n")
            link.idle(1.2)  # between what the keeper has read and what comes
            link.type("\n")
            link.read_until(b"second\r\n")
        now = time.time()
        assert run.read_log(console, since=now - 60).count(b"first\r\n") == 1
        late = run.read_log(console, since=now + 60)
        assert b"second\r\n" in late
        assert b"first\r\n" not in late
