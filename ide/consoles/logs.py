"""A console's log: as a download, however long it is, and in pieces for who reads in it."""

import math
import re
import socket
from collections.abc import Iterator
from typing import Any, Final

from flask import jsonify, request
from werkzeug.wrappers import Response

from ide.consoles.asciicast import as_cast
from ide.consoles.log_text import as_text
from ide.errors import BadRequestError, UnavailableError
from ide.web.disposition import disposition
from ide.wire.files import Reader
from ide.wire.limits import FILE_STALL_SECONDS, MAX_PATTERN_CHARS
from ide.workspaces.keepers import keeper

_NUMBER: Final = re.compile(r"[0-9]{1,18}", re.ASCII)
_SHAPES: Final = {
    "printed": (".log", "text/plain; charset=utf-8"),
    "text": (".txt", "text/plain; charset=utf-8"),
    "asciicast": (".cast", "application/x-asciicast"),
}
_PART_BYTES: Final = 64 * 1024
"""How long a piece is when nobody says it."""


def time_argument(name: str) -> float | None:
    """Return that argument, in seconds since the epoch, or None. Raises BadRequestError."""
    text = request.args.get(name)
    if text is None:
        return None
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not math.isfinite(seconds):
        raise BadRequestError(f"{name} is a number of seconds since the epoch.")
    return seconds


def _offset_argument(name: str, default: int | None = None) -> int:
    text = request.args.get(name)
    if text is None and default is not None:
        return default
    if text is None or not _NUMBER.fullmatch(text):
        raise BadRequestError(f"{name} is a whole number.")
    return int(text)


def part(console: str) -> Response:
    """Return a piece of the log, of whole lines, with its offsets in the headers.

    `at`, `bytes`, `before`, `exact` and `settled` are those of `log.part`. Raises BadRequestError.
    """
    args = {
        "console": console,
        "at": _offset_argument("at"),
        "bytes": _offset_argument("bytes", _PART_BYTES),
        "before": request.args.get("before") == "1",
        "exact": request.args.get("exact") == "1",
    } | ({"settled": True} if request.args.get("settled") == "1" else {})
    value, stream = keeper().open_stream("log.part", args)
    stream.settimeout(FILE_STALL_SECONDS)
    response = Response(b"".join(_body(stream)))
    headers = response.headers
    headers["Content-Type"] = "application/octet-stream"
    headers["Content-Security-Policy"] = "default-src 'none'; frame-ancestors 'none'; sandbox"
    headers["Cache-Control"] = "private, no-store"
    for name in ("start", "end", "oldest", "head"):
        headers[f"X-Log-{name.title()}"] = str(int(value[name]))
    cut = [name for name in ("start", "end") if value[f"cut_{name}"]]
    headers["X-Log-Cut"] = " ".join(cut) or "none"
    if value["at"] is not None:
        headers["X-Log-Time"] = str(float(value["at"]))
    return response


def overview(console: str) -> Response:
    """Return where the log begins and ends, what is missing, and when what was printed."""
    seconds = time_argument("time")
    args: dict[str, object] = {"console": console}
    if seconds is not None:
        args["time"] = seconds
    if "sizes" in request.args:
        args["sizes"] = _offset_argument("sizes")
    response = jsonify(keeper().call("log.map", args))
    response.headers["Cache-Control"] = "private, no-store"
    return response


def search(console: str) -> Response:
    """Return what is found as JSON lines, as it is found. Raises BadRequestError.

    `pattern` is text, or with `regex` an expression of RE2; `case` tells upper from lower case.
    """
    pattern = request.args.get("pattern", "")
    regex, case = request.args.get("regex") == "1", request.args.get("case") == "1"
    if not 0 < len(pattern) <= MAX_PATTERN_CHARS:
        raise BadRequestError(f"A search has 1 to {MAX_PATTERN_CHARS} characters.")
    if regex:
        _check(pattern)
    args = {"console": console, "pattern": pattern, "regex": regex, "case": case}
    _, stream = keeper().open_stream("log.search", args)
    stream.settimeout(FILE_STALL_SECONDS)
    response = Response(_body(stream))
    response.call_on_close(stream.close)
    headers = response.headers
    headers["Content-Type"] = "application/x-ndjson"
    headers["Cache-Control"] = "private, no-store"
    headers["X-Accel-Buffering"] = "no"
    return response


def _check(pattern: str) -> None:
    """Raise BadRequestError for an expression that is none. Compiling one takes 8 MiB at most."""
    try:
        import re2  # noqa: PLC0415 - for searches alone
    except ImportError:
        raise BadRequestError(
            "This machine has no RE2: it searches for plain text alone."
        ) from None
    options = re2.Options()
    options.log_errors = False
    try:
        re2.compile(f"(?m){pattern}", options)
    except re2.error as error:
        said = error.args[0] if error.args else ""
        words = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
        words = words.replace("(?m)", "", 1)  # nobody typed it
        raise BadRequestError(f"This is no expression that can be searched for: {words}.") from None
    finally:
        re2.purge()  # it keeps the last 128, of up to 8 MiB each


def _body(stream: socket.socket) -> Iterator[bytes]:
    """Yield the log, then close. Raises CutOffError, so that half a log never looks whole."""
    with stream:
        yield from Reader(stream.recv).body()


def handed_out(console: str, since: float | None) -> Response:
    """Return the log as it was printed, as plain text or as an asciicast, as an attachment.

    Raises BadRequestError.
    """
    shape = request.args.get("as", "printed")
    if shape not in _SHAPES:
        raise BadRequestError("A log comes as “printed”, as “text” or as “asciicast”.")
    args: dict[str, Any] = {"console": console} | ({} if since is None else {"since": since})
    args |= {name: _offset_argument(name) for name in ("first", "end") if name in request.args}
    if shape == "asciicast":
        args["timed"] = True
    if shape == "text":
        args["settled"] = True
    value, stream = keeper().open_stream("log.open", args)
    stream.settimeout(FILE_STALL_SECONDS)
    if shape == "asciicast" and value.get("timed") is not True:
        stream.close()
        raise UnavailableError("The keeper of this console is of an earlier version. Try again.")
    title = str(value.get("title", "output"))
    body: Iterator[bytes] = _body(stream)
    if shape == "text":
        body = as_text(body)
    elif shape == "asciicast":
        body = as_cast(body, title, int(value["start"]), int(value["end"]))
    response = Response(body)
    response.call_on_close(stream.close)
    ending, kind = _SHAPES[shape]
    name = title.replace("/", "_") + ending
    headers = response.headers
    headers["Content-Type"] = kind
    headers["Content-Disposition"] = disposition(name.encode(), inline=False)
    headers["Content-Security-Policy"] = "default-src 'none'; frame-ancestors 'none'; sandbox"
    headers["Cache-Control"] = "private, no-store"
    headers["X-Accel-Buffering"] = "no"
    headers["X-Log-Start"], headers["X-Log-End"] = str(value["start"]), str(value["end"])
    return response
