"""The data folder, the runtime folder and each workspace's part of both.

Everything is opened by the file descriptor of its parent and without following links; a folder
that is there already must belong to whom it should.
"""

import os
import re
import secrets
import stat
from contextlib import suppress
from pathlib import Path
from typing import Final

from ide.errors import BadRequestError, SettingsError, UnavailableError
from ide.placement.processes import Account
from ide.sandbox.disk import quota
from ide.settings import Settings

MAX_RUNTIME_PATH_BYTES: Final = 70
"""Behind it come a workspace and a socket's name; the kernel takes 107 bytes in all."""

_OF_OURS: Final = frozenset({"ide.db", "uids.json", "toolbox"})
"""What every data folder has soon after its first start, one or the other, beside workspaces."""
_NOT_FOREIGN: Final = frozenset({"server.log", "tls", "README.md", "lost+found"})
"""What may be in a data folder that never came so far: a start that failed, a clone, a disk."""
_WRITABLE: Final = ".writable"
TRIALS: Final = (_WRITABLE, quota.TRIAL)
"""What the names of folders begin with in which something is only tried."""

_WORKSPACE = re.compile(r"[0-9a-f]{16}\Z")
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


def checked_workspace(workspace: object) -> str:
    """Return a workspace id: 16 hex digits. Raises BadRequestError on anything else."""
    if isinstance(workspace, str) and _WORKSPACE.match(workspace):
        return workspace
    raise BadRequestError("a workspace is 16 hex digits")


def make_data_folder(settings: Settings, service: Account | None) -> int:
    """Make or take over the data folder and return its directory descriptor.

    Raises SettingsError, saying whose it is, when this account cannot use it, and when somebody
    keeps other things in it: as a data folder it would get another mode.
    """
    data = settings.data
    try:
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        fd = os.open(data, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except (NotADirectoryError, FileExistsError):
        raise SettingsError(
            f"the data folder {data} is a file; choose another with --data"
        ) from None
    except PermissionError:
        raise SettingsError(
            f"no permission to make or open the data folder {data}; choose another with --data"
        ) from None
    except OSError as error:
        raise SettingsError(f"the data folder {data} cannot be made: {error.strerror}") from None
    try:
        _take_over(fd, data, service)
    except BaseException:
        os.close(fd)
        raise
    return fd


def _take_over(fd: int, data: Path, service: Account | None) -> None:
    owner = os.fstat(fd).st_uid
    me = os.geteuid()
    names = {name for name in os.listdir(fd) if not name.startswith(TRIALS)}
    in_use = any(name in _OF_OURS or _WORKSPACE.match(name) for name in names)
    if owner != me and (me != 0 or in_use):
        raise SettingsError(
            f"the data folder {data} belongs to account {owner} and this is account {me}; start"
            " as that account, or choose another folder with --data"
        )
    if not in_use and (foreign := sorted(names - _NOT_FOREIGN)):
        raise SettingsError(
            f"the folder {data} is not empty and no data folder of ours (it has {foreign[0]}); it"
            f" was not touched. Choose an empty or a new one, for example --data {data}/workspaces"
        )
    try:
        if service is not None:
            os.fchown(fd, 0, service.gid)
        os.fchmod(fd, 0o1771 if service else 0o700)
        trial = f"{_WRITABLE}-{secrets.token_hex(8)}"  # a name that nobody can have taken
        os.mkdir(trial, dir_fd=fd)
        os.rmdir(trial, dir_fd=fd)
    except OSError as error:
        raise SettingsError(
            f"nothing can be written to the data folder {data}: {error.strerror}"
        ) from None


def make_runtime_folder(settings: Settings, service: Account | None) -> int:
    """Make the runtime folder and return its directory descriptor.

    Raises SettingsError when it is somebody else's: its name can be guessed, so another account
    may have made it first.
    """
    runtime = settings.runtime
    if len(os.fsencode(runtime)) > MAX_RUNTIME_PATH_BYTES:
        raise SettingsError(
            f"the runtime folder {runtime} is too long a path for sockets; set IDE_RUNTIME_DIR to"
            f" one of at most {MAX_RUNTIME_PATH_BYTES} bytes"
        )
    try:
        with suppress(FileExistsError):
            runtime.mkdir(mode=0o700)
        fd = os.open(runtime, _FOLDER)
    except OSError as error:
        raise SettingsError(
            f"the runtime folder {runtime} cannot be made: {error.strerror}; set IDE_RUNTIME_DIR"
        ) from None
    if os.fstat(fd).st_uid != os.geteuid():
        os.close(fd)
        raise SettingsError(f"{runtime} belongs to another account; set IDE_RUNTIME_DIR")
    if service is not None:
        os.fchown(fd, 0, service.gid)
    os.fchmod(fd, 0o750 if service else 0o700)
    return fd


def is_removed(folder_fd: int) -> bool:
    """Whether the folder of this descriptor was removed; one that was only moved was not.

    Nor is one whose disk does not answer: a network folder may be back in a moment.
    """
    try:
        return os.fstat(folder_fd).st_nlink == 0
    except OSError:
        return False


def make_folder(parent_fd: int, name: str, account: Account | None, mode: int) -> int:
    """Make `name` in a folder and return its descriptor; `account` None means our own.

    The mode is set on a new folder only. Raises UnavailableError when a folder of that name is
    there and belongs to another account, OSError when there is no room.
    """
    try:
        os.mkdir(name, 0o700, dir_fd=parent_fd)
        is_new = True
    except FileExistsError:
        is_new = False
    try:
        fd = os.open(name, _FOLDER, dir_fd=parent_fd)
    except NotADirectoryError:
        raise UnavailableError(f"{name} is not a folder; it was not touched") from None
    if is_new:
        if account is not None:
            os.fchown(fd, account.uid, account.gid)
        os.fchmod(fd, mode)
    owner = os.fstat(fd).st_uid
    expected = os.geteuid() if account is None else account.uid
    if owner != expected:
        os.close(fd)
        raise UnavailableError(
            f"the folder {name} belongs to account {owner}, not to {expected}; it was not touched"
        )
    return fd


def make_workspace_folders(
    data_fd: int, runtime_fd: int, workspace: str, keeper: Account | None, sandbox: Account | None
) -> None:
    """Make a workspace's home and records in the data folder and its folder of sockets.

    As root the workspace's own two folders are root's and sticky, so that the keeper can make
    files there and nobody can replace root's. Raises as `make_folder`.
    """
    shared = None if keeper is None else Account(0, keeper.gid)
    data = make_folder(data_fd, workspace, shared, 0o700)
    try:
        # Home and records before the keeper's group may write: nobody makes them first.
        os.close(make_folder(data, "home", sandbox, 0o700))
        os.close(make_folder(data, "consoles", keeper, 0o700))
        os.fchmod(data, 0o1771 if keeper else 0o700)
    finally:
        os.close(data)
    os.close(make_folder(runtime_fd, workspace, shared, 0o1771 if keeper else 0o700))


def remove_runtime_folder(runtime_fd: int, workspace: str) -> None:
    """Remove a workspace's sockets, locks and process records; its files are elsewhere."""
    try:
        fd = os.open(workspace, _FOLDER, dir_fd=runtime_fd)
    except FileNotFoundError:
        return
    try:
        for name in os.listdir(fd):  # noqa: PTH208 - by descriptor
            if not stat.S_ISDIR(os.stat(name, dir_fd=fd, follow_symlinks=False).st_mode):
                os.unlink(name, dir_fd=fd)
    finally:
        os.close(fd)
    with suppress(OSError):
        os.rmdir(workspace, dir_fd=runtime_fd)
