"""How ./check runs all tests: side by side, what is alone after them, one line that counts all."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "scripts/side_by_side.py"
CONFIG = "[pytest]\nmarkers = alone\n"
MEETS = """
from pathlib import Path
from tests.waiting import wait_until

def test_it_meets_the_other():
    Path("{mine}").touch()
    wait_until(Path("{other}").exists)
"""
ALONE = """
import time
from pathlib import Path
import pytest

@pytest.mark.alone
def test_nobody_runs_beside_it():
    assert Path("one.ended").exists() and Path("two.ended").exists()
"""
ENDS = """
import atexit
from pathlib import Path

def test_it_says_when_its_process_ends():
    atexit.register(Path("{mine}.ended").touch)
"""


@pytest.fixture
def tree(tmp_path):
    """Two folders of tests that wait for each other, and something alone in the second."""
    (tmp_path / "pytest.ini").write_text(CONFIG)
    for mine, other in (("one", "two"), ("two", "one")):
        folder = tmp_path / f"tests_{mine}"
        folder.mkdir()
        (folder / f"test_meets_{mine}.py").write_text(MEETS.format(mine=mine, other=other))
        (folder / f"test_ends_{mine}.py").write_text(ENDS.format(mine=mine))
    (tmp_path / "tests_two/test_alone.py").write_text(ALONE)
    return tmp_path


def run(tree, *sides):
    return subprocess.run(
        [sys.executable, SCRIPT, *sides],
        cwd=tree,
        env={
            "PATH": "/usr/bin:/bin",
            "PYTHONPATH": str(ROOT),
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
            "TMPDIR": str(tree),
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=100,
        check=False,
    )


def test_two_processes_meet_and_what_is_alone_comes_after_both(tree):
    done = run(tree, "tests_one", "tests_two")
    assert done.returncode == 0, done.stdout
    assert " 5 passed in " in done.stdout.splitlines()[-1]
    assert not list(tree.glob("ide-check-*"))


def test_a_pattern_takes_files_out_of_the_folder_of_another_process(tree):
    done = run(tree, "tests_two/test_meets_*.py", "tests_one", "tests_two")
    assert done.returncode == 0, done.stdout
    assert " 5 passed in " in done.stdout.splitlines()[-1]


def test_a_pattern_that_fits_nothing_is_a_failure(tree):
    done = run(tree, "tests_one", "tests_two tests_two/test_gone_*.py")
    assert done.returncode == 1
    assert "FAILED tests_two tests_two/test_gone_*.py: pytest broke off" in done.stdout


def test_a_side_without_folders_is_left_out(tree):
    for name in ("one", "one.ended"):
        (tree / name).touch()
    done = run(tree, "", "tests_two")
    assert done.returncode == 0, done.stdout
    assert " 3 passed in " in done.stdout.splitlines()[-1]


def test_failures_of_each_process_are_named_and_counted(tree):
    (tree / "tests_one/test_bad.py").write_text("def test_bad():\n    assert False\n")
    (tree / "tests_two/test_bad_too.py").write_text(
        "import pytest\n@pytest.fixture\ndef broken():\n    raise OSError\n"
        "def test_broken(broken):\n    pass\n"
        "@pytest.mark.alone\ndef test_alone():\n    assert False\n"
        "def test_skipped():\n    pytest.skip('why')\n"
    )
    done = run(tree, "tests_one", "tests_two")
    assert done.returncode == 1
    lines = done.stdout.splitlines()
    assert " 2 failed, 1 errors, 1 skipped, 5 passed in " in lines[-1]
    assert {
        "FAILURE tests_one/test_bad.py::test_bad",
        "FAILURE tests_two/test_bad_too.py::test_alone",
        "ERROR tests_two/test_bad_too.py::test_broken",
        "SKIPPED tests_two/test_bad_too.py::test_skipped",
    } <= set(lines)
    assert list(tree.glob("ide-check-*")), "what failed can be looked at"


def test_a_process_that_breaks_off_is_a_failure(tree):
    (tree / "tests_two/test_zz.py").write_text("import os\n\ndef test():\n    os._exit(0)\n")
    done = run(tree, "tests_one", "tests_two")
    assert done.returncode == 1
    assert "FAILED tests_two: pytest broke off with status " in done.stdout
    assert "1 failed, 2 passed" in done.stdout.splitlines()[-1]
    assert "test_alone" not in done.stdout


def test_check_runs_each_folder_of_tests_in_one_process():
    check = (ROOT / "check").read_text()
    sides = re.findall(r"^(?:one|other|third)_side='(.*)'$", check, re.MULTILINE)
    assert len(sides) == 3
    folders = {path.relative_to(ROOT / "tests").parts[0] for path in ROOT.glob("tests/*/**/test_*")}
    assert sorted(" ".join(sides).split()) == sorted(folders - {"__pycache__"})
