"""The wheel is whole: in an empty environment elsewhere it carries all and serves."""

import os
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import httpx
import pytest

from tests.server import ROOT, Server


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """Build the wheel as pip does, from a copy-free checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "--no-deps", "-q", "-w", folder, ROOT],
        check=True,
        timeout=300,
    )
    (found,) = folder.glob("ide-*.whl")
    return found


def test_it_carries_front_end_templates_and_migrations(wheel):
    names = set(zipfile.ZipFile(wheel).namelist())
    inside = {str(path.relative_to(ROOT)) for path in (ROOT / "ide").rglob("*") if path.is_file()}
    code = {name for name in inside if name.endswith((".py", ".html", ".txt", ".json", ".toml"))}
    assert code - names == set()
    assert "ide/static/dist/manifest.json" in names
    assert any(name.endswith(".js") and "static/dist" in name for name in names)
    revisions = {path.name for path in (ROOT / "migrations/versions").glob("*.py")}
    assert revisions
    assert {f"ide/migrations/versions/{name}" for name in revisions} - names == set()
    assert "ide/migrations/env.py" in names


@pytest.mark.long  # cannot be shortened: an empty environment is filled
@pytest.mark.timeout(600)
def test_it_serves_from_an_empty_environment(wheel, tmp_path):
    home = tmp_path / "venv"
    venv.create(home)
    subprocess.run(
        [
            *(sys.executable, "-m", "pip", "--python", home / "bin/python", "install", "-qq"),
            *("--no-compile", "-c", ROOT / "constraints.txt", wheel),
        ],
        check=True,
        timeout=400,
        cwd=tmp_path,
    )
    with Server(tmp_path / "data", command=[str(home / "bin/ide")]) as server:
        page = httpx.get(server.setup_link, trust_env=False, follow_redirects=True)
        assert page.is_success
        assert "/static/dist/" in page.text
        where = subprocess.run(
            [home / "bin/python", "-c", "import ide; print(ide.__file__)"],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=True,
            env={k: v for k, v in os.environ.items() if k != "PYTHONPATH"},
        ).stdout
        assert Path(where).is_relative_to(home)
