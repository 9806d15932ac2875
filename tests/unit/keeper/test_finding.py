"""When a keeper has output indexed, and what it tells of that."""

import asyncio
from types import SimpleNamespace
from typing import ClassVar

import pytest

from ide.errors import TooManyError, UnavailableError
from ide.keeper import finding
from ide.keeper.child_job import ChildJob
from ide.keeper.finding import AGAIN_SECONDS, ENOUGH_BYTES, Finding
from ide.keeper.index_asked import Asked
from ide.keeper.index_text import CELL_BYTES

GOOD = {"failed": "", "damaged": 0, "left": False, "waits": False, "indexed": {"c": ENOUGH_BYTES}}
ASKED = Asked("word", None, None, 5)


class Consoles(dict):
    find = dict.__getitem__


@pytest.fixture
def keeper(tmp_path):
    log = SimpleNamespace(head=0, start=0, recording=True, shelf=SimpleNamespace(all=()))
    record = SimpleNamespace(
        id="c", epoch="e", never=False, title="Bash", state="ended", program_title=""
    )
    times = SimpleNamespace(last=0.0)
    console = SimpleNamespace(folder=tmp_path, log=log, record=record, times=times)
    limits = SimpleNamespace(min_free_bytes=0)
    config = SimpleNamespace(search_cap_bytes=1, log_limits=limits, cards=tmp_path / "cards.db")
    made = SimpleNamespace(consoles=Consoles(c=console), config=config, console=console)
    made.spawned, made.told = [], []
    made.spawn = made.spawned.append
    made.notice = lambda _level, text: made.told.append(text)
    yield made
    for work in made.spawned:
        work.close()


@pytest.fixture
def answers(monkeypatch):
    """Have children answer these, one after the other."""
    given = []

    class Answering:
        jobs: ClassVar[list[dict]] = []

        def __init__(self, module: str, job: dict) -> None:
            self.module, self.job = module, job
            self.jobs.append(job)

        async def answer(self, _seconds: float, _max_bytes: int) -> dict:
            return dict(given.pop(0))

        def kill(self) -> None:
            """Nothing runs."""

    monkeypatch.setattr(finding, "ChildJob", Answering)
    return given


def test_only_what_is_recorded_and_not_indexed_is_worth_a_process(keeper):
    made = Finding(keeper)
    assert len(keeper.spawned) == 1
    assert made._missing() == 0
    keeper.console.log.head = ENOUGH_BYTES + CELL_BYTES
    assert made._missing() == ENOUGH_BYTES
    made._heard(GOOD, {"c": "e"})
    assert made._missing() == 0
    keeper.console.record.epoch = "f"
    assert made._missing() == ENOUGH_BYTES
    keeper.console.record.never = True
    assert made._missing() == 0
    keeper.config.search_cap_bytes = 0
    Finding(keeper)
    assert len(keeper.spawned) == 1


def test_the_ends_of_many_consoles_that_no_job_can_index_yet_have_none_started(keeper):
    made = Finding(keeper)
    for number in range(32):
        record = SimpleNamespace(**vars(keeper.console.record) | {"id": str(number)})
        log = SimpleNamespace(**vars(keeper.console.log) | {"head": 5 * CELL_BYTES + 17_000})
        keeper.consoles[str(number)] = SimpleNamespace(record=record, log=log)
        made._indexed[str(number)] = ("e", 5 * CELL_BYTES)
    assert made._missing() == 0


def test_what_cannot_be_indexed_is_said_once_until_it_can_and_damage_each_time(keeper, answers):
    made = Finding(keeper)
    answers += [GOOD | {"failed": "database is locked"}] * 2
    answers += [GOOD | {"damaged": 1}, GOOD | {"failed": "disk full"}]
    for _ in range(4):
        asyncio.run(made._index())
    locked, damaged, full = keeper.told
    assert "database is locked" in locked
    assert "made anew" in damaged
    assert "disk full" in full
    assert made._next_at > AGAIN_SECONDS / 2


def test_what_a_job_left_over_has_another_one_soon(keeper, answers, monkeypatch):
    monkeypatch.setattr(finding, "LOOK_SECONDS", 0)
    monkeypatch.setattr(finding, "APART_SECONDS", 0)
    keeper.console.log.head = ENOUGH_BYTES + CELL_BYTES
    made = Finding(keeper)
    answers += [GOOD | {"left": True}, GOOD, GOOD]

    async def some_looks() -> None:
        work = asyncio.ensure_future(made._keep())
        for _ in range(50):
            await asyncio.sleep(0)
        work.cancel()

    asyncio.run(some_looks())
    assert len(answers) == 1


def test_a_job_that_waits_for_the_commands_is_followed_by_one_that_does_without(keeper, answers):
    made = Finding(keeper)
    answers += [GOOD | {"left": True, "waits": True}, GOOD, GOOD]
    for _ in range(3):
        asyncio.run(made._index())
    assert [job["is_patient"] for job in finding.ChildJob.jobs] == [True, False, True]


def test_damage_that_a_search_finds_is_said_and_indexed_again(keeper, answers):
    made = Finding(keeper)
    keeper.console.log.head = ENOUGH_BYTES + CELL_BYTES
    made._heard(GOOD, {"c": "e"})
    answers.append({"consoles": [], "damaged": ["c", "c"]})
    assert asyncio.run(made.search(ASKED)) == {"consoles": []}
    assert len(keeper.told) == 1
    assert made._missing() == ENOUGH_BYTES


def test_a_third_search_waits_and_is_refused_in_the_end(keeper, monkeypatch):
    monkeypatch.setattr(finding, "_WAIT_SECONDS", 0.01)
    made = Finding(keeper)

    async def three() -> None:
        for _ in range(finding.MAX_SEARCHES):
            await made._turns.acquire()
        with pytest.raises(TooManyError):
            await made.search(ASKED)

    asyncio.run(three())


def test_a_process_that_says_nothing_in_time_or_too_much_is_ended():
    async def ask(seconds: float, most: int) -> None:
        job = ChildJob("json.tool", {"a": "b" * 5000})
        with pytest.raises(UnavailableError):
            await job.answer(seconds, most)
        assert job._child.returncode is not None

    asyncio.run(ask(20, 1000))
    asyncio.run(ask(0, 10**6))
