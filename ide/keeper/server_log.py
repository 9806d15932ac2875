"""The server log, as a keeper writes it: a line of JSON for each event, on its standard error."""

import contextlib
import json
import sys
import time
from typing import Any


def say(event: str, **more: Any) -> None:
    """Write a line of the server log, unless the disk takes none. Never what a user wrote."""
    line = {"event": event, "process": "keeper", "at": round(time.time(), 3), **more}
    with contextlib.suppress(OSError):
        sys.stderr.write(json.dumps(line) + "\n")
        sys.stderr.flush()
