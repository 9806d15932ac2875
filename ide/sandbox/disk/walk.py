"""Count what a home folder takes: `walk.py HOME_FD MOST_ENTRIES SECONDS [PID …]` prints JSON.

It runs under the account whose files these are, with nothing but the standard library, and looks
at names and sizes alone. What it walks is hostile: folders are entered by descriptor, one level
at a time, without following links or leaving the file system, so renames meanwhile lead nowhere
else. PIDs are processes whose removed but open files are counted too.

Printed: `{used, files, complete, why, seconds, waited}`: bytes on the disk, names, whether that is
all, else why not ("entries", "time", "deep", "closed": then there is at least as much as was
counted), the processor time that it took, and how long it waited for the disk, in seconds.
"""

import ctypes
import errno
import json
import os
import resource
import stat
import struct
import sys
import time
from collections.abc import Iterator

NICE = 10
MAX_DEPTH = 16_000
"""Each level holds a descriptor."""
MAX_MEMORY_BYTES = 512 * 1024 * 1024
MAX_OPEN_FILES_SEEN = 50_000
_SPARE_FDS = 32
_BLOCK_BYTES = 512
_READABLE = 0o500
_LOOK_EVERY = 512
_SOCKET_CALLS = {"x86_64": 41, "aarch64": 198}
_PR_SET_NO_NEW_PRIVS, _PR_SET_SECCOMP, _SECCOMP_MODE_FILTER = 38, 22, 2
_LOAD, _JUMP_IF_EQUAL, _RETURN = 0x20, 0x15, 0x06
_ALLOW, _REFUSE = 0x7FFF_0000, 0x0005_0000 | errno.EPERM
_FLAGS = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


class EnoughError(Exception):
    """The walk ends here; the text is the word for it."""


class Level:
    """One open folder on the way down, and the folders in it that are still to be entered."""

    def __init__(self, parent: int, name: str) -> None:
        """Open it, if need be by giving its owner, us, the right to. Raises OSError."""
        self._closed_mode: int | None = None
        try:
            self.fd = os.open(name, _FLAGS, dir_fd=parent)
        except PermissionError:
            self.fd = self._pried_open(parent, name)
        self.folders: Iterator[str] = iter(())
        mode = stat.S_IMODE(os.fstat(self.fd).st_mode)
        if mode & _READABLE != _READABLE:
            self._open_up(mode, self.fd)

    def _pried_open(self, parent: int, name: str) -> int:
        """Open a folder that its owner closed to itself: nobody hides files from the count so."""
        path = os.open(name, os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=parent)
        try:
            mode = stat.S_IMODE(os.fstat(path).st_mode)
            # By descriptor: whatever has the name by now, this very folder is changed.
            os.chmod(f"/proc/self/fd/{path}", mode | _READABLE)  # noqa: PTH101
            self._closed_mode = mode
            return os.open(".", _FLAGS, dir_fd=path)
        finally:
            os.close(path)

    def _open_up(self, mode: int, fd: int) -> None:
        try:
            os.fchmod(fd, mode | _READABLE)
            self._closed_mode = mode
        except PermissionError:
            return  # somebody else's, as after a restored backup

    def close(self) -> None:
        """Close it as it was found."""
        try:
            if self._closed_mode is not None:
                os.fchmod(self.fd, self._closed_mode)
        finally:
            os.close(self.fd)


