"""A person's channels: listed, added, renamed, removed, and what became of the last message."""

import hashlib
import secrets
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import delete, func, or_, select
from sqlalchemy.orm import Session

from ide.accounts import logins
from ide.channels.message import Outcome
from ide.channels.models import Channel, ChannelTests
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
    """Add a channel, in place of the caller's own one to the same place or device.

    A browser has one subscription whoever uses it, so a push is taken from whoever had it.
    Raises TooManyError.
    """
    where = str(config.get("endpoint") or config.get("address") or config.get("url"))
    place = hashlib.sha256(f"{kind} {where}".encode()).hexdigest()
    same = Channel.place == place
    made = Channel(
        id=secrets.token_hex(8),
        user_id=caller.user_id,
        login=caller.login if kind == "push" else None,
        kind=kind,
        name=name,
        place=place,
        page=page[:300],
        config=config,
        created=utc_now(),
    )
    replaced = (
        or_(same, Channel.login == caller.login)
        if kind == "push"
        else same & (Channel.user_id == caller.user_id)
    )
    with database.write() as db:
        db.execute(delete(Channel).where(replaced))
        _check_number(db, caller.user_id)
        db.add(made)
    return made


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


def renew(database: Database, user_id: int, old: str, config: dict[str, Any]) -> None:
    """Put a browser's new subscription in the place of its old one. Raises NotFoundError."""
    place = hashlib.sha256(f"push {old}".encode()).hexdigest()
    with database.write() as db:
        row = db.scalar(select(Channel).where(Channel.place == place, Channel.user_id == user_id))
        found = _own(row, user_id)
        found.config, found.gone = config, False
        found.place = hashlib.sha256(f"push {config['endpoint']}".encode()).hexdigest()


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


def note(database: Database, place: Place, outcome: Outcome) -> None:
    """Keep what became of a message, unless its channel was removed or leads elsewhere by now.

    Nothing more is sent to a place that is gone.
    """
    with database.write() as db:
        row = locked(db, Channel, place.id)
        if row is None or row.config != place.config:
            return
        if outcome.state in {"sent", "gone"}:  # a failure does not bring back what is gone
            row.gone = outcome.state == "gone"
        if outcome.state == "sent":
            row.last_ok, row.last_error, row.last_error_at = utc_now(), None, None
        else:
            row.last_error = outcome.said[:_MAX_ERROR_CHARS]
            row.last_error_at = utc_now()


def _own(row: Channel | None, user_id: int) -> Channel:
    if row is None or row.user_id != user_id:
        raise NotFoundError("There is no such channel.")
    return row


def _check_number(db: Session, user_id: int) -> None:
    mine = select(func.count()).select_from(Channel).where(Channel.user_id == user_id)
    if (db.scalar(mine) or 0) >= MAX_CHANNELS:
        raise TooManyError(f"You have {MAX_CHANNELS} channels. Remove one first.")
