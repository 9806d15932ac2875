"""Marks around the statements of a Python console, as our Bash has them (docs/protocol.md).

`begin` must come before anybody else's code: it reads the key from the pipe and closes it.
"""

import os
import resource
import sys
import time
from typing import Any
from urllib.parse import quote_from_bytes

MAX_COMMAND_BYTES = 4096


def take_key() -> str:
    """Return what the marks carry, "" when nobody wants any."""
    fd = os.environ.pop("IDE_MARKS", "")
    if not fd.isdecimal():
        return ""
    try:
        key = os.read(int(fd), 64).decode("ascii", "replace")
        os.close(int(fd))
    except OSError:
        return ""
    return key


def _used() -> int:
    """Return the processor time of this process and of what it waited for, in microseconds."""
    both = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return int(sum(one.ru_utime + one.ru_stime for one in both) * 1e6)


def begin(shell: Any, key: str) -> None:
    """Have `shell`, an InteractiveShell, print marks with this key."""
    number = depth = used = 0

    def say(what: str, **words: str) -> None:
        more = "".join(f";{name}={value}" for name, value in words.items())
        data = f"\x1b]133;{what};ide={key}-{number};t={time.time():.6f}{more}\x1b\\".encode()
        try:
            sys.stdout.flush()
            sys.stderr.flush()
            while data and os.isatty(1):
                data = data[os.write(1, data) :]
        except (OSError, ValueError):
            return  # closed, by whoever types here

    def starts(info: Any) -> None:
        nonlocal number, depth, used
        depth += 1
        if depth > 1:  # run by a statement
            return
        number += 1
        used = _used()
        try:
            folder = quote_from_bytes(os.fsencode(os.getcwd()))  # noqa: PTH109 - bytes are wanted
        except OSError:
            folder = ""
        command = str(info.raw_cell).encode("utf-8", "replace")[:MAX_COMMAND_BYTES]
        say("A", **({"cwd": folder} if folder else {}))
        say("C", command=quote_from_bytes(command))

    def ended(result: Any) -> None:
        nonlocal depth
        if depth == 0:  # an empty line
            return
        depth -= 1
        if depth == 0:
            error = result.error_before_exec or result.error_in_exec
            name = quote_from_bytes(type(error).__name__.encode("utf-8", "replace"))
            words = {"c": str(_used() - used)} | ({"exception": name} if error else {})
            say(f"D;{0 if result.success else 1}", **words)

    shell.events.register("pre_run_cell", starts)
    shell.events.register("post_run_cell", ended)
