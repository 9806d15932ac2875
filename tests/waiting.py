"""Waiting in tests: on a condition, with a deadline, and nowhere else."""

import asyncio
import threading
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

_PAUSE_SECONDS = 0.01


def wait_until(predicate: Callable[[], T], seconds: float = 30.0, what: str = "") -> T:
    """Return the first true value of `predicate`, asked every 10 ms.

    Raises AssertionError naming `what` (or the predicate) when `seconds` have passed.
    """
    pause = threading.Event()
    deadline = time.monotonic() + seconds
    while True:
        value = predicate()
        if value:
            return value
        if time.monotonic() >= deadline:
            raise AssertionError(f"not within {seconds} s: {what or predicate!r}")
        pause.wait(_PAUSE_SECONDS)


async def wait_until_async(predicate: Callable[[], T], seconds: float = 30.0, what: str = "") -> T:
    """The same inside an event loop."""
    deadline = time.monotonic() + seconds
    while True:
        value = predicate()
        if value:
            return value
        if time.monotonic() >= deadline:
            raise AssertionError(f"not within {seconds} s: {what or predicate!r}")
        await asyncio.sleep(_PAUSE_SECONDS)
