"""The server log: JSON lines on stderr, without anything that a person wrote or named.

So: routes by their pattern, people by their number; never a path, a name, a token or a body.
"""

import contextlib
import logging
import re
import secrets
import sys
import time
from typing import Any

import structlog
from flask import Flask, g, request
from werkzeug.wrappers import Response

from ide.settings import Settings

_ID = re.compile(r"[A-Za-z0-9-]{8,64}")


def configure_log(settings: Settings) -> None:
    """Send the server log to stderr as JSON, from `settings.log_level` up."""
    level = logging.getLevelNamesMapping().get(settings.log_level.upper(), logging.INFO)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=_Stderr,
        cache_logger_on_first_use=False,
    )


class _Stderr:
    """Writes a line, or not: a full disk under the log must not fail the request as well."""

    def __init__(self, *_: object) -> None:
        """Take and forget what structlog hands to every logger."""

    def msg(self, line: str) -> None:
        with contextlib.suppress(OSError, ValueError):
            sys.stderr.write(line + "\n")
            sys.stderr.flush()

    debug = info = warning = error = critical = exception = msg


def server_log() -> Any:
    """Return the logger; its calls take an event name and values by name."""
    return structlog.get_logger()


def log_requests(app: Flask, *, trust_id: bool) -> None:
    """Write one line a request. `trust_id`: a proxy in front of us sets X-Request-ID."""

    def begin() -> None:
        sent = request.headers.get("X-Request-ID", "") if trust_id else ""
        g.ide_request_id = sent if _ID.fullmatch(sent) else secrets.token_hex(8)
        g.ide_began = time.monotonic()

    def end(response: Response) -> Response:
        caller = g.get("ide_caller")
        server_log().info(
            "request",
            request_id=g.ide_request_id,
            method=request.method,
            route=request.url_rule.rule if request.url_rule else None,
            status=response.status_code,
            seconds=round(time.monotonic() - g.ide_began, 4),
            user=caller.user_id if caller else None,
        )
        return response

    app.before_request(begin)
    app.after_request(end)
