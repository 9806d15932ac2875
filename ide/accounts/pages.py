"""The pages of somebody who is not signed in: sign in, make the owner, take up an invitation.

Plain HTML forms: they work before, and without, the page's script.
"""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from ide.accounts import logins, one_time_links, people, visitors
from ide.errors import IdeError
from ide.web import current
from ide.web.policy import Policy, Who, declare

blueprint = Blueprint("accounts", __name__)
_PAGE = Policy(Who.ANYBODY, body_bytes=16 * 1024, page=True, csrf=False)
SETUP = ("setup",)
INVITED = ("invite", "reset")


@blueprint.get("/sign-in")
@declare(_PAGE)
def sign_in() -> Response:
    """Show the form, or go on when signed in already."""
    if current.maybe_caller() is not None:
        return redirect(_home())
    return _form("sign-in.html", has_owner=people.has_owner(current.database()))


@blueprint.post("/sign-in")
@declare(_PAGE)
def sign_in_now() -> Response:
    """Sign in and go to the page, or show the form again with what is wrong."""

    def enter() -> str:
        return logins.sign_in(
            current.database(),
            current.settings(),
            _field("name"),
            _field("password"),
            device=visitors.device_name(),
            address=request.remote_addr or "",
        )

    return _enter(enter, "sign-in.html", has_owner=people.has_owner(current.database()))


@blueprint.get("/setup/<token>")
@declare(_PAGE)
def setup(token: str) -> Response:
    """Show the form that makes the owner."""
    one_time_links.for_whom(current.database(), token, SETUP)
    return _form("setup.html")


@blueprint.post("/setup/<token>")
@declare(_PAGE)
def setup_now(token: str) -> Response:
    """Make the owner and sign them in."""
    return _enter(lambda: _redeem(token, SETUP), "setup.html")


@blueprint.get("/invite/<token>")
@declare(_PAGE)
def invite(token: str) -> Response:
    """Show the form that takes up an invitation, or sets a new password."""
    kind, name = one_time_links.for_whom(current.database(), token, INVITED)
    return _form("invite.html", name=name, kind=kind)


@blueprint.post("/invite/<token>")
@declare(_PAGE)
def invite_now(token: str) -> Response:
    """Set the password and sign in."""
    kind, name = one_time_links.for_whom(current.database(), token, INVITED)
    return _enter(lambda: _redeem(token, INVITED), "invite.html", name=name, kind=kind)


def _redeem(token: str, kinds: tuple[str, ...]) -> str:
    person = people.redeem(
        current.database(),
        current.settings(),
        token,
        kinds,
        name=_field("name"),
        password=_field("password"),
    )
    return logins.open_login(
        current.database(),
        current.settings(),
        person.id,
        device=visitors.device_name(),
        address=request.remote_addr or "",
    )


def _enter(enter: Callable[[], str], template: str, **values: Any) -> Response:
    try:
        visitors.check()
        token = enter()
    except IdeError as error:
        shown = {"name": _field("name"), **values}
        return _form(template, error.status, message=error.message, **shown)
    response = redirect(_home(), code=HTTPStatus.SEE_OTHER)
    current.gate().set_cookie(response, token)
    return response


def _form(template: str, status: int = HTTPStatus.OK, **values: Any) -> Response:
    visitor, token = visitors.give_token()
    response = make_response(render_template(template, token=token, **values), status)
    visitors.remember(response, visitor)
    return response


def _field(name: str) -> str:
    return request.form.get(name, "")[:1000]


def _home() -> str:
    return url_for("editor.page")
