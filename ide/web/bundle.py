"""The front end's built files: which ones the page needs, and handing them out already packed."""

import json
import mimetypes
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from flask import Blueprint, request, send_file
from werkzeug.wrappers import Response

import ide
from ide.errors import NotFoundError, UnavailableError
from ide.web.policy import Policy, Who, declare

DIST: Final = Path(ide.__file__).parent / "static" / "dist"
YEAR_SECONDS: Final = 365 * 24 * 3600
_PACKED: Final = (("br", ".br"), ("gzip", ".gz"))

blueprint = Blueprint("bundle", __name__)


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the bundle: its hashed name and what it imports at once."""

    file: str
    preload: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Built:
    entries: dict[str, Entry]
    colours: dict[str, str]


def entry(name: str) -> Entry:
    """Return an entry of the manifest. Raises UnavailableError when the bundle was not built."""
    entries = _manifest(_stamp()).entries
    if name not in entries:
        raise UnavailableError(
            "The page's files are missing: the front end was not built."
            " Run `python hatch_build.py` in the clone, or install the package again."
        )
    return entries[name]


def maybe_entry(name: str) -> Entry | None:
    """Return an entry of the manifest, None without a bundle: forms work without style too."""
    return _manifest(_stamp()).entries.get(name)


def colours() -> dict[str, str]:
    """Return the colour of the browser's bars by scheme, `light` and `dark`; empty unbuilt."""
    return _manifest(_stamp()).colours


@blueprint.get("/static/dist/<name>")
@declare(Policy(Who.ANYBODY, any_host=True))
def built_file(name: str) -> Response:
    """Answer a built file for a year: another content has another name."""
    path = DIST / name
    if not _is_ours(name) or not path.is_file():
        raise NotFoundError("There is no such file; please reload the page.")
    response = _send(path, mimetypes.guess_type(name)[0] or "application/octet-stream")
    response.headers["Vary"] = "Accept-Encoding"
    response.headers["Cache-Control"] = f"public, max-age={YEAR_SECONDS}, immutable"
    return response


def _send(path: Path, kind: str) -> Response:
    for encoding, suffix in _PACKED:
        packed = path.with_name(path.name + suffix)
        if request.accept_encodings[encoding] and packed.is_file():
            response = send_file(packed, mimetype=kind, etag=False)
            response.headers["Content-Encoding"] = encoding
            return response
    return send_file(path, mimetype=kind, etag=False)


def _is_ours(name: str) -> bool:
    return not name.startswith(".") and name != "manifest.json" and "/" not in name


def _stamp() -> float:
    """When the manifest was written: a new build is taken up without a restart."""
    try:
        return (DIST / "manifest.json").stat().st_mtime
    except OSError:
        return 0.0


@lru_cache(maxsize=2)
def _manifest(stamp: float) -> _Built:
    if not stamp:
        return _Built({}, {})
    read: dict[str, Any] = json.loads((DIST / "manifest.json").read_text())
    entries = {
        name: Entry(str(value["file"]), tuple(map(str, value.get("preload", ()))))
        for name, value in read.get("entries", {}).items()
    }
    painted = {scheme: str(each["panel"]) for scheme, each in read.get("colours", {}).items()}
    return _Built(entries, painted)
