"""What is said when the logs of a workspace have reached what they may take."""

from types import SimpleNamespace

from ide.keeper.config import LogLimits
from ide.keeper.log_keeping import LogKeeping

GIB = 1 << 30


def test_the_maximum_is_said_in_words_that_people_read():
    said = []
    log = SimpleNamespace(disk_bytes=GIB + 1)
    log.shelf = SimpleNamespace(oldest_closed=lambda: SimpleNamespace(at=1.0))

    def drop(*, tell):
        log.disk_bytes = GIB
        return True

    console = SimpleNamespace(
        log=log,
        recording=SimpleNamespace(drop_oldest=drop),
        notice=lambda level, text: said.append((level, text)),
    )
    keeping = LogKeeping({"one": console}, LogLimits(GIB, GIB, 0))
    try:
        keeping._hold_workspace_to_cap()
    finally:
        keeping.close()
    ((level, text),) = said
    assert level == "warning"
    assert "have reached their maximum of 1 GiB together." in text
