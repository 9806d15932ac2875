"""Checkpoint files, the output budget, the journal, programs, checks of passed fds."""

import dataclasses
import os
import pty
import socket
import sqlite3

import pytest

from ide.errors import BadRequestError
from ide.guard.plan import NetworkPlan
from ide.keeper import checkpoint, passed_fds, programs
from ide.keeper.budget import OutputBudget
from ide.keeper.checkpoint import Checkpoint
from ide.keeper.journal import Journal, Record
from ide.keeper.passed_fds import WrongFdError


def test_a_checkpoint_survives(tmp_path):
    path = tmp_path / "screen"
    assert checkpoint.load(path) is None
    Checkpoint(123, b"state").save(path)
    assert checkpoint.load(path) == Checkpoint(123, b"state")


@pytest.mark.parametrize("damage", [lambda data: data[:-1], lambda data: data[:10], bytes.swapcase])
def test_a_torn_checkpoint_is_none(tmp_path, damage):
    path = tmp_path / "screen"
    Checkpoint(123, b"state").save(path)
    path.write_bytes(damage(path.read_bytes()))
    assert checkpoint.load(path) is None


def test_a_burst_is_free_and_then_a_rate_holds():
    clock = [0.0]
    budget = OutputBudget(lambda: clock[0], burst_bytes=1000, rate_bytes=100)
    assert budget.take(900)
    assert not budget.take(200)
    clock[0] = 0.5
    assert not budget.take(0)
    clock[0] = 2.0
    assert budget.take(0)
    clock[0] = 1e9
    assert budget.take(999)
    assert not budget.take(2)


def record(**changes):
    fields = {
        "id": "a", "kind": "run", "title": "t", "cwd": "/", "path": "x%ff.py", "state": "running",
        "created": 1.5, "started": None, "ended": None, "exit_how": None, "exit_status": None,
        "exit_cause": None, "epoch": "e", "cols": 80, "rows": 24, "recording": True, "boot": "b",
    }  # fmt: skip
    return Record(**(fields | changes))


def test_the_journal_keeps_consoles(tmp_path):
    journal = Journal(tmp_path / "journal.db")
    journal.save(record())
    journal.save(record(id="b", created=1.0, recording=False))
    journal.save(record(exit_how="exit", exit_status=3))
    journal.close()
    journal = Journal(tmp_path / "journal.db")
    loaded = journal.load()
    assert [dataclasses.asdict(one) for one in loaded] == [
        dataclasses.asdict(record(id="b", created=1.0, recording=False)),
        dataclasses.asdict(record(exit_how="exit", exit_status=3)),
    ]
    journal.remove("a")
    assert [one.id for one in journal.load()] == ["b"]
    journal.close()


def test_a_console_that_is_in_the_journal_as_it_is_costs_no_write(tmp_path):
    journal = Journal(tmp_path / "journal.db")
    one = record()
    for changes in ({}, {}, {"title": "u"}, {"title": "t"}):
        journal.save(dataclasses.replace(one, **changes))
    other = sqlite3.connect(tmp_path / "journal.db")
    assert other.execute("SELECT title FROM consoles").fetchall() == [("t",)]
    other.execute("UPDATE consoles SET title = 'of another'")
    other.commit()
    journal.save(record())
    assert journal.load()[0].title == "of another"
    journal.remove("a")
    journal.save(record())
    assert journal.load()[0].title == "t"
    journal.close()


def test_a_newer_journal_is_not_touched(tmp_path):
    db = sqlite3.connect(tmp_path / "journal.db")
    db.execute("PRAGMA user_version=99")
    db.close()
    with pytest.raises(sqlite3.DatabaseError, match="newer version"):
        Journal(tmp_path / "journal.db")


def test_the_environment_is_built_from_nothing(monkeypatch):
    monkeypatch.setenv("SECRET", "server")
    env = programs.environment("/home/user", NetworkPlan.WEB, 3128)
    assert "SECRET" not in env
    assert env["TERM"] == "xterm-256color"
    assert env["PATH"].startswith("/home/user/.venv/bin:")
    assert env["https_proxy"] == env["HTTPS_PROXY"] == "http://127.0.0.1:3128"
    assert not [n for n in programs.environment("/h", NetworkPlan.NONE, 3128) if "proxy" in n]
    # Without a sandbox nothing listens there: pip and git would fail at a proxy that is not.
    assert not [n for n in programs.environment("/h", NetworkPlan.WEB, None) if "proxy" in n]


