"""Making, listing, changing people. Works without a running server: the CLI calls these too."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, bindparam, delete, func, select
from sqlalchemy.orm import Session

from ide.accounts import one_time_links, passwords
from ide.accounts.models import Login, OneTimeLink, User
from ide.errors import BadRequestError, ConflictError, NotFoundError
from ide.guard.grant import NetworkPlan
from ide.settings import Settings
from ide.store.database import Database
from ide.store.schema import utc_now

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,31}")
_HOST = re.compile(r"(\*\.)?[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?")
MAX_HOSTS: Final = 200
# Made once, and of columns: every request asks it.
_NETWORK: Final = select(User.network, User.network_hosts).where(User.id == bindparam("user"))


@dataclass(frozen=True, slots=True)
class Person:
    """A person as lists show them. `state` is "active", "invited" or "disabled"."""

    id: int
    name: str
    owner: bool
    state: str
    network: NetworkPlan
    network_hosts: tuple[str, ...]
    created: datetime
    last_used: datetime | None


def checked_name(name: str) -> str:
    """Return the name as it is kept: trimmed, lower-case. Raises BadRequestError."""
    kept = name.strip().lower()
    if not _NAME.fullmatch(kept):
        raise BadRequestError(
            "A user name has 1 to 32 letters, digits, dots, dashes or underscores"
            " and begins with a letter or digit.",
            name="characters",
        )
    return kept


def add(
    database: Database, settings: Settings, name: str, password: str, *, owner: bool = False
) -> Person:
    """Make a person who can sign in. Raises BadRequestError; ConflictError for a taken name."""
    kept = checked_name(name)
    hashed = passwords.hash_password(password)
    with database.write() as db:
        user = _new_user(db, settings, kept, owner=owner)
        user.password_hash = hashed
        db.flush()
        return _person(user, None)


def invite(database: Database, settings: Settings, name: str) -> str:
    """Reserve a name and return the token of `/invite/<token>`, which works once.

    Inviting somebody who has not come yet makes a new link and voids the old one.
    """
    kept = checked_name(name)
    with database.write() as db:
        user = db.scalar(select(User).where(User.name == kept))
        if user is None:
            user = _new_user(db, settings, kept, owner=False)
            db.flush()
        elif user.password_hash is not None:
            raise ConflictError(
                f"{kept} has an account already; `reset` makes a new password link."
            )
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
    database: Database, name: str, plan: NetworkPlan, hosts: Iterable[str] = ()
) -> None:
    """Decide what a person's consoles may reach; `hosts` belongs to the plan `packages`.

    Raises BadRequestError for a host that is not a name (`*.` in front means every name below).
    """
    kept = [host.strip().lower().rstrip(".") for host in hosts]
    if len(kept) > MAX_HOSTS or not all(_HOST.fullmatch(host) for host in kept):
        raise BadRequestError(f"Hosts are at most {MAX_HOSTS} names such as packages.example.org.")
    if plan is NetworkPlan.PACKAGES and not kept:
        raise BadRequestError("The plan packages needs the hosts that may be reached.")
    with database.write() as db:
        user = _named(db, name)
        user.network = str(plan)
        user.network_hosts = kept


def everybody(database: Database) -> list[Person]:
    """Return all people by name."""
    last = select(func.max(Login.used)).where(Login.user_id == User.id).scalar_subquery()
    with database.read() as db:
        rows = db.execute(select(User, last).order_by(User.name)).all()
        return [_person(user, used) for user, used in rows]


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
            user = _new_user(db, settings, kept, owner=True)
        else:
            user = db.get_one(User, link.user_id)
            if user.name != kept:
                raise BadRequestError(f"This link is for the user name {user.name}.", name="other")
        user.password_hash = hashed
        db.delete(link)
        db.flush()
        return _person(user, None)


def network_of(db: Session | Connection, user_id: int) -> tuple[NetworkPlan, tuple[str, ...]]:
    """Return what a person's consoles may reach."""
    network, hosts = db.execute(_NETWORK, {"user": user_id}).one()
    return NetworkPlan(network), tuple(str(host) for host in hosts)


def number_of(db: Session, name: str) -> int | None:
    """Return the id of the person of that name, None when there is none."""
    return db.scalar(select(User.id).where(User.name == name))


def _new_user(db: Session, settings: Settings, name: str, *, owner: bool) -> User:
    if db.scalar(select(User.id).where(User.name == name)) is not None:
        raise ConflictError(f"The user name {name} is taken.", name="taken")
    user = User(
        name=name,
        password_hash=None,
        owner=owner,
        disabled=False,
        network=str(NetworkPlan.WEB) if owner else settings.network,
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


def _person(user: User, last_used: datetime | None) -> Person:
    state = "disabled" if user.disabled else "active" if user.password_hash else "invited"
    return Person(
        id=user.id,
        name=user.name,
        owner=user.owner,
        state=state,
        network=NetworkPlan(user.network),
        network_hosts=tuple(user.network_hosts),
        created=user.created,
        last_used=last_used,
    )
