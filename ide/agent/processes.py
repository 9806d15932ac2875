"""The agent's part in showing and ending processes: a child makes the list, we send signals."""

import os
import signal
from typing import Any

from ide.agent.children import fork_child
from ide.agent.sessions import RefusedError, Sessions

SIGNALS = {"HUP": signal.SIGHUP, "TERM": signal.SIGTERM, "KILL": signal.SIGKILL}


class Processes:
    """One list at a time, the newest. `ours` are our own processes, and sessions of our own."""

    def __init__(self, sessions: Sessions, home: str, *, confined: bool) -> None:
        self._sessions, self._home, self._confined = sessions, home, confined
        self.ours: set[int] = {os.getpid()}
        self._pid = 0

    def list(self, out: int, worker: int) -> None:
        """Have the list written to `out`, which stays the caller's. Raises RefusedError."""
        if self._pid:  # not collected yet: it is done, or nobody reads it
            os.kill(self._pid, signal.SIGKILL)
        facts = {
            "sessions": self._sessions.leaders(),
            "ours": (self.ours | {worker}) - {0},
            "home": self._home,
            "confined": self._confined,
        }
        try:
            self._pid = fork_child("ide.agent.process_list", out, facts)
        except OSError as error:
            raise RefusedError(
                "unavailable", f"no process is left for the list: {error}"
            ) from error

    def reaped(self, pid: int) -> None:
        """Take note that a child ended."""
        if pid == self._pid:
            self._pid = 0
        self.ours.discard(pid)

    def signal(self, request: dict[str, Any]) -> None:
        """Send a signal to the very process that began at `start`. Raises RefusedError."""
        pid, start, name = (request.get(one) for one in ("pid", "start", "signal"))
        if type(pid) is not int or type(start) is not int or name not in SIGNALS or pid <= 0:
            raise RefusedError("bad_request", "signal_process needs pid, start and a signal")
        if pid in self.ours:
            raise RefusedError("bad_request", "this is the agent's own")
        try:
            handle = os.pidfd_open(pid)
        except (OSError, OverflowError):
            raise RefusedError("not_found", "this process has ended") from None
        try:
            # The handle first, the comparison after: what is compared is what is held.
            if _start_of(pid) != start:
                raise RefusedError("not_found", "this process has ended")
            signal.pidfd_send_signal(handle, SIGNALS[name])
            if name != "KILL":
                _wake(handle)
        except ProcessLookupError:
            raise RefusedError("not_found", "this process has ended") from None
        except PermissionError:
            raise RefusedError("forbidden", "this process is not the workspace's") from None
        finally:
            os.close(handle)


def _wake(handle: int) -> None:
    """Have a stopped process hear what it was sent; it may have ended of it already."""
    try:
        signal.pidfd_send_signal(handle, signal.SIGCONT)
    except ProcessLookupError:
        return


def _start_of(pid: int) -> int:
    """Return field 22 of proc(5)'s stat, -1 when it has ended."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:  # noqa: PTH123 - pathlib costs memory here
            return int(file.read().rpartition(b")")[2].split()[19])
    except (OSError, IndexError):
        return -1
