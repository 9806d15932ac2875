import fcntl
import json
import os

import pytest

from ide.guard.plan import Plan
from ide.placement.processes import Identity, Process
from ide.placement.records import (
    SandboxRecord,
    find_keeper,
    keeper_holds_lock,
    read_sandbox,
    write_sandbox,
)


@pytest.fixture
def folder(tmp_path):
    fd = os.open(tmp_path, os.O_RDONLY | os.O_DIRECTORY)
    yield fd
    os.close(fd)


def test_a_sandbox_is_known_again_by_id_start_and_boot(folder):
    plan = Plan(name="small", processes=9)
    record = SandboxRecord("bubblewrap", Identity.of(os.getpid()), None, plan)
    write_sandbox(folder, record)
    write_sandbox(folder, record)
    assert read_sandbox(folder) == record
    process = record.inner.open()
    assert process is not None
    assert process.pid == os.getpid()
    process.close()


def test_what_a_version_without_plans_started_is_held_to_none(folder, tmp_path):
    """Its owner may have no limits: nothing of it is ended before anybody knows."""
    record = SandboxRecord("bubblewrap", Identity.of(os.getpid()), None)
    earlier = record.to_json()
    del earlier["plan"]
    (tmp_path / "sandbox.json").write_text(json.dumps(earlier))
    plan = read_sandbox(folder).plan
    assert (plan.memory_bytes, plan.processes, plan.disk_bytes, plan.files) == (0, 0, 0, 0)


def test_an_id_that_was_given_out_again_is_not_the_same_process():
    mine = Identity.of(os.getpid())
    assert Identity(mine.pid, mine.start_ticks - 1, mine.boot).open() is None
    assert Identity(mine.pid, mine.start_ticks, "another boot").open() is None


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"kind": 1, "inner": 2, "outer": 3}', "\0"])
def test_a_broken_record_counts_as_none(folder, tmp_path, text):
    (tmp_path / "sandbox.json").write_text(text)
    assert read_sandbox(folder) is None


def test_a_fifo_in_place_of_a_record_does_not_hold_us(folder, tmp_path):
    os.mkfifo(tmp_path / "sandbox.json")
    os.mkfifo(tmp_path / "keeper.lock")
    assert read_sandbox(folder) is None
    assert find_keeper(folder, "0" * 16, os.geteuid()) is None


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
def test_a_record_that_the_keeper_forged_is_not_believed(folder, tmp_path):
    write_sandbox(folder, SandboxRecord("bubblewrap", Identity.of(os.getpid()), None))
    os.chown(tmp_path / "sandbox.json", 200_003, 200_003)
    assert read_sandbox(folder) is None


def test_a_process_that_is_no_keeper_is_not_adopted(folder, tmp_path):
    lock = tmp_path / "keeper.lock"
    lock.write_text(str(os.getpid()))
    with lock.open("r+") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        assert keeper_holds_lock(folder)
        assert find_keeper(folder, "0" * 16, os.geteuid()) is None
    assert not keeper_holds_lock(folder)


def test_a_process_that_ended_has_no_handle():
    with pytest.raises(ProcessLookupError):
        Process(2**22 - 1)
