"""The table of workspaces. Private to this room."""

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from ide.store.schema import Table, UtcDateTime


class Workspace(Table):
    """A private workspace: 16 hex digits that also name its folder in the data folder."""

    __tablename__ = "workspaces"

    id: Mapped[str] = mapped_column(String(16), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="RESTRICT"), unique=True)
    created: Mapped[datetime] = mapped_column(UtcDateTime)
