"""What is to be told, written down before and after it is: no letter is lost or told twice."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from ide.channels import service
from ide.channels.message import Message, Outcome
from ide.channels.sending import Place
from ide.clerk import letters
from ide.clerk.models import Delivery, Letter
from ide.clerk.pace import GIVE_UP_AFTER, LONGEST, next_pause
from ide.errors import UnavailableError
from ide.settings import Settings
from ide.store.database import Database
from ide.store.schema import utc_now

MOST_AN_HOUR: Final = 30
"""Messages of one person; what comes above is summed up."""
HOUR: Final = timedelta(hours=1)
MOST_KEPT: Final = 2000
"""Letters of one person in the table; further ones are dropped, and their count is not known."""
SUM_UP_AFTER: Final = timedelta(minutes=1)
SUM_UP_EVERY: Final = timedelta(minutes=10)
NAMED_IN_SUM: Final = 5
KEPT_FOR: Final = timedelta(hours=24)
HELD_KEPT_FOR: Final = timedelta(hours=2)


@dataclass(frozen=True, slots=True)
class Job:
    """One letter that is to go out on one channel now."""

    letter: int
    user: int
    place: Place
    message: Message
    came: datetime
    tries: int


class Ledger:
    """The clerk's tables. Every method is one short transaction, and raises as those do."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database, self._settings = database, settings

    def take_in(self, workspace: str, user: int, message: Message, name: str) -> bool:
        """Write down a letter for each channel of a person; false when it was already, or none is.

        With that done the keeper may forget it. Raises UnavailableError when it may not yet.
        """
        places = service.places(self._database, self._settings, user)
        if not places:
            return False
        now = utc_now()
        try:
            with self._database.write() as db:
                if _count(db, user) >= MOST_KEPT:
                    return False
                held = _count(db, user, within=(now - HOUR, now)) >= MOST_AN_HOUR
                row = Letter(
                    workspace_id=workspace, user_id=user, name=name, came=now,
                    message=letters.to_json(message), held=held, summary=False,
                )  # fmt: skip
                _add(db, row, [place.id for place in places], now)
        except IntegrityError:
            if self._knows(workspace, name):  # the keeper did not hear that it may forget it
                return False
            # One of the channels was removed in this moment; there may be others.
            raise UnavailableError("The channels changed meanwhile; try again.") from None
        return True

    def _knows(self, workspace: str, name: str) -> bool:
        same = select(Letter.id).where(Letter.workspace_id == workspace, Letter.name == name)
        with self._database.read() as db:
            return db.scalar(same) is not None

    def recover(self) -> int:
        """Have sent again what was under way when the clerk ended; return how many that are.

        Whether it arrived nobody knows. A push, a mail and a webhook say by a tag that they are the
        same as the one before, and what is told twice is better than what is not told.
        """
        with self._database.write() as db:
            under_way = update(Delivery).where(Delivery.state == "sending").values(state="waits")
            return len(db.scalars(under_way.returning(Delivery.letter_id)).all())

    def due(self, busy: Collection[str]) -> tuple[list[Job], float | None]:
        """Return what is to be sent now, and in how many seconds more is; None: nothing waits.

        Of each channel that is not `busy` the oldest alone: later ones wait for it, so that a
        service that asked for patience gets it. What was never tried comes first.
        """
        now = utc_now()
        found, next_at = [], None
        with self._database.read() as db:
            for row in _oldest(db, busy):
                # A time far ahead is from before a clock was set back.
                if now < row.next_try <= now + LONGEST:
                    next_at = min(next_at or row.next_try, row.next_try)
                else:
                    found.append((row, db.get_one(Letter, row.letter_id)))
        jobs = [job for row, letter in found if (job := self._job(row, letter)) is not None]
        jobs.sort(key=lambda job: job.tries)  # of what hangs each try takes long
        return jobs, None if next_at is None else (next_at - now).total_seconds()

    def _job(self, row: Delivery, letter: Letter) -> Job | None:
        """Return what is to be sent; None where the device was signed out meanwhile."""
        places = service.places(self._database, self._settings, letter.user_id)
        place = next((one for one in places if one.id == row.channel_id), None)
        if place is None:
            self._write(row.letter_id, row.channel_id, state="done")
            return None
        message = Message(**letter.message)
        return Job(letter.id, letter.user_id, place, message, letter.came, row.tries)

    def begin(self, job: Job) -> None:
        """Write down that it is being sent."""
        self._write(job.letter, job.place.id, state="sending", tries=job.tries + 1)

    def end(self, job: Job, outcome: Outcome) -> None:
        """Write down what came of it, for the person too.

        What another place refused than the one that the channel leads to by now is due there.
        """
        now, at = utc_now(), None
        if outcome.state == "failed" and now - job.came < GIVE_UP_AFTER:
            at = now + next_pause(job.tries, outcome.retry_seconds)
        elif outcome.state == "failed":
            outcome = Outcome("refused", f"Given up after 24 hours. {outcome.said}")
        if not service.note(self._database, job.place, outcome) and outcome.state != "sent":
            at = now
        if at is None:
            self._write(job.letter, job.place.id, state="done")
        else:
            self._write(job.letter, job.place.id, state="waits", next_try=at)

    def sum_up(self) -> bool:
        """Say in one message to each person how many more there were; whether there was one."""
        now = utc_now()
        with self._database.write() as db:
            waiting = (
                select(Letter.user_id, func.min(Letter.came))
                .join(Delivery, Delivery.letter_id == Letter.id)
                .where(Delivery.state == "held")
                .group_by(Letter.user_id)
            )
            said = False
            for user, since in db.execute(waiting).all():
                more_may_come = timedelta(0) <= now - since < SUM_UP_AFTER
                if not more_may_come and _may_sum_up(db, user, now):
                    _sum_up(db, user, now)
                    said = True
            return said

    def clean(self) -> None:
        """Forget what is over and no keeper will bring again."""
        now = utc_now()
        open_ones = select(Delivery.letter_id).where(Delivery.state != "done")
        with self._database.write() as db:
            for held, kept_for in ((True, HELD_KEPT_FOR), (False, KEPT_FOR)):
                # A time ahead is from before a clock was set back.
                old = or_(Letter.came < now - kept_for, Letter.came > now + kept_for)
                over = Letter.held.is_(held) & Letter.id.not_in(open_ones)
                db.execute(delete(Letter).where(old, over))

    def _write(self, letter: int, channel: str, **values: Any) -> None:
        one = (Delivery.letter_id == letter) & (Delivery.channel_id == channel)
        with self._database.write() as db:
            db.execute(update(Delivery).where(one).values(**values))


