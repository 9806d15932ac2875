"""What lies outside of a sandbox for tests: each thing that a program inside must not reach."""

import contextlib
import ctypes
import os
import secrets
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyseccomp

from ide.sandbox import bwrap
from ide.sandbox.syscalls import ALLOWED, REFUSED

CANARY = "canary-" + secrets.token_hex(8)
_IPC_CREAT, _IPC_RMID = 0o1000, 0
_libc = ctypes.CDLL(None, use_errno=True)
_rt = ctypes.CDLL("librt.so.1", use_errno=True)
CALLS = {
    name: pyseccomp.resolve_syscall(pyseccomp.Arch.NATIVE, name)
    for name in sorted(ALLOWED | REFUSED | {
        "clone3", "open_tree", "move_mount", "fsopen", "fsconfig", "fsmount", "fspick",
        "mount_setattr", "memfd_secret", "openat2",
    })
}  # fmt: skip
"""The numbers of system calls here, -1 for those that libseccomp does not know."""


@contextlib.contextmanager
def planted() -> Iterator[dict[str, Any]]:
    """Plant the canaries of the machine; yield what inside.py needs to look for them."""
    with contextlib.ExitStack() as after:
        listener = after.enter_context(socket.create_server(("127.0.0.1", 0)))
        abstract = after.enter_context(socket.socket(socket.AF_UNIX))
        abstract.bind("\0" + CANARY)
        abstract.listen()
        process = after.enter_context(
            subprocess.Popen([CANARY, "600"], executable="/usr/bin/sleep", env={CANARY: CANARY})
        )
        after.callback(process.kill)
        yield {
            "canary": CANARY,
            "calls": CALLS,
            "pid": process.pid,
            "port": listener.getsockname()[1],
            "abstract": CANARY,
            "key": after.enter_context(_segment()),
            "queue": after.enter_context(_queue()),
            "memory_file": after.enter_context(_file("/dev/shm")).name,  # noqa: S108
            "temporary_file": after.enter_context(_file("/tmp")).name,  # noqa: S108
            "tools": bwrap.TOOLS,
        }


@contextlib.contextmanager
def planted_beside(folder: Path) -> Iterator[dict[str, Any]]:
    """Plant what lies in the folder of a sandbox beside its home: files and sockets."""
    outside = folder / "outside.txt"
    outside.write_text(CANARY)
    outside.chmod(0o666)  # a file that the account may change can get a second name
    private = folder / "private"
    private.mkdir(mode=0o700)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(private / "supervisor.sock"))
        listener.listen()
        sockets = [str(private / "supervisor.sock"), str(folder / "agent.sock")]
        yield {"outside": [str(outside)], "sockets": sockets}


@contextlib.contextmanager
def _segment() -> Iterator[int]:
    """System V memory that everybody may use; its key."""
    key = secrets.randbits(30) + 1
    identity = _libc.shmget(key, 4096, _IPC_CREAT | 0o666)
    assert identity != -1
    try:
        yield key
    finally:
        _libc.shmctl(identity, _IPC_RMID, None)


@contextlib.contextmanager
def _queue() -> Iterator[str]:
    """A POSIX message queue that everybody may read; its name."""
    name = f"/{CANARY}"
    before = os.umask(0)
    try:
        fd = _rt.mq_open(name.encode(), os.O_CREAT | os.O_RDWR, 0o666, None)
    finally:
        os.umask(before)
    assert fd != -1
    os.close(fd)
    try:
        yield name
    finally:
        _rt.mq_unlink(name.encode())


@contextlib.contextmanager
def _file(folder: str) -> Iterator[Path]:
    with tempfile.NamedTemporaryFile("w", dir=folder, prefix="ide-canary-") as file:
        file.write(CANARY)
        file.flush()
        Path(file.name).chmod(0o644)
        yield Path(file.name)
