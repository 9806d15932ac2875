"""Files under a private folder are reached by other accounts, and only those that are needed."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [
    pytest.mark.pty,
    pytest.mark.skipif(os.geteuid() != 0, reason="only root has other accounts to open for"),
]
ROOT = Path(__file__).parents[2]

PROBE = """
import json, os, sys
from pathlib import Path
from ide.errors import SandboxError
from ide.sandbox import reach
paths, look = json.loads(sys.argv[1])
try:
    covered = reach.make_reachable(tuple(map(Path, paths)))
except SandboxError as error:
    print(json.dumps({"error": str(error)}))
    sys.exit()
os.setgroups([])
os.setresgid(12345, 12345, 12345)
os.setresuid(12345, 12345, 12345)
seen = {}
for path in look:
    try:
        seen[path] = Path(path).read_text()
    except OSError as error:
        seen[path] = type(error).__name__
print(json.dumps({"covered": [str(one) for one in covered], "seen": seen, "cwd": os.getcwd()}))
"""


@pytest.fixture
def private(tmp_path):
    for folder in tmp_path.parents:
        if "pytest" in folder.name:
            folder.chmod(0o755)
    tmp_path.chmod(0o755)
    (tmp_path / "private").mkdir(mode=0o700)
    for name in ("wanted", "deep/er/wanted", "secret"):
        folder = tmp_path / "private" / name
        folder.mkdir(parents=True)
        (folder / "file").write_text(name)
    return tmp_path / "private"


def tried(paths, look):
    done = subprocess.run(
        [sys.executable, "-c", PROBE, json.dumps([list(map(str, paths)), list(map(str, look))])],
        env={"PYTHONPATH": str(ROOT)}, cwd=ROOT, check=True, capture_output=True, text=True,
    )  # fmt: skip
    return json.loads(done.stdout)


def test_needed_files_are_reached_and_others_are_not(private):
    look = [private / name / "file" for name in ("wanted", "deep/er/wanted", "secret")]
    told = tried([private / "wanted", private / "deep/er/wanted"], look)
    assert told["covered"] == [str(private)]
    assert list(told["seen"].values()) == ["wanted", "deep/er/wanted", "FileNotFoundError"]
    assert told["cwd"] == str(ROOT)
    assert (private / "secret" / "file").read_text() == "secret"  # this process sees no change
    assert private.stat().st_mode & 0o777 == 0o700


def test_a_way_through_links_still_works(private):
    (private / "link").symlink_to("wanted")
    (private.parent / "outer").symlink_to(private / "link")
    for way in (private / "link", private.parent / "outer"):
        told = tried([way], [way / "file"])
        assert list(told["seen"].values()) == ["wanted"]


def test_several_private_folders_in_a_row(private):
    (private / "deep").chmod(0o700)
    told = tried([private / "deep/er/wanted"], [private / "deep/er/wanted/file"])
    assert list(told["seen"].values()) == ["deep/er/wanted"]


def test_a_folder_in_another(private):
    told = tried([private / "deep", private / "deep/er/wanted"], [private / "deep/er/wanted/file"])
    assert list(told["seen"].values()) == ["deep/er/wanted"]


def test_nothing_in_the_way_changes_nothing(private):
    told = tried([private.parent], [private / "wanted/file"])
    assert (told["covered"], list(told["seen"].values())) == ([], ["PermissionError"])


def test_what_is_closed_itself_is_refused(private):
    (private / "wanted").chmod(0o700)
    assert "chmod o+x" in tried([private / "wanted"], [])["error"]
    assert "does not exist" in tried([private / "missing"], [])["error"]