class Walk:
    """One count. `used` and `files` are right so far at any time."""

    def __init__(self, most: int, until: float) -> None:
        """At most `most` names; `until` is in time.monotonic() seconds."""
        self.used = 0.0
        self.files = 0
        self.why = ""
        self._most, self._until = most, until
        self._device = -1

    def count_folder(self, home: int) -> None:
        """Count the folder of this descriptor and all below it."""
        try:
            top = Level(home, ".")
        except PermissionError:
            self.why = "closed"
            return
        status = os.fstat(top.fd)
        self._device = status.st_dev
        self.used += status.st_blocks * _BLOCK_BYTES
        levels = [top]
        try:
            self._list(top)
            while levels:
                self._step(levels)
        except EnoughError as enough:
            self.why = str(enough)
        except MemoryError:  # folders beside folders, more than any limit allows
            self.why = "entries"
        finally:
            for level in levels:
                level.close()

    def _step(self, levels: list[Level]) -> None:
        name = next(levels[-1].folders, None)
        if name is None:
            levels.pop().close()
            return
        if len(levels) >= MAX_DEPTH:
            raise EnoughError("deep")
        try:
            level = Level(levels[-1].fd, name)
        except PermissionError:
            self.why = "closed"
            return
        except OSError as error:
            if error.errno in {errno.EMFILE, errno.ENFILE}:
                raise EnoughError("deep") from None
            return  # removed, or replaced by something else, since it was listed
        levels.append(level)
        if os.fstat(level.fd).st_dev == self._device:
            self._list(level)

    def _list(self, level: Level) -> None:
        """Count what is in a folder, and note the folders there as one short text."""
        found = []
        with os.scandir(level.fd) as entries:
            for entry in entries:
                try:
                    status = entry.stat(follow_symlinks=False)
                except OSError:
                    continue  # removed meanwhile
                self._count(status)
                if stat.S_ISDIR(status.st_mode) and status.st_dev == self._device:
                    found.append(entry.name)
        level.folders = _each("/".join(found))

    def _count(self, status: os.stat_result) -> None:
        self.files += 1
        if self.files >= self._most:
            raise EnoughError("entries")
        if self.files % _LOOK_EVERY == 0 and time.monotonic() >= self._until:
            raise EnoughError("time")
        if status.st_dev != self._device:
            return
        # All names of a file are in the home folder, which has a mount of its own inside, so each
        # may count for its part: nothing need be remembered.
        names = 1 if stat.S_ISDIR(status.st_mode) else max(1, status.st_nlink)
        self.used += status.st_blocks * _BLOCK_BYTES / names

    def count_removed(self, pids: list[int]) -> None:
        """Count files without any name that these processes have open."""
        seen: set[int] = set()
        looked = 0
        for pid in pids:
            try:
                fds = os.listdir(f"/proc/{pid}/fd")  # noqa: PTH208
            except OSError:
                continue
            for fd in fds:
                looked += 1
                if looked > MAX_OPEN_FILES_SEEN or time.monotonic() >= self._until:
                    self.why = self.why or "time"
                    return
                self._count_removed(f"/proc/{pid}/fd/{fd}", seen)

    def _count_removed(self, fd: str, seen: set[int]) -> None:
        try:
            status = os.stat(fd)  # noqa: PTH116 - one of thousands
        except OSError:
            return
        is_ours = stat.S_ISREG(status.st_mode) and status.st_dev == self._device
        if is_ours and status.st_nlink == 0 and status.st_ino not in seen:
            seen.add(status.st_ino)
            self.files += 1
            self.used += status.st_blocks * _BLOCK_BYTES


def _each(names: str) -> Iterator[str]:
    """Yield the parts of a text with slashes between: a list of a million would take 100 MB."""
    start = 0
    while start < len(names):
        end = names.find("/", start)
        end = len(names) if end < 0 else end
        yield names[start:end]
        start = end + 1


class Waiting:
    """How long we have waited since this began, but not for our turn at a processor.

    On a busy machine that is most of the time a count takes, and no disk is slow for it.
    """

    def __init__(self) -> None:
        self._began = self._so_far()

    def seconds(self) -> float:
        """Return it; with the wait for turns where the kernel does not say how long that was."""
        return max(0.0, self._so_far() - self._began)

    @staticmethod
    def _so_far() -> float:
        return time.monotonic() - time.process_time() - _queued_seconds()


def _queued_seconds() -> float:
    try:
        with open("/proc/self/schedstat", "rb") as told:  # noqa: PTH123
            return int(told.read().split()[1]) / 1e9
    except (OSError, IndexError, ValueError):
        return 0.0


def _bound(seconds: float) -> None:
    """Never more than this, whatever is walked."""
    os.nice(NICE)
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    fds = MAX_DEPTH + _SPARE_FDS
    fds = fds if most == resource.RLIM_INFINITY else min(fds, most)
    resource.setrlimit(resource.RLIMIT_NOFILE, (fds, fds))
    resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY_BYTES, MAX_MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (int(seconds) + 5, int(seconds) + 5))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


def _leave_network() -> None:
    """Refuse ourselves every socket. Raises OSError where the kernel has no filters."""
    call = _SOCKET_CALLS.get(os.uname().machine)
    if call is None:
        return  # an architecture whose numbers we do not know: there is only no need for one
    rules = [
        (_LOAD, 0, 0, 0), (_JUMP_IF_EQUAL, 0, 1, call), (_RETURN, 0, 0, _REFUSE),
        (_RETURN, 0, 0, _ALLOW),
    ]  # fmt: skip
    program = b"".join(struct.pack("HBBI", *rule) for rule in rules)
    held = ctypes.create_string_buffer(program, len(program))
    head = ctypes.create_string_buffer(struct.pack("@HP", len(rules), ctypes.addressof(held)))
    libc = ctypes.CDLL(None, use_errno=True)
    for option, first, second in (
        (_PR_SET_NO_NEW_PRIVS, 1, None),
        (_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, head),
    ):
        if libc.prctl(option, ctypes.c_ulong(first), second, ctypes.c_ulong(0), ctypes.c_ulong(0)):
            raise OSError(ctypes.get_errno(), "no seccomp filter")


def main() -> None:
    """Count and print."""
    home, most, seconds = int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])
    waiting = Waiting()
    _bound(seconds)
    _leave_network()
    walk = Walk(most, time.monotonic() + seconds)
    walk.count_folder(home)
    walk.count_removed([int(pid) for pid in sys.argv[4:]])
    found = {
        "used": int(walk.used),
        "files": walk.files,
        "complete": not walk.why,
        "why": walk.why,
        "seconds": time.process_time(),
        "waited": waiting.seconds(),
    }
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    main()
