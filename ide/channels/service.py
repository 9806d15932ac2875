"""A person's channels: listed, added, renamed, removed, and what became of the last message."""

import hashlib
import secrets
from datetime import timedelta
from typing import Any, Final
from urllib.parse import urlsplit

from sqlalchemy import delete, func, or_, select
from sqlalchemy.orm import Session

from ide.accounts import logins, throttle
from ide.channels.message import Outcome
from ide.channels.models import Channel, ChannelTests
from ide.channels.schemas import MAX_NAME_CHARS
from ide.channels.sending import Place
from ide.errors import NotFoundError, TooManyError
from ide.settings import Settings
from ide.store.database import Database, locked
from ide.store.schema import utc_now
from ide.web.caller import Caller

MAX_CHANNELS: Final = 20
MAX_TESTS: Final = 20
TESTS_WITHIN: Final = timedelta(hours=1)
_MAX_ERROR_CHARS: Final = 300


def channels(database: Database, user_id: int) -> list[Channel]:
    """Return a person's channels, the oldest first."""
    with database.read() as db:
        mine = select(Channel).where(Channel.user_id == user_id)
        return list(db.scalars(mine.order_by(Channel.created, Channel.id)))


def places(database: Database, settings: Settings, user_id: int) -> list[Place]:
    """Return where a person is told now: no device whose login has ended, or none at all."""
    found = [each for each in channels(database, user_id) if not each.gone]
    signed_in = [each.login for each in found if each.login is not None]
    good = logins.still_good(database, settings, signed_in) if signed_in else set()
    return [place_of(each) for each in found if each.login is None or each.login in good]


def place_of(channel: Channel) -> Place:
    """Return what of a row is needed to send."""
    return Place(channel.id, channel.kind, channel.page, channel.config)


def add(
    database: Database, caller: Caller, *, kind: str, name: str, page: str, config: dict[str, Any]
) -> Channel:
    """Add a channel, or have the caller's own one to the same place or device lead there now.

    That one keeps its id, and so what still waits to be told on it, and its name unless there is
    another. A browser has one subscription whoever uses it: a push is taken from whoever had it.
    `name` is "" for none in particular. Raises TooManyError.
    """
    place = _place_of(kind, config)
    with database.write() as db:
        row = _kept(db, caller, kind, place)
        if row is None:
            _check_number(db, caller.user_id)
            row = Channel(id=secrets.token_hex(8), user_id=caller.user_id, kind=kind, name="")
            row.created = utc_now()
            db.add(row)
        row.login = caller.login if kind == "push" else None
        row.name = name or row.name or _usual_name(caller, kind, config)
        row.place, row.page, row.config = place, page[:300], config
        row.gone, row.last_error, row.last_error_at = False, None, None
        return row


def _kept(db: Session, caller: Caller, kind: str, place: str) -> Channel | None:
    """Return the row that a channel is put into, once all others in its place are removed."""
    same = Channel.place == place
    if kind == "push":
        same = or_(same, Channel.login == caller.login)
        others = same & (Channel.user_id != caller.user_id)
        db.execute(delete(Channel).where(others))
    mine = list(
        db.scalars(
            select(Channel)
            .where(same, Channel.user_id == caller.user_id)
            .order_by((Channel.place == place).desc(), Channel.created)
        )
    )
    for other in mine[1:]:
        db.delete(other)
    return mine[0] if mine else None


def _place_of(kind: str, config: dict[str, Any]) -> str:
    where = config.get("endpoint") or config.get("address") or config["url"]
    return hashlib.sha256(f"{kind} {where}".encode()).hexdigest()


def _usual_name(caller: Caller, kind: str, config: dict[str, Any]) -> str:
    if kind == "push":
        name = caller.device or "This device"
    else:
        name = str(config.get("address") or urlsplit(config["url"]).hostname)
    return name[:MAX_NAME_CHARS]


def find(database: Database, user_id: int, channel: str) -> Channel:
    """Return one channel of a person. Raises NotFoundError, for another's too."""
    with database.read() as db:
        return _own(db.get(Channel, channel), user_id)


def rename(database: Database, user_id: int, channel: str, name: str) -> Channel:
    """Give a channel another name. Raises NotFoundError."""
    with database.write() as db:
        row = _own(locked(db, Channel, channel), user_id)
        row.name = name
        return row


def remove(database: Database, user_id: int, channel: str) -> None:
    """Forget a channel. Raises NotFoundError."""
    with database.write() as db:
        db.delete(_own(db.get(Channel, channel), user_id))


def renew(database: Database, caller: Caller, old: str | None, config: dict[str, Any]) -> None:
    """Put a browser's new subscription in the place of its old one.

    `old` is that one's endpoint; None, where the browser does not tell: the one of this login.
    Raises NotFoundError.
    """
    which = (
        Channel.login == caller.login
        if old is None
        else Channel.place == _place_of("push", {"endpoint": old})
    )
    place = _place_of("push", config)
    with database.write() as db:
        row = db.scalar(select(Channel).where(which, Channel.user_id == caller.user_id))
        found = _own(row, caller.user_id)
        same = or_(Channel.place == place, Channel.login == caller.login)
        db.execute(delete(Channel).where(same, Channel.id != found.id))
        found.config, found.place, found.login, found.gone = config, place, caller.login, False
        found.last_error, found.last_error_at = None, None


def count_look_up(database: Database, user_id: int) -> None:
    """Note that a person has a name looked up. Raises TooManyError above a number in a time."""
    with database.write() as db:
        throttle.count_look_up(db, user_id)


def count_test(database: Database, user_id: int) -> None:
    """Note that a person sends a test. Raises TooManyError above MAX_TESTS an hour."""
    now = utc_now()
    with database.write() as db:
        row = locked(db, ChannelTests, user_id)
        if row is None:
            db.add(ChannelTests(user_id=user_id, since=now, count=1))
            return
        if now - row.since >= TESTS_WITHIN or row.since > now:
            row.since, row.count = now, 0
        if row.count >= MAX_TESTS:
            left = row.since + TESTS_WITHIN - now
            raise TooManyError(
                f"That is {MAX_TESTS} tests within an hour. Please try again later.",
                retry_seconds=int(left.total_seconds()) + 1,
            )
        row.count += 1


def note(database: Database, place: Place, outcome: Outcome) -> bool:
    """Keep what became of a message; false when its channel was removed or leads elsewhere by now.

    Nothing more is sent to a place that is gone.
    """
    with database.write() as db:
        row = locked(db, Channel, place.id)
        if row is None or row.config != place.config:
            return False
        if outcome.state in {"sent", "gone"}:  # a failure does not bring back what is gone
            row.gone = outcome.state == "gone"
        if outcome.state == "sent":
            row.last_ok, row.last_error, row.last_error_at = utc_now(), None, None
        else:
            row.last_error = outcome.said[:_MAX_ERROR_CHARS]
            row.last_error_at = utc_now()
        return True


def _own(row: Channel | None, user_id: int) -> Channel:
    if row is None or row.user_id != user_id:
        raise NotFoundError("There is no such channel.")
    return row


def _check_number(db: Session, user_id: int) -> None:
    mine = select(func.count()).select_from(Channel).where(Channel.user_id == user_id)
    if (db.scalar(mine) or 0) >= MAX_CHANNELS:
        raise TooManyError(f"You have {MAX_CHANNELS} channels. Remove one first.")
