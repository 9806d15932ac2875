from pathlib import Path

import pytest
from click.testing import CliRunner

from ide.cli import doctor
from ide.sandbox import Probe, reach

GIT = "git: apt-get install git"


@pytest.fixture
def run(monkeypatch, tmp_path):
    def with_probe(**found):
        values = {
            "level": 1,
            "kind": "bubblewrap",
            "bwrap": Path("/usr/bin/bwrap"),
            "bwrap_origin": "distribution",
            "own_uids": False,
            "reasons": (),
            "missing_programs": (),
        }
        monkeypatch.setattr(doctor, "probe", lambda _settings: Probe(**(values | found)))
        monkeypatch.setattr(reach, "make_reachable", lambda _paths: ())
        return CliRunner().invoke(doctor.doctor, ["--data", str(tmp_path)], env={"IDE_DATA": None})

    return with_probe


def test_it_prints_the_level_what_holds_and_each_gap(run):
    gaps = ("Run the server as root.", "Mount with prjquota.")
    output = run(level=2, limits="v1", network="veth", reasons=gaps).output
    assert "Level:        2 of 3;" in output
    assert "               0  no sandbox, so consoles are refused\n" in output
    assert "               1  a sandbox around each workspace\n" in output
    assert "            -> 2  memory, processors and processes held by the kernel\n" in output
    assert "               3  an account of its own for each workspace, and disk" in output
    assert "For level 3:  Start the server as root. Put the data folder on ext4" in output
    assert "control groups (version 1)" in output
    assert "checked every few seconds" in output
    assert "(veth)" in output
    for gap in gaps:
        assert f"  - {gap}\n" in output
    output = run(level=1, limits="none").output
    assert "memory checked every second" in output
    assert "What keeps" not in output
    assert "For level 2:  Control groups" in output
    output = run(level=3, limits="v1", quota="project", own_uids=True).output
    assert "-> 3" in output
    assert "For level" not in output


@pytest.mark.parametrize("enough", [True, False])
def test_too_little_room_to_record_output_is_said(run, monkeypatch, enough):
    monkeypatch.setenv("IDE_LOG_MIN_FREE_BYTES", "0" if enough else str(1 << 60))
    output = run().output
    assert "MB free" in output
    assert ("NOT recorded" in output) is not enough


def test_a_missing_program_comes_with_the_line_to_type(run):
    result = run(missing_programs=(GIT,))
    assert result.exit_code == 0
    assert GIT in result.output


def test_without_a_sandbox_it_says_why_and_ends_with_1(run):
    result = run(level=0, kind="none", bwrap=None, bwrap_origin="", reasons=("It is forbidden.",))
    assert result.exit_code == 1
    assert "none can be made" in result.output
    assert "It is forbidden." in result.output
    assert "--unsafe-no-sandbox" in result.output
