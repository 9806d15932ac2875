"""What a snapshot may weigh."""

import base64
import random
import zlib
from typing import ClassVar

import pytest

from ide.keeper.noted_engine import MAX_SNAPSHOT_BYTES, NotedEngine
from ide.keeper.suspicion import Suspicion
from ide.screen.ghostty import GhosttyScreen
from ide.screen.log import LogScreen
from ide.wire.frames import Codec

SIZE = (200, 20)


def noise(lines: int, chars: int) -> list[bytes]:
    made_up = random.Random(1)
    return [base64.b64encode(made_up.randbytes(chars * 3 // 4)) for _ in range(lines)]


@pytest.mark.parametrize("engine_kind", [GhosttyScreen, LogScreen])
def test_output_that_hardly_shrinks_comes_with_fewer_lines_and_the_newest_are_whole(
    engine_kind, tmp_path
):
    lines, screen = noise(5000, 190), engine_kind.new(*SIZE)
    engine = NotedEngine(screen, Suspicion(tmp_path))
    for line in lines:
        engine.feed(0, line + b"\r\n")
    snapshot = engine.snapshot(0, 0)
    assert MAX_SNAPSHOT_BYTES // 2 < len(snapshot.data) <= MAX_SNAPSHOT_BYTES
    shown = zlib.decompress(snapshot.data)
    assert b"\r\n".join(lines[-1300:]) in shown
    screen.close()


def test_ordinary_output_comes_whole(tmp_path):
    screen = GhosttyScreen.new(*SIZE)
    engine = NotedEngine(screen, Suspicion(tmp_path))
    lines = [b"%d %s" % (number, b"word " * 20) for number in range(5000)]
    engine.feed(0, b"\r\n".join(lines))
    snapshot = engine.snapshot(7, 3)
    assert (snapshot.offset, snapshot.marks, snapshot.codec) == (7, 3, Codec.DEFLATE)
    assert b"\\" + lines[0].rstrip() in zlib.decompress(snapshot.data)
    screen.close()


def test_a_screen_that_is_too_large_by_itself_is_not_made_again_and_again(tmp_path):
    class Large:
        """Just too large, however few lines are asked for."""

        size = SIZE
        asked: ClassVar[list[int]] = []

        def snapshot(self, lines: int) -> bytes:
            self.asked.append(lines)
            return random.Random(1).randbytes(MAX_SNAPSHOT_BYTES + 1)

    snapshot = NotedEngine(Large(), Suspicion(tmp_path)).snapshot(0, 0)
    assert len(snapshot.data) > MAX_SNAPSHOT_BYTES
    assert Large.asked[-1] == 0
    assert len(Large.asked) < 20
