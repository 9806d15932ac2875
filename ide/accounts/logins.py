"""Signing in and out, and which devices are signed in."""

import hashlib
import hmac
import secrets
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.orm import Session

from ide.accounts import passwords, throttle
from ide.accounts.models import Login, User
from ide.accounts.passwords import hash_token
from ide.errors import BadRequestError, IdeError, NotFoundError, NotSignedInError
from ide.settings import Settings
from ide.store.database import Database
from ide.store.schema import utc_now
from ide.web.caller import Caller
from ide.web.gate import new_token

NOTE_USE_EVERY: Final = timedelta(minutes=5)
"""A request writes `used` no more often than this, so that reading stays reading."""
MAX_LOGINS: Final = 50
"""Signed-in devices of one person; the one unused longest goes."""
# Made once, and of columns: every request asks it.
_HOLDER: Final = (
    select(Login.id, Login.user_id, Login.used, Login.device, User.name, User.owner, User.disabled)
    .join(User, Login.user_id == User.id)
    .where(Login.token_hash == bindparam("hash"), Login.used > bindparam("oldest"))
)


@dataclass(frozen=True, slots=True)
class Device:
    """One signed-in device as its owner sees it."""

    id: str
    device: str
    address: str
    created: datetime
    used: datetime


def sign_in(
    database: Database, settings: Settings, name: str, password: str, *, device: str, address: str
) -> str:
    """Return the token of a new login.

    Raises NotSignedInError, the same for a wrong name and a wrong password; TooManyError.
    """
    kept = name.strip().lower()[:100]
    with database.write() as db:
        throttle.count_attempt(db, kept, address)
    with database.read() as db:
        user = db.scalar(select(User).where(User.name == kept))
        kept_hash = user.password_hash if user is not None and not user.disabled else None
    if not passwords.matches(kept_hash, password) or user is None:
        raise NotSignedInError("User name or password is wrong.")
    with database.write() as db:
        throttle.forgive(db, kept, address)
        fresh = db.get(User, user.id, populate_existing=True)
        if fresh is None or fresh.disabled or fresh.password_hash != kept_hash:
            raise NotSignedInError("User name or password is wrong.")
        return _new_login(db, settings, user.id, device, address)


def open_login(
    database: Database, settings: Settings, user_id: int, *, device: str, address: str
) -> str:
    """Return the token of a new login for somebody who just proved who they are by a link."""
    with database.write() as db:
        return _new_login(db, settings, user_id, device, address)


def load(database: Database, settings: Settings, token: str) -> Caller | None:
    """Return who holds `token`, None when it is no login (any more). Notes its use."""
    if not token:
        return None
    now = utc_now()
    with database.look() as db:
        held = {"hash": hash_token(token), "oldest": _oldest(settings, now)}
        row = db.execute(_HOLDER, held).first()
    if row is None or row.disabled:
        return None
    if now - row.used > NOTE_USE_EVERY:
        with suppress(IdeError):  # a full disk must not shut everybody out; the next request tries
            note_use(database, [row.id])
    return Caller(
        user_id=row.user_id,
        name=row.name,
        owner=row.owner,
        login=row.id,
        csrf=csrf_token(token),
        until=now + timedelta(days=settings.login_days),
        device=row.device,
    )


def note_use(database: Database, logins: Iterable[str]) -> None:
    """Write that these logins are in use, by a request or an open link."""
    with database.write() as db:
        db.execute(update(Login).where(Login.id.in_(list(logins))).values(used=utc_now()))


def still_good(database: Database, settings: Settings, logins: Iterable[str]) -> set[str]:
    """Return those of `logins` that are neither revoked, expired nor of a disabled person."""
    with database.read() as db:
        good = (
            select(Login.id)
            .join(User, Login.user_id == User.id)
            .where(
                Login.id.in_(list(logins)),
                Login.used > _oldest(settings, utc_now()),
                User.disabled.is_(False),
            )
        )
        return set(db.scalars(good))


def sign_out(database: Database, user_id: int, login: str) -> None:
    """End one login of a person. Raises NotFoundError for another's."""
    with database.write() as db:
        ended = db.execute(
            delete(Login).where(Login.id == login, Login.user_id == user_id).returning(Login.id)
        ).first()
    if ended is None:
        raise NotFoundError("That device is not signed in (any more).")


def sign_out_everywhere(database: Database, user_id: int) -> None:
    """End all logins of a person."""
    with database.write() as db:
        db.execute(delete(Login).where(Login.user_id == user_id))


def change_password(
    database: Database, caller: Caller, current: str, new: str, address: str
) -> None:
    """Replace the caller's password and end their other logins.

    Raises BadRequestError for a wrong or unfit password; TooManyError; NotSignedInError when the
    password was reset or changed meanwhile.
    """
    passwords.check_fit(new)
    with database.write() as db:
        throttle.count_attempt(db, caller.name, address)
    with database.read() as db:
        kept = db.get_one(User, caller.user_id).password_hash
    if not passwords.matches(kept, current):
        raise BadRequestError("The current password is wrong.", current="wrong")
    hashed = passwords.hash_password(new)
    with database.write() as db:
        throttle.forgive(db, caller.name, address)
        changed = db.execute(
            update(User)
            .where(User.id == caller.user_id, User.password_hash == kept)
            .values(password_hash=hashed)
            .returning(User.id)
        ).first()
        if changed is None:
            raise NotSignedInError("The password was changed meanwhile. Please sign in again.")
        db.execute(delete(Login).where(Login.user_id == caller.user_id, Login.id != caller.login))


def devices(database: Database, settings: Settings, user_id: int) -> list[Device]:
    """Return a person's signed-in devices, the one used last first."""
    with database.read() as db:
        rows = db.scalars(
            select(Login)
            .where(Login.user_id == user_id, Login.used > _oldest(settings, utc_now()))
            .order_by(Login.used.desc(), Login.id)
        )
        return [Device(row.id, row.device, row.address, row.created, row.used) for row in rows]


def csrf_token(token: str) -> str:
    """Return what a page must send with every unsafe request of this login."""
    return hmac.new(token.encode(), b"csrf", hashlib.sha256).hexdigest()


def _new_login(db: Session, settings: Settings, user_id: int, device: str, address: str) -> str:
    now = utc_now()
    db.execute(delete(Login).where(Login.used <= _oldest(settings, now)))
    others = select(Login.id).where(Login.user_id == user_id).order_by(Login.used.desc())
    surplus = list(db.scalars(others.offset(MAX_LOGINS - 1)))
    db.execute(delete(Login).where(Login.id.in_(surplus)))
    token = new_token()
    db.add(
        Login(
            id=secrets.token_hex(8),
            token_hash=hash_token(token),
            user_id=user_id,
            created=now,
            used=now,
            device=device[:100],
            address=address[:45],
        )
    )
    return token


def _oldest(settings: Settings, now: datetime) -> datetime:
    return now - timedelta(days=settings.login_days)
