"""The toolbox of the servers that tests start: made once in a run, and linked into data folders.

Making one is three thousand small files, for seconds, in each new data folder. That it is made
is tried in tests/unit/test_sandbox_toolbox.py.
"""

import functools
import os
import shutil
from pathlib import Path

from ide.sandbox import toolbox
from ide.settings import Settings
from tests.sandboxes import data_folder


@functools.cache
def made() -> Path:
    """Return the one of this run of tests."""
    return toolbox.ensure(Settings(data=data_folder()))


def give(data: Path) -> None:
    """Put it into a data folder that has none; a folder that is not there yet is made.

    Where files cannot be linked, on another file system, the server makes its own.
    """
    root = data / "toolbox"
    if root.exists():
        return
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    root.mkdir(mode=0o755)
    owner = data.stat()
    try:
        shutil.copytree(made(), root / made().name, copy_function=os.link)
    except (OSError, shutil.Error):
        shutil.rmtree(root / made().name, ignore_errors=True)
    (root / ".lock").touch(mode=0o600)  # left by whoever makes one
    for path in (root, root / ".lock"):
        if owner.st_uid != os.geteuid():
            os.chown(path, owner.st_uid, owner.st_gid)
