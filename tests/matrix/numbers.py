"""Lines that are numbered: printed by a program, and checked wherever they arrive."""

import re

TEXT = "the quick brown fox jumps over the lazy dog, once more."
LINES_AT_ONCE = 500
"""Printed twenty times a second; with 65 bytes a line on the terminal about 650 kB/s."""
_LINE = re.compile(rb"n(\d{7}) " + re.escape(TEXT.encode()))


def program(lines_at_once: int) -> bytes:
    """Return what to type into bash."""
    lines = f'for (k = 0; k < {lines_at_once}; k++) printf "n%07d %s\\n", i++, t'
    loop = f'for (;;) {{ {lines}; fflush(); system("sleep 0.05") }}'
    return f"awk -v t='{TEXT}' 'BEGIN {{ {loop} }}'\r".encode()


class Numbers:
    """Takes what a viewer got, in its order. Fails at the first number that is not the next one."""

    def __init__(self) -> None:
        self.first: int | None = None
        self.last = -1
        self.count = 0
        self._rest = b""
        self._gap = 0

    def take(self, output: bytes) -> None:
        """Output that follows what came before without a gap."""
        *lines, self._rest = (self._rest + output).split(b"\n")
        self._follow(b"\n".join(lines), self._gap)

    def take_snapshot(self, screen: bytes) -> None:
        """What replaces everything; the line that is being printed may be cut in two by it."""
        self._rest = b""
        before = self.last
        found = _numbers(screen)
        if found:
            self.last = found[0] - 1
            self._follow(screen, 0)
            assert self.last >= before, f"went back from {before} to {self.last}"
        self._gap = 1

    def _follow(self, text: bytes, gap: int) -> None:
        found = _numbers(text)
        if not found:
            return
        if self.first is None:
            self.first, self.last = found[0], found[0] - 1
        assert self.last + 1 <= found[0] <= self.last + 1 + gap, f"{found[0]} after {self.last}"
        assert found == list(range(found[0], found[0] + len(found))), _broken(found)
        self.last = found[-1]
        self.count += len(found)
        self._gap = 0


def assert_counts_from_zero(log: bytes) -> int:
    """A whole log has every number once and in order; return the last one."""
    found = _numbers(log)
    assert found, log[-500:]
    assert found == list(range(len(found))), _broken(found)
    return found[-1]


def _numbers(text: bytes) -> list[int]:
    return [int(number) for number in _LINE.findall(text)]


def _broken(found: list[int]) -> str:
    at = next(i for i, number in enumerate(found) if number != found[0] + i)
    return f"broke at {found[max(0, at - 3) : at + 3]}"
