"""The key pair by which browsers know this server's pushes: made once, kept in the database.

That file is for the service's account alone; the private half is part of no answer and no log.
"""

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from ide.channels.models import ServerKey
from ide.store.database import Database

_VAPID = "vapid"


def private_key(database: Database) -> str:
    """Return the private half as text, made at first need; the same for every process."""
    found = select(ServerKey.private).where(ServerKey.name == _VAPID)
    with database.read() as db:
        known = db.scalar(found)
    if known is not None:
        return known
    from ide.channels.webpush import new_private_key  # noqa: PLC0415 - see ide.channels.sending

    try:
        with database.write() as db:
            db.add(ServerKey(name=_VAPID, private=new_private_key()))
    except IntegrityError:  # another process just did
        pass
    with database.read() as db:
        return db.scalars(found).one()
