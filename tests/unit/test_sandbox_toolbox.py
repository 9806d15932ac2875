import os
import subprocess
import sys
import zipfile
from io import BytesIO

import pytest

from ide.errors import SandboxError
from ide.sandbox import bundle, toolbox
from ide.settings import Settings


def test_the_agents_zip_is_the_same_each_time():
    code = "import sys; from ide.sandbox import bundle; sys.stdout.buffer.write(bundle.agent_zip())"
    again = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONHASHSEED": "7", "PYTHONPATH": "."},
        check=True,
        capture_output=True,
    )
    assert again.stdout == bundle.agent_zip()


def test_the_agents_zip_holds_the_agent_and_nothing_of_the_server():
    names = zipfile.ZipFile(BytesIO(bundle.agent_zip())).namelist()
    rooms = {"/".join(name.split("/")[:2]) for name in names if name.count("/") > 1}
    assert rooms == {"ide/agent", "ide/wire"}
    assert "__main__.py" in names
    assert "ptyprocess/ptyprocess.pyc" in names


def test_the_agent_loads_nothing_that_only_annotations_and_archives_need(tmp_path):
    archive = tmp_path / "agent.zip"
    archive.write_bytes(bundle.agent_zip())
    start = zipfile.ZipFile(archive).read("__main__.py").decode()
    assert start.endswith("\nmain()\n")
    shown = start.removesuffix("main()\n") + "print(*sys.modules)\nimport typing, shutil"
    code = f"import sys; sys.path.insert(0, sys.argv[1])\n{shown}\ntyping.Protocol, shutil.which"
    words = [sys.executable, "-I", "-S", "-c", code, archive]
    loaded = set(subprocess.check_output(words, text=True).split())
    assert "ide.agent.agent" in loaded
    assert not loaded & {"typing", "shutil", "lzma", "bz2", "threading", "pathlib", "dataclasses"}


def test_the_closure_follows_requirements_that_hold_here():
    names = {one.name.lower() for one in toolbox.closure(("ipython", "virtualenv"))}
    assert {"ipython", "virtualenv", "prompt-toolkit", "jedi", "distlib"} <= {
        name.replace("_", "-") for name in names
    }
    assert "pytest" not in names  # only an extra of theirs
    assert "colorama" not in names  # only on Windows


def test_a_missing_package_is_named():
    with pytest.raises(SandboxError, match="no-such-package"):
        list(toolbox.closure(("no-such-package",)))


def test_it_is_made_once_and_readable_by_all(tmp_path):
    settings = Settings(data=tmp_path / "data")
    made = toolbox.ensure(settings)
    before = made.stat().st_mtime_ns
    assert toolbox.ensure(settings) == made
    assert made.stat().st_mtime_ns == before
    assert (made / "toolbox" / "IPython" / "__init__.py").exists()
    for path in made.rglob("*"):
        assert path.stat().st_mode & 0o004, path
        assert not path.stat().st_mode & 0o022, path
    assert [one.name for one in made.parent.iterdir() if one.name.startswith(".new")] == []


def test_a_folder_that_cannot_be_written_is_said(tmp_path):
    (tmp_path / "toolbox").write_text("in the way")
    with pytest.raises(SandboxError, match="could not be made"):
        toolbox.ensure(Settings(data=tmp_path))


def test_a_link_in_its_place_is_not_followed(tmp_path):
    victim, data = tmp_path / "victim", tmp_path / "data"
    victim.mkdir(mode=0o700)
    data.mkdir()
    (data / "toolbox").symlink_to(victim)
    with pytest.raises(SandboxError, match="Remove it"):
        toolbox.ensure(Settings(data=data))
    assert victim.stat().st_mode & 0o777 == 0o700
    assert list(victim.iterdir()) == []


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
def test_a_folder_of_another_account_in_its_place_is_not_used(tmp_path):
    settings = Settings(data=tmp_path)
    made = toolbox.ensure(settings)
    os.chown(made.parent, 4242, 4242)
    with pytest.raises(SandboxError, match="Remove it"):
        toolbox.ensure(settings)
