"""`workspaces/<ws>/files`: list, read, save, move, remove. docs/protocol.md has the table."""

import contextlib
from typing import Final

from flask import Blueprint, jsonify, request
from werkzeug.http import parse_etags
from werkzeug.wrappers import Response

from ide.errors import BadRequestError, IdeError, TooLargeError
from ide.files import schemas, service, transfer
from ide.guard.grant import Right
from ide.web import current
from ide.web.policy import in_workspace
from ide.web.schemas import body, checked_ref, ref_argument, ref_arguments
from ide.wire import limits
from ide.workspaces.keepers import keeper, reading_keeper

blueprint = Blueprint("files", __name__)
_ROUTE = "/workspaces/<ws>/files"
_CONTENT: Final = f"{_ROUTE}/content"


@blueprint.get(_ROUTE)
@in_workspace(Right.FILES)
def list_folder(ws: str) -> Response:  # noqa: ARG001 - the gate looked at it
    """Answer one page of a folder: `{entries, more}`."""
    path, after = ref_argument(default=""), ref_argument("after", default="")
    listing = service.ask(reading_keeper(), schemas.Listing, "list", path, after=after or None)
    return jsonify(listing.model_dump(exclude_none=True))


@blueprint.delete(_ROUTE)
@in_workspace(Right.FILES)
def remove(ws: str) -> Response:  # noqa: ARG001
    """Remove an entry; a folder that is not empty only with `recursive=1`."""
    recursive = request.args.get("recursive") == "1"
    found = service.ask(keeper(), schemas.Entry, "remove", ref_argument(), recursive=recursive)
    _tell_pages()
    return _entry(found)


@blueprint.get(f"{_ROUTE}/entry")
@in_workspace(Right.FILES)
def entry(ws: str) -> Response:  # noqa: ARG001
    """Answer one entry, with its etag when it is a file."""
    return _entry(service.ask(reading_keeper(), schemas.Entry, "stat", ref_argument()))


@blueprint.post(f"{_ROUTE}/folder")
@in_workspace(Right.FILES)
def make_folder(ws: str) -> tuple[Response, int]:  # noqa: ARG001
    """Make a folder and answer its entry."""
    ref = checked_ref(body(schemas.Folder).path)
    made = service.ask(keeper(), schemas.Entry, "mkdir", ref)
    _tell_pages()
    return _entry(made), 201


@blueprint.post(f"{_ROUTE}/move")
@in_workspace(Right.FILES)
def move(ws: str) -> Response:  # noqa: ARG001
    """Rename or move an entry and answer it there; never over another."""
    asked = body(schemas.Move)
    ref, to = checked_ref(asked.path), checked_ref(asked.to)
    moved = service.ask(keeper(), schemas.Entry, "move", ref, to=to)
    _tell_pages()
    return _entry(moved)


@blueprint.get(_CONTENT)
@in_workspace(Right.FILES)
def read(ws: str) -> Response:  # noqa: ARG001
    """Answer a file's bytes; `download=1` always as an attachment."""
    ref, is_download = ref_argument(), request.args.get("download") == "1"
    opened = service.read(keeper() if is_download else reading_keeper(), ref)
    most = current.settings().max_body_bytes
    if opened.about.size > most and request.method == "GET":
        opened.close()
        raise TooLargeError(
            f"This file has {opened.about.size} bytes and downloads end at {most}."
            " Split or compress it in a console.",
            limit_bytes=most,
        )
    return transfer.handed_out(opened, ref, download=is_download)


@blueprint.get(f"{_ROUTE}/archive")
@in_workspace(Right.FILES)
def archive(ws: str) -> Response:  # noqa: ARG001
    """Answer a zip of the files and folders in `path=`, of which there may be several."""
    refs = ref_arguments(most=limits.MAX_ARCHIVE_REFS)
    made = service.archive(keeper(), refs, current.settings().max_body_bytes)
    return transfer.zip_handed_out(made, refs)


@blueprint.get(f"{_ROUTE}/find")
@in_workspace(Right.FILES)
def find(ws: str) -> Response:  # noqa: ARG001
    """Answer the lines of text files below a folder that hold `text=`: `{files, end, skipped}`."""
    said = request.args
    asked = {"text": said.get("text", ""), "case": said.get("case") == "1"}
    everywhere = said.get("everywhere") == "1"
    ref = ref_argument(default="")
    found = service.ask(
        reading_keeper(), schemas.Found, "find", ref, **asked, everywhere=everywhere
    )
    return jsonify(found.model_dump())


@blueprint.put(_CONTENT)
@in_workspace(Right.FILES, body_bytes=None)
def write(ws: str) -> Response:  # noqa: ARG001
    """Write a file under a condition and answer `{etag, size}`; 412 when it changed."""
    ref, condition = ref_argument(), _condition()
    upload = transfer.uploaded()
    try:
        written = service.write(keeper(), ref, condition, upload)
    except IdeError:
        transfer.discard_upload(upload)
        raise
    _tell_pages()
    response = jsonify(written.model_dump())
    response.headers["ETag"] = f'"{written.etag}"'
    return response


def _condition() -> dict[str, str]:
    """Return what must hold, in the worker's words. Raises BadRequestError without one.

    A proxy that compresses marks our etag as weak; the name of the content is the same.
    """
    match = parse_etags(request.headers.get("If-Match"))
    none_match = request.headers.get("If-None-Match")
    if none_match is not None and none_match.strip() == "*" and not match:
        return {"if_none_match": "*"}
    tags = match.as_set(include_weak=True)
    if match.star_tag and none_match is None:
        return {"if_match": "*"}
    if len(tags) != 1 or none_match is not None:
        raise BadRequestError(
            "Say what may be overwritten: If-Match with the etag that was read"
            " (or *), or If-None-Match: * for a new file."
        )
    return {"if_match": tags.pop()}


def _tell_pages() -> None:
    """Have the person's other open pages look again. What was done is done, heard or not."""
    with contextlib.suppress(IdeError):
        keeper().call("files.changed", {})


def _entry(found: schemas.Entry) -> Response:
    return jsonify(found.model_dump(exclude_none=True))
