"""Plans in the database: listed, changed, given. Works while no server runs, too."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, bindparam, func, select
from sqlalchemy.orm import Session

from ide.accounts.default_plans import default_plans
from ide.accounts.models import PlanRow, User
from ide.accounts.names import checked_name
from ide.accounts.networks import checked_hosts
from ide.build import typed
from ide.errors import BadRequestError, ConflictError, NotFoundError, UnavailableError
from ide.guard import plan_words
from ide.guard.plan import BadPlanError, Plan
from ide.settings import Settings
from ide.store.database import Database, locked

DEFAULT: Final = "default"
"""In place of a value: the plan says nothing of this limit any more."""
_NAMED_MOST: Final = 5
# Made once, and of columns: every request asks it.
_OF_PERSON: Final = (
    select(PlanRow.name, PlanRow.limits, User.network, User.network_hosts)
    .join(User, User.plan == PlanRow.name)
    .where(User.id == bindparam("user"))
)


@dataclass(frozen=True, slots=True)
class Listed:
    """A plan with how many people have it; `says` are the fields that it names itself."""

    plan: Plan
    says: frozenset[str]
    people: int


def plan_of(db: Session | Connection, settings: Settings, user_id: int) -> Plan:
    """Return what a person's workspace may use: the plan, and the person's own network before it.

    Raises UnavailableError when the database says what is no plan.
    """
    name, limits, network, hosts = db.execute(_OF_PERSON, {"user": user_id}).one()
    if network is not None:
        limits = limits | {"network": network, "network_hosts": hosts}
    return _plan(settings, name, limits)


def every(database: Database, settings: Settings) -> list[Listed]:
    """Return all plans by name. Raises UnavailableError when one cannot be used."""
    return _listed(database, settings)


def find(database: Database, settings: Settings, name: str) -> Listed:
    """Return one plan. Raises NotFoundError; UnavailableError when it cannot be used."""
    kept = name.strip().lower()
    if found := _listed(database, settings, PlanRow.name == kept):
        return found[0]
    raise _unknown(kept)


def change(database: Database, name: str, words: Mapping[str, str]) -> None:
    """Set limits to what a person wrote; DEFAULT takes the plan's own word back.

    Raises BadRequestError, which names the limit and changes none of them, and NotFoundError.
    """
    with database.write() as db:
        row = _row(db, name)
        row.limits = _changed(row.name, row.limits, words)


def add(database: Database, name: str, source: str) -> None:
    """Make a plan with the limits of `source`.

    Raises BadRequestError, ConflictError for a taken name, NotFoundError for an unknown source.
    """
    kept = checked_name(name, "plan name")
    with database.write() as db:
        limits = _row(db, source).limits
        if db.get(PlanRow, kept) is not None:
            raise ConflictError(f"There is a plan named {kept} already.")
        db.add(PlanRow(name=kept, limits=dict(limits)))


def remove(database: Database, name: str) -> None:
    """Remove a plan that nobody has. Raises ConflictError, NotFoundError."""
    with database.write() as db:
        row = _row(db, name)
        if row.name in default_plans():
            raise ConflictError(f"The plan {row.name} stays: newcomers are given it by name.")
        having = select(User.name).where(User.plan == row.name).order_by(User.name)
        if people := list(db.scalars(having.limit(_NAMED_MOST + 1))):
            names = ", ".join(people[:_NAMED_MOST]) + (" …" if len(people) > _NAMED_MOST else "")
            raise ConflictError(
                f"These people have the plan {row.name}: {names}."
                f" Give them another one first: `{typed('plan give PERSON NAME')}`."
            )
        db.delete(row)


def checked_plan(db: Session, name: str) -> str:
    """Return the name of a plan that is there and stays for this transaction.

    Raises NotFoundError.
    """
    return _row(db, name).name


def _listed(database: Database, settings: Settings, *which: ColumnElement[bool]) -> list[Listed]:
    people = select(func.count()).where(User.plan == PlanRow.name).scalar_subquery()
    with database.read() as db:
        rows = db.execute(select(PlanRow, people).where(*which).order_by(PlanRow.name)).all()
    return [
        Listed(_plan(settings, row.name, row.limits), frozenset(row.limits), count)
        for row, count in rows
    ]


def _row(db: Session, name: str) -> PlanRow:
    kept = name.strip().lower()
    row = locked(db, PlanRow, kept)
    if row is None:
        raise _unknown(kept)
    return row


def _unknown(name: str) -> NotFoundError:
    return NotFoundError(
        f"There is no plan named {name!r}; `{typed('plan list')}` shows all of them."
    )


def _changed(name: str, limits: Mapping[str, Any], words: Mapping[str, str]) -> dict[str, Any]:
    """Return the limits with what was written, and nothing unknown. Raises BadRequestError."""
    after = {field: limits[field] for field in plan_words.KEYS.values() if field in limits}
    try:
        for key, text in words.items():
            field = plan_words.field_of(key)
            if text.strip() == DEFAULT:
                after.pop(field, None)
            else:
                after[field] = plan_words.read(field, text)
        plan = Plan.from_json(after | {"name": name})
    except BadPlanError as error:
        raise BadRequestError(f"{error}.") from error
    checked_hosts(plan.network, plan.network_hosts)
    return after


def _plan(settings: Settings, name: str, limits: Mapping[str, Any]) -> Plan:
    try:
        return Plan.from_json({"network": settings.network, **limits, "name": name})
    except BadPlanError as error:
        raise UnavailableError(
            f"The plan {name} in the database cannot be used: {error}. The owner of this server"
            f" can set it right with `{typed('plan set')}`."
        ) from error
