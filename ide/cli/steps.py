"""Say what is being done as soon as it takes longer than a second."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from ide.cli.options import say
from ide.errors import IdeError

PATIENCE_SECONDS: Final = 1.0


@contextmanager
def step(doing: str) -> Iterator[None]:
    """Name the step when it lasts, with its time at the end; name it in the error when it fails."""
    began = time.monotonic()
    timer = threading.Timer(PATIENCE_SECONDS, say, [f"{doing} …"])
    timer.daemon = True
    timer.start()
    try:
        yield
    except IdeError as error:
        error.message = f"{doing}: {error.message}"
        raise
    finally:
        timer.cancel()
    seconds = time.monotonic() - began
    if seconds > PATIENCE_SECONDS:
        say(f"{doing}: done in {seconds:.1f} s")
