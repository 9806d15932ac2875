"""The file tree: one folder's entries, and making, removing and moving them.

Symbolic links are entries of their own: removing or moving one never touches what it points to.
"""

import contextlib
import errno
import json
import os
import re
import shutil
import stat
from collections.abc import Iterator
from typing import Any, Final

from ide.agent.files_paths import Home, RefusalError, require_folder, shown
from ide.wire.files import encode_ref
from ide.wire.limits import MAX_FILE_HEADER_BYTES, MAX_LIST_ENTRIES

MAX_SCANNED_NAMES: Final = 100_000
"""A folder with more names is not listed: sorting needs all of them."""
MAX_LISTED_BYTES: Final = MAX_FILE_HEADER_BYTES - 64 * 1024

_DIGITS: Final = re.compile(r"([0-9]+)")
_NO_HARD_LINKS: Final = frozenset({errno.EPERM, errno.EOPNOTSUPP, errno.EMLINK, errno.ENOSYS})


def list_folder(home: Home, path: bytes, after: bytes | None, limit: int) -> dict[str, Any]:
    """Return `{entries, more}`: what follows the entry `after` (a path), at most `limit`.

    Folders come first, then by name without regard to case, numbers by value. Raises
    RefusalError when the folder is too large or `after` is gone from it, and OSError.
    """
    folder = home.target(path)
    names = _sorted_names(home, folder)
    start = 0
    if after is not None:
        try:
            start = names.index(os.path.basename(after)) + 1
        except ValueError:
            raise RefusalError(
                "conflict", "The folder changed while it was listed. List it again."
            ) from None
    entries: list[dict[str, Any]] = []
    held = 0
    for name in names[start:]:
        with contextlib.suppress(FileNotFoundError):
            found = entry_of(home, os.path.join(folder, name), os.path.join(path, name))
            held += len(json.dumps(found)) + 1
            if len(entries) == min(max(limit, 1), MAX_LIST_ENTRIES) or held > MAX_LISTED_BYTES:
                return {"entries": entries, "more": True}
            entries.append(found)
    return {"entries": entries, "more": False}


def entry_of(home: Home, full: bytes, path: bytes) -> dict[str, Any]:
    """Return `{name, ref, kind, link, size, mtime}` of what lies at `full`. Raises OSError.

    A link has the kind, size and time of what it leads to, or is "other" when that is missing or
    outside the home folder. `mtime` is in seconds since the epoch, `size` in bytes.
    """
    status = os.lstat(full)
    is_link = stat.S_ISLNK(status.st_mode)
    if is_link:
        real = os.path.realpath(full)
        if home.holds(real):
            with contextlib.suppress(OSError):
                status = os.stat(real)
    kind = "other"
    if stat.S_ISDIR(status.st_mode):
        kind = "folder"
    elif stat.S_ISREG(status.st_mode):
        kind = "file"
    return {
        "name": os.path.basename(path).decode("utf-8", "replace"),
        "ref": encode_ref(path),
        "kind": kind,
        "link": is_link,
        "size": status.st_size if kind == "file" else 0,
        "mtime": status.st_mtime,
    }


def make_folder(home: Home, path: bytes) -> dict[str, Any]:
    """Make one folder in a folder that exists and return its entry. Raises OSError."""
    full = home.entry(path)
    require_folder(os.path.dirname(full))
    os.mkdir(full)
    return entry_of(home, full, path)


def remove(home: Home, path: bytes, *, recursive: bool) -> dict[str, Any]:
    """Remove one entry and return what it was; a folder with content only when `recursive`.

    Raises RefusalError for folders nested too deeply, and OSError: what was not removed stays.
    """
    full = home.entry(path)
    found = entry_of(home, full, path)
    if not stat.S_ISDIR(os.lstat(full).st_mode):
        os.unlink(full)
    elif recursive:
        try:
            shutil.rmtree(full)
        except RecursionError:
            raise RefusalError(
                "too_large", f"“{shown(path)}” is nested too deeply. Remove it in a console: rm -r"
            ) from None
    else:
        os.rmdir(full)
    return found


def move(home: Home, path: bytes, to: bytes) -> dict[str, Any]:
    """Give an entry another name or folder and return it there; nothing is ever overwritten.

    Raises RefusalError for a folder into itself, and OSError: EEXIST when the name is taken.
    """
    source, target = home.entry(path), home.entry(to)
    is_folder = stat.S_ISDIR(os.lstat(source).st_mode)
    if is_folder and (target + b"/").startswith(source + b"/"):
        raise RefusalError("bad_request", f"“{shown(path)}” cannot be moved into itself.")
    require_folder(os.path.dirname(target))
    if os.path.lexists(target):
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST))
    if is_folder:
        # Never replaces a file or a folder with content, so the look before it is enough.
        os.rename(source, target)
    else:
        rename_new(source, target)
    return entry_of(home, target, to)


def rename_new(source: bytes, target: bytes) -> None:
    """Rename what is no folder; FileExistsError when the name is taken, also in that instant."""
    try:
        os.link(source, target, follow_symlinks=False)
    except OSError as error:
        if error.errno not in _NO_HARD_LINKS:
            raise
        # A disk without hard links: another program could take the name between these two lines.
        if os.path.lexists(target):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST)) from None
        os.rename(source, target)
    else:
        os.unlink(source)


def _sorted_names(home: Home, folder: bytes) -> list[bytes]:
    keyed: list[tuple[bool, tuple[Any, ...], bytes]] = []
    with os.scandir(folder) as scan:
        for entry in scan:
            if len(keyed) == MAX_SCANNED_NAMES:
                raise RefusalError(
                    "too_large",
                    f"“{shown(folder)}” holds more than {MAX_SCANNED_NAMES:,} entries."
                    " Use a console to look into it.",
                )
            keyed.append((not _is_folder(home, entry), _natural(entry.name), entry.name))
    keyed.sort()
    return [name for _, _, name in keyed]


def _is_folder(home: Home, entry: os.DirEntry[bytes]) -> bool:
    if not entry.is_symlink():
        return entry.is_dir(follow_symlinks=False)
    real = os.path.realpath(entry.path)
    return home.holds(real) and os.path.isdir(real)


def _natural(name: bytes) -> tuple[Any, ...]:
    """Return a sort key: text without regard to case, numbers by value whatever their length."""
    return tuple(_parts(name.decode("utf-8", "replace").casefold()))


def _parts(text: str) -> Iterator[Any]:
    for at, part in enumerate(_DIGITS.split(text)):
        digits = part.lstrip("0")
        yield (len(digits), digits) if at % 2 else part
