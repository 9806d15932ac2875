"""The tables of channels. Private to this room."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, false
from sqlalchemy.orm import Mapped, mapped_column

from ide.store.schema import Table, UtcDateTime


class Channel(Table):
    """One way to tell one person. `config` is what its kind needs, secrets among it.

    `login`, of a push alone, is the sign-in of the device: who signs it out is not told there any
    more. `gone`: its place says that it is no more, so nothing is sent there. `place` is the hash
    of where it leads, so that one place has one channel of a person.
    """

    __tablename__ = "channels"
    __table_args__ = (
        CheckConstraint("kind IN ('push', 'mail', 'webhook')", name="kind"),
        Index("ix_channels_user_id", "user_id"),
    )

    id: Mapped[str] = mapped_column(String(16), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    login: Mapped[str | None] = mapped_column(ForeignKey("logins.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(10))
    name: Mapped[str] = mapped_column(String(100))
    place: Mapped[str] = mapped_column(String(64))
    page: Mapped[str] = mapped_column(String(300))
    config: Mapped[dict[str, Any]] = mapped_column(JSON)
    created: Mapped[datetime] = mapped_column(UtcDateTime)
    gone: Mapped[bool] = mapped_column(server_default=false())
    last_ok: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_error: Mapped[str | None] = mapped_column(String(300))
    last_error_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class ServerKey(Table):
    """A key pair of this server, made once; never part of an answer."""

    __tablename__ = "server_keys"

    name: Mapped[str] = mapped_column(String(20), primary_key=True)
    private: Mapped[str] = mapped_column(String(100))


class ChannelTests(Table):
    """How many tests a person has sent since `since`."""

    __tablename__ = "channel_tests"

    user_id: Mapped[int] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), primary_key=True
    )
    since: Mapped[datetime] = mapped_column(UtcDateTime)
    count: Mapped[int]