@pytest.mark.parametrize("plan", [NetworkPlan.OUTBOUND, NetworkPlan.FULL])
def test_a_program_with_a_device_is_told_of_no_proxy_unless_it_is_the_fallback(plan):
    with_device = programs.environment("/h", plan, 3128, has_device=True)
    assert not [name for name in with_device if "proxy" in name]
    assert programs.environment("/h", plan, 3128)["https_proxy"] == "http://127.0.0.1:3128"


def test_refs_become_paths_inside():
    assert programs.inside("/home/user", "a%20b/c.py") == "/home/user/a b/c.py"
    assert programs.inside("/home/user", "%ff") == "/home/user/\udcff"
    assert programs.inside("/home/user", "/tmp/") == "/tmp"  # noqa: S108 - a path inside
    for bad in ("../x", "a/..", "%2e%2e/x", "a%00b", "x" * 5000):
        with pytest.raises(BadRequestError):
            programs.inside("/home/user", bad)


def test_only_python_and_shell_files_run():
    assert programs.run_argv("/h/a.py", "/t") == ["/t/run-python", "/h/a.py"]
    assert programs.run_argv("/h/a.sh", "/t") == ["/bin/bash", "/h/a.sh"]
    with pytest.raises(BadRequestError):
        programs.run_argv("/h/a.txt", "/t")


@pytest.fixture
def fds(tmp_path):
    made = {}
    made["master"], made["slave"] = pty.openpty()
    made["read"], made["write"] = os.pipe()
    made["file"] = os.open(tmp_path / "f", os.O_RDWR | os.O_CREAT)
    made["null"] = os.open("/dev/null", os.O_RDWR)
    yield made
    for fd in made.values():
        passed_fds.close(fd)


@pytest.mark.parametrize("name", ["slave", "read", "file", "null"])
def test_only_a_master_is_a_master(fds, name):
    passed_fds.check_master(fds["master"])
    with pytest.raises(WrongFdError):
        passed_fds.check_master(fds[name])


@pytest.mark.parametrize("name", ["master", "slave", "write", "file", "null"])
def test_only_the_right_end_of_a_pipe_is_one(fds, name):
    passed_fds.check_pipe(fds["read"], os.O_RDONLY)
    passed_fds.check_pipe(fds["write"], os.O_WRONLY)
    with pytest.raises(WrongFdError):
        passed_fds.check_pipe(fds[name], os.O_RDONLY)


def test_both_ends_must_be_of_one_pipe(fds):
    passed_fds.check_same_pipe(fds["read"], fds["write"])
    other = os.pipe()
    with pytest.raises(WrongFdError):
        passed_fds.check_same_pipe(other[0], fds["write"])
    for fd in other:
        os.close(fd)


@pytest.mark.parametrize(
    "names",
    [
        "", "master read", "master read write write", "slave read write", "file read write",
        "null read write", "read read write", "master file write", "master read file",
        "master write read", "master read read",
    ],
)  # fmt: skip
def test_a_session_has_a_master_both_ends_of_a_pipe_and_nothing_else(fds, names):
    passed_fds.check_session([fds["master"], fds["read"], fds["write"]])
    with pytest.raises(WrongFdError):
        passed_fds.check_session([fds[name] for name in names.split()])


@pytest.mark.parametrize("name", ["master", "read", "file"])
def test_only_a_connected_tcp_socket_is_forwarded(fds, name):
    with pytest.raises(WrongFdError):
        passed_fds.check_tcp(os.dup(fds[name]))
    for family, kind in ((socket.AF_UNIX, socket.SOCK_STREAM), (socket.AF_INET, socket.SOCK_DGRAM)):
        with socket.socket(family, kind) as sock, pytest.raises(WrongFdError):
            passed_fds.check_tcp(os.dup(sock.fileno()))
    with socket.create_server(("127.0.0.1", 0)) as server:
        with pytest.raises(WrongFdError):
            passed_fds.check_tcp(os.dup(server.fileno()))
        with socket.create_connection(server.getsockname()) as client:
            passed_fds.check_tcp(os.dup(client.fileno())).close()
