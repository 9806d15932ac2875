"""The tables of the clerk. Private to this room."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ide.store.schema import Table, UtcDateTime


class Letter(Table):
    """What a keeper asked to tell, or (`summary`) what is said of several of them together.

    `name` is the keeper's number of it and its time: a keeper whose journal was rebuilt counts from
    the beginning again. `held`: it came when the person had been told enough within the hour.
    """

    __tablename__ = "letters"
    __table_args__ = (
        UniqueConstraint("workspace_id", "name", name="uq_letters_workspace_id"),
        Index("ix_letters_user_id", "user_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    workspace_id: Mapped[str] = mapped_column(ForeignKey("workspaces.id", ondelete="CASCADE"))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(60))
    message: Mapped[dict[str, Any]] = mapped_column(JSON)
    came: Mapped[datetime] = mapped_column(UtcDateTime)
    held: Mapped[bool]
    summary: Mapped[bool]


class Delivery(Table):
    """One letter on one channel: written before it is sent, and after.

    `waits` until `next_try`; `sending` while it is under way, so also after a crash in that moment;
    `held` until it is summed up; `done` whatever came of it.
    """

    __tablename__ = "deliveries"
    __table_args__ = (
        CheckConstraint("state IN ('waits', 'sending', 'held', 'done')", name="state"),
        Index("ix_deliveries_state", "state"),
    )

    letter_id: Mapped[int] = mapped_column(
        ForeignKey("letters.id", ondelete="CASCADE"), primary_key=True
    )
    channel_id: Mapped[str] = mapped_column(
        ForeignKey("channels.id", ondelete="CASCADE"), primary_key=True
    )
    state: Mapped[str] = mapped_column(String(10))
    tries: Mapped[int]
    next_try: Mapped[datetime] = mapped_column(UtcDateTime)
