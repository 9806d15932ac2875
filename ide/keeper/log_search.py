"""A search in one log, as a process of its own: `python -m ide.keeper.log_search`.

The job comes as JSON on the standard input; what is found goes out as JSON lines, in chunks as in a
file's body, on the standard output, the newest first. The process bounds itself: a pattern that
somebody typed never runs in the keeper.
"""

import contextlib
import json
import os
import re
import resource
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

from ide.keeper.log_parts import Readable, part_before
from ide.keeper.segments import OpenFile, Segment
from ide.keeper.settled_log import Commands, SettledLog
from ide.keeper.shelf import Shelf
from ide.wire.files import END_OF_BODY, pack_chunk
from ide.wire.plain_text import plain

MAX_HITS: Final = 1000
CPU_SECONDS: Final = 20
WALL_SECONDS: Final = 60
_MEMORY_BYTES: Final = 1024 * 1024 * 1024
_WINDOW_BYTES: Final = 512 * 1024
_EXCERPT_CHARS: Final = 240
_BEFORE_CHARS: Final = 60
_SAY_SECONDS: Final = 0.25
_NICENESS: Final = 10

Find = Callable[[bytes, int], tuple[int, int] | None]


class FrozenLog:
    """A log as it was when the search began."""

    def __init__(self, found: list[Segment], head: int) -> None:
        self.shelf, self.head = Shelf(found), head

    def read(self, offset: int, size: int) -> bytes:
        """Return at most `size` bytes at `offset`."""
        return self.shelf.read(offset, size)


def finder(pattern: str, *, regex: bool, case: bool) -> Find:
    """Return what finds the first match from a place on.

    Regular expressions are RE2's: time that grows with the text alone. Raises ValueError.
    """
    if not regex:
        text = re.compile(re.escape(pattern.encode()), 0 if case else re.IGNORECASE)
        return lambda data, at: (found := text.search(data, at)) and found.span()
    import re2  # noqa: PLC0415 - the keeper never loads it

    options = re2.Options()
    options.never_nl, options.log_errors, options.case_sensitive = True, False, case
    try:
        compiled = re2.compile(f"(?m){pattern}", options)
    except re2.error as error:
        raise ValueError(_words(error)) from error
    return lambda data, at: (found := compiled.search(data, at)) and found.span()


def _words(error: Exception) -> str:
    said = error.args[0] if error.args else ""
    return said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)


def hits(data: bytes, first: int, find: Find) -> list[dict[str, Any]]:
    """Return one hit for each line of a piece that has one, in the order of the log."""
    text = plain(data.replace(b"\r\n", b"\n").replace(b"\r", b" "))  # its lines as many as before
    ends: list[int] | None = None
    found: list[dict[str, Any]] = []
    at = line = counted = 0
    while at <= len(text) and (span := find(text, at)):
        begin = text.rfind(b"\n", 0, span[0]) + 1
        if begin == len(text) and begin > 0:
            break  # after the last line feed there is no line
        stop = text.find(b"\n", span[0])
        stop = len(text) if stop < 0 else stop
        line += text.count(b"\n", counted, begin)
        counted = begin
        if ends is None:
            ends = [match.end() for match in re.finditer(b"\n", data)]
        found.append(_hit(text[begin:stop], span[0] - begin, span[1] - begin))
        found[-1]["at"] = first + (ends[line - 1] if line else 0)
        at = stop + 1
    return found


def _hit(line: bytes, begin: int, end: int) -> dict[str, Any]:
    before = line[:begin].decode("utf-8", "replace")
    match = line[begin:end].decode("utf-8", "replace")[:_EXCERPT_CHARS]
    after = line[end : end + 4 * _EXCERPT_CHARS].decode("utf-8", "replace")
    lead = before[-_BEFORE_CHARS:]
    rest = max(0, _EXCERPT_CHARS - len(lead) - len(match))
    return {"before": lead, "match": match, "after": after[:rest], "cut": len(before) > len(lead)}


def search(log: Readable, find: Find) -> Iterator[dict[str, Any]]:
    """Yield hits from the end of the log to its beginning, and how far it came; at last why."""
    at, count, missing, said = log.head, 0, 0, time.monotonic()
    while at > log.shelf.oldest:
        part = part_before(log, at, _WINDOW_BYTES, exact=True)
        missing += at - part.end
        for hit in reversed(hits(part.data, part.first, find)):
            yield {"hit": hit}
            count += 1
            if count >= MAX_HITS:
                yield {"end": "hits", "at": hit["at"], "missing": missing}
                return
        at = min(part.first, at - 1)
        if time.process_time() > CPU_SECONDS:
            yield {"end": "time", "at": at, "missing": missing}
            return
        if time.monotonic() - said > _SAY_SECONDS:
            said = time.monotonic()
            yield {"at": at}
    yield {"end": "all", "at": at, "missing": missing}


def _segment(told: dict[str, Any]) -> Segment:
    path = Path(told["path"]) if told["path"] else None
    file = None if told["fd"] is None else OpenFile(told["fd"])
    return Segment(told["first"], told["end"], path, told["base"], told["packed"], file=file)


def _limit_self() -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS + 2, CPU_SECONDS + 4))
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
    signal.alarm(WALL_SECONDS)
    with contextlib.suppress(OSError):
        os.nice(_NICENESS)


def main() -> None:
    """Search, until all is searched, a limit is reached, or nobody listens any more."""
    _limit_self()
    job = json.loads(sys.stdin.buffer.read())
    frozen = FrozenLog([_segment(told) for told in job["segments"]], job["head"])
    commands = Commands(Path(job["cards"]))
    log = SettledLog(frozen, job["console"], Path(job["folder"]), commands)
    out = sys.stdout.buffer
    find = finder(job["pattern"], regex=job["regex"], case=job["case"])
    for said in search(log, find):
        out.write(pack_chunk(json.dumps(said).encode() + b"\n"))
        out.flush()
    out.write(END_OF_BODY)
    out.flush()


if __name__ == "__main__":
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        main()
    os._exit(0)
