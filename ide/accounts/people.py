"""Making, listing, changing people. Works without a running server: the CLI calls these too."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, func, select
from sqlalchemy.orm import Session

from ide.accounts import one_time_links, passwords, plans
from ide.accounts.default_plans import OWNER, STANDARD
from ide.accounts.models import Login, OneTimeLink, User
from ide.accounts.names import checked_name
from ide.accounts.networks import checked_hosts
from ide.errors import BadRequestError, ConflictError, NotFoundError
from ide.guard.plan import NetworkPlan
from ide.settings import Settings
from ide.store.database import Database
from ide.store.schema import utc_now


@dataclass(frozen=True, slots=True)
class Person:
    """A person as lists show them. `state` is "active", "invited" or "disabled".

    `network` is what holds for them, their own or the plan's.
    """

    id: int
    name: str
    owner: bool
    state: str
    plan: str
    network: NetworkPlan
    created: datetime
    last_used: datetime | None


def add(
    database: Database,
    settings: Settings,
    name: str,
    password: str,
    *,
    owner: bool = False,
    plan: str | None = None,
) -> Person:
    """Make a person who can sign in; without `plan` they have the usual one.

    Raises BadRequestError; ConflictError for a taken name; NotFoundError for an unknown plan.
    """
    kept = checked_name(name)
    hashed = passwords.hash_password(password)
    with database.write() as db:
        user = _new_user(db, kept, owner=owner, plan=plan)
        user.password_hash = hashed
        db.flush()
        return _person(db, settings, user, None)


def invite(database: Database, name: str, *, plan: str | None = None) -> str:
    """Reserve a name and return the token of `/invite/<token>`, which works once.

    Inviting somebody who has not come yet makes a new link and voids the old one. Raises as `add`.
    """
    kept = checked_name(name)
    with database.write() as db:
        user = db.scalar(select(User).where(User.name == kept))
        if user is None:
            user = _new_user(db, kept, owner=False, plan=plan)
            db.flush()
        elif user.password_hash is not None:
            raise ConflictError(
                f"{kept} has an account already; `reset` makes a new password link."
            )
        elif plan is not None:
            user.plan = plans.checked_plan(db, plan)
        return one_time_links.make(db, "invite", user.id)


def has_owner(database: Database) -> bool:
    """Whether somebody took up the set-up link."""
    with database.read() as db:
        return _has_owner(db)


def setup_token(database: Database) -> str | None:
    """Return a new token of `/setup/<token>`, voiding older ones; None when an owner exists."""
    with database.write() as db:
        if _has_owner(db):
            return None
        db.execute(delete(OneTimeLink).where(OneTimeLink.kind == "setup"))
        return one_time_links.make(db, "setup", None)


def reset(database: Database, name: str) -> str:
    """End a person's logins and password; return the token of `/invite/<token>` for a new one."""
    with database.write() as db:
        user = _named(db, name)
        user.password_hash = None
        user.disabled = False
        db.execute(delete(Login).where(Login.user_id == user.id))
        return one_time_links.make(db, "reset", user.id)


def set_password(database: Database, name: str, password: str) -> None:
    """Give a person a password and end their logins. Raises BadRequestError, NotFoundError."""
    hashed = passwords.hash_password(password)
    with database.write() as db:
        user = _named(db, name)
        user.password_hash = hashed
        db.execute(delete(Login).where(Login.user_id == user.id))
        db.execute(delete(OneTimeLink).where(OneTimeLink.user_id == user.id))


def disable(database: Database, name: str, *, disabled: bool = True) -> None:
    """Shut a person out, within 2 s also on open pages; or let them in again."""
    with database.write() as db:
        user = _named(db, name)
        user.disabled = disabled
        if disabled:
            db.execute(delete(Login).where(Login.user_id == user.id))


def set_network(
    database: Database, name: str, network: NetworkPlan | None, hosts: Iterable[str] = ()
) -> None:
    """Decide what a person's consoles may reach, whatever their plan says; None: the plan's again.

    `hosts` belongs to the network `packages`. Raises BadRequestError and NotFoundError.
    """
    kept = checked_hosts(network, hosts) if network else []
    with database.write() as db:
        user = _named(db, name)
        user.network = None if network is None else str(network)
        user.network_hosts = kept


def give_plan(database: Database, settings: Settings, name: str, plan: str) -> Person:
    """Give a person another plan. Raises NotFoundError."""
    with database.write() as db:
        user = _named(db, name)
        user.plan = plans.checked_plan(db, plan)
        db.flush()
        return _person(db, settings, user, None)


def everybody(database: Database, settings: Settings) -> list[Person]:
    """Return all people by name."""
    last = select(func.max(Login.used)).where(Login.user_id == User.id).scalar_subquery()
    with database.read() as db:
        rows = db.execute(select(User, last).order_by(User.name)).all()
        return [_person(db, settings, user, used) for user, used in rows]


def redeem(
    database: Database,
    settings: Settings,
    token: str,
    kinds: Iterable[str],
    *,
    name: str,
    password: str,
) -> Person:
    """Use a link up: make the owner, or set the invited person's password.

    Raises NotFoundError when it was used, is old or never was; BadRequestError, ConflictError.
    """
    kept = checked_name(name)
    one_time_links.for_whom(database, token, kinds)  # before the costly hash
    hashed = passwords.hash_password(password)
    with database.write() as db:
        link = one_time_links.find(db, token, kinds)
        if link.user_id is None:
            if _has_owner(db):
                raise NotFoundError("This server has an owner already. Please sign in.")
            user = _new_user(db, kept, owner=True)
        else:
            user = db.get_one(User, link.user_id)
            if user.name != kept:
                raise BadRequestError(f"This link is for the user name {user.name}.", name="other")
        user.password_hash = hashed
        db.delete(link)
        db.flush()
        return _person(db, settings, user, None)


def number_of(db: Session, name: str) -> int | None:
    """Return the id of the person of that name, None when there is none."""
    return db.scalar(select(User.id).where(User.name == name))


def active_name(db: Session | Connection, user_id: int) -> str | None:
    """Return the name of a person who may sign in, None for everybody else."""
    return db.scalar(select(User.name).where(User.id == user_id, User.disabled.is_(False)))


def _new_user(db: Session, name: str, *, owner: bool, plan: str | None = None) -> User:
    if db.scalar(select(User.id).where(User.name == name)) is not None:
        raise ConflictError(f"The user name {name} is taken.", name="taken")
    user = User(
        name=name,
        password_hash=None,
        owner=owner,
        disabled=False,
        plan=plans.checked_plan(db, plan or (OWNER if owner else STANDARD)),
        network=None,
        network_hosts=[],
        created=utc_now(),
    )
    db.add(user)
    return user


def _named(db: Session, name: str) -> User:
    user = db.scalar(select(User).where(User.name == name.strip().lower()).with_for_update())
    if user is None:
        raise NotFoundError(f"There is nobody with the user name {name.strip().lower()!r}.")
    return user


def _has_owner(db: Session) -> bool:
    made = select(User.id).where(User.owner, User.password_hash.is_not(None)).limit(1)
    return db.scalar(made) is not None


def _person(db: Session, settings: Settings, user: User, last_used: datetime | None) -> Person:
    state = "disabled" if user.disabled else "active" if user.password_hash else "invited"
    return Person(
        id=user.id,
        name=user.name,
        owner=user.owner,
        state=state,
        plan=user.plan,
        network=plans.plan_of(db, settings, user.id).network,
        created=user.created,
        last_used=last_used,
    )
