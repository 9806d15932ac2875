"""The child that lists the workspace's processes: what /proc says of each, as one JSON document.

A process of its own, since programs can make reading what /proc says of them slow, and 512 of them
take memory that an idle workspace should not keep.
"""

import json
import os
import signal
import socket
import time
from typing import Any

from ide.wire.limits import MAX_COMMAND_CHARS, MAX_PROCESS_LIST_BYTES, MAX_PROCESSES

MAX_SECONDS = 4
"""The kernel ends us then."""
_EXACT_SECONDS = 1.0
"""How much is shared is read for so long; then shared pages count in full."""
_READ_BYTES = 65536
_MARK = b"IDE_CONSOLE="
_FIRST_FIELD = 3
"""Of /proc/PID/stat behind the name, by its number in proc(5)."""
_HZ = os.sysconf("SC_CLK_TCK")
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
_FRAME = b'{"processes": [%b], "more": %b}'


def work(out: socket.socket, facts: dict[str, Any]) -> None:
    """Write `{processes, more}` to `out`, as many of them as the limits of the wire let.

    `facts` are `sessions` (consoles by the process that leads each), `ours` (processes and sessions
    of the agent's own), `home` and `confined`.
    """
    signal.alarm(MAX_SECONDS)
    pids = sorted(int(name) for name in os.listdir("/proc") if name.isdecimal())  # noqa: PTH208
    exact_until = time.monotonic() + _EXACT_SECONDS
    found: list[bytes] = []
    room = MAX_PROCESS_LIST_BYTES - len(_FRAME)
    more = False
    for pid in pids:
        if pid == os.getpid():
            continue
        one = _look(pid, facts, exact=time.monotonic() < exact_until)
        if one is None:
            continue
        told = json.dumps(one, ensure_ascii=False).encode()  # JSON's own escapes take twice as much
        room -= len(told) + 1
        if room < 0 or len(found) >= MAX_PROCESSES:
            more = True
            break
        found.append(told)
    out.sendall(_FRAME % (b",".join(found), b"true" if more else b"false"))


def _look(pid: int, facts: dict[str, Any], *, exact: bool) -> dict[str, Any] | None:
    """Return what is said of one process, None when it has ended or is none of the workspace's."""
    stat = _read(pid, "stat")
    fields = stat.rpartition(b")")[2].split()
    if not fields or fields[0] in {b"Z", b"X"}:
        return None
    environ = _read(pid, "environ").split(b"\0")
    if not facts["confined"] and b"HOME=" + os.fsencode(facts["home"]) not in environ:
        return None
    session = _field(fields, 6)
    console = facts["sessions"].get(session) or _marked(environ)
    if pid in facts["ours"] or session in facts["ours"]:
        kind, console = "ide", None
    elif pid in facts["sessions"]:
        kind = "console"
    else:
        kind = "child" if session in facts["sessions"] else "detached"
    start = _field(fields, 22)
    return {
        "pid": pid,
        "parent": _field(fields, 4),
        "console": console,
        "kind": kind,
        "command": _command(pid, stat),
        "cpu_usec": (_field(fields, 14) + _field(fields, 15)) * 1_000_000 // _HZ,
        "memory": _memory(pid, _field(fields, 24), exact=exact),
        "started": round(time.time() - time.clock_gettime(time.CLOCK_BOOTTIME) + start / _HZ, 2),
        "start": start,
    }


def _field(fields: list[bytes], number: int) -> int:
    return int(fields[number - _FIRST_FIELD])


def _marked(environ: list[bytes]) -> str | None:
    for one in environ:
        if one.startswith(_MARK):
            return one[len(_MARK) :].decode("ascii", "replace")[:64]
    return None


def _command(pid: int, stat: bytes) -> str:
    words = _read(pid, "cmdline").rstrip(b"\0").replace(b"\0", b" ")
    if not words:  # as ps does
        words = b"[" + stat.partition(b"(")[2].rpartition(b")")[0] + b"]"
    return words[: 4 * MAX_COMMAND_CHARS].decode("utf-8", "replace")[:MAX_COMMAND_CHARS]


def _memory(pid: int, resident_pages: int, *, exact: bool) -> int:
    if exact:
        for line in _read(pid, "smaps_rollup").splitlines():
            if line.startswith(b"Pss:"):
                return int(line.split()[1]) * 1024
    return max(0, resident_pages) * _PAGE_BYTES


def _read(pid: int, name: str) -> bytes:
    """Return the beginning of a file of /proc, b"" when its process is gone or not ours."""
    try:
        with open(f"/proc/{pid}/{name}", "rb", 0) as file:  # noqa: PTH123 - many, and quick
            return file.read(_READ_BYTES)
    except OSError:
        return b""
