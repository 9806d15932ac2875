"""A log with something in it, in as many segments as that takes."""

from ide.keeper.output_log import OutputLog

_PIECE_BYTES = 50_000


def fill(log: OutputLog, data: bytes) -> None:
    """Print `data`, a piece at a time, as a console does."""
    for at in range(0, len(data), _PIECE_BYTES):
        log.append(data[at : at + _PIECE_BYTES])
        if log.segment_is_full:
            log.rotate()
