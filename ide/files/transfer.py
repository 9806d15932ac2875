"""Bytes between the browser and us: how a file is handed out, and how an upload is read."""

import contextlib
from collections.abc import Iterator
from posixpath import commonpath, dirname

from flask import request
from werkzeug.exceptions import ClientDisconnected
from werkzeug.wrappers import Response

from ide import errors
from ide.files.service import Opened, Zip
from ide.web.disposition import disposition
from ide.wire.files import decode_ref
from ide.wire.limits import FILE_CHUNK_BYTES, FILE_STALL_SECONDS


def uploaded() -> Iterator[bytes]:
    """Yield the request's body in pieces of at most FILE_CHUNK_BYTES.

    Raises BadRequestError when it breaks off or stands still; Werkzeug raises 413 over the limit.
    A body that ends before its announced length is looked for here: gunicorn does not tell.
    """
    count = 0
    try:
        while data := request.stream.read(FILE_CHUNK_BYTES):
            count += len(data)
            yield data
    except TimeoutError:
        raise errors.BadRequestError(
            f"The upload stood still for {FILE_STALL_SECONDS:g} seconds and was given up;"
            " nothing was changed."
        ) from None
    except (ClientDisconnected, OSError):
        raise _broken_off() from None
    if request.content_length is not None and count != request.content_length:
        raise _broken_off()


def _broken_off() -> errors.BadRequestError:
    return errors.BadRequestError("The upload broke off; nothing was changed.")


def discard_upload(body: Iterator[bytes]) -> None:
    """Take the rest of a refused upload; its length is bounded by the gate.

    A browser reads the answer only after it has sent everything, and if we closed before, the
    person would be told of a broken connection instead of, say, a name that is taken.
    """
    with contextlib.suppress(errors.BadRequestError):
        for _ in body:
            pass


def handed_out(opened: Opened, ref: str, *, download: bool) -> Response:
    """Return a file as an answer, closing it at its end.

    Only the four kinds of pictures are shown by a browser that opens the address; everything else
    comes as an attachment that it cannot take for a page of ours.
    """
    about = opened.about
    inline = about.content == "image" and not download
    response = Response()
    if request.method == "HEAD":
        opened.close()
    else:
        response.response = opened.body
        response.call_on_close(opened.close)
    headers = response.headers
    headers["Content-Type"] = "application/octet-stream" if download else about.mime
    if about.mime == "text/plain" and not download:
        headers["Content-Type"] = "text/plain; charset=utf-8"
    headers["Content-Length"] = str(about.size)
    headers["ETag"] = f'"{about.etag}"'
    headers["X-File-Content"] = "too_large" if about.too_large else about.content
    return _guarded(response, decode_ref(ref), inline=inline)


def zip_handed_out(made: Zip, refs: list[str]) -> Response:
    """Return a zip as an attachment, ending its making with the answer.

    Nobody knows its length before its end; one that breaks off is broken, never short.
    """
    response = Response(mimetype="application/zip")
    if request.method == "HEAD":
        made.close()
    else:
        response.response = made.body
        response.call_on_close(made.close)
    return _guarded(response, _zip_name([decode_ref(ref) for ref in refs]), inline=False)


def _zip_name(paths: list[bytes]) -> bytes:
    """Return what a zip is called: by what is in it, or by the folder that all of it is from."""
    folder = paths[0] if len(paths) == 1 else commonpath([b"/" + dirname(path) for path in paths])
    return (folder.rpartition(b"/")[2] or b"home") + b".zip"


def _guarded(response: Response, name: bytes, *, inline: bool) -> Response:
    """Say what a browser may do with bytes of a workspace: nothing, and keep nothing of them."""
    headers = response.headers
    headers["Content-Disposition"] = disposition(name, inline=inline)
    headers["Content-Security-Policy"] = "default-src 'none'; frame-ancestors 'none'; sandbox"
    headers["Cache-Control"] = "private, no-cache"
    headers["X-Accel-Buffering"] = "no"
    return response
