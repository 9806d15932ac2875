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
