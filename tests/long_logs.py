"""A console's log of any length, laid on the disk while no keeper has it."""

import os
import struct
from pathlib import Path

from ide.keeper import packing
from ide.keeper.output_log import SEGMENT_BYTES

LINE_BYTES = 64
START = 1_700_000_000
"""When its first line was printed, in seconds; each segment took a minute."""
_TEXT = b"\x1b[32mpassed\x1b[0m in a job that prints for hours"


def line(number: int) -> bytes:
    """Return that line: all are of LINE_BYTES."""
    text = b"%09d " % number + _TEXT
    return text + b"." * (LINE_BYTES - 2 - len(text)) + b"\r\n"


def lay(folder: Path, total_bytes: int) -> int:
    """Put so many bytes, in whole segments, in place of what a console printed; returns how many.

    Its keeper must have ended.
    """
    for path in [*folder.glob("*.raw"), *folder.glob("*.packed"), folder / "screen"]:
        path.unlink(missing_ok=True)
    lines = SEGMENT_BYTES // LINE_BYTES
    count = -(-total_bytes // SEGMENT_BYTES)
    plain = folder / "plain"
    for number in range(count):
        first = number * SEGMENT_BYTES
        plain.write_bytes(b"".join(map(line, range(number * lines, (number + 1) * lines))))
        target = folder / f"{first:020d}-{first + SEGMENT_BYTES:020d}.packed"
        with plain.open("rb") as file:
            packing.pack(file.fileno(), 0, SEGMENT_BYTES, target)
    plain.unlink()
    records = [(number * SEGMENT_BYTES, (START + number * 60) * 1000) for number in range(count)]
    (folder / "times").write_bytes(b"".join(struct.pack(">QQ", *one) for one in records))
    owner = folder.stat()
    for path in folder.iterdir():
        os.chown(path, owner.st_uid, owner.st_gid)
    return count * SEGMENT_BYTES
