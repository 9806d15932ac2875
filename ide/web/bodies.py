"""Waiting for the bytes of a request: never for ever, and to the end when it is refused."""

import socket
import time
from contextlib import suppress
from typing import Final

from flask import request
from werkzeug.exceptions import HTTPException

from ide.wire.limits import FILE_CHUNK_BYTES, FILE_STALL_SECONDS

REFUSED_SECONDS: Final = 60.0


def limit_stalls() -> None:
    """End a request whose sender neither sends nor takes a piece for FILE_STALL_SECONDS.

    gunicorn waits for ever otherwise; it sets the socket back for the next request by itself.
    """
    connection = request.environ.get("gunicorn.socket")
    if isinstance(connection, socket.socket):
        connection.settimeout(FILE_STALL_SECONDS)


def discard_body(max_bytes: int) -> None:
    """Take the body of a refused request, at most `max_bytes` and for REFUSED_SECONDS.

    A browser reads the answer only after it has sent everything. If we closed before, it would tell
    of a broken connection, and nginx of a bad gateway, instead of what is wrong.
    """
    request.max_content_length = max_bytes
    deadline = time.monotonic() + REFUSED_SECONDS
    with suppress(OSError, HTTPException):
        while time.monotonic() < deadline and request.stream.read(FILE_CHUNK_BYTES):
            pass
