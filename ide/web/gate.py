"""The gate: every request passes it once, before its view and before any upgrade.

Order: body limit, host, login, Origin and CSRF, workspace. Nothing is allowed by default.
"""

import hashlib
import hmac
import os
import secrets
from collections.abc import Callable
from typing import Final

from flask import Flask, Request, current_app, g, redirect, request, url_for
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from ide.errors import ForbiddenError, IdeError, NotFoundError, NotSignedInError
from ide.guard.grant import Grant
from ide.settings import Settings
from ide.store.database import Database
from ide.web import origins
from ide.web.bodies import discard_body, limit_stalls
from ide.web.caller import Caller
from ide.web.policy import Policy, Who, policy_of

SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
CSRF_HEADER: Final = "X-CSRF-Token"
COOKIE_SECONDS: Final = 400 * 24 * 3600
"""As long as browsers keep any cookie: the server, which sees each use, says when a login ends."""
_TOKEN_CHARS: Final = 100

LoginLoader = Callable[[str], Caller | None]
GrantLoader = Callable[[Caller, str], Grant | None]


class ForeignHostError(ForbiddenError):
    """The server was called by a name that it does not know to be its own."""


class Gate:
    """Ask permission for each request. `accounts` and `workspaces` set the two loaders."""

    def __init__(self, settings: Settings, database: Database) -> None:
        self.settings = settings
        self.database = database
        self.load_login: LoginLoader = _nobody
        self.load_grant: GrantLoader = _nothing

    def guard(self, app: Flask) -> None:
        """Stand before every view of `app`."""
        app.extensions["ide.gate"] = self
        app.before_request(self.check)

    def verify(self, app: Flask) -> None:
        """Raise RuntimeError, naming the endpoints, when a view declares no policy."""
        without = sorted(
            rule.endpoint
            for rule in app.url_map.iter_rules()
            if policy_of(app.view_functions[rule.endpoint]) is None
        )
        if without:
            raise RuntimeError(f"views without a policy: {', '.join(without)}")

    def check(self) -> Response | None:
        """Let the request through, send it to the sign-in page, or raise what is wrong with it."""
        limit_stalls()
        try:
            return self._check()
        except (IdeError, HTTPException):
            discard_body(self.settings.max_body_bytes)
            raise

    def _check(self) -> Response | None:
        g.ide_caller = g.ide_grant = None
        policy = self.policy()
        request.max_content_length = self._body_bytes(policy)
        if policy is None or not policy.any_host:
            self._check_host()
        if isinstance(request.routing_exception, HTTPException):
            raise request.routing_exception
        if policy is None:
            raise NotFoundError("There is nothing at this address.")
        if policy.any_host:
            return None
        g.ide_caller = self.load_login(self.cookie(request))
        if policy.who is not Who.ANYBODY and g.ide_caller is None:
            if policy.page:
                return redirect(url_for("accounts.sign_in"))
            raise NotSignedInError("You are signed out. Please sign in again.")
        self._check_sender(policy)
        if policy.who is Who.WORKSPACE:
            self._check_workspace(policy)
        return None

    def policy(self) -> Policy | None:
        """Return the policy of the view that this request goes to, None when it goes to none."""
        return policy_of(current_app.view_functions.get(request.endpoint or ""))

    @property
    def secure(self) -> bool:
        """Whether browsers reach this server over TLS, as far as the owner said."""
        return self.settings.tls or self.settings.origin.startswith("https:")

    @property
    def cookie_name(self) -> str:
        """The login cookie's name.

        Prefixed so that a browser refuses it from anywhere but this very host over TLS, where the
        mount path permits; the data folder is part of it because cookies do not tell ports apart.
        """
        data = hashlib.sha256(os.fsencode(self.settings.data)).hexdigest()[:8]
        name = f"ide-{data}"
        if not self.secure:
            return name
        return f"__Host-{name}" if self.settings.mount == "/" else f"__Secure-{name}"

    def cookie(self, asked: Request) -> str:
        """Return the login token of a request, "" without one."""
        return asked.cookies.get(self.cookie_name, "")[:_TOKEN_CHARS]

    def set_cookie(self, response: Response, token: str) -> None:
        """Give a browser its login."""
        response.set_cookie(
            self.cookie_name,
            token,
            max_age=COOKIE_SECONDS,
            path=self.settings.mount,
            secure=self.secure,
            httponly=True,
            samesite="Lax",
        )

    def drop_cookie(self, response: Response) -> None:
        """Take the login from a browser."""
        response.delete_cookie(
            self.cookie_name,
            path=self.settings.mount,
            secure=self.secure,
            httponly=True,
            samesite="Lax",
        )

    def _body_bytes(self, policy: Policy | None) -> int:
        if policy is None:
            return 0
        return self.settings.max_body_bytes if policy.body_bytes is None else policy.body_bytes

    def _check_host(self) -> None:
        by_itself = self.settings.tls and origins.is_ours(request.host, "")
        if not by_itself and not origins.is_ours(request.host, self.settings.origin):
            raise ForeignHostError(
                f"This server does not know itself by the name {request.host[:200]!r}."
            )

    def _check_sender(self, policy: Policy) -> None:
        upgrades = request.environ.get("HTTP_UPGRADE", "").lower() == "websocket"
        if request.method in SAFE_METHODS and not upgrades:
            return
        # With TLS of our own there are several names, and the host was checked to be one of them.
        origin = "" if self.settings.tls else self.settings.origin
        sent = request.headers.get("Origin")
        if not origins.is_same_origin(sent, request.scheme, request.host, origin):
            raise ForbiddenError(
                "This request came from a page of another site, or said no origin."
            )
        if upgrades or not policy.csrf:
            return
        caller: Caller | None = g.ide_caller
        sent = request.headers.get(CSRF_HEADER, "")
        if caller is None or not hmac.compare_digest(sent.encode(), caller.csrf.encode()):
            raise ForbiddenError(
                "This page is out of date; your text is kept. Please reload it.", reload=True
            )

    def _check_workspace(self, policy: Policy) -> None:
        arguments = request.view_args or {}
        workspace = str(arguments.get("ws") or request.args.get("workspace", ""))
        granted = self.load_grant(g.ide_caller, workspace)
        if granted is None or policy.right is None or policy.right not in granted.rights:
            raise NotFoundError("There is no such workspace.")
        g.ide_grant = granted


def new_token() -> str:
    """Return 256 random bits for a cookie or a link."""
    return secrets.token_urlsafe(32)


def _nobody(_token: str) -> Caller | None:
    return None


def _nothing(_caller: Caller, _workspace: str) -> Grant | None:
    return None
