"""Which code runs: the same version from a clone may be other code after every pull."""

import hashlib
import re
from pathlib import Path
from typing import Final

import ide

BUILD_HEX_DIGITS: Final = 16


def build_id(package: Path | None = None) -> str:
    """Return 16 hexadecimal digits that change with any module of ours, as it is on disk now.

    Take it once at a process's start: that is the code it runs.
    """
    package = package or Path(ide.__file__).parent
    digest = hashlib.sha256()
    for path in sorted(package.rglob("*.py")):
        digest.update(str(path.relative_to(package)).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:BUILD_HEX_DIGITS]


def is_newer(version: str, than: str) -> bool:
    """Whether a version like 1.10.0 is newer than another; what is no number counts as 0."""

    def numbers(text: str) -> list[int]:
        return [int(part) for part in re.findall(r"\d+", text)]

    return numbers(version) > numbers(than)


def typed(words: str) -> str:
    """Return what a person types for the command `words`, as "plan list": in a clone its `./run`.

    That needs the clone as working folder; where more is known, see ide.cli.options.command_line.
    """
    clone = Path(ide.__file__).resolve().parent.parent
    return f"{'./run' if (clone / 'run').is_file() else 'ide'} {words}"
