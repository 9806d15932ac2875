"""The tables of the page. Private to this room."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from ide.store.schema import Table, UtcDateTime


class Layout(Table):
    """What is open in a workspace (`open`), or its arrangement in one width class."""

    __tablename__ = "layouts"

    workspace_id: Mapped[str] = mapped_column(
        ForeignKey("workspaces.id", ondelete="CASCADE"), primary_key=True
    )
    kind: Mapped[str] = mapped_column(String(10), primary_key=True)
    value: Mapped[Any] = mapped_column(JSON)
    updated: Mapped[datetime] = mapped_column(UtcDateTime)


class Draft(Table):
    """Text of a file that was typed and not saved, and the etag of what it was typed over."""

    __tablename__ = "drafts"

    workspace_id: Mapped[str] = mapped_column(
        ForeignKey("workspaces.id", ondelete="CASCADE"), primary_key=True
    )
    ref_hash: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    ref: Mapped[str] = mapped_column(Text)
    text: Mapped[str] = mapped_column(Text)
    text_bytes: Mapped[int]
    base: Mapped[str] = mapped_column(String(64))
    updated: Mapped[datetime] = mapped_column(UtcDateTime)


class Preferences(Table):
    """What a person chose for the page, wherever they open it."""

    __tablename__ = "preferences"

    user_id: Mapped[int] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), primary_key=True
    )
    value: Mapped[Any] = mapped_column(JSON)
