"""Making and finding workspaces, and what a person may do in one."""

import secrets
from dataclasses import replace
from datetime import datetime
from typing import Final

from sqlalchemy import bindparam, select
from sqlalchemy.exc import IntegrityError

from ide.accounts.people import active_name, number_of
from ide.accounts.plans import plan_of
from ide.guard.grant import Grant, Right
from ide.settings import Settings
from ide.store.database import Database
from ide.store.schema import utc_now
from ide.web.caller import Caller
from ide.workspaces.models import Workspace

# Made once, and of a column: every request asks it.
_OWNER: Final = select(Workspace.user_id).where(Workspace.id == bindparam("workspace"))


CLERK: Final = "clerk"
"""In the place of a login in its grants; a login has 16 digits."""


def private_workspace(database: Database, user_id: int) -> str:
    """Return the id of a person's own workspace, making it at first need."""
    found = select(Workspace.id).where(Workspace.user_id == user_id)
    with database.read() as db:
        known = db.scalar(found)
    if known is not None:
        return known
    made = secrets.token_hex(8)
    try:
        with database.write() as db:
            db.add(Workspace(id=made, user_id=user_id, created=utc_now()))
    except IntegrityError:  # two tabs at the first sign-in
        with database.read() as db:
            return db.scalars(found).one()
    return made


def grant_for(
    database: Database, settings: Settings, caller: Caller, workspace: str
) -> Grant | None:
    """Return what the caller may do in a workspace, None when it is not theirs or not there."""
    with database.look() as db:
        owner = db.execute(_OWNER, {"workspace": workspace}).scalar()
        rights = _rights(owner, caller.user_id)
        if owner is None or not rights:
            return None
        plan = plan_of(db, settings, owner)
    return Grant(
        login=caller.login,
        user=caller.name,
        workspace=workspace,
        rights=rights,
        until=caller.until.timestamp(),
        device=caller.device,
        plan=plan,
    )


def renewed(database: Database, settings: Settings, grant: Grant, until: datetime) -> Grant:
    """Return the grant with a later end, and with rights and plan of now.

    Without any right, and as it was, when the person has lost the workspace.
    """
    with database.read() as db:
        owner = db.execute(_OWNER, {"workspace": grant.workspace}).scalar()
        rights = _rights(owner, number_of(db, grant.user))
        if owner is None or not rights:
            return replace(grant, rights=frozenset())
        plan = plan_of(db, settings, owner)
    return replace(grant, rights=rights, until=until.timestamp(), plan=plan)


def clerks_grant(
    database: Database, settings: Settings, workspace: str, seconds: float
) -> tuple[int, Grant] | None:
    """Return whose a workspace is, and leave for the clerk to take its letters for `seconds`.

    None when there is none, or its owner may not sign in.
    """
    with database.look() as db:
        owner = db.execute(_OWNER, {"workspace": workspace}).scalar()
        name = None if owner is None else active_name(db, owner)
        if owner is None or name is None:
            return None
        plan = plan_of(db, settings, owner)
    until = utc_now().timestamp() + seconds
    rights = frozenset({Right.MANAGE})
    return owner, Grant(CLERK, name, workspace, rights, until, CLERK, plan)


def _rights(owner: int | None, person: int | None) -> frozenset[Right]:
    """Return what a person may do in `owner`'s workspace: everything in their own, else nothing."""
    owns = owner is not None and owner == person
    return frozenset(Right) if owns else frozenset()
