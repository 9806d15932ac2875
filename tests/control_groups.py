"""What control groups there are on this machine, and what the kernel says of one."""

import functools
import os
import tempfile
from pathlib import Path

from ide.sandbox.cgroups import find_groups
from ide.sandbox.cgroups.mounts import find_mounts


@functools.cache
def why_none() -> str:
    """Return why this account has none here, "" when it has; tried once."""
    with tempfile.TemporaryDirectory() as folder:
        found = find_groups(Path(folder))
        found.close()
    return " ".join(found.reasons) or "none" if found.kind == "none" else ""


def folder_of(group: object, controller: str = "memory") -> Path:
    """Return the folder of a group that has a controller: version 2 has one for all."""
    places = getattr(group, "_places", None)
    return places[controller] if places else group._folder


def memory_limit(group: object) -> int:
    """Return the bytes that the kernel holds a group to, 0 for none."""
    folder = folder_of(group)
    for name in ("memory.max", "memory.limit_in_bytes"):
        if (folder / name).exists():
            said = (folder / name).read_text().strip()
            return 0 if said == "max" or int(said) > 1 << 60 else int(said)
    raise AssertionError(f"{folder} limits no memory")


def hierarchy(group: object) -> str:
    """Return the name of the hierarchy that limits memory, as in /proc/PID/cgroup."""
    return "memory" if hasattr(group, "_places") else ""


@functools.cache
def why_no_subtree() -> str:
    """Return why no group can be made in version 2's hierarchy, "" when one can."""
    unified = find_mounts().unified
    if unified is None:
        return "version 2 is not mounted"
    trial = unified / f"ide-trial-{os.getpid()}"
    try:
        trial.mkdir()
        trial.rmdir()
    except OSError as error:
        return str(error)
    return ""
