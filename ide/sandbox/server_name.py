"""What the kernel's objects of one server are named after: control groups, network devices."""

import hashlib
import os
from contextlib import suppress
from pathlib import Path


def server_name(data: Path) -> str:
    """Return 64 hexadecimal digits for the server on a data folder: a successor gets the same.

    No other server does, also where each has a path of the same name: containers may share the
    machine's control groups.
    """
    named = os.fsencode(data.resolve())
    with suppress(OSError):
        state = data.stat()
        named += f"\0{state.st_dev}:{state.st_ino}".encode()
    return hashlib.sha256(named).hexdigest()
