"""Paths below the home folder, and what is said when one cannot be used.

The kernel's walls are the sandbox; here a link that leads out is refused so that the person is
told, and so that the same holds where no sandbox could be made. Nothing here reads a file.
"""

import errno
import os
import resource
import stat
from typing import Any, Final

from ide.wire.files import BadRefError, decode_ref
from ide.wire.limits import MAX_ARCHIVE_REFS

SHOWN_NAME_CHARS: Final = 80

# What the system says, in the words of ide.errors (which does not travel into the sandbox).
_ERRNO: Final = {
    errno.ENOENT: ("not_found", "is not there any more."),
    errno.ENOTDIR: ("not_found", "is not there: a part of the path is a file, not a folder."),
    errno.EACCES: ("forbidden", "cannot be used: its permissions, or its folder's, forbid it."),
    errno.EPERM: ("forbidden", "cannot be used: its permissions, or its folder's, forbid it."),
    errno.EROFS: ("forbidden", "lies on a read-only disk."),
    errno.EEXIST: ("conflict", "exists already. Choose another name."),
    errno.ENOTEMPTY: ("conflict", "is a folder that is not empty."),
    errno.EISDIR: ("bad_request", "is a folder."),
    errno.ELOOP: ("bad_request", "is a link that leads in a circle."),
    errno.ENAMETOOLONG: ("bad_request", "is too long: a name has at most 255 bytes."),
    errno.EXDEV: ("bad_request", "cannot be moved to another disk; copy it in a console."),
    errno.ENOSPC: ("disk_full", "was not written: the disk is full. The old content is intact."),
    errno.EDQUOT: ("disk_full", "was not written: your quota is full. The old content is intact."),
    errno.EFBIG: ("too_large", "is larger than a file may be here. The old content is intact."),
    errno.EMFILE: ("unavailable", "cannot be opened: too many files are open. Try again."),
    errno.ENOMEM: ("unavailable", "cannot be used: the workspace is out of memory. Try again."),
}

# The supervisor lets nobody write while the workspace is over its limit: no file may grow at all.
_NO_SPACE_LEFT: Final = (
    "disk_full",
    (
        "was not written: this workspace has used up its disk space. Delete something, or download"
        " and then delete it; a moment later you can save. The old content is intact."
    ),
)

_TYPES: Final = {
    stat.S_IFDIR: "a folder",
    stat.S_IFIFO: "a pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
    stat.S_IFLNK: "a link that leads nowhere",
}


class RefusalError(Exception):
    """A request that is answered with `{ok: false, code, message, detail}`."""

    def __init__(self, code: str, message: str, **detail: Any) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.detail = detail


def shown(path: bytes) -> str:
    """Return the last name of a path for a sentence: one line, at most SHOWN_NAME_CHARS."""
    text = os.path.basename(path).decode("utf-8", "replace") or "The home folder"
    text = "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text)
    return text if len(text) <= SHOWN_NAME_CHARS else text[: SHOWN_NAME_CHARS - 1] + "…"


def refusal_of(error: OSError, path: bytes) -> RefusalError:
    """Return what a person is told about a failed system call."""
    default = ("internal", f"cannot be used: {error.strerror or 'the system gave no reason'}.")
    code, rest = _ERRNO.get(error.errno or 0, default)
    if error.errno == errno.EFBIG and resource.getrlimit(resource.RLIMIT_FSIZE)[0] == 0:
        code, rest = _NO_SPACE_LEFT
    return RefusalError(code, f"“{shown(path)}” {rest}")


def require_regular(status: os.stat_result, path: bytes) -> None:
    """Raise RefusalError for anything but a regular file."""
    if not stat.S_ISREG(status.st_mode):
        raise RefusalError(
            "bad_request", f"“{shown(path)}” is {kind_of(status.st_mode)}, not a file."
        )


def kind_of(mode: int) -> str:
    """Return what a mode stands for that is no regular file, with its article."""
    return _TYPES.get(stat.S_IFMT(mode), "something special")


def require_folder(folder: bytes) -> None:
    """Raise RefusalError when the folder that something is to be put into is not there."""
    if not os.path.isdir(folder):
        raise RefusalError("not_found", f"The folder “{shown(folder)}” is not there any more.")


class Home:
    """The home folder: turns a ref's path into one the system takes, never one outside."""

    def __init__(self, folder: str) -> None:
        self.root = os.path.realpath(os.fsencode(folder))

    def holds(self, real: bytes) -> bool:
        """Whether a path without links is the home folder or lies in it."""
        return real == self.root or real.startswith(self.root + b"/")

    def target(self, path: bytes) -> bytes:
        """Return where `path` leads with every link followed; it need not exist.

        Raises RefusalError when that is outside, and when a link changes at this very moment.
        """
        try:
            real = os.path.realpath(os.path.join(self.root, path))
        except OSError as error:
            if error.errno != errno.EINVAL:  # what was a link is none any more
                raise
            message = f"“{shown(path)}” is being changed by a program. Try again."
            raise RefusalError("conflict", message) from None
        if not self.holds(real):
            raise RefusalError(
                "forbidden",
                f"“{shown(path)}” leads out of your home folder through a link."
                " Open what it points to in a console.",
            )
        return real

    def entry(self, path: bytes) -> bytes:
        """Return `path` with the links of its folders followed and its last name as it is.

        Raises RefusalError when the folder is outside, and for the home folder itself.
        """
        if not path:
            raise RefusalError("bad_request", "This cannot be done to the home folder itself.")
        folder, name = os.path.split(path)
        return os.path.join(self.target(folder), name)


def path_of(header: dict[str, Any], key: str = "ref") -> bytes:
    """Return the path of the header's ref. Raises RefusalError when it is none."""
    try:
        return decode_ref(header.get(key))
    except BadRefError as error:
        raise RefusalError("bad_request", str(error)) from None


def paths_of(header: dict[str, Any]) -> list[bytes]:
    """Return the paths of the header's refs, at least one. Raises RefusalError."""
    refs = header.get("refs")
    if not isinstance(refs, list) or not 0 < len(refs) <= MAX_ARCHIVE_REFS:
        raise RefusalError("bad_request", f"refs are 1 to {MAX_ARCHIVE_REFS} paths.")
    return [path_of({"ref": ref}) for ref in refs]
