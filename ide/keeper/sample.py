"""One measurement of what the workspace uses, as the supervisor answers it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class Victim:
    """A process that a limit ended. `session` is its session leader's id as seen from here."""

    session: int
    name: str
    started_ticks: int


@dataclass(frozen=True, slots=True)
class DiskKill:
    """A program that went on taking disk space above the limit; sizes in bytes."""

    number: int
    victim: Victim
    used: int
    limit: int
    files: int
    files_limit: int

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Self:
        """Read it. Raises KeyError, TypeError or ValueError."""
        victim = Victim(int(told["session"]), str(told["name"]), int(told["started_ticks"]))
        numbers = (int(told[name]) for name in ("used", "limit", "files", "files_limit"))
        return cls(int(told["number"]), victim, *numbers)


@dataclass(frozen=True, slots=True)
class Sample:
    """One answer of the supervisor. `clock` is when it was measured, in loop time."""

    clock: float
    kills: int
    cpu_usec: int
    throttled_usec: int
    victims: tuple[tuple[int, Victim], ...]
    disk_kills: tuple[DiskKill, ...]
    told: dict[str, Any]
    """As in EVENT, without `type`, `at` and what follows from two measurements."""

    @classmethod
    def of(cls, answer: Mapping[str, Any]) -> Self:
        """Read an answer. Raises KeyError, TypeError or ValueError for one of another version."""
        names = ("running", "plan", "level", "memory", "processes", "disk", "enforced", "notes")
        cpu = answer["cpu"]
        victims = tuple(
            (
                int(one["number"]),
                Victim(
                    int(one["session"]), str(one["name"]), int(one["started_ticks"]),
                ),
            )
            for one in answer["victims"]
        )  # fmt: skip
        disk_kills = tuple(DiskKill.of(one) for one in answer.get("disk_kills", ()))
        return cls(
            clock=float(answer["clock"]),
            kills=int(answer["kills"]),
            cpu_usec=int(cpu["usec"]),
            throttled_usec=int(cpu["throttled_usec"]),
            victims=victims,
            disk_kills=disk_kills,
            told={name: answer[name] for name in names}
            | {"ceilings": answer.get("ceilings", []), "cpu": {"limit": int(cpu["limit"])}},
        )

    @property
    def memory(self) -> Mapping[str, int]:
        """`{used, limit, peak}` in bytes."""
        memory: Mapping[str, int] = self.told["memory"]
        return memory
