"""Have the machine forward packets while a workspace has a veth, and as before when none has.

What was before is remembered in a file of root's in /run, for all servers of one machine (of one
network namespace) together; its lock also keeps two of them from taking the same addresses.
"""

import fcntl
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

from ide.sandbox.network.commands import Commands, DeviceError

STATE: Final = Path("/run/ide-network")
LOCK_SECONDS: Final = 20.0

_SWITCH: Final = "/proc/sys/net/ipv4/ip_forward"


@contextmanager
def locked(commands: Commands) -> Iterator["Forwarding"]:
    """Keep other servers and threads out meanwhile. Raises DeviceError."""
    namespace = commands.run("stat", "-L", "-c", "%i", "/proc/self/ns/net").strip()
    try:
        with suppress(FileExistsError):
            STATE.mkdir(mode=0o700)
        flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
        fd = os.open(STATE / "lock", flags, 0o600)
    except OSError as error:
        raise DeviceError(f"{STATE} cannot be used: {error.strerror}") from error
    try:
        _lock(fd)
        yield Forwarding(commands, STATE / namespace)
    finally:
        os.close(fd)


def _lock(fd: int) -> None:
    deadline = time.monotonic() + LOCK_SECONDS
    while True:
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= deadline:
                raise DeviceError("another server holds the machine's network") from None
            time.sleep(0.02)
        else:
            return


class Forwarding:
    """The machine's switch; made by `locked`. `file` remembers what was before."""

    def __init__(self, commands: Commands, file: Path) -> None:
        self._commands, self._file = commands, file

    def links_before(self, links: list[str]) -> tuple[str, ...]:
        """Return the devices that may not forward what is new to them, to call before `enable`.

        `links` are the machine's own devices. What is now is remembered unless something is: then
        it was us who switched, also when every workspace since ended without a word. Raises
        DeviceError.
        """
        if not self._state():
            was_on = self._commands.run("cat", _SWITCH).strip() == "1"
            self._remember({"on": was_on, "links": [] if was_on else links})
        return self._known_links()

    def enable(self) -> None:
        """Switch it on. Raises DeviceError."""
        if not self._was_on():
            self._write("1")

    def restore(self, links: list[str]) -> list[str]:
        """Switch it as it was before the first workspace; return the devices that forbid it.

        Those are what came since, as Docker's: who made them found it on, did not ask for it, and
        may need it. Veths.look tries again. Raises DeviceError.
        """
        if not self._was_on():
            if come := sorted(set(links) - set(self._known_links())):
                return come
            self._write("0")
        self._file.unlink(missing_ok=True)
        return []

    def _was_on(self) -> bool:
        return bool(self._state().get("on", True))

    def _known_links(self) -> tuple[str, ...]:
        return tuple(map(str, self._state().get("links", ())))

    def _write(self, value: str) -> None:
        self._commands.run("sh", "-c", f"echo {value} > {_SWITCH}")

    def _remember(self, state: dict[str, Any]) -> None:
        temporary = self._file.with_suffix(".new")
        try:
            temporary.write_text(json.dumps(state))
            temporary.replace(self._file)
        except OSError as error:
            raise DeviceError(f"{temporary} cannot be written: {error.strerror}") from error

    def _state(self) -> dict[str, Any]:
        with suppress(OSError, ValueError):
            found = json.loads(self._file.read_text())
            return found if isinstance(found, dict) else {}
        return {}
