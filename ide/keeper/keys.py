"""Input on its way to the program: numbered pieces, each written once."""

from collections import OrderedDict
from typing import Final

from ide.keeper.session import Session
from ide.keeper.viewer import Viewer
from ide.wire import frames
from ide.wire.frames import ErrorCode, Kind

_INTERRUPTS: Final = frozenset(b"\x03\x1a\x1c")
"""^C, ^Z and ^\\."""
_FOCUS_REPORTS: Final = (b"\x1b[I", b"\x1b[O")
"""What a terminal says by itself to a program that wants to hear of the focus (mode 1004)."""
_MAX_WRITERS: Final = 64
"""Pages whose last number is remembered for one console; the one silent longest is forgotten."""


def is_use(data: bytes) -> bool:
    """Whether somebody pressed something."""
    return data not in _FOCUS_REPORTS


def interrupt_in(data: bytes) -> int | None:
    """Return the first key that may interrupt a program, None when there is none."""
    return next((key for key in data if key in _INTERRUPTS), None)


class Keys:
    """The last number that each page had written."""

    def __init__(self) -> None:
        self._writers: OrderedDict[str, int] = OrderedDict()

    def done(self, page: str) -> int:
        """Return the number of the last piece that `page` had written, 0 before the first."""
        return self._writers.get(page, 0)

    def type(self, viewer: Viewer, seq: int, data: bytes, session: Session | None) -> None:
        """Write piece `seq` unless it was written before; INACK follows, or a refusal."""
        done = self.done(viewer.page)
        if seq <= done:
            viewer.link.send(Kind.INACK, viewer.channel, frames.Inack(done).pack())
            return
        if session is None:
            _refuse(viewer, ErrorCode.GONE, "Nothing runs in this console any more.")
            return

        def written() -> None:
            if not viewer.detached:
                viewer.link.send(Kind.INACK, viewer.channel, frames.Inack(seq).pack())

        if not session.write(data, written):
            _refuse(viewer, ErrorCode.BUSY, "The program does not read; this was not typed.")
            return
        self._writers[viewer.page] = seq
        self._writers.move_to_end(viewer.page)
        if len(self._writers) > _MAX_WRITERS:
            self._writers.popitem(last=False)


def _refuse(viewer: Viewer, code: ErrorCode, text: str) -> None:
    viewer.link.send(Kind.ERROR, viewer.channel, frames.ErrorInfo(code, text).pack())
