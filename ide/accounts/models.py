"""The tables of people. Private to this room."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from ide.store.schema import Table, UtcDateTime


class PlanRow(Table):
    """A plan: the limits that it names, in JSON as `Plan` takes them; others have their default.

    Without `network` in it, its people have the network that the settings say.
    """

    __tablename__ = "plans"

    name: Mapped[str] = mapped_column(String(32), primary_key=True)
    limits: Mapped[dict[str, Any]] = mapped_column(JSON)


class User(Table):
    """A person. `password_hash` is null until an invitation is taken up.

    `network` with `network_hosts` is what was decided for this person; null: what the plan says.
    """

    __tablename__ = "users"
    __table_args__ = (
        CheckConstraint(
            "network IN ('none', 'packages', 'web', 'outbound', 'full')", name="network"
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(32), unique=True)
    password_hash: Mapped[str | None] = mapped_column(String(200))
    owner: Mapped[bool]
    disabled: Mapped[bool]
    plan: Mapped[str] = mapped_column(
        ForeignKey("plans.name", ondelete="RESTRICT"), server_default="standard"
    )
    network: Mapped[str | None] = mapped_column(String(10))
    network_hosts: Mapped[list[Any]] = mapped_column(JSON)
    created: Mapped[datetime] = mapped_column(UtcDateTime)


class Login(Table):
    """One signed-in device. The cookie carries a token; only its hash is kept."""

    __tablename__ = "logins"
    __table_args__ = (Index("ix_logins_user_id", "user_id"),)

    id: Mapped[str] = mapped_column(String(16), primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    created: Mapped[datetime] = mapped_column(UtcDateTime)
    used: Mapped[datetime] = mapped_column(UtcDateTime)
    device: Mapped[str] = mapped_column(String(100))
    address: Mapped[str] = mapped_column(String(45))


class OneTimeLink(Table):
    """A link to make the owner's account, take up an invitation or set a new password."""

    __tablename__ = "one_time_links"
    __table_args__ = (CheckConstraint("kind IN ('setup', 'invite', 'reset')", name="kind"),)

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    kind: Mapped[str] = mapped_column(String(10))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    expires: Mapped[datetime] = mapped_column(UtcDateTime)


class Attempts(Table):
    """Failed sign-ins of one name or one address since `since`."""

    __tablename__ = "sign_in_attempts"

    key: Mapped[str] = mapped_column(String(100), primary_key=True)
    count: Mapped[int]
    since: Mapped[datetime] = mapped_column(UtcDateTime)
