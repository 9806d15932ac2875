"""Node comes from PyPI where the machine has none: for a build alone, for ./check into .venv."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import hatch_build

ROOT = Path(__file__).parents[2]
PARTS = (
    "check", "scripts/setup.sh", "pyproject.toml", "constraints.txt", "screen-engine.txt",
    "hatch_build.py",
)  # fmt: skip
STAMPS = """
root=$PWD extras='[test]'
. scripts/setup.sh
(python_stamp) >".venv/.stamp[test]"
(frontend_stamp) >.venv/.stamp-frontend
"""
PYTHON = f"""#!/bin/sh
[ "$1" != -m ] || {{ printf '%s\\n' "$*" >>"${{0%/*}}/asked"; exit 0; }}
exec {sys.executable} "$@"
"""


@pytest.mark.parametrize("has_npm", [True, False])
@pytest.mark.parametrize("is_fresh", [True, False])
def test_a_build_asks_for_node_where_the_bundle_must_be_made_and_there_is_none(
    monkeypatch, tmp_path, has_npm, is_fresh
):
    monkeypatch.delenv("BUILD_SKIP_FRONTEND", raising=False)
    monkeypatch.setattr(hatch_build, "system_npm", lambda: "/usr/bin/npm" if has_npm else "")
    monkeypatch.setattr(hatch_build, "bundle_is_fresh", lambda: is_fresh)
    hook = hatch_build.CustomBuildHook(str(tmp_path), {}, None, None, str(tmp_path), "wheel")
    wanted = [] if has_npm or is_fresh else [hatch_build.NODE_PACKAGE]
    assert hook.dependencies() == wanted


@pytest.fixture
def programs(tmp_path):
    """A folder with every program of this machine but Node."""
    folder = tmp_path / "programs"
    folder.mkdir()
    for place in map(Path, os.environ["PATH"].split(os.pathsep)):
        for program in place.iterdir() if place.is_dir() else ():
            if program.name not in {"node", "npm", "nodejs"}:
                (folder / program.name).unlink(missing_ok=True)
                (folder / program.name).symlink_to(program)
    return folder


def script(path, text):
    path.write_text(text)
    path.chmod(0o755)


def test_check_fetches_node_where_there_is_none(tmp_path, programs):
    root = tmp_path / "clone"
    for part in PARTS:
        (root / part).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / part, root / part)
    (root / "frontend").mkdir()
    (root / "ide/static/dist").mkdir(parents=True)
    (root / "ide/static/dist/manifest.json").write_text("{}")
    (root / ".venv/bin").mkdir(parents=True)
    script(root / ".venv/bin/python", PYTHON)
    script(root / ".venv/bin/lint-imports", "#!/bin/sh\n")
    subprocess.run(["sh", "-eu", "-c", STAMPS], cwd=root, check=True, timeout=30)
    asked = root / ".venv/bin/asked"

    def check(path):
        environment = {"PATH": str(path), "HOME": str(tmp_path)}
        words = [root / "check", "imports"]
        return subprocess.run(
            words, env=environment, capture_output=True, text=True, timeout=60, check=False
        )

    node = programs / "node"
    script(node, "#!/bin/sh\necho v22.1.0\n")
    script(programs / "npm", "#!/bin/sh\n")
    done = check(programs)
    assert (done.returncode, asked.exists()) == (0, False), done.stderr
    script(node, "#!/bin/sh\necho v18.19.0\n")  # Debian 12's
    done = check(programs)
    assert done.returncode == 0, done.stderr
    assert "Fetching Node from PyPI" in done.stderr
    assert hatch_build.NODE_PACKAGE in asked.read_text()
