"""Whether a program in front of a terminal waits for its person: it is blocked reading that.

The kernel says of each thread in which system call it is blocked, and with which arguments; of who
waits for several things its memory says which. Who waits for more than the terminal (a network
program, one with its own event loop) may go on by itself: that is not known to be a question.
"""

import os
import struct
import termios

MAX_PROCESSES = 4096
MAX_MEMBERS = 64
MAX_THREADS = 64
_MAX_FDS = 64
_READ_BYTES = 4096
_GROUP, _TERMINAL, _FIRST_FIELD = 5, 7, 3
"""Fields of /proc/PID/stat by their numbers in proc(5); the first is the one behind the name."""
_OWN_TERMINAL = os.makedev(5, 0)
"""/dev/tty."""
_POLLED = struct.Struct("iHH")

_CALLS = {
    "x86_64": {
        0: "read", 19: "read", 23: "select", 270: "pselect", 7: "poll", 271: "ppoll",
        232: "epoll", 281: "epoll",
    },
    "aarch64": {63: "read", 65: "read", 72: "pselect", 73: "ppoll", 22: "epoll"},
}  # fmt: skip
_SHELLS = {"bash", "zsh", "fish", "ksh", "mksh", "sh", "dash", "ash", "busybox", "rbash"}
_PLAIN_SHELLS = {"sh", "dash", "ash", "busybox"}
"""They do not edit their line, so that nothing tells their prompt from a question."""
_BASH = {"bash", "rbash"}
_PROMPTS = {"ipython", "ipython3", "ptpython", "bpython"}


class _UnknownError(Exception):
    """The kernel does not let us see."""


def waits(group: int, terminal: int, taps: int, modes: int) -> bool | None:
    """Whether a member of the process group `group` waits for somebody at its terminal.

    `terminal` is the device as /proc/PID/stat names it, `taps` and `modes` are its modes of input
    and its local ones. False for a shell or a Python that is at its prompt; None when nobody can
    tell.
    """
    known = True
    for pid in _members(group, terminal):
        try:
            if _reads(pid, _device(terminal), cooked=bool(modes & termios.ICANON)):
                return not _is_prompt(_words(pid), taps, modes)
        except _UnknownError:
            known = False
    return False if known else None


def terminal_of(pid: int) -> int:
    """Return the terminal of a process as /proc/PID/stat names it, 0 for none."""
    fields = _fields(pid)
    return int(fields[_TERMINAL - _FIRST_FIELD]) if fields else 0


def _members(group: int, terminal: int) -> list[int]:
    """Return the processes of a group, a few of many: its leader first."""
    with os.scandir("/proc") as entries:
        pids = [int(one.name) for one in entries if one.name.isdecimal()][:MAX_PROCESSES]
    found = []
    for pid in [group, *(pid for pid in pids if pid != group)]:
        fields = _fields(pid)
        if fields and (
            int(fields[_GROUP - _FIRST_FIELD]) == group
            and int(fields[_TERMINAL - _FIRST_FIELD]) == terminal
            and fields[0] not in {b"Z", b"X", b"T"}
        ):
            found.append(pid)
            if len(found) == MAX_MEMBERS:
                break
    return found


def _reads(pid: int, device: int, *, cooked: bool) -> bool:
    """Whether a thread of `pid` is blocked in reading the terminal `device`, and nothing else.

    A wait that ends by itself is a look at the clock, as of `top`, unless whole lines are read.
    """
    try:
        threads = os.listdir(f"/proc/{pid}/task")[:MAX_THREADS]  # noqa: PTH208 - costs memory here
    except OSError:
        return False
    for thread in threads:
        call = _call(f"/proc/{pid}/task/{thread}/syscall")
        if call is None:
            continue
        fds, ends = _waits_for(pid, *call)
        if fds and (cooked or not ends) and all(_is_terminal(pid, fd, device) for fd in fds):
            return True
    return False


def _call(path: str) -> tuple[str, list[int]] | None:
    """Return in which call a thread is blocked, a word of _CALLS, and its arguments.

    None when it runs, or does not wait for anything that is read.
    """
    try:
        words = _read(path).split()
    except FileNotFoundError:
        return None
    except OSError:
        raise _UnknownError from None
    if len(words) < 7 or not words[0].isdigit():
        return None
    calls = _CALLS.get(os.uname().machine)
    if calls is None:
        raise _UnknownError
    word = calls.get(int(words[0]))
    return (word, [int(one, 16) for one in words[1:7]]) if word else None