def _oldest(db: Session, busy: Collection[str]) -> list[Delivery]:
    """Return the oldest waiting delivery of each channel."""
    ids = (
        select(func.min(Delivery.letter_id), Delivery.channel_id)
        .where(Delivery.state == "waits", Delivery.channel_id.not_in(list(busy)))
        .group_by(Delivery.channel_id)
    )
    return [db.get_one(Delivery, (letter, channel)) for letter, channel in db.execute(ids)]


def _count(db: Session, user: int, *, within: tuple[datetime, datetime] | None = None) -> int:
    """Return how many letters of a person are kept, or were told one by one `within` a time."""
    mine = select(func.count()).select_from(Letter).where(Letter.user_id == user)
    if within is not None:
        told = Letter.held.is_(False) & Letter.summary.is_(False)
        mine = mine.where(told, Letter.came.between(*within))
    return db.scalar(mine) or 0


def _add(db: Session, letter: Letter, channels: Collection[str], now: datetime) -> None:
    db.add(letter)
    db.flush()
    state = "held" if letter.held else "waits"
    db.add_all(
        Delivery(letter_id=letter.id, channel_id=one, state=state, tries=0, next_try=now)
        for one in channels
    )


def _may_sum_up(db: Session, user: int, now: datetime) -> bool:
    last = db.scalar(
        select(func.max(Letter.came)).where(Letter.user_id == user, Letter.summary.is_(True))
    )
    return last is None or not timedelta(0) <= now - last < SUM_UP_EVERY


def _sum_up(db: Session, user: int, now: datetime) -> None:
    rows = db.execute(
        select(Letter, Delivery.channel_id)
        .join(Delivery, Delivery.letter_id == Letter.id)
        .where(Letter.user_id == user, Delivery.state == "held")
        .order_by(Letter.id)
    ).all()
    held = {letter.id: letter for letter, _ in rows}
    newest = list(held.values())[-1]
    titles = [str(one.message["title"]) for one in list(held.values())[-NAMED_IN_SUM:]]
    name = f"sum-{newest.name}"
    message = letters.summed_up(f"{newest.workspace_id}-{name}", titles, len(held), now.timestamp())
    row = Letter(
        workspace_id=newest.workspace_id, user_id=user, name=name, came=now,
        message=letters.to_json(message), held=False, summary=True,
    )  # fmt: skip
    summed = (Delivery.state == "held") & Delivery.letter_id.in_(list(held))
    db.execute(update(Delivery).where(summed).values(state="done"))
    _add(db, row, sorted({channel for _, channel in rows}), now)
