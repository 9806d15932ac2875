"""The care of a workspace's logs: synced, looked after, compressed, and held to their caps.

What takes long happens in one thread of low priority, so that a flood of output does not wait.
"""

import asyncio
import contextlib
import os
import shutil
import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

from ide.guard.plan_words import say_bytes
from ide.keeper.config import LogLimits
from ide.keeper.console import Console
from ide.keeper.segments import Segment

_QUIET_BYTES: Final = 1024 * 1024
"""A console that printed less than this since the last round is worth compressing."""
_SEAL_BYTES: Final = 256 * 1024
"""An ended console's last segment is compressed too when it is larger than this."""
_NICENESS: Final = 10


class LogKeeping:
    """Works in rounds; one that is called while another works does nothing."""

    def __init__(self, consoles: Mapping[str, Console], limits: LogLimits) -> None:
        self._consoles, self._limits = consoles, limits
        self._pool = ThreadPoolExecutor(1, "keeping", initializer=_be_nice)
        self._halt = threading.Event()
        self._heads: dict[str, int] = {}
        self._synced: dict[str, int] = {}
        self._told_full = False
        self._working = False
        self._busy = asyncio.Lock()
        """Held while files are written or removed here."""

    def limit(self, limits: LogLimits) -> None:
        """Hold them to other limits from the next round on."""
        self._limits = limits
        self._told_full = False

    @property
    def disk_bytes(self) -> int:
        """What all logs take on the disk."""
        return sum(console.log.disk_bytes for console in self._consoles.values())

    def to_json(self) -> dict[str, Any]:
        """Return what all logs take, and how much they may."""
        return {"disk_bytes": self.disk_bytes, "cap_bytes": self._limits.workspace_cap_bytes}

    def look(self) -> None:
        """See whether the disk still takes what is printed, or does again."""
        for console in list(self._consoles.values()):
            console.recording.look()

    async def round(self) -> None:
        """Sync, compress and drop what is due."""
        if self._working:
            return
        self._working = True
        try:
            for console in list(self._consoles.values()):
                async with self._busy:
                    await self._sync(console)
                    await self._pack(console)
                    self._hold_to_cap(console)
            self._hold_workspace_to_cap()
            self._heads = {name: console.log.head for name, console in self._consoles.items()}
        finally:
            self._working = False

    async def remove(self, console: Console) -> None:
        """Forget a console that was removed, and remove its folder."""
        self._heads.pop(console.record.id, None)
        self._synced.pop(console.record.id, None)
        async with self._busy:
            await asyncio.to_thread(shutil.rmtree, console.folder, ignore_errors=True)

    async def _sync(self, console: Console) -> None:
        head = console.log.head
        if head != self._synced.get(console.record.id):
            self._synced[console.record.id] = head
            await asyncio.to_thread(_sync, console.log.shelf.unpacked())

    async def _pack(self, console: Console) -> None:
        log = console.log
        sealed = console.record.state == "ended" and log.grown_bytes >= _SEAL_BYTES
        if sealed or log.segment_is_full:  # the latter when a plan made segments smaller
            log.rotate()
        loop = asyncio.get_running_loop()
        while (raw := log.shelf.next_to_pack()) and self._is_due(console):
            try:
                packed = await loop.run_in_executor(self._pool, raw.pack, self._halt)
            except OSError:
                return  # a full disk or a removed folder: it stays as it is, and is tried again
            log.shelf.replace(raw, packed)
            console.changed()

    def _is_due(self, console: Console) -> bool:
        """Whether it is quiet, or room is needed."""
        log = console.log
        printed = log.head - self._heads.get(console.record.id, 0)
        return (
            printed < _QUIET_BYTES
            or log.wants_packing
            or log.disk_bytes > log.cap_bytes
            or self.disk_bytes > self._limits.workspace_cap_bytes
        )

    def _hold_to_cap(self, console: Console) -> None:
        console.log.shelf.forget_memory(console.screen.keep_from)
        while console.log.disk_bytes > console.log.cap_bytes:
            if not console.recording.drop_oldest():
                break

    def _hold_workspace_to_cap(self) -> None:
        limit = self._limits.workspace_cap_bytes
        while self.disk_bytes > limit:
            # The very oldest may be needed for a rebuild until the next checkpoint: it is waited
            # for, unless the need is great.
            by_age = sorted(self._oldest(), key=lambda found: found[0])
            some = by_age if self.disk_bytes > limit * 3 // 2 else by_age[:1]
            dropped = next((c for _, c in some if c.recording.drop_oldest(tell=False)), None)
            if dropped is None:
                return
            if not self._told_full:
                self._told_full = True
                dropped.notice(
                    "warning",
                    "The logs of this workspace have reached their maximum of"
                    f" {say_bytes(limit)} together. From now on the oldest output of any console is"
                    " dropped; the newest is always kept.",
                )

    def _oldest(self) -> Iterator[tuple[float, Console]]:
        for console in self._consoles.values():
            if segment := console.log.shelf.oldest_closed():
                yield segment.at, console

    def close(self) -> None:
        """Stop; what is being compressed is finished by whoever comes next."""
        self._halt.set()
        self._pool.shutdown(wait=True, cancel_futures=True)


def _be_nice() -> None:
    with contextlib.suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICENESS)


def _sync(unpacked: list[Segment]) -> None:
    for segment in unpacked:
        with contextlib.suppress(OSError), segment.opened() as fd:
            os.fdatasync(fd)
