"""./run without a network: what it starts, where, and what it says when it cannot."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PARTS = (
    "run", "scripts/setup.sh", "pyproject.toml", "constraints.txt", "screen-engine.txt",
    "hatch_build.py",
)  # fmt: skip
STAMP = """
root=$PWD extras=
. scripts/setup.sh
(python_stamp) >.venv/.stamp
(frontend_stamp) >.venv/.stamp-frontend
"""
SAY = """#!/bin/sh
echo "ide $*"
echo "data $IDE_DATA"
echo "pid $$"
"""


def script(path, text):
    """Write an executable."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)
    return path


@pytest.fixture
def clone(tmp_path):
    """A clone that is set up, with an `ide` that only says how it was called."""
    root = tmp_path / "a clone"
    for part in PARTS:
        (root / part).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / part, root / part)
    (root / "frontend").mkdir()
    (root / "frontend/main.ts").write_text("1")
    (root / "ide/static/dist").mkdir(parents=True)
    (root / "ide/static/dist/manifest.json").write_text("{}")
    script(root / ".venv/bin/ide", SAY)
    (root / ".venv/bin/python").symlink_to(sys.executable)
    subprocess.run(["sh", "-eu", "-c", STAMP], cwd=root, check=True, timeout=30)
    return root


def run(root, *words, **environment):
    """Run ./run from another folder."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("IDE_")}
    return subprocess.run(
        [root / "run", *words],
        cwd=root.parent,
        env=kept | environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize(
    ("words", "called"),
    [
        ([], "ide serve"),
        (["--lan", "--bind", "[::]:80"], "ide serve --lan --bind [::]:80"),
        (["stop", "--data", "x y"], "ide stop --data x y"),
        (["--help"], "ide --help"),
    ],
)
def test_options_are_those_of_serve_and_words_are_commands(clone, words, called):
    done = run(clone, *words)
    assert done.stdout.splitlines()[0] == called
    assert done.stderr == ""


def test_the_data_folder_is_the_clones_own_unless_another_is_named(clone):
    assert f"data {clone}/workspaces" in run(clone).stdout
    assert "data /srv/x" in run(clone, IDE_DATA="/srv/x").stdout


def test_it_becomes_ide_so_that_a_signal_reaches_it(clone):
    started = subprocess.Popen([clone / "run"], stdout=subprocess.PIPE, text=True)
    said = started.communicate(timeout=60)[0]
    assert f"pid {started.pid}" in said


def test_the_screen_engine_is_installed_by_hash_and_first(clone):
    (clone / ".venv/.place").write_text(f"{clone}\n")
    (clone / ".venv/bin/python").unlink()
    script(
        clone / ".venv/bin/python",
        f'#!/bin/sh\n[ "$1" != -m ] || {{ echo "$*" >>"{clone}/asked"; exit 0; }}\n'
        f'exec {sys.executable} "$@"',
    )
    with (clone / "screen-engine.txt").open("a") as file:
        file.write("# changed\n")
    assert run(clone).returncode == 0
    engine, rest = [
        line for line in (clone / "asked").read_text().splitlines() if "-r" in line or "-e" in line
    ][:2]
    assert f"--require-hashes --no-deps -r {clone}/screen-engine.txt" in engine
    assert f"-c {clone}/constraints.txt -e {clone}" in rest


@pytest.mark.parametrize("changed", ["pyproject.toml", "constraints.txt", "frontend/main.ts"])
def test_a_change_is_noticed_and_a_failing_step_names_itself_and_the_line(clone, changed):
    with (clone / changed).open("a") as file:
        file.write("\n# changed\n")
    broken = script(clone.parent / "python", '#!/bin/sh\ncase "$*" in *venv*/*) exit 1;; esac\n')
    (clone / ".venv/bin/python").unlink()
    script(
        clone / ".venv/bin/python",
        f'#!/bin/sh\n[ "$1" = -m ] && exit 1\nexec {sys.executable} "$@"',
    )
    done = run(clone, PYTHON=str(broken))
    assert done.returncode == 1
    assert "This step failed: " in done.stderr
    assert f"cd {clone} && " in done.stderr


def test_without_python_it_says_what_to_type(clone):
    (clone / "pyproject.toml").write_text("")
    done = run(clone, PYTHON="no-such-python")
    assert done.returncode == 1
    assert "apt-get install -y python3" in done.stderr


def test_a_clone_of_somebody_else_is_refused_before_anything_is_made(clone):
    if os.geteuid() != 0:
        pytest.skip("needs root to become another account")
    (clone / "pyproject.toml").write_text("")
    for folder in [clone, *clone.parents]:
        if not folder.stat().st_mode & 0o001:
            folder.chmod(0o755)
    done = subprocess.run(
        ["setpriv", "--reuid", "12345", "--regid", "12345", "--clear-groups", clone / "run"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert "is not yours to write" in done.stderr
