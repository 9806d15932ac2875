"""The supervisor's socket: who may ask, what bad input does, and a keeper that cannot start."""

import os
import signal
import socket
import struct
import subprocess
import sys
from pathlib import Path

import pytest

from ide.errors import BadRequestError, UnavailableError
from ide.placement.processes import clean_environ
from ide.wire.stream import prefixed
from tests.ordinary import IS_ROOT, as_account
from tests.server import ROOT
from tests.supervisors import remove, running_supervisor
from tests.waiting import wait_until

pytestmark = pytest.mark.pty

WORKSPACE, OTHER = "0123456789abcdef", "fedcba9876543210"
ASK = """
import sys
from pathlib import Path
from ide.errors import IdeError
from ide.placement.client import Supervisor
client = Supervisor(Path(sys.argv[1]))
try:
    print("ok", getattr(client, sys.argv[2])(*sys.argv[3:]))
except IdeError as error:
    print(error.code)
"""


FLOOD = """
import socket, sys
from pathlib import Path
silent = []
for _ in range(30):
    silent.append(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM))
    silent[-1].settimeout(20)
    silent[-1].connect(sys.argv[1])
answers = [one.recv(4096) for one in reversed(silent)]
print(sum(b"asks too much" in one for one in answers), sum(b"too long" in one for one in answers))
"""


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"\0",
        b"GET / HTTP/1.1\r\n\r\n",
        struct.pack(">I", 2**31),
        prefixed(b"[]"),
        prefixed(b"{}"),
        prefixed(b'{"op": ["ensure"]}'),
        prefixed(b'{"op": "ensure"}'),
        prefixed(b'{"op": "ensure", "workspace": "../../../../etc/x"}'),
        prefixed(b'{"op": "stop", "workspace": {"a": 1}}'),
        prefixed(b'{"op": "ensure", "workspace": "0123456789abcdef\\n"}'),
    ],
)
def test_bad_input_gets_an_answer_and_harms_nobody(machine, sent):
    with machine.connect() as connection:
        connection.sendall(sent)
        connection.shutdown(socket.SHUT_WR)
        answer = connection.recv(4096)  # the rest of what we sent may make it a reset
    assert b'"bad_request"' in answer
    assert machine.answers() == machine.process.pid


def test_many_who_say_nothing_hold_nobody_up_for_long(machine):
    silent = [machine.connect() for _ in range(80)]
    try:
        assert machine.answers() == machine.process.pid
    finally:
        for connection in silent:
            connection.close()


def test_a_stopped_workspace_unknown_to_us_is_no_error(machine):
    machine.client.stop(OTHER)
    with pytest.raises(BadRequestError):
        machine.client.ensure("not a workspace")


def test_a_second_supervisor_on_the_same_data_ends_at_once(machine):
    second = machine.launch()
    assert second.wait(20) == 3
    assert machine.answers() == machine.process.pid


@pytest.mark.alone
def test_a_keeper_that_was_killed_is_back_in_the_blink_of_an_eye(machine):
    machine.client.ensure(WORKSPACE)
    before = machine.keeper_pid(WORKSPACE)
    os.kill(before, signal.SIGKILL)
    wait_until(lambda: machine.keeper_pid(WORKSPACE) not in {before, None}, 3, "a new keeper")
    machine.client.stop(WORKSPACE)
    assert machine.keeper_pid(WORKSPACE) is None


def test_a_keeper_that_cannot_start_is_tried_ever_later_and_then_comes_back(machine):
    machine.client.ensure(OTHER)
    journal = machine.settings.data / OTHER / "journal.db"
    machine.client.stop(OTHER)
    for path in journal.parent.glob("journal.db*"):
        path.unlink()
    journal.mkdir()
    with pytest.raises(UnavailableError):
        machine.client.ensure(OTHER)

    def is_told_to_wait():
        try:
            machine.client.ensure(OTHER)
        except UnavailableError as error:
            return "in a row; the next try is in" in error.message
        return False

    wait_until(is_told_to_wait, 20, "back-off")
    assert machine.answers() == machine.process.pid
    journal.rmdir()
    wait_until(lambda: machine.keeper_pid(OTHER), 30, "the keeper once it can start")
    machine.client.stop(OTHER)


def test_a_sandbox_outlives_its_supervisor_and_its_end_is_seen_by_the_next(machine):
    machine.client.ensure(WORKSPACE)
    machine.client.sandbox(WORKSPACE)
    before = machine.client.list()
    stopping = machine.settings.runtime / WORKSPACE / "stopping"
    stopping.touch()  # it was killed while it stopped everything
    machine.process.kill()
    machine.process.wait(30)
    machine.start()
    assert machine.client.list() == before
    assert not stopping.exists(), "programs that end now do so by themselves"
    record = machine.settings.runtime / WORKSPACE / "sandbox.json"
    assert record.exists()
    os.kill(before[0]["sandbox_pid"], signal.SIGKILL)
    wait_until(lambda: not record.exists(), 30, "the record is swept")
    agent = machine.settings.runtime / WORKSPACE / "agent.sock"
    wait_until(lambda: not agent.exists(), 30, "its socket too")
    again = machine.client.sandbox(WORKSPACE)
    assert Path(again["agent"]).is_socket()
    elsewhere = machine.settings.data / "elsewhere"
    stopping.symlink_to(elsewhere)  # as the keeper's account might
    machine.client.stop(WORKSPACE)
    assert not (machine.settings.runtime / WORKSPACE).exists()
    assert not elsewhere.exists()


