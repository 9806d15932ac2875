"""Slowing down those who guess passwords, or have names looked up: counts in the database.

Several web workers share it, and a restart does not forget it.
"""

import ipaddress
from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from sqlalchemy import delete
from sqlalchemy.orm import Session

from ide.accounts.models import Attempts
from ide.errors import TooManyError
from ide.store.database import locked
from ide.store.schema import utc_now

WINDOW: Final = timedelta(minutes=15)
NAME_LIMIT: Final = 10
ADDRESS_LIMIT: Final = 50
"""Higher than a name's: a whole class may sit behind one address."""
LOOK_UP_LIMIT: Final = 40


def count_attempt(db: Session, name: str, address: str) -> None:
    """Count a sign-in before it is tried. Raises TooManyError when there were too many."""
    _count(db, {_name_key(name): NAME_LIMIT, _address_key(address): ADDRESS_LIMIT})


def count_look_up(db: Session, user_id: int) -> None:
    """Count that a person has a name looked up that they typed. Raises TooManyError."""
    _count(db, {f"look-up:{user_id}": LOOK_UP_LIMIT})


def _count(db: Session, limits: Mapping[str, int]) -> None:
    now = utc_now()
    db.execute(delete(Attempts).where(Attempts.since < now - WINDOW))
    for key, limit in limits.items():
        row = locked(db, Attempts, key)
        if row is None:
            db.add(Attempts(key=key, count=1, since=now))
            continue
        if row.count >= limit:
            seconds = int((row.since + WINDOW - now).total_seconds()) + 1
            raise TooManyError(
                f"Too many tries. Please wait {max(1, -(-seconds // 60))} minutes and try again.",
                retry_seconds=seconds,
            )
        row.count += 1


def forgive(db: Session, name: str, address: str) -> None:
    """Undo the count of a sign-in that was right: the name's is void, the address loses one."""
    db.execute(delete(Attempts).where(Attempts.key == _name_key(name)))
    row = locked(db, Attempts, _address_key(address))
    if row is not None:
        row.count = max(0, row.count - 1)


def _name_key(name: str) -> str:
    return f"name:{name}"[:100]


def _address_key(address: str) -> str:
    """IPv6 counts by the /64, of which one visitor has a whole one."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return "address:other"
    if parsed.version == 6:
        return f"address:{ipaddress.ip_network((parsed, 64), strict=False)}"
    return f"address:{parsed}"
