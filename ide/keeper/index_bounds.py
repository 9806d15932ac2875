"""How long one search may take, and how much it may say."""

import json
import time
from pathlib import Path
from typing import Any, Final

from ide.keeper.index_query import question
from ide.keeper.settled_log import Commands

MAX_SCANNED_CELLS: Final = 256
"""Of the newest output, which is not in the index yet, so much is looked at, 4 MiB."""
SOFT_CPU_SECONDS: Final = 0.15
"""After so much of a processor each console has its newest hit, if it has any, and no more."""
FIRST_SECONDS: Final = 0.24
"""After it was asked for it is said what was found, and where to go on."""
GO_ON_SECONDS: Final = 0.5
"""The same for who goes on: they see something already."""
LEAST_SECONDS: Final = 0.1
"""So long it looks, however long its process took to start."""
MAX_HITS_BYTES: Final = 512 * 1024
"""Of all consoles together, as JSON: the answer goes to the web in one message."""


class Search:
    """What is looked for, and how long that may take."""

    def __init__(self, job: dict[str, Any]) -> None:
        asked = question(job["q"])
        self.match, self.finders, self.words = asked.match(), asked.finders(), asked.words()
        seconds = FIRST_SECONDS if job["before"] is None else GO_ON_SECONDS
        self._until: float = max(job["asked_at"] + seconds, time.monotonic() + LEAST_SECONDS)
        self._worked = time.process_time()
        self._scans = MAX_SCANNED_CELLS
        self._room = MAX_HITS_BYTES
        self.commands = Commands(Path(job["cards"]))
        self.damaged: list[str] = []
        self.failed = ""

    def is_late(self) -> bool:
        """Whether it must end."""
        return time.monotonic() > self._until

    def has_time(self) -> bool:
        """Whether there is time for more than the newest."""
        return time.process_time() - self._worked < SOFT_CPU_SECONDS and not self.is_late()

    def has_room_for(self, hit: dict[str, Any]) -> bool:
        """Whether one more hit can be shown; once there was none, none can."""
        self._room -= len(json.dumps(hit))
        return self._room >= 0

    def may_scan(self) -> bool:
        """Whether one more cell that is not indexed may be looked at."""
        self._scans -= 1
        return self._scans >= 0
