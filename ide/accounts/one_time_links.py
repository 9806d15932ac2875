"""Links that work once: the owner's set-up, invitations, new passwords. Only hashes are kept."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Final

from sqlalchemy import delete
from sqlalchemy.orm import Session

from ide.accounts.models import OneTimeLink, User
from ide.accounts.passwords import hash_token
from ide.errors import NotFoundError
from ide.store.database import Database
from ide.store.schema import utc_now
from ide.web.gate import new_token

LINK_LASTS: Final = timedelta(days=7)


def make(db: Session, kind: str, user_id: int | None) -> str:
    """Return the token of a new link, good within LINK_LASTS; it voids the person's others."""
    now = utc_now()
    db.execute(delete(OneTimeLink).where(OneTimeLink.expires < now))
    if user_id is not None:
        db.execute(delete(OneTimeLink).where(OneTimeLink.user_id == user_id))
    token = new_token()
    db.add(
        OneTimeLink(
            token_hash=hash_token(token), kind=kind, user_id=user_id, expires=now + LINK_LASTS
        )
    )
    return token


def find(db: Session, token: str, kinds: Iterable[str]) -> OneTimeLink:
    """Return an unused link of one of these kinds. Raises NotFoundError."""
    link = db.get(OneTimeLink, hash_token(token))
    if link is None or link.kind not in set(kinds) or link.expires < utc_now():
        raise NotFoundError(
            "This link was used already or is out of date. Please ask for a new one."
        )
    return link


def for_whom(database: Database, token: str, kinds: Iterable[str]) -> tuple[str, str]:
    """Return kind and reserved name ("" for the owner's) of a link. Raises NotFoundError."""
    with database.read() as db:
        link = find(db, token, kinds)
        user = db.get(User, link.user_id) if link.user_id is not None else None
        return link.kind, user.name if user else ""
