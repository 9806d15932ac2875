"""A start that fails leaves an ended console as it was."""

import asyncio
from types import SimpleNamespace

import pytest

from ide.errors import FullError
from ide.keeper.journal import Record
from ide.keeper.starting import Starting


class Console:
    """One that has ended, with a real record."""

    def __init__(self, record) -> None:
        self.record, self.ended = record, []
        self.screen = SimpleNamespace(separator=self._separator)
        self.recording = SimpleNamespace(look=lambda: None)

    async def _separator(self) -> str:
        return "again"

    def print(self, _text: str) -> None:
        pass

    def begin_session(self, _cols: int, _rows: int) -> None:
        self.record.state, self.record.started, self.record.ended = "running", 99.0, None
        self.record.forget_end()

    def end(self, how, status, at, cause) -> None:
        self.record.end(how, status, at, cause, None)
        self.ended.append(self.record.started)


def test_a_session_that_could_not_begin_is_not_another_that_has_ended():
    async def refuse() -> bool:
        raise FullError("no process is left")

    record = Record(
        id="c1", kind="run", title="a.py", cwd="/", path="a.py", state="running", created=1.0,
        started=10.0, ended=None, exit_how=None, exit_status=None, exit_cause=None, epoch="e",
        cols=80, rows=24, recording=True, boot="b",
    )  # fmt: skip
    record.end("exit", 1, 20.0, None, None)
    console = Console(record)
    starting = Starting(SimpleNamespace(way_out=SimpleNamespace(has_device=refuse), sessions=None))
    with pytest.raises(FullError):
        asyncio.run(starting.in_ended(None, console, [], (80, 24)))
    assert console.ended == [10.0], "bells know the end of that session already"
    assert (record.started, record.ended, record.exit_status) == (10.0, 20.0, 1)
