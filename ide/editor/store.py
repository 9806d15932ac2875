"""What the page keeps on the server: layout, drafts, preferences; each bounded in bytes."""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import func, select

from ide.editor.models import Draft, Layout, Preferences
from ide.errors import NotFoundError, TooLargeError, TooManyError
from ide.store.database import Database
from ide.store.schema import utc_now

LAYOUTS: Final = ("open", "wide", "medium", "narrow")
MAX_LAYOUT_BYTES: Final = 64 * 1024
MAX_PREFS_BYTES: Final = 16 * 1024
MAX_DRAFT_BYTES: Final = 1024 * 1024
MAX_DRAFTS: Final = 50
MAX_DRAFTS_BYTES: Final = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Kept:
    """A draft as lists show it."""

    ref: str
    base: str
    text_bytes: int
    updated: datetime


def layout(database: Database, workspace: str, kind: str) -> dict[str, Any]:
    """Return what was put last, {} at first. Raises NotFoundError for an unknown kind."""
    _check_kind(kind)
    with database.read() as db:
        row = db.get(Layout, (workspace, kind))
        return dict(row.value) if row else {}


def layouts(database: Database, workspace: str) -> dict[str, dict[str, Any]]:
    """Return every layout of a workspace that was ever put, by its kind."""
    with database.read() as db:
        rows = db.execute(select(Layout.kind, Layout.value).where(Layout.workspace_id == workspace))
        return {kind: dict(value) for kind, value in rows}


def put_layout(database: Database, workspace: str, kind: str, value: dict[str, Any]) -> None:
    """Keep a layout; the last one wins. Raises NotFoundError, TooLargeError."""
    _check_kind(kind)
    _check_size(value, MAX_LAYOUT_BYTES)
    row = Layout(workspace_id=workspace, kind=kind, value=value, updated=utc_now())
    with database.write() as db:
        db.merge(row)


def prefs(database: Database, user_id: int) -> dict[str, Any]:
    """Return a person's preferences, {} at first."""
    with database.read() as db:
        row = db.get(Preferences, user_id)
        return dict(row.value) if row else {}


def put_prefs(database: Database, user_id: int, value: dict[str, Any]) -> None:
    """Keep a person's preferences. Raises TooLargeError."""
    _check_size(value, MAX_PREFS_BYTES)
    with database.write() as db:
        db.merge(Preferences(user_id=user_id, value=value))


def drafts(database: Database, workspace: str) -> list[Kept]:
    """Return a workspace's drafts, the newest first."""
    with database.read() as db:
        rows = db.execute(
            select(Draft.ref, Draft.base, Draft.text_bytes, Draft.updated)
            .where(Draft.workspace_id == workspace)
            .order_by(Draft.updated.desc(), Draft.ref_hash)
        )
        return [Kept(*row) for row in rows]


def draft(database: Database, workspace: str, ref: str) -> tuple[str, str, datetime]:
    """Return text, base etag and time of a draft. Raises NotFoundError."""
    with database.read() as db:
        row = db.get(Draft, (workspace, _ref_hash(ref)))
        if row is None:
            raise NotFoundError("There is no unsaved text of that file.")
        return row.text, row.base, row.updated


def put_draft(database: Database, workspace: str, ref: str, text: str, base: str) -> None:
    """Keep unsaved text of a file.

    Raises TooLargeError, and TooManyError when the workspace has MAX_DRAFTS or MAX_DRAFTS_BYTES.
    """
    size = len(text.encode("utf-8", "surrogatepass"))
    if size > MAX_DRAFT_BYTES:
        raise TooLargeError("That text is too long to keep unsaved.", limit_bytes=MAX_DRAFT_BYTES)
    kept = _ref_hash(ref)
    others = select(func.count(), func.coalesce(func.sum(Draft.text_bytes), 0)).where(
        Draft.workspace_id == workspace, Draft.ref_hash != kept
    )
    with database.write() as db:
        count, total = db.execute(others).one()
        if count >= MAX_DRAFTS or total + size > MAX_DRAFTS_BYTES:
            raise TooManyError("There is too much unsaved text; please save or discard some of it.")
        db.merge(
            Draft(
                workspace_id=workspace,
                ref_hash=kept,
                ref=ref,
                text=text,
                text_bytes=size,
                base=base,
                updated=utc_now(),
            )
        )


def remove_draft(database: Database, workspace: str, ref: str) -> None:
    """Forget unsaved text; nothing happens when there is none."""
    with database.write() as db:
        row = db.get(Draft, (workspace, _ref_hash(ref)))
        if row is not None:
            db.delete(row)


def _ref_hash(ref: str) -> bytes:
    return hashlib.sha256(ref.encode()).digest()


def _check_kind(kind: str) -> None:
    if kind not in LAYOUTS:
        raise NotFoundError(f"A layout is one of {', '.join(LAYOUTS)}.")


def _check_size(value: dict[str, Any], limit: int) -> None:
    size = len(json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass"))
    if size > limit:
        raise TooLargeError(f"That is more than {limit} bytes.", limit_bytes=limit)
