"""The headers of every answer: what a browser may load, keep and say about us."""

from flask import Flask, request
from werkzeug.wrappers import Response

from ide.web import current
from ide.web.current import gate

YEAR_SECONDS = 365 * 24 * 3600


def add_headers(app: Flask) -> None:
    """Put the headers on every answer of `app`; a view's own ones win."""
    app.after_request(_add)


def _add(response: Response) -> Response:
    headers = response.headers
    headers.setdefault("Content-Security-Policy", _policy())
    headers["X-Content-Type-Options"] = "nosniff"
    headers["X-Frame-Options"] = "DENY"
    headers["Cross-Origin-Opener-Policy"] = "same-origin"
    headers["Cross-Origin-Resource-Policy"] = "same-origin"
    # Not no-referrer: under that, browsers send `Origin: null` with forms, and the gate needs it.
    headers["Referrer-Policy"] = "same-origin"
    headers.setdefault("Cache-Control", "no-store")
    if current.request_id():
        headers["X-Request-ID"] = current.request_id()
    # Not with a certificate of one's own: it would bind every other server of that name as well.
    if gate().secure and not gate().settings.tls:
        headers["Strict-Transport-Security"] = f"max-age={YEAR_SECONDS}"
    return response


def _policy() -> str:
    if "/api/" in request.path:
        return "default-src 'none'; frame-ancestors 'none'; sandbox"
    # Older Safari does not count the WebSocket of the same host as 'self'. The host is one of ours:
    # the gate refuses all others, and an answer to those has no script.
    socket = f"{'wss' if request.is_secure else 'ws'}://{request.host}"
    if not socket.isprintable() or any(mark in socket for mark in " ;,'\""):
        socket = ""
    return "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            # Inline styles: the terminal and the editor set them on the elements they draw, and a
            # style cannot run code. Scripts stay files of ours.
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "font-src 'self' data:",
            f"connect-src 'self' {socket}".rstrip(),
            "worker-src 'self'",
            "manifest-src 'self'",
            "media-src 'self' blob:",
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        )
    )
