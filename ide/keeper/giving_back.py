"""Giving memory back when its owner asks: what is only kept to be quick goes, nothing that counts.

Screens are compressed, an idle file worker ends, and the kernel is asked to drop what it caches for
the workspace's programs.
"""

import asyncio
import ctypes
import gc
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Final

from ide.errors import IdeError
from ide.keeper.agent import AgentClient
from ide.keeper.console import Console

REST_TRIES: Final = 50
_APART_SECONDS: Final = 0.02
MOST_OF_A_WORKER: Final = 512 * 1024 * 1024
"""The agent is not trusted: it cannot claim that more than this was freed."""


async def by_keeper(consoles: Iterable[Console]) -> int:
    """Have this keeper take less; return how many bytes less."""
    before = _own_bytes()
    engines = [engine for console in consoles if (engine := console.screen.rest())]
    for _ in range(REST_TRIES):
        if all(engine.rests for engine in engines):
            break
        await asyncio.sleep(_APART_SECONDS)
    gc.collect()
    with suppress(AttributeError):  # not the C library that has it
        ctypes.CDLL(None).malloc_trim(0)
    return max(0, before - _own_bytes())


async def by_agent(agent: AgentClient) -> int:
    """Have the file worker end, if it is idle; return what it took."""
    try:
        answer = await agent.ask("rest")
    except IdeError:  # of an earlier version, or away
        return 0
    freed = answer.get("freed")
    return max(0, min(freed, MOST_OF_A_WORKER)) if isinstance(freed, int) else 0


def _own_bytes() -> int:
    for line in Path("/proc/self/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024
    return 0
