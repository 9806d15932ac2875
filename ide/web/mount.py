"""Living under a path (`/ide/`), whether or not the proxy strips it."""

from collections.abc import Iterable
from typing import Any

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from ide.settings import Settings
from ide.web.peers import peer_address


def mount(app: Flask, settings: Settings) -> None:
    """Put `app` under the path of `settings.address`, and believe one proxy when it is given.

    Without an address nobody promised a proxy, so forwarded headers are a visitor's claims.
    """
    if not settings.address and not settings.tls:
        return
    under: Any = _Mounted(app.wsgi_app, settings)
    if settings.behind_proxy:
        under = ProxyFix(under, x_for=1, x_proto=1, x_host=1)
    app.wsgi_app = under  # type: ignore[method-assign]


class _Mounted:
    """Set SCRIPT_NAME and the scheme from the address, which the owner gave, not from headers."""

    def __init__(self, wsgi: Any, settings: Settings) -> None:
        self._wsgi = wsgi
        self._prefix = settings.mount.rstrip("/")
        self._scheme = "https" if settings.tls else settings.origin.partition(":")[0]
        self._tls = settings.tls

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        environ["wsgi.url_scheme"] = self._scheme
        if self._tls:
            environ["REMOTE_ADDR"] = peer_address(environ.get("REMOTE_ADDR", ""))
        path = environ.get("PATH_INFO", "")
        if self._prefix:
            environ["SCRIPT_NAME"] = self._prefix
            if path == self._prefix or path.startswith(f"{self._prefix}/"):
                environ["PATH_INFO"] = path[len(self._prefix) :]
        answer: Iterable[bytes] = self._wsgi(environ, start_response)
        return answer
