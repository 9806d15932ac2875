"""The few file operations that control groups need, so that tests can stand in for the kernel.

Every file of a group takes a value in one write and says why it refuses it by an error number.
"""

import os
from contextlib import suppress
from pathlib import Path
from typing import Final

MAX_FILE_BYTES: Final = 1024 * 1024
"""The longest that is read, `cgroup.procs` of a large group."""
FOLDER_MODE: Final = 0o755


class Tree:
    """The kernel's files. Every method raises OSError with the kernel's reason."""

    def make(self, folder: Path) -> None:
        """Make a group, and those above it; one that is there already is no error."""
        if not folder.is_dir():
            folder.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)

    def remove(self, folder: Path) -> None:
        """Remove an empty group; its files go with it. One that is gone is no error."""
        with suppress(FileNotFoundError):
            folder.rmdir()

    def write(self, file: Path, value: str) -> None:
        """Write `value` at once: the kernel takes each write as a whole."""
        fd = os.open(file, os.O_WRONLY | os.O_CLOEXEC)
        try:
            os.write(fd, value.encode())
        finally:
            os.close(fd)

    def read(self, file: Path) -> str:
        """Return what the file says, at most MAX_FILE_BYTES of it."""
        with file.open("rb") as stream:
            return stream.read(MAX_FILE_BYTES).decode("utf-8", "replace")

    def children(self, folder: Path) -> list[str]:
        """Return the names of the groups in a group, none when it is not there."""
        try:
            with os.scandir(folder) as entries:
                return sorted(one.name for one in entries if one.is_dir(follow_symlinks=False))
        except FileNotFoundError:
            return []
