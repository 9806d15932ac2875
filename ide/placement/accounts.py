"""Which numeric accounts a workspace runs as. Only used when the supervisor is root.

Per workspace one uid for the sandbox and another for the keeper, so that a fault in the keeper's
parser reads one workspace, and the user's code cannot signal its keeper.
"""

import json
import os
from contextlib import suppress
from pathlib import Path
from typing import Final

from ide.errors import TooManyError, UnavailableError
from ide.placement.processes import Account
from ide.settings import Settings

UIDS_FILE: Final = "uids.json"
MAX_UIDS_BYTES: Final = 4 * 1024 * 1024
_FIRST: Final = 1000
_HALF_WRITTEN: Final = UIDS_FILE + ".new"


def service_account(settings: Settings) -> Account | None:
    """Return the web's account, None when everything runs as one ordinary user."""
    if os.geteuid() != 0:
        return None
    return Account(settings.uid_base, settings.uid_base)


class Accounts:
    """Numbers of workspaces, kept in `uids.json` of the data folder (root's). Not thread-safe."""

    def __init__(self, settings: Settings, data_fd: int) -> None:
        """Raise UnavailableError when the file is there and cannot be trusted."""
        self._base = settings.uid_base
        self._data_fd = data_fd
        self._numbers = _read(data_fd, settings.data)

    def sandbox(self, workspace: str) -> Account:
        """Return the account of a workspace's sandbox, giving out a number at first sight."""
        uid = self._base + _FIRST + 2 * self._number(workspace)
        return Account(uid, uid)

    def keeper(self, workspace: str) -> Account:
        """Return the account of a workspace's keeper; the web's group reaches its socket."""
        uid = self._base + _FIRST + 2 * self._number(workspace) + 1
        return Account(uid, uid, (self._base,))

    def workspace_of_keeper(self, uid: int) -> str:
        """Return the workspace whose keeper runs as `uid`, "" when there is none."""
        number, is_keeper = divmod(uid - self._base - _FIRST, 2)
        found = [workspace for workspace, n in self._numbers.items() if n == number and is_keeper]
        return found[0] if found else ""

    def sandboxes(self) -> dict[int, str]:
        """Return every workspace that has a number, by its sandbox's uid."""
        return {self._base + _FIRST + 2 * n: workspace for workspace, n in self._numbers.items()}

    def sweep(self) -> tuple[str, ...]:
        """Remove what a killed predecessor had half written; return the names of such files."""
        try:
            os.unlink(_HALF_WRITTEN, dir_fd=self._data_fd)
        except OSError:
            return ()
        return (_HALF_WRITTEN,)

    def _number(self, workspace: str) -> int:
        if workspace not in self._numbers:
            numbers = {**self._numbers, workspace: max(self._numbers.values(), default=-1) + 1}
            _write(self._data_fd, numbers)  # on disk first: a number is never given twice
            self._numbers = numbers
        return self._numbers[workspace]


def _read(data_fd: int, data: Path) -> dict[str, int]:
    try:
        fd = os.open(UIDS_FILE, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=data_fd)
    except FileNotFoundError:
        return {}
    with os.fdopen(fd, "rb") as file:
        if os.fstat(fd).st_uid != os.geteuid():
            raise UnavailableError(f"{data / UIDS_FILE} does not belong to root; it is not used")
        try:
            return {str(ws): int(n) for ws, n in json.loads(file.read(MAX_UIDS_BYTES)).items()}
        except (ValueError, AttributeError, TypeError):
            raise UnavailableError(
                f"{data / UIDS_FILE} cannot be read; bring it back from a backup, because it says"
                " which account each workspace's files belong to"
            ) from None


def _write(data_fd: int, numbers: dict[str, int]) -> None:
    text = json.dumps(numbers).encode()
    if len(text) > MAX_UIDS_BYTES:  # no supervisor could read it again
        raise TooManyError("This server has given out every account for workspaces that it can.")
    with suppress(FileNotFoundError):  # the web's account may write here: nothing is taken over
        os.unlink(_HALF_WRITTEN, dir_fd=data_fd)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    fd = os.open(_HALF_WRITTEN, flags, 0o644, dir_fd=data_fd)
    with os.fdopen(fd, "wb") as file:
        file.write(text)
        file.flush()
        os.fsync(fd)
    os.replace(_HALF_WRITTEN, UIDS_FILE, src_dir_fd=data_fd, dst_dir_fd=data_fd)
    os.fsync(data_fd)
