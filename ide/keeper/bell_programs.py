"""What runs in front of a console's shell, from look to look, and that it has ended. Pure.

A terminal tells which process group has its foreground and how its keys are read, nothing of what
began or ended; so it is asked again and again. A group that comes while another one lives was
started from there (a shell in the shell); a shell that has the foreground back edits its line.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any, Final

MAX_PROGRAMS: Final = 8
"""Of programs in programs, and of those put aside, so many are known; the outer ones stay."""
UNEDITED_SECONDS: Final = 5.0
"""A shell that never edits its line is at its prompt after so long without another program."""


@dataclass(slots=True)
class Program:
    """A process group. `began` in seconds since the machine started (CLOCK_BOOTTIME)."""

    group: int
    command: str
    began: float

    @property
    def order(self) -> tuple[float, int]:
        """What is greater for who began later.

        The kernel counts in hundredths; who begins in the same one has the greater number.
        """
        return self.began, self.group

    @classmethod
    def from_json(cls, told: Any) -> "Program | None":
        """Return what `to_json` told, of whichever version; None where that does not suffice."""
        if not isinstance(told, dict):
            return None
        group, command, began = told.get("group"), told.get("command"), told.get("began")
        if type(group) is not int or not isinstance(began, int | float):
            return None
        return cls(group, command if isinstance(command, str) else "", float(began))


@dataclass(frozen=True, slots=True)
class Look:
    """What a terminal says: `front` is 0 for the session's leader, `edits` means a line."""

    front: int
    edits: bool
    now: float


class Programs:
    """Those of one session. `exists` says whether a process lives, `seen` what it is."""

    def __init__(
        self, exists: Callable[[int], bool], seen: Callable[[int], tuple[str, float] | None]
    ) -> None:
        """`seen` returns a group's command line and when it began, None when nobody knows."""
        self._exists, self._seen = exists, seen
        self.front: list[Program] = []
        """The outermost first."""
        self._aside: list[Program] = []
        """Stopped, or sent to the background."""
        self._gone_since: float | None = None

    def look(self, look: Look) -> Program | None:
        """Take note of what the terminal says; return a program that has just ended."""
        groups = [one.group for one in self.front]
        if not look.front:
            keep = 0
        elif look.front in groups:
            keep = groups.index(look.front) + 1
        else:
            keep = self._came(look)
        gone = self.front[keep:]
        if not gone:
            self._gone_since = None
            return self._ended_aside()
        if self._gone_since is None:
            self._gone_since = look.now
        if not look.edits and look.now - self._gone_since < UNEDITED_SECONDS:
            return None  # between two commands of a loop
        del self.front[keep:]
        self._gone_since = None
        lives = [one for one in gone if self._exists(one.group)]
        self._aside = [*self._aside, *lives][-MAX_PROGRAMS:]
        ended = [one for one in gone if one not in lives]
        return ended[0] if ended else None

    def _came(self, look: Look) -> int:
        """Note a group that was not there before; return how many have not ended by that.

        It is within the last, in its place, or older: a shell in which that was started.
        """
        self._aside = [one for one in self._aside if one.group != look.front]
        command, began = self._seen(look.front) or ("", look.now)
        replaced: Program | None = None
        while self.front and not self._exists(self.front[-1].group):
            if (began, look.front) < self.front[-1].order:
                break
            replaced = self.front.pop()
        came = Program(look.front, command, min(began, replaced.began) if replaced else began)
        place = sum(one.order <= came.order for one in self.front)
        self.front.insert(place, came)
        if len(self.front) > MAX_PROGRAMS:
            del self.front[1]
            place -= place > 0
        return place + 1

    def _ended_aside(self) -> Program | None:
        for one in self._aside:
            if not self._exists(one.group):
                self._aside.remove(one)
                return one
        return None

    def name(self) -> None:
        """Ask again what runs in front: its first words may be those of the shell it came from."""
        if self.front and (seen := self._seen(self.front[-1].group)):
            self.front[-1].command = seen[0]

    def to_json(self) -> dict[str, Any]:
        """Return what a successor needs to know."""
        return {
            "front": [asdict(one) for one in self.front],
            "aside": [asdict(one) for one in self._aside],
        }

    def restore(self, told: dict[str, Any]) -> None:
        """Go on where a predecessor was, of another version perhaps."""
        self.front, self._aside = _programs(told.get("front")), _programs(told.get("aside"))

    def command_over(self) -> Program | None:
        """Hear that the shell is done with a command; return the outermost program of it."""
        ran = self.front[0] if self.front else None
        self.front, self._gone_since = [], None
        return ran

    def clear(self) -> Program | None:
        """Forget all, as the session is over; return the outermost that ran."""
        ran = self.front[0] if self.front else None
        self.front, self._aside, self._gone_since = [], [], None
        return ran


def _programs(told: Any) -> list[Program]:
    listed = told if isinstance(told, list) else []
    return [one for one in map(Program.from_json, listed) if one][:MAX_PROGRAMS]
