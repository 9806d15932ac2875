"""A log as an asciicast, version 2: the format of asciinema and its players. Pure.

The first line is a header, each other one an event `[seconds, kind, data]`: `o` is output, `r` a
size, `m` a marker where bytes are missing. https://docs.asciinema.org/manual/asciicast/v2
"""

import codecs
import json
from collections.abc import Iterable, Iterator
from typing import Any, Final

from ide.guard.plan_words import say_bytes
from ide.wire.timed import Output, Size, Time, unpack

USUAL_SIZE: Final = (80, 24)
_TERM: Final = "xterm-256color"
IDLE_SECONDS: Final = 2
"""Players pass longer silences in so many: a console may rest for days. Its times stay true."""
_SPREAD_MS: Final = 250
"""Times are known to a quarter of a second: what one printed is spread over it."""
_STEPS: Final = 10
_STEP_BYTES: Final = 1024
"""Less is not spread."""


def as_cast(chunks: Iterable[bytes], title: str, start: int, end: int) -> Iterator[bytes]:
    """Yield the lines of the bytes [start, end) of a log that comes as in `ide.wire.timed`.

    Holds one chunk, and what is known of times and sizes. Raises BadFrameError.
    """
    times: list[Time] = []
    sizes: list[Size] = []
    cast: _Cast | None = None
    for chunk in chunks:
        for item in unpack(chunk):
            if isinstance(item, Time):
                times.append(item)
            elif isinstance(item, Size):
                sizes.append(item)
            else:
                if cast is None:
                    cast = _Cast(_Clock(times, start, end), sizes, start)
                    yield _line(cast.header(title))
                yield b"".join(cast.lines(item))
    if cast is None:
        cast = _Cast(_Clock(times, start, end), sizes, start)
        yield _line(cast.header(title))
    yield b"".join(cast.rest(end))


class _Clock:
    """When the byte at an offset came, in seconds after the first; offsets only rise."""

    def __init__(self, times: list[Time], start: int, end: int) -> None:
        self._times = times or [Time(start, 0)]
        self._end = end
        self._at = 0
        self.began = self._times[0].ms / 1000 if times else None
        self._move(start)
        self._zero = self._ms(start)

    def seconds(self, offset: int) -> float:
        self._move(offset)
        return round(max(0.0, self._ms(offset) - self._zero) / 1000, 3)

    def steps(self, offset: int) -> int:
        """Return how far what begins at `offset` came at once, as an offset after it."""
        self._move(offset)
        first, after = self._times[self._at].offset, self._next()
        step = max(_STEP_BYTES, (after - first) // _STEPS)
        return max(offset + 1, min(after, offset + step))

    def _next(self) -> int:
        return self._times[self._at + 1].offset if self._at + 1 < len(self._times) else self._end

    def _move(self, offset: int) -> None:
        while self._at + 1 < len(self._times) and self._times[self._at + 1].offset <= offset:
            self._at += 1

    def _ms(self, offset: int) -> float:
        first, ms = self._times[self._at]
        if offset <= first or self._at + 1 >= len(self._times):
            return ms
        after = self._times[self._at + 1]
        return ms + min(_SPREAD_MS, after.ms - ms) * (offset - first) / (after.offset - first)


class _Cast:
    """The events, in the order of their offsets."""

    def __init__(self, clock: _Clock, sizes: list[Size], start: int) -> None:
        self._clock, self._at = clock, start
        # What was forgotten is taken to have been as the first that is known.
        self._size = next(((one.cols, one.rows) for one in sizes), USUAL_SIZE)
        self._sizes = sizes
        self._text = codecs.getincrementaldecoder("utf-8")("replace")

    def header(self, title: str) -> dict[str, Any]:
        found: dict[str, Any] = {"version": 2, "width": self._size[0], "height": self._size[1]}
        if self._clock.began is not None:
            found["timestamp"] = int(self._clock.began)
        found |= {"idle_time_limit": IDLE_SECONDS, "title": title, "env": {"TERM": _TERM}}
        return found

    def lines(self, output: Output) -> Iterator[bytes]:
        offset, data = output
        if offset > self._at:
            yield from self._missing(offset)
        while data:
            yield from self._resized(self._at)
            stop = self._clock.steps(self._at)
            if self._sizes:
                stop = min(stop, self._sizes[0].offset)
            taken, data = data[: stop - self._at], data[stop - self._at :]
            if text := self._text.decode(taken):
                yield self._event("o", text)
            self._at += len(taken)

    def rest(self, end: int) -> Iterator[bytes]:
        """Yield what is due at the end."""
        yield from self._missing(end) if end > self._at else self._broken()

    def _missing(self, until: int) -> Iterator[bytes]:
        yield from self._broken()
        yield self._event("m", f"{say_bytes(until - self._at)} are missing here")
        self._at = until

    def _broken(self) -> Iterator[bytes]:
        """Yield the sign for a character of which no more comes."""
        if text := self._text.decode(b"", final=True):
            yield self._event("o", text)
        self._text.reset()

    def _resized(self, offset: int) -> Iterator[bytes]:
        size = self._size
        while self._sizes and self._sizes[0].offset <= offset:
            size = self._sizes.pop(0)[1:]
        if size != self._size:
            self._size = size
            yield self._event("r", f"{size[0]}x{size[1]}")

    def _event(self, kind: str, data: str) -> bytes:
        return _line([self._clock.seconds(self._at), kind, data])


def _line(value: Any) -> bytes:
    """Return it as a line of ASCII: whatever cannot be printed is escaped."""
    return json.dumps(value).replace("\x7f", "\\u007f").encode() + b"\n"
