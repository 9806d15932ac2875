"""A console's whole log as a download, however long it is: it passes in pieces."""

import math
import socket
from collections.abc import Iterator

from flask import request
from werkzeug.wrappers import Response

from ide.errors import BadRequestError
from ide.web.disposition import disposition
from ide.wire.files import Reader
from ide.wire.limits import FILE_STALL_SECONDS
from ide.workspaces.keepers import keeper


def since_argument() -> float | None:
    """Return `since`, in seconds since the epoch, or None. Raises BadRequestError."""
    text = request.args.get("since")
    if text is None:
        return None
    try:
        since = float(text)
    except ValueError:
        since = math.nan
    if not math.isfinite(since):
        raise BadRequestError("since is a number of seconds since the epoch.")
    return since


def _body(stream: socket.socket) -> Iterator[bytes]:
    """Yield the log, then close. Raises CutOffError, so that half a log never looks whole."""
    with stream:
        yield from Reader(stream.recv).body()


def handed_out(console: str, since: float | None) -> Response:
    """Return the log as it was printed, escape sequences and all, as an attachment."""
    args = {"console": console} | ({} if since is None else {"since": since})
    value, stream = keeper().open_stream("log.open", args)
    stream.settimeout(FILE_STALL_SECONDS)
    response = Response(_body(stream))
    response.call_on_close(stream.close)
    name = str(value.get("title", "output")).replace("/", "_") + ".log"
    headers = response.headers
    headers["Content-Type"] = "text/plain; charset=utf-8"
    headers["Content-Disposition"] = disposition(name.encode(), inline=False)
    headers["Content-Security-Policy"] = "default-src 'none'; frame-ancestors 'none'; sandbox"
    headers["Cache-Control"] = "private, no-store"
    headers["X-Accel-Buffering"] = "no"
    headers["X-Log-Start"], headers["X-Log-End"] = str(value["start"]), str(value["end"])
    return response
