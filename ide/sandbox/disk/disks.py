"""All running workspaces' disks, looked after by one thread."""

import threading
from typing import Any, Final

import structlog

from ide.guard.plan import Plan
from ide.sandbox.disk.watch import Home, Watch

BUSY_SECONDS: Final = 0.1
TICK_SECONDS: Final = 0.5
MAX_COUNTS: Final = 2
"""So many counts at once: they take a processor and the disk."""
MAX_KEPT: Final = 1000
_ENFORCED: Final = {"quota": "quota", "memory": "quota", "watcher": "watcher", "none": "none"}

_log = structlog.get_logger()


class Disks:
    """By workspace. Thread-safe."""

    def __init__(self) -> None:
        self._watches: dict[str, Watch] = {}
        self._homes: dict[str, Home] = {}
        self._last: dict[str, dict[str, Any] | None] = {}
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._thread: threading.Thread | None = None

    def watch(self, workspace: str, home: Home, plan: Plan) -> None:
        """Look after a sandbox that runs now, and close `home.home_fd` when that is over."""
        with self._lock:
            self._drop(workspace)
            self._watches[workspace], self._homes[workspace] = Watch(home, plan), home
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="disks", daemon=True)
                self._thread.start()
        self._wake.set()

    def limit(self, workspace: str, plan: Plan) -> None:
        """Go on with another plan, when it runs."""
        with self._lock:
            if watch := self._watches.get(workspace):
                watch.limit(plan)

    def forget(self, workspace: str) -> None:
        """Stop looking after a sandbox that ended."""
        with self._lock:
            self._drop(workspace)

    def home(self, workspace: str) -> Home | None:
        """Return what is watched, None when it does not run."""
        with self._lock:
            return self._homes.get(workspace)

    def state(self, workspace: str) -> dict[str, Any] | None:
        """Return `{used, limit, files, files_limit, full}`, None until it was measured.

        Of one that does not run, or has just begun to, what was last known: nothing but programs
        inside writes there.
        """
        with self._lock:
            watch = self._watches.get(workspace)
            last = self._last.get(workspace)
            if watch is None or watch.state() is not None:
                return watch.state() if watch else last
            if last is None or self._homes[workspace].how == "memory":  # which began empty
                return None
            return last | {"limit": watch.plan.disk_bytes, "files_limit": watch.plan.files}

    def enforced(self, workspace: str) -> str:
        """Return what holds the limit: "quota", "watcher" or "none"."""
        with self._lock:
            home = self._homes.get(workspace)
            return _ENFORCED[home.how] if home else "none"

    def notes(self, workspace: str) -> list[str]:
        """Return sentences about what could not be had, and where files do not last."""
        with self._lock:
            watch = self._watches.get(workspace)
            return watch.notes() if watch else []

    def kills(self, workspace: str) -> list[dict[str, Any]]:
        """Return the newest programs that were ended for going on above the limit."""
        with self._lock:
            watch = self._watches.get(workspace)
            return list(watch.kills) if watch else []

    def _drop(self, workspace: str) -> None:
        watch = self._watches.pop(workspace, None)
        self._homes.pop(workspace, None)
        if watch:
            last = self._last.pop(workspace, None)
            while len(self._last) >= MAX_KEPT:
                del self._last[next(iter(self._last))]
            self._last[workspace] = watch.state() or last
            watch.close()

    def _run(self) -> None:
        while True:
            with self._lock:
                watches = list(self._watches)
            is_busy = False
            for workspace in watches:
                is_busy |= self._tick(workspace)
            self._wake.wait(BUSY_SECONDS if is_busy else TICK_SECONDS if watches else None)
            self._wake.clear()

    def _tick(self, workspace: str) -> bool:
        """Look after one; return whether it should be looked at again in a moment."""
        with self._lock:
            watch = self._watches.get(workspace)
            if watch is None:
                return False
            counts = sum(one.measures for one in self._watches.values())
            was_full = watch.full
            kills = watch.killed
            try:
                watch.tick(may_start=counts < MAX_COUNTS)
            except Exception:  # noqa: BLE001 - one workspace must not cost the others their watch
                _log.exception("looking after a disk failed", workspace=workspace)
                return False
            if watch.full != was_full:
                _log.info("disk full" if watch.full else "disk no longer full", workspace=workspace)
            if watch.killed > kills:
                _log.warning("programs ended for the disk", workspace=workspace)
            return watch.is_busy
