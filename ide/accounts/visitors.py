"""Browsers that are not signed in: a token that ties a sign-in form to the page it came from.

Without it another site could sign somebody in as its own person and read what they then type.
"""

import hashlib
import hmac

from flask import request
from werkzeug.wrappers import Response

from ide.errors import ForbiddenError
from ide.web.current import gate
from ide.web.gate import CSRF_HEADER, new_token

LASTS_SECONDS = 24 * 3600


def give_token() -> tuple[str, str]:
    """Return the visitor's cookie value, new or kept, and the token that a form must carry."""
    visitor = request.cookies.get(_cookie(), "")[:100] or new_token()
    return visitor, _token(visitor)


def remember(response: Response, visitor: str) -> None:
    """Set the visitor's cookie."""
    response.set_cookie(
        _cookie(),
        visitor,
        max_age=LASTS_SECONDS,
        path=gate().settings.mount,
        secure=gate().secure,
        httponly=True,
        samesite="Strict",
    )


def check() -> None:
    """Raise ForbiddenError unless the form or the header carries this visitor's token."""
    visitor = request.cookies.get(_cookie(), "")[:100]
    sent = request.headers.get(CSRF_HEADER) or request.form.get("token", "")
    if not visitor or not hmac.compare_digest(sent.encode(), _token(visitor).encode()):
        raise ForbiddenError(
            "This form is out of date, or the browser refused its cookie."
            " Please load the page again."
        )


def device_name() -> str:
    """Return what the signed-in devices list calls this browser, as far as it says."""
    agent = request.headers.get("User-Agent", "")[:500]
    browser = next((name for mark, name in _BROWSERS if mark in agent), "Browser")
    system = next((name for mark, name in _SYSTEMS if mark in agent), "unknown system")
    return f"{browser} on {system}"


_BROWSERS = (
    ("Edg", "Edge"),
    ("Firefox/", "Firefox"),
    ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS = (
    ("iPad", "iPad"),
    ("iPhone", "iPhone"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Macintosh", "Mac or iPad"),  # an iPad says that it is a Mac
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)


def _cookie() -> str:
    return f"{gate().cookie_name}-visitor"


def _token(visitor: str) -> str:
    return hmac.new(visitor.encode(), b"visitor", hashlib.sha256).hexdigest()
