"""How many requests of one person wait for servers elsewhere at a time, in this process."""

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from ide.errors import TooManyError

MOST: Final = 2
"""Each may hold a thread of the web for half a minute; others want those too."""

_lock = threading.Lock()
_under_way: Counter[int] = Counter()


@contextmanager
def turn(user_id: int) -> Iterator[None]:
    """Hold one of a person's turns. Raises TooManyError when all are taken."""
    with _lock:
        if _under_way[user_id] >= MOST:
            raise TooManyError(
                "Two others of yours are still under way. Please wait a moment.", retry_seconds=10
            )
        _under_way[user_id] += 1
    try:
        yield
    finally:
        with _lock:
            _under_way[user_id] -= 1
            if not _under_way[user_id]:
                del _under_way[user_id]