@pytest.mark.parametrize("name", ["data", "runtime"])
def test_everything_ends_when_the_data_or_the_runtime_folder_was_removed(name):
    with running_supervisor(check_seconds=0.2) as run:
        run.client.ensure(WORKSPACE)
        run.client.sandbox(WORKSPACE)
        (before,) = run.client.list()
        remove(getattr(run.settings, name))
        assert run.process.wait(30) == 0
        assert has_ended(before["sandbox_pid"])
        assert has_ended(before["keeper_pid"])
        assert not getattr(run.settings, name).exists()
        assert not run.settings.runtime.exists()


def test_a_sandbox_that_no_record_names_is_ended_by_the_next_supervisor(machine):
    """As a supervisor leaves it that is killed between starting it and writing that down."""
    machine.client.ensure(WORKSPACE)
    machine.client.sandbox(WORKSPACE)
    (before,) = [one for one in machine.client.list() if one["workspace"] == WORKSPACE]
    (machine.settings.runtime / WORKSPACE / "sandbox.json").unlink()
    machine.process.kill()
    machine.process.wait(30)
    machine.start()
    wait_until(lambda: has_ended(before["sandbox_pid"]), 30, "the stray ended")
    assert machine.keeper_pid(WORKSPACE) == before["keeper_pid"]
    machine.client.stop(WORKSPACE)


def has_ended(pid):
    try:
        return not Path(f"/proc/{pid}/cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return True


def test_what_is_left_of_what_no_longer_runs_is_swept_at_start(machine):
    left = machine.settings.runtime / ("a" * 16)
    left.mkdir()
    (left / "keeper.lock").write_text("1")
    (left / "sandbox.json").write_text('{"kind": "bubblewrap"}')
    machine.process.kill()
    machine.process.wait(30)
    machine.start()
    assert not left.exists()


@pytest.mark.skipif(not IS_ROOT, reason="needs root to be somebody else")
@pytest.mark.parametrize(
    ("who", "words", "answer"),
    [
        ("service", ("capacity",), "ok"),
        ("service", ("version",), "ok"),
        ("service", ("sandbox", WORKSPACE), "forbidden"),
        ("service", ("list",), "forbidden"),
        ("service", ("retire",), "forbidden"),
        ("keeper", ("sandbox", WORKSPACE), "ok"),
        ("keeper", ("sandbox", OTHER), "forbidden"),
        ("keeper", ("stop", WORKSPACE), "forbidden"),
        ("keeper", ("ensure", WORKSPACE), "forbidden"),
        ("keeper", ("retire",), "forbidden"),
        ("sandbox", ("version",), "unavailable"),
        ("stranger", ("version",), "unavailable"),
    ],
)
def test_who_may_ask_what(machine, who, words, answer):
    machine.client.ensure(WORKSPACE)
    machine.client.ensure(OTHER)
    folder = machine.settings.runtime / WORKSPACE
    keeper = (folder / "keeper.lock").stat().st_uid
    uid = {"service": 200_000, "keeper": keeper, "sandbox": keeper - 1, "stranger": 54321}[who]
    groups = ["200000"] if who == "keeper" else []
    done = subprocess.run(
        [
            *as_account(uid, sys.executable, "-c", ASK),
            str(machine.settings.runtime),
            *words,
        ],
        cwd=ROOT,
        env=clean_environ({"AS_GROUPS": ",".join(groups)}),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stdout.split()[:1] == [answer], done.stdout + done.stderr


@pytest.mark.skipif(not IS_ROOT, reason="needs root to be somebody else")
def test_a_keeper_does_not_take_every_connection_from_the_others(machine):
    machine.client.ensure(WORKSPACE)
    uid = (machine.settings.runtime / WORKSPACE / "keeper.lock").stat().st_uid
    done = subprocess.run(
        [*as_account(uid, sys.executable, "-c", FLOOD), str(machine.path)],
        cwd=ROOT,
        env=clean_environ({"AS_GROUPS": "200000"}),
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    refused, waited_for = map(int, done.stdout.split())
    assert refused + waited_for == 30
    assert refused >= 10, done.stdout
    assert machine.answers() == machine.process.pid


@pytest.mark.skipif(not IS_ROOT, reason="needs root to be somebody else")
def test_only_its_keeper_reaches_the_agent(machine):
    machine.client.ensure(WORKSPACE)
    path = machine.client.sandbox(WORKSPACE)["agent"]
    code = (
        "import socket, sys; s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET);"
        "print(s.connect_ex(sys.argv[1]))"
    )
    keeper = (machine.settings.runtime / WORKSPACE / "keeper.lock").stat().st_uid
    for uid, expected in ((200_000, "13"), (keeper + 2, "13"), (54321, "13")):
        words = as_account(uid, sys.executable, "-c", code, path)
        done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True)
        assert done.stdout.strip() == expected
