"""The agent as one zip: the same sources always give the same bytes."""

import importlib.util
import io
import marshal
import zipfile
from pathlib import Path
from typing import Final

import ide
from ide.errors import SandboxError

_START: Final = """\
import sys
import types

# A megabyte in each workspace: `typing` is for annotations alone, and ptyprocess finds programs
# without `shutil`. What is imported later, by the file worker, gets the real ones.
sys.modules.update(typing=types.SimpleNamespace(Any=object, Final=object), shutil=None)
from ide.agent.main import main

del sys.modules["typing"], sys.modules["shutil"]
main()
"""
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)
_ROOMS: Final = ("agent", "wire")


def agent_zip() -> bytes:
    """Return the zip: `ide.agent`, `ide.wire`, ptyprocess, compiled and as source.

    Compiled for this very interpreter, which also runs it: a zip cannot be given bytecode later,
    so each start would compile anew. Raises SandboxError when ptyprocess is missing.
    """
    members = {"__main__.py": _START.encode()}
    package = Path(ide.__file__).parent
    members["ide/__init__.py"] = (package / "__init__.py").read_bytes()
    for room in _ROOMS:
        members |= _sources(package / room, f"ide/{room}")
    members |= _sources(_folder_of("ptyprocess"), "ptyprocess")
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(members):
            archive.writestr(zipfile.ZipInfo(name, _EPOCH), members[name])
            archive.writestr(zipfile.ZipInfo(name + "c", _EPOCH), _compiled(name, members[name]))
    return buffer.getvalue()


def _sources(folder: Path, name: str) -> dict[str, bytes]:
    return {f"{name}/{file.name}": file.read_bytes() for file in sorted(folder.glob("*.py"))}


def _folder_of(package: str) -> Path:
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        raise SandboxError(f"The Python package {package} is missing; install ide anew.")
    return Path(spec.origin).parent


def _compiled(name: str, source: bytes) -> bytes:
    """Return what a .pyc holds: magic, "unchecked hash", the source's hash, the code."""
    code = compile(source, f"/opt/ide/agent.zip/{name}", "exec", dont_inherit=True, optimize=2)
    head = importlib.util.MAGIC_NUMBER + (1).to_bytes(4, "little")
    # Later formats depend on how often this process happens to refer to each constant.
    return head + importlib.util.source_hash(source) + marshal.dumps(code, 2)
