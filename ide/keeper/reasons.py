"""The words for why programs end. Pure: what is known comes in, sentences come out."""

from dataclasses import asdict, dataclass
from typing import Any

from ide.guard.plan import GIB, MIB


@dataclass(frozen=True, slots=True)
class LimitReached:
    """Which limit, and how near it was: bytes, processes or seconds."""

    name: str
    used: int
    limit: int

    def to_json(self) -> dict[str, Any]:
        """Return it as in a console's JSON."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Why:
    """Why programs end, as their consoles then say: a word of `exit.how`, and a sentence."""

    how: str
    cause: str
    limit: LimitReached | None = None


def memory_sentence(reached: LimitReached, *, by_machine: bool) -> str:
    """Return what a console says whose program was ended for want of memory."""
    if not by_machine:
        return f"Ended by the memory limit: {_of(reached.used, reached.limit)} in use."
    own = _of(reached.used, reached.limit) if reached.limit else _amount(reached.used)
    return f"The machine ran out of memory and ended it; {own} were in use here."


def disk_sentence(space: tuple[int, int], files: tuple[int, int]) -> str:
    """Return what a console says whose program took more space than there was to take.

    Both are (used, limit): bytes, and files and folders.
    """
    doing = "making files" if _is_of_files(space, files) else "taking space"
    return f"Ended by the disk limit: it went on {doing}, {_of_disk(space, files)}."


def full_sentence(space: tuple[int, int], files: tuple[int, int]) -> str:
    """Return what a console says whose program tried to write when that was over. As before."""
    return f"Ended when it tried to write: the disk is full, {_of_disk(space, files)}."


def _of_disk(space: tuple[int, int], files: tuple[int, int]) -> str:
    count, most = files
    return f"{count:,} of {most:,} files" if _is_of_files(space, files) else _of(*space)


def _is_of_files(space: tuple[int, int], files: tuple[int, int]) -> bool:
    """Whether the limit of files is nearer, or was passed further."""
    (used, limit), (count, most) = space, files
    return bool(most) and (not limit or count * limit > used * most)


def _of(used: int, limit: int) -> str:
    if limit >= GIB and used < GIB // 10:  # would be 0.0 of it
        return f"{_amount(used)} of {_amount(limit)}"
    unit, name = (GIB, "GiB") if limit >= GIB else (MIB, "MiB")
    return f"{_number(used, unit)} of {_number(limit, unit)} {name}"


def _amount(size: int) -> str:
    unit, name = (GIB, "GiB") if size >= GIB else (MIB, "MiB")
    return f"{_number(size, unit)} {name}"


def _number(size: int, unit: int) -> str:
    return f"{size / unit:.1f}" if unit == GIB else f"{size / unit:.0f}"
