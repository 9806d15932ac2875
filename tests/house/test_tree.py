"""What must not be in the tree: addresses in lock files, paths of one machine, sleeping tests."""

import ast
import json
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def tracked(*patterns):
    """Return the tracked files that fit, as paths; where git is missing, all that fit."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--", *patterns], cwd=ROOT, capture_output=True, check=False
    )
    names = listed.stdout.decode().split("\0")[:-1] if listed.returncode == 0 else []
    paths = [ROOT / name for name in names] or [p for each in patterns for p in ROOT.rglob(each)]
    return [path for path in paths if path.is_file()]


def test_pins_name_versions_and_no_addresses():
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    pins = [line for line in lines if line and not line.startswith("#")]
    assert len(pins) > 40
    assert [pin for pin in pins if not re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9.+!]+", pin)] == []


def test_the_screen_engine_has_one_version_and_a_hash_for_each_wheel():
    text = (ROOT / "screen-engine.txt").read_text()
    (pin,) = re.findall(r"^pyghostty==\S+", text, re.MULTILINE)
    assert pin in (ROOT / "constraints.txt").read_text().splitlines()
    assert f'"{pin}"' in (ROOT / "pyproject.toml").read_text()
    assert len(set(re.findall(r"--hash=sha256:[0-9a-f]{64}\b", text))) == 4


def test_another_file_by_the_screen_engines_name_is_refused(tmp_path):
    name = "pyghostty-0.1.3-py3-none-any.whl"
    info = "pyghostty-0.1.3.dist-info"
    with zipfile.ZipFile(tmp_path / name, "w") as wheel:
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        wheel.writestr(
            f"{info}/METADATA", "Metadata-Version: 2.1\nName: pyghostty\nVersion: 0.1.3\n"
        )
        wheel.writestr(f"{info}/RECORD", "")
    pip = [sys.executable, "-m", "pip", "--isolated", "download", "--no-index", "--no-deps"]
    wanted = ["--require-hashes", "-r", ROOT / "screen-engine.txt", "--find-links", tmp_path]
    done = subprocess.run(
        [*pip, *wanted, "-d", tmp_path / "got"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode != 0
    assert "DO NOT MATCH THE HASHES" in done.stderr


def test_every_dependency_is_pinned():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = project["dependencies"] + project["optional-dependencies"]["test"]
    names = {re.split(r"[^A-Za-z0-9._-]", each)[0] for each in wanted}
    pins = (ROOT / "constraints.txt").read_text()
    pinned = {plain(line.split("==")[0]) for line in pins.splitlines() if "==" in line}
    assert {plain(name) for name in names} - pinned == set()


def plain(name):
    """Return a package's name as indexes compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def test_the_npm_lock_has_no_addresses():
    lock = json.loads((ROOT / "frontend/package-lock.json").read_text())
    assert [name for name, entry in lock["packages"].items() if "resolved" in entry] == []
    assert re.search(r"https?://[\w.-]*(npmjs|yarnpkg|registry)", json.dumps(lock)) is None


def test_no_file_names_a_folder_of_one_machine():
    home = re.compile(rb"/(root|home)/(?!user\b)[\w.-]+/")
    guilty = [
        str(path.relative_to(ROOT))
        for path in tracked("*.py", "*.ts", "*.sh", "*.toml", "*.txt", "*.json", "*.md", "*.conf")
        if home.search(path.read_bytes())
    ]
    assert guilty == []


TEST_FILES = [path for path in tracked("tests/*.py") if path.name != "waiting.py"]


@pytest.mark.parametrize("path", TEST_FILES, ids=lambda path: path.name)
def test_no_test_sleeps(path):
    calls = [
        f"{path.name}:{node.lineno}"
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and is_sleep(node)
    ]
    assert calls == []


def is_sleep(call):
    """Tell whether this call waits for time to pass and for nothing else.

    `asyncio.sleep(0)` only lets others run; tests/waiting.py is where waiting lives.
    """
    function = call.func
    if not isinstance(function, ast.Attribute):
        return isinstance(function, ast.Name) and function.id == "sleep"
    if function.attr in {"wait_for_timeout", "implicitly_wait"}:
        return True
    owner = function.value.id if isinstance(function.value, ast.Name) else ""
    if (owner, function.attr) == ("time", "sleep"):
        return True
    zero = call.args and isinstance(call.args[0], ast.Constant) and call.args[0].value == 0
    return (owner, function.attr) == ("asyncio", "sleep") and not zero


MOST_LINES = 300


def test_no_module_makes_its_reader_scroll_far():
    """Splitting is by thought, at about 250 lines; what passes 300 holds two of them.

    Whoever meets this test looks for the second thought, not for lines to squeeze out.
    """
    lengths = {str(path): len(path.read_text().splitlines()) for path in tracked("ide/*.py")}
    assert len(lengths) > 150
    assert {path: lines for path, lines in lengths.items() if lines > MOST_LINES} == {}
