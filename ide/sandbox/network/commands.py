"""Run the machine's `ip`, `nft` and `nsenter`: in which namespace, and for how long at most."""

import fcntl
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Final

COMMAND_SECONDS: Final = 10.0
MAX_REASON_CHARS: Final = 300
PATH: Final = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
ENVIRONMENT: Final = {"PATH": PATH, "LANG": "C.UTF-8"}

_NS_GET_USERNS: Final = 0xB701


class DeviceError(Exception):
    """No device could be made, with the reason as one clause without a full stop."""


@dataclass(frozen=True, slots=True)
class Commands:
    """Runs commands behind the words `before`, with `fds` open in them."""

    before: tuple[str, ...] = ()
    fds: tuple[int, ...] = ()

    def run(self, *words: str, text: str = "", fds: tuple[int, ...] = ()) -> str:
        """Return what a command prints, given `text`. Raises DeviceError when it fails."""
        try:
            done = subprocess.run(
                [*self.before, *words],
                input=text.encode(),
                capture_output=True,
                pass_fds=(*self.fds, *fds),
                timeout=COMMAND_SECONDS,
                check=False,
                env=ENVIRONMENT,
                cwd="/",
            )
        except FileNotFoundError:
            raise DeviceError(f"{(*self.before, *words)[0]} is missing") from None
        except subprocess.TimeoutExpired:
            raise DeviceError(
                f"{words[0]} did not end within {COMMAND_SECONDS:.0f} seconds"
            ) from None
        except OSError as error:
            raise DeviceError(f"{words[0]}: {error.strerror}") from error
        if done.returncode:
            said = done.stderr.decode("utf-8", "replace").strip() or f"status {done.returncode}"
            raise DeviceError(f"{words[0]}: {said[:MAX_REASON_CHARS]}")
        return done.stdout.decode("utf-8", "replace")

    def works(self, *words: str) -> bool:
        """Whether a command ends with success."""
        with suppress(DeviceError):
            self.run(*words)
            return True
        return False


@dataclass(frozen=True, slots=True)
class Inside:
    """The network namespace of a process: descriptors of it and its owner, and commands in it."""

    pid: int
    network: int
    owner: int
    commands: Commands


@contextmanager
def inside(pid: int) -> Iterator[Inside]:
    """Open the network namespace of a process, which is another than ours.

    What runs in there are the machine's own programs; they see none of the sandbox's files.
    Raises DeviceError.
    """
    fds: list[int] = []
    try:
        yield _entered(pid, fds)
    finally:
        for fd in fds:
            os.close(fd)


def _entered(pid: int, fds: list[int]) -> Inside:
    try:
        network = _open(f"/proc/{pid}/ns/net", fds)
        if os.path.sameopenfile(network, _open("/proc/self/ns/net", fds)):
            raise DeviceError("the sandbox shares the machine's network")
        owner = fcntl.ioctl(network, _NS_GET_USERNS)
        fds.append(owner)
    except OSError as error:
        raise DeviceError(f"the sandbox's network cannot be entered: {error.strerror}") from error
    words = ["nsenter", "--preserve-credentials", f"--net=/proc/self/fd/{network}", "--"]
    if os.geteuid() != 0:
        words.insert(2, f"--user=/proc/self/fd/{owner}")
    return Inside(pid, network, owner, Commands(tuple(words), (network, owner)))


def _open(path: str, fds: list[int]) -> int:
    fds.append(os.open(path, os.O_RDONLY | os.O_CLOEXEC))
    return fds[-1]
