"""A browser's end that only follows: it counts and acknowledges output and keeps its last bytes."""

import time
from typing import Final

from ide.wire import frames, limits
from ide.wire.frames import Kind
from tests.visitor import Link

TAIL_BYTES: Final = 4096
WAIT_SECONDS: Final = 300.0


class Follower:
    """Reads one channel of a link, at most `bytes_per_second` of it."""

    def __init__(self, link: Link, channel: int = 1, bytes_per_second: float = 0.0) -> None:
        self.link = link
        self.channel = channel
        self.received = 0
        """Bytes of output and of snapshots."""
        self._rate = bytes_per_second
        self._started = time.perf_counter()
        self._tail = b""
        self._acked = 0

    def until(self, wanted: bytes) -> None:
        """Follow until `wanted` was printed."""
        while wanted not in self._tail:
            self.step(WAIT_SECONDS)
        self._tail = b""

    def step(self, seconds: float) -> None:
        """Take one frame."""
        if self._rate:
            ahead = self.received / self._rate - (time.perf_counter() - self._started)
            if ahead > 0:
                time.sleep(ahead)
        frame = self.link.frame(seconds)
        if frame.channel != self.channel:
            return
        self.received += len(frame.payload)
        if frame.kind == Kind.SNAP_BEGIN:
            self._ack(frames.SnapBegin.unpack(frame.payload).offset)
        elif frame.kind == Kind.OUTPUT:
            output = frames.Output.unpack(frame.payload)
            self._tail = (self._tail + output.data)[-TAIL_BYTES:]
            end = output.offset + len(output.data)
            if end - self._acked >= limits.ACK_EVERY_BYTES or len(output.data) < TAIL_BYTES:
                self._ack(end)

    def _ack(self, offset: int) -> None:
        self._acked = self.link.offset = offset
        self.link.send(Kind.ACK, self.channel, frames.Ack(offset).pack())
