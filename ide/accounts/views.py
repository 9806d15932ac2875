"""Signing in and out for the page's own dialogs: `api/v1/login` and its neighbours."""

from typing import Any

from flask import Blueprint, jsonify, request
from werkzeug.wrappers import Response

from ide.accounts import logins, schemas, visitors
from ide.web import current
from ide.web.caller import Caller
from ide.web.policy import Policy, Who, declare, signed_in
from ide.web.schemas import body

blueprint = Blueprint("login_api", __name__)
_VISITOR = Policy(Who.ANYBODY, body_bytes=16 * 1024, csrf=False)


@blueprint.get("/login")
@declare(_VISITOR)
def login_token() -> Response:
    """Answer `{csrf}`: what POST login must send as X-CSRF-Token."""
    visitor, token = visitors.give_token()
    response = jsonify(csrf=token)
    visitors.remember(response, visitor)
    return response


@blueprint.post("/login")
@declare(_VISITOR)
def login() -> Response:
    """Sign in: `{name, password}` → `{user, csrf}`; the new csrf is for everything after it."""
    visitors.check()
    asked = body(schemas.SignIn)
    token = logins.sign_in(
        current.database(),
        current.settings(),
        asked.name,
        asked.password,
        device=visitors.device_name(),
        address=request.remote_addr or "",
    )
    caller = logins.load(current.database(), current.settings(), token)
    response = jsonify(user=_user(caller) if caller else None, csrf=logins.csrf_token(token))
    current.gate().set_cookie(response, token)
    return response


@blueprint.post("/logout")
@signed_in
def logout() -> Response:
    """End this login."""
    caller = current.caller()
    logins.sign_out(current.database(), caller.user_id, caller.login)
    return _signed_out()


@blueprint.post("/logout-everywhere")
@signed_in
def logout_everywhere() -> Response:
    """End all logins of the caller, this one too."""
    logins.sign_out_everywhere(current.database(), current.caller().user_id)
    return _signed_out()


@blueprint.post("/password")
@signed_in
def password() -> Response:
    """Change the password; the caller's other devices are signed out."""
    asked = body(schemas.ChangePassword)
    logins.change_password(
        current.database(),
        current.caller(),
        asked.current,
        asked.new,
        request.remote_addr or "",
    )
    return jsonify({})


@blueprint.get("/logins")
@signed_in
def list_logins() -> Response:
    """Answer `{logins: [{id, device, address, created, used, current}]}`, times in seconds."""
    caller = current.caller()
    found = logins.devices(current.database(), current.settings(), caller.user_id)
    return jsonify(
        logins=[
            {
                "id": device.id,
                "device": device.device,
                "address": device.address,
                "created": device.created.timestamp(),
                "used": device.used.timestamp(),
                "current": device.id == caller.login,
            }
            for device in found
        ]
    )


@blueprint.delete("/logins/<login_id>")
@signed_in
def remove_login(login_id: str) -> Response:
    """Sign one device of the caller out; its open pages are told within 2 s."""
    caller = current.caller()
    logins.sign_out(current.database(), caller.user_id, login_id)
    return _signed_out() if login_id == caller.login else jsonify({})


def _user(caller: Caller) -> dict[str, Any]:
    return {"name": caller.name, "owner": caller.owner}


def _signed_out() -> Response:
    response = jsonify({})
    current.gate().drop_cookie(response)
    return response
