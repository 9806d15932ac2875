"""How many programs live beside the agent and its shells: a workspace with none may sleep.

Everything in the sandbox's own process table counts, also what took a shell's place (`exec`).
Without a sandbox that is what runs as this account with our home folder in its first environment,
also after it has left its session.
"""

import os
from collections.abc import Collection

_SHELL = b"bash\n"


def count_others(
    known: Collection[int], leaders: Collection[int], home: str, *, confined: bool
) -> int:
    """Return how many processes there are but those that have ended, `known` ones and shells.

    Shells are those of the `leaders` of sessions that still are Bash.
    """
    with os.scandir("/proc") as entries:
        pids = [int(one.name) for one in entries if one.name.isdecimal()]
    mark = None if confined else b"HOME=" + os.fsencode(home)
    return sum(
        pid not in known
        and _lives(pid)
        and _is_ours(pid, mark)
        and not (pid in leaders and _read(f"/proc/{pid}/comm") == _SHELL)
        for pid in pids
    )


def _lives(pid: int) -> bool:
    stat = _read(f"/proc/{pid}/stat").rpartition(b")")[2].split(None, 1)
    return bool(stat) and stat[0] not in {b"Z", b"X"}


def _is_ours(pid: int, mark: bytes | None) -> bool:
    return mark is None or mark in _read(f"/proc/{pid}/environ").split(b"\0")


def _read(path: str) -> bytes:
    """Return the beginning of a file of /proc, b"" when its process is gone or not ours."""
    try:
        with open(path, "rb", 0) as file:  # noqa: PTH123 - pathlib costs memory here
            return file.read(65536)
    except OSError:
        return b""
