"""What every sandbox sees read-only as /opt/ide: the agent, our shell files, IPython, virtualenv.

Copied once from the server's own environment into the data folder, under a name made from the
content: a new version is a new folder, and sandboxes that run keep the one they started with.
"""

import compileall
import contextlib
import fcntl
import hashlib
import importlib.metadata
import json
import os
import py_compile
import shutil
import stat
import sys
import tempfile
from collections.abc import Iterator
from importlib.metadata import Distribution
from pathlib import Path
from typing import Final

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from ide.errors import SandboxError
from ide.sandbox import bundle, bwrap
from ide.settings import Settings

_WANTED: Final = ("ipython", "virtualenv")
_LAYOUT: Final = 2
"""Raised when this module lays things out anew."""
_UNFINISHED: Final = ".new-"
_LEFT_OUT: Final = ("jedi/third_party/typeshed/stubs/", "jedi/third_party/django-stubs/")
"""Stubs of packages that are mostly not there: two thirds of all files, for a few completions."""
_SOURCE: Final = Path(__file__).parent / "tools"
_ACCOUNT_FILES: Final = {
    "passwd": f"root:x:0:0:root:/root:/bin/sh\nuser:x:{bwrap.ACCOUNT}:{bwrap.ACCOUNT}:user:"
    f"{bwrap.HOME}:/bin/bash\nnobody:x:65534:65534:nobody:/nonexistent:/bin/false\n",
    "group": f"root:x:0:\nuser:x:{bwrap.ACCOUNT}:\nnogroup:x:65534:\n",
    "hosts": "127.0.0.1 localhost workspace\n::1 localhost ip6-localhost\n",
    "nsswitch.conf": "passwd: files\ngroup: files\nhosts: files dns\nservices: files\n"
    "protocols: files\n",
}


def ensure(settings: Settings) -> Path:
    """Return the folder to bind at /opt/ide, making it when it is not there yet.

    Safe to call from several processes. Raises SandboxError when a package is missing or the
    data folder cannot be written.
    """
    agent = bundle.agent_zip()
    distributions = list(closure(_WANTED))
    root = settings.data / "toolbox"
    target = root / _name(agent, distributions)
    try:
        _own_folder(root)
        if target.is_dir():
            return target
        with (root / ".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not target.is_dir():
                _make(root, target, agent, distributions)
    except OSError as error:
        raise SandboxError(f"The toolbox could not be made in {root}: {error}.") from error
    return target


def made(data: Path) -> list[Path]:
    """Return every toolbox of a data folder, also of earlier builds: what runs may show one."""
    folder = data / "toolbox"
    with contextlib.suppress(OSError):
        return [one for one in folder.iterdir() if one.is_dir() and not one.is_symlink()]
    return []


def sweep(settings: Settings) -> list[str]:
    """Remove toolboxes that were never finished, unless one is just being made; return them."""
    root = settings.data / "toolbox"
    found: list[str] = []
    with contextlib.suppress(OSError), (root / ".lock").open("r+") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        for folder in root.glob(f"{_UNFINISHED}*"):
            shutil.rmtree(folder, ignore_errors=True)
            found.append(f"toolbox/{folder.name}")
    return found


def _own_folder(root: Path) -> None:
    """Make the folder of all toolboxes. Raises SandboxError when it is another account's.

    As root the data folder may be written by the web's account: what that made first, a link to
    elsewhere perhaps, is not followed, and its programs are not shown to any workspace.
    """
    with contextlib.suppress(FileExistsError):
        root.mkdir(mode=0o700, parents=True)
    state = root.lstat()
    if not stat.S_ISDIR(state.st_mode) or state.st_uid != os.geteuid():
        raise SandboxError(
            f"The toolbox could not be made: {root} is not a folder of this account. Remove it and"
            " try again."
        )
    root.chmod(0o755)


def closure(names: tuple[str, ...]) -> Iterator[Distribution]:
    """Yield each distribution that `names` need here. Raises SandboxError for a missing one."""
    seen: set[str] = set()
    waiting = list(names)
    while waiting:
        name = canonicalize_name(waiting.pop())
        if name in seen:
            continue
        seen.add(name)
        try:
            distribution = importlib.metadata.distribution(name)
        except importlib.metadata.PackageNotFoundError:
            raise SandboxError(f"The Python package {name} is missing; install ide anew.") from None
        yield distribution
        for text in distribution.requires or ():
            requirement = Requirement(text)
            if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
                waiting.append(requirement.name)


def _name(agent: bytes, distributions: list[Distribution]) -> str:
    digest = hashlib.sha256(agent)
    digest.update(repr((_LAYOUT, sys.version, sys.base_prefix, _ACCOUNT_FILES)).encode())
    digest.update(repr(sorted((one.name, one.version) for one in distributions)).encode())
    for file in sorted(_SOURCE.iterdir()):
        if file.is_file():
            digest.update(file.name.encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()[:16]


def _make(root: Path, target: Path, agent: bytes, distributions: list[Distribution]) -> None:
    """Build beside `target` and rename: a half-made toolbox is never seen."""
    building = Path(tempfile.mkdtemp(prefix=_UNFINISHED, dir=root))
    try:
        building.chmod(0o755)
        (building / "agent.zip").write_bytes(agent)
        (building / "etc").mkdir()
        for name, text in _ACCOUNT_FILES.items():
            (building / "etc" / name).write_text(text)
        for file in _SOURCE.iterdir():
            if file.is_file():
                shutil.copy2(file, building / file.name)
                (building / file.name).chmod(0o644 if "." in file.name else 0o755)
        (building / "interpreter").write_text(f"{bwrap.interpreter()}\n")
        _copy_packages(distributions, building / "toolbox")
        _open_to_all(building)
        building.rename(target)
    except BaseException:
        shutil.rmtree(building, ignore_errors=True)
        raise


def _copy_packages(distributions: list[Distribution], into: Path) -> None:
    into.mkdir()
    for distribution in distributions:
        for file in distribution.files or ():
            if ".." in file.parts or file.as_posix().startswith(_LEFT_OUT):
                continue  # outside lie scripts, which start another interpreter
            source = Path(str(distribution.locate_file(file)))
            if source.is_file():
                copy = into / file
                copy.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(source, copy)  # with its time: bytecode is checked against it
    # Nobody inside can write bytecode here, so what has none yet gets it now.
    compileall.compile_dir(
        into, quiet=2, invalidation_mode=py_compile.PycInvalidationMode.TIMESTAMP
    )
    names = {one.name: one.version for one in distributions}
    (into / "versions.json").write_text(json.dumps(names, sort_keys=True))


def _open_to_all(folder: Path) -> None:
    for path, folders, files in os.walk(folder):
        for name in folders:
            Path(path, name).chmod(0o755)
        for name in files:
            file = Path(path, name)
            file.chmod(0o755 if file.stat().st_mode & 0o100 else 0o644)