def _waits_for(pid: int, word: str, args: list[int]) -> tuple[list[int], bool]:
    """Return for which fds a call waits, and whether its wait ends by itself."""
    first, second, third, fourth, fifth = args[:5]
    if word == "read":
        return [first], False
    if word == "epoll":
        return _watched(pid, first), fourth & 0xFFFFFFFF != 0xFFFFFFFF
    if word in {"poll", "ppoll"}:
        ends = third != 0 if word == "ppoll" else third & 0x80000000 == 0
        data = _memory(pid, first, min(second, _MAX_FDS) * _POLLED.size)
        whole = len(data) // _POLLED.size * _POLLED.size
        fds = [fd for fd, _, _ in _POLLED.iter_unpack(data[:whole]) if fd >= 0]
        return (fds if second <= _MAX_FDS else []), ends
    if third or not second:  # it also waits to write
        return [], fifth != 0
    bits = int.from_bytes(_memory(pid, second, (min(first, 1024) + 7) // 8), "little")
    return [fd for fd in range(min(first, 1024)) if bits >> fd & 1], fifth != 0


def _watched(pid: int, fd: int) -> list[int]:
    """Return what an epoll watches."""
    try:
        lines = _read(f"/proc/{pid}/fdinfo/{fd}").splitlines()
    except OSError:
        raise _UnknownError from None
    return [int(line.split()[1]) for line in lines if line.startswith(b"tfd:")]


def _memory(pid: int, address: int, size: int) -> bytes:
    try:
        fd = os.open(f"/proc/{pid}/mem", os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        raise _UnknownError from None
    try:
        return os.pread(fd, size, address)
    except (OSError, OverflowError):
        raise _UnknownError from None
    finally:
        os.close(fd)


def _is_terminal(pid: int, fd: int, device: int) -> bool:
    try:
        return os.stat(f"/proc/{pid}/fd/{fd}").st_rdev in {device, _OWN_TERMINAL}  # noqa: PTH116
    except OSError:
        return False


def _is_prompt(words: list[str], taps: int, modes: int) -> bool:
    """Whether who reads is a shell or a Python that waits for its next command.

    They edit their line then; a question is a whole line's (`read`), or ^C is a signal (`input`).
    """
    if not words:
        return False
    name = os.path.basename(words[0]).lstrip("-")  # noqa: PTH119 - costs memory here
    options, rest = _options(words[1:])
    if any(os.path.basename(one) in _PROMPTS for one in (name, *rest[:1])):  # noqa: PTH119
        return not modes & (termios.ICANON | termios.ISIG)
    edits = not modes & termios.ICANON
    if name in _SHELLS:
        # Bash has Return turned into a line feed for `read -n`, and not for its own line.
        edits = edits and not (name in _BASH and taps & termios.ICRNL)
        is_interactive = "i" in options or ("c" not in options and not rest)
        return is_interactive and (edits or name in _PLAIN_SHELLS)
    if name.startswith(("python", "pypy")):
        is_interactive = "i" in options or not ({"c", "m"} & options or rest)
        return is_interactive and edits
    return False


def _options(words: list[str]) -> tuple[set[str], list[str]]:
    """Return the letters of all options, and what stands behind them."""
    letters: set[str] = set()
    for at, word in enumerate(words):
        if not word.startswith("-") or word == "-":
            return letters | _later(words[at:]), words[at:]
        if not word.startswith("--"):
            letters |= set(word[1:])
            if {"c", "m"} & set(word[1:]):
                return letters, []
    return letters, []


def _later(words: list[str]) -> set[str]:
    """Return `i` when it stands alone behind the argument of an option (`--rcfile x -i`)."""
    return {"i"} if "-i" in words[1:] else set()


def _words(pid: int) -> list[str]:
    try:
        line = _read(f"/proc/{pid}/cmdline").rstrip(b"\0")
    except OSError:
        return []
    return [os.fsdecode(word) for word in line.split(b"\0")] if line else []


def _fields(pid: int) -> list[bytes]:
    try:
        return _read(f"/proc/{pid}/stat").rpartition(b")")[2].split()
    except OSError:
        return []


def _device(terminal: int) -> int:
    """Return what stat(2) calls the terminal that /proc/PID/stat has as `terminal`."""
    return os.makedev(terminal >> 8 & 0xFFF, terminal & 0xFF | terminal >> 12 & 0xFFF00)


def _read(path: str) -> bytes:
    with open(path, "rb", 0) as file:  # noqa: PTH123 - pathlib costs memory here
        return file.read(_READ_BYTES)
