"""Disk quotas by project, as ext4 and XFS have them: the kernel itself holds the limit.

A project is a number that a folder gives to all that is made in it. The numbers are the sandboxes'
accounts, so each workspace has its own. Structures and numbers are those of the kernel's headers
(linux/fs.h, linux/quota.h, linux/dqblk_xfs.h).
"""

import array
import ctypes
import fcntl
import os
import secrets
import shutil
import struct
import subprocess
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

FS_IOC_FSGETXATTR: Final = 0x801C_581F
FS_IOC_FSSETXATTR: Final = 0x401C_5820
FSXATTR: Final = struct.Struct("=5I8x")
"""struct fsxattr: xflags, extsize, nextents, projid, cowextsize, padding."""
PROJINHERIT: Final = 0x200
DQBLK: Final = struct.Struct("=8QI4x")
"""struct if_dqblk: hard and soft limit of blocks, bytes used, hard and soft limit of inodes, inodes
used, two times, what of it is valid."""
BLOCK_BYTES: Final = 1024
"""A quota's limits count these, its use counts bytes."""
Q_GETQUOTA, Q_SETQUOTA = 0x80_0007, 0x80_0008
PRJQUOTA: Final = 2
_BLOCK_LIMITS, _INODE_LIMITS = 1, 4
_SYS_QUOTACTL_FD: Final = 443

TRIAL: Final = ".quota"
"""What the name of the probe's folder begins with."""
TRIAL_FILE: Final = "trial"
TRIAL_PROJECT: Final = 4_000_000_111
"""The project of the probe's folder: no account has this number."""
TRIAL_BYTES: Final = 64 * 1024
_TRIAL_WRITTEN: Final = 1024 * 1024
_TRIAL_SECONDS: Final = 10.0
_NOBODY: Final = 65_534


@dataclass(frozen=True, slots=True)
class Taken:
    """What a project takes: bytes on the disk, files and folders; and its limits, 0 for none."""

    used: int
    files: int
    limit: int
    files_limit: int


def command(number: int) -> int:
    """Return the command of quotactl for projects: QCMD of the headers."""
    return (number << 8) | PRJQUOTA


def pack_limits(limit: int, files_limit: int) -> bytes:
    """Return struct if_dqblk with these hard limits, in bytes and files; 0 is none."""
    blocks = -(-limit // BLOCK_BYTES)
    return DQBLK.pack(blocks, 0, 0, files_limit, 0, 0, 0, 0, _BLOCK_LIMITS | _INODE_LIMITS)


def unpack_taken(data: bytes) -> Taken:
    """Read struct if_dqblk."""
    blocks, _, used, files_limit, _, files, _, _, _ = DQBLK.unpack(data)
    return Taken(used, files, blocks * BLOCK_BYTES, files_limit)


def set_limits(fd: int, project: int, limit: int, files_limit: int) -> None:
    """Limit a project on the file system of `fd`, in bytes and files. Raises OSError."""
    data = ctypes.create_string_buffer(pack_limits(limit, files_limit), DQBLK.size)
    _quotactl(fd, Q_SETQUOTA, project, data)


def taken(fd: int, project: int) -> Taken:
    """Return what a project takes on the file system of `fd`. Raises OSError."""
    data = ctypes.create_string_buffer(DQBLK.size)
    _quotactl(fd, Q_GETQUOTA, project, data)
    return unpack_taken(data.raw)


def project_of(fd: int) -> int:
    """Return the project of a file or folder, 0 for none. Raises OSError."""
    return _fsxattr(fd)[3]


def give_project(fd: int, project: int) -> None:
    """Give a folder a project, which all that is made in it then has too. Raises OSError.

    What was in it before keeps its own.
    """
    flags, extent, _, _, cow_extent = _fsxattr(fd)
    fcntl.ioctl(
        fd, FS_IOC_FSSETXATTR, FSXATTR.pack(flags | PROJINHERIT, extent, 0, project, cow_extent)
    )


def probe_quota(data_folder: Path) -> Literal["project", "none"]:
    """Find out whether quotas by project hold in the data folder, by running into one.

    Only root can set any. Takes _TRIAL_SECONDS at most; leaves nothing behind.
    """
    if os.geteuid() != 0:
        return "none"
    trial = data_folder / f"{TRIAL}-{secrets.token_hex(8)}"
    try:
        trial.mkdir(mode=0o700)
        fd = os.open(trial, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return "none"
    try:
        give_project(fd, TRIAL_PROJECT)
        set_limits(fd, TRIAL_PROJECT, TRIAL_BYTES, 0)
        return "project" if _is_held(fd) else "none"
    except (OSError, subprocess.TimeoutExpired):
        return "none"
    finally:
        with suppress(OSError):
            set_limits(fd, TRIAL_PROJECT, 0, 0)
        os.close(fd)
        shutil.rmtree(trial, ignore_errors=True)


def _is_held(fd: int) -> bool:
    """Whether an account without privilege, which root is not, runs into the limit."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
    file = os.open(TRIAL_FILE, flags, 0o600, dir_fd=fd)
    try:
        done = subprocess.run(
            [
                "setpriv", "--reuid", str(_NOBODY), "--regid", str(_NOBODY), "--clear-groups",
                "--inh-caps=-all", "--bounding-set=-all", "--",
                "head", "-c", str(_TRIAL_WRITTEN), "/dev/zero",
            ],
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.DEVNULL,
            timeout=_TRIAL_SECONDS,
            check=False,
            env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"},
        )  # fmt: skip
        os.fsync(file)
        return done.returncode != 0 and 0 < os.fstat(file).st_size <= TRIAL_BYTES
    finally:
        os.close(file)


def _fsxattr(fd: int) -> tuple[int, int, int, int, int]:
    data = array.array("B", bytes(FSXATTR.size))
    fcntl.ioctl(fd, FS_IOC_FSGETXATTR, data)
    flags, extent, extents, project, cow_extent = FSXATTR.unpack(data.tobytes())
    return flags, extent, extents, project, cow_extent


def _quotactl(fd: int, number: int, project: int, data: ctypes.Array[ctypes.c_char]) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    result = libc.syscall(
        ctypes.c_long(_SYS_QUOTACTL_FD), ctypes.c_uint(fd), ctypes.c_uint(command(number)),
        ctypes.c_uint(project), data,
    )  # fmt: skip
    if result != 0:
        number_of_error = ctypes.get_errno()
        raise OSError(number_of_error, os.strerror(number_of_error))
