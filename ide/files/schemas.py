"""Bodies of the file requests, and answers of the file worker, which is not trusted."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from ide.web.schemas import MAX_REF_CHARS, Body
from ide.wire import limits

Ref = Annotated[str, StringConstraints(min_length=1, max_length=MAX_REF_CHARS)]
Etag = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")]
Bytes = Annotated[int, Field(ge=0, lt=2**63)]
FoundText = Annotated[str, StringConstraints(max_length=limits.MAX_FIND_CHARS)]


class Folder(Body):
    """The folder to make."""

    path: Ref


class Move(Body):
    """From where to where, both whole paths."""

    path: Ref
    to: Ref


class Answer(BaseModel):
    """What the worker says; names we do not know are dropped."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class Entry(Answer):
    """One entry of a folder; `etag` only of a file that was asked for by itself."""

    name: Annotated[str, StringConstraints(max_length=1024)]
    ref: Annotated[str, StringConstraints(max_length=MAX_REF_CHARS)]
    kind: Literal["file", "folder", "other"]
    link: bool
    size: Bytes
    mtime: float
    etag: Etag | None = None


class Listing(Answer):
    """One page of a folder."""

    entries: Annotated[list[Entry], Field(max_length=limits.MAX_LIST_ENTRIES)]
    more: bool


class Reading(Answer):
    """What stands before a file's bytes."""

    size: Bytes
    etag: Etag
    mode: int
    content: Literal["text", "image", "binary"]
    mime: Literal[
        "text/plain", "image/png", "image/jpeg", "image/gif", "image/webp",
        "application/octet-stream",
    ]  # fmt: skip
    too_large: bool


class Archived(Answer):
    """What stands before a zip: how much goes into it."""

    entries: Annotated[int, Field(ge=0, le=limits.MAX_ARCHIVE_ENTRIES)]
    bytes: Bytes


class FoundLine(Answer):
    """A line that holds what was looked for, and its first match; `column` in UTF-16 units."""

    line: Annotated[int, Field(ge=1)]
    column: Annotated[int, Field(ge=0)]
    before: FoundText
    match: FoundText
    after: FoundText


class FoundFile(Answer):
    """The lines of one file; `more` were found besides."""

    ref: Annotated[str, StringConstraints(max_length=MAX_REF_CHARS)]
    lines: Annotated[list[FoundLine], Field(max_length=limits.MAX_FOUND_LINES)]
    more: Annotated[int, Field(ge=0)]


class Found(Answer):
    """What a search found, and why it ended."""

    files: Annotated[list[FoundFile], Field(max_length=limits.MAX_FOUND_LINES)]
    end: Literal["all", "lines", "time"]
    skipped: Annotated[int, Field(ge=0)]


class Written(Answer):
    """What a write made."""

    etag: Etag
    size: Bytes


class Refusal(Answer):
    """Why it was not done."""

    code: Literal[
        "bad_request", "forbidden", "not_found", "conflict", "changed", "too_large", "too_many",
        "disk_full", "unavailable", "internal",
    ]  # fmt: skip
    message: Annotated[str, StringConstraints(max_length=2000)]
    detail: "RefusalDetail"


class RefusalDetail(Answer):
    """`etag` of a file that changed; null when it is gone."""

    etag: Etag | None = None
