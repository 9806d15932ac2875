"""Input on its way to a program: keys, pastes, and the answers to what it asked its terminal."""

import asyncio
import os
import re
from collections import deque
from collections.abc import Callable
from typing import Final

MAX_INPUT_BYTES: Final = 1024 * 1024
MAX_UNREAD_BYTES: Final = 8 * 1024
"""Answers wait up to this beyond what the terminal holds: those to 256 questions for a colour."""
_ANSWER: Final = re.compile(rb"\x1b[^\\][^\x1b]*(?:\x1b\\)?")


class InputQueue:
    """What the terminal has not taken yet. Never blocks; at most MAX_INPUT_BYTES."""

    def __init__(self, loop: asyncio.AbstractEventLoop, master: int) -> None:
        self._loop, self._master = loop, master
        self._waiting: deque[tuple[bytes, Callable[[], None] | None]] = deque()
        self._bytes = 0
        self._writing = False

    def write(self, data: bytes, written: Callable[[], None] | None = None) -> bool:
        """Queue input for the program, then call `written`. False when the queue is full."""
        if self._bytes + len(data) > MAX_INPUT_BYTES:
            return False
        self._waiting.append((data, written))
        self._bytes += len(data)
        if not self._writing:
            self._send()
        return True

    def answer(self, data: bytes) -> None:
        """Queue answers to queries; those beyond MAX_UNREAD_BYTES are dropped, whole ones each.

        Nobody reads them: they would be typed into the next shell, and keys wait behind them.
        """
        room = MAX_UNREAD_BYTES - self._bytes
        if len(data) > room:
            ends = (answer.end() for answer in _ANSWER.finditer(data))
            data = data[: max((end for end in ends if end <= room), default=0)]
        if data:
            self.write(data)

    def drop_answers(self) -> None:
        """Forget answers that the terminal has not taken; keys stay."""
        self._waiting = deque(one for one in self._waiting if one[1])
        self._bytes = sum(len(data) for data, _ in self._waiting)

    def _send(self) -> None:
        os.set_blocking(self._master, False)  # the agent's copy shares that word with ours
        while self._waiting:
            data, written = self._waiting[0]
            try:
                count = os.write(self._master, data) if data else 0
            except BlockingIOError:
                count = 0
            except OSError:
                # The terminal is gone; the exit of the session says so.
                self._drop()
                break
            self._bytes -= count
            if count < len(data):
                self._waiting[0] = (data[count:], written)
                if not self._writing:
                    self._writing = True
                    self._loop.add_writer(self._master, self._send)
                return
            self._waiting.popleft()
            if written:
                written()
        self._stop_writing()

    def _drop(self) -> None:
        self._waiting.clear()
        self._bytes = 0

    def _stop_writing(self) -> None:
        if self._writing:
            self._writing = False
            self._loop.remove_writer(self._master)

    def close(self) -> None:
        """Drop what waits; the terminal stays the caller's."""
        self._stop_writing()
        self._drop()
