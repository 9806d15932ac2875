"""The example units are ones that systemd takes, and keep their two promises."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

UNITS = Path(__file__).parents[2] / "docs/systemd"


def words(name, key):
    """Return all words that a unit gives to a key; a key may stand more than once."""
    lines = (UNITS / name).read_text().splitlines()
    values = [line.removeprefix(f"{key}=") for line in lines if line.startswith(f"{key}=")]
    return " ".join(values).split()


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="needs Debian's systemd")
def test_systemd_takes_them(tmp_path):
    for unit in UNITS.glob("*.service"):
        text = unit.read_text().replace("/opt/ide/bin/python", sys.executable)
        (tmp_path / unit.name).write_text(text.replace("/opt/ide/bin/ide", sys.executable))
    checked = subprocess.run(
        ["systemd-analyze", "verify", *tmp_path.glob("*.service")],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (checked.returncode, checked.stderr) == (0, "")


def test_ending_the_supervisors_unit_ends_no_console():
    assert words("ide-supervisor.service", "KillMode") == ["process"]


def test_the_web_never_starts_a_supervisor_in_its_own_unit():
    assert "--attach" in words("ide-web.service", "ExecStart")


def test_both_use_the_same_folders():
    ours = {"IDE_DATA=/var/lib/ide", "IDE_RUNTIME_DIR=/run/ide"}
    for name in ("ide-web.service", "ide-supervisor.service"):
        assert ours <= set(words(name, "Environment"))
