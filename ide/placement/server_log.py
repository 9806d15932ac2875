"""The server's own log: JSON lines without user content, in the data folder, bounded."""

import logging
import os
import stat
import sys
from typing import Any, Final

import structlog
from structlog.typing import EventDict

from ide.errors import SettingsError
from ide.settings import Settings

SERVER_LOG: Final = "server.log"
MAX_BYTES: Final = 10 * 1024 * 1024
KEPT_BYTES: Final = 1024 * 1024

_OPEN = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC


def open_server_log(settings: Settings) -> int:
    """Return a descriptor to append to, for a child's stderr.

    Raises SettingsError when the file is somebody else's or cannot be opened.
    """
    path = settings.data / SERVER_LOG
    try:
        fd = os.open(path, _OPEN, 0o640)
    except OSError as error:
        raise SettingsError(f"the server log {path} cannot be opened: {error.strerror}") from None
    state = os.fstat(fd)
    if not stat.S_ISREG(state.st_mode) or state.st_uid != os.geteuid():
        os.close(fd)
        raise SettingsError(f"the server log {path} belongs to another account")
    return fd


def bound_server_log(fd: int) -> None:
    """Cut the log back to its last MiB once it is over its maximum.

    Every process appends through a descriptor of its own, so the file is cut in place.
    """
    size = os.fstat(fd).st_size
    if size <= MAX_BYTES:
        return
    tail = os.pread(fd, KEPT_BYTES, size - KEPT_BYTES)
    os.ftruncate(fd, 0)
    os.write(fd, tail[tail.find(b"\n") + 1 :])


def configure(settings: Settings, process: str) -> None:
    """Send structlog's events to stderr, one JSON object a line, naming the process."""
    names = {"process": process, "pid": os.getpid()}

    def name_process(_logger: Any, _method: str, event: EventDict) -> EventDict:
        return {**event, **names}

    structlog.configure(
        processors=[
            name_process,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(
            logging.getLevelNamesMapping().get(settings.log_level.upper(), logging.INFO)
        ),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
    )
