"""Where control groups are mounted, and in which of them this process is."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

MOUNTS: Final = Path("/proc/self/mountinfo")
OWN_GROUPS: Final = Path("/proc/self/cgroup")
_ESCAPED: Final = re.compile(r"\\([0-7]{3})")


@dataclass(frozen=True, slots=True)
class Mounts:
    """`controllers` maps each controller of version 1 to its mount; `unified` is version 2's."""

    controllers: dict[str, Path]
    unified: Path | None


def find_mounts(text: str | None = None) -> Mounts:
    """Return what /proc/self/mountinfo (or `text`) says; nothing where it cannot be read."""
    controllers: dict[str, Path] = {}
    unified = None
    for line in (_read(MOUNTS) if text is None else text).splitlines():
        before, _, after = line.partition(" - ")
        words, kind = before.split(), after.split()
        if len(words) < 5 or len(kind) < 3:
            continue
        place = Path(_ESCAPED.sub(lambda found: chr(int(found[1], 8)), words[4]))  # " " is \040
        if kind[0] == "cgroup2" and unified is None:
            unified = place
        elif kind[0] == "cgroup":
            for name in kind[2].split(","):
                controllers.setdefault(name, place)
    return Mounts(controllers, unified)


def own_unified_group(text: str | None = None) -> str:
    """Return the path of our group of version 2 below its mount, "/" for the root."""
    for line in (_read(OWN_GROUPS) if text is None else text).splitlines():
        if line.startswith("0::"):
            return line.removeprefix("0::")
    return "/"


def _read(file: Path) -> str:
    try:
        return file.read_text("utf-8", "replace")
    except OSError:
        return ""
