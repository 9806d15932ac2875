"""What the gate found out about the request that is being answered."""

from typing import cast

from flask import current_app, g

from ide.guard.grant import Grant
from ide.settings import Settings
from ide.store.database import Database
from ide.web.caller import Caller
from ide.web.gate import Gate


def caller() -> Caller:
    """Return who asks. Only behind a policy that demands a login."""
    return cast("Caller", g.ide_caller)


def maybe_caller() -> Caller | None:
    """Return who asks, None for somebody signed out."""
    return cast("Caller | None", g.ide_caller)


def grant() -> Grant:
    """Return what the caller may do in the workspace. Only behind a policy that names one."""
    return cast("Grant", g.ide_grant)


def request_id() -> str:
    """Return the id that this request has in the server log, and in nginx's."""
    return cast("str", g.get("ide_request_id", ""))


def settings() -> Settings:
    """Return the settings that the app was created with."""
    return gate().settings


def database() -> Database:
    """Return the people's database."""
    return gate().database


def gate() -> Gate:
    """Return the app's gate."""
    return cast("Gate", current_app.extensions["ide.gate"])
