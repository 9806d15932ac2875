import os
import threading
from pathlib import Path

import pytest

from ide.errors import TooManyError, UnavailableError
from ide.placement import sweep
from ide.placement.accounts import Accounts
from ide.placement.machine import Machine
from ide.settings import Settings

FIRST, SECOND = "0" * 16, "1" * 16
SETTINGS = Settings(data=Path("/data"), uid_base=300_000)


@pytest.fixture
def folder(tmp_path):
    fd = os.open(tmp_path, os.O_RDONLY | os.O_DIRECTORY)
    yield fd
    os.close(fd)


def test_each_workspace_has_two_accounts_of_its_own(folder):
    accounts = Accounts(SETTINGS, folder)
    uids = [
        accounts.sandbox(FIRST).uid,
        accounts.keeper(FIRST).uid,
        accounts.sandbox(SECOND).uid,
        accounts.keeper(SECOND).uid,
    ]
    assert uids == [301_000, 301_001, 301_002, 301_003]
    assert accounts.keeper(FIRST).groups == (300_000,)
    assert accounts.sandbox(FIRST).groups == ()


def test_numbers_outlive_the_supervisor(folder):
    Accounts(SETTINGS, folder).sandbox(FIRST)
    second = Accounts(SETTINGS, folder).sandbox(SECOND)
    assert Accounts(SETTINGS, folder).sandbox(FIRST).uid == 301_000
    assert Accounts(SETTINGS, folder).sandbox(SECOND) == second


def test_a_keepers_account_names_its_workspace_and_no_other_does(folder):
    accounts = Accounts(SETTINGS, folder)
    keeper, sandbox = accounts.keeper(FIRST), accounts.sandbox(FIRST)
    assert accounts.workspace_of_keeper(keeper.uid) == FIRST
    assert accounts.workspace_of_keeper(sandbox.uid) == ""
    assert accounts.workspace_of_keeper(300_000) == ""
    assert accounts.workspace_of_keeper(keeper.uid + 2) == ""


def test_a_damaged_file_is_said_and_not_replaced(folder, tmp_path):
    (tmp_path / "uids.json").write_text("{")
    with pytest.raises(UnavailableError, match="backup"):
        Accounts(SETTINGS, folder)
    assert (tmp_path / "uids.json").read_text() == "{"


@pytest.mark.parametrize("make", [os.mkfifo, lambda path: path.write_text("{}")])
def test_what_lies_at_the_name_of_the_new_file_is_not_written_into(folder, tmp_path, make):
    planted = tmp_path / "uids.json.new"
    make(planted)
    old = os.open(planted, os.O_RDWR)
    Accounts(SETTINGS, folder).sandbox(FIRST)
    assert (tmp_path / "uids.json").stat().st_ino != os.fstat(old).st_ino
    assert Accounts(SETTINGS, folder).sandbox(FIRST).uid == 301_000
    os.close(old)


def test_the_file_never_grows_beyond_what_is_read_again(folder, monkeypatch):
    monkeypatch.setattr("ide.placement.accounts.MAX_UIDS_BYTES", 200)
    accounts = Accounts(SETTINGS, folder)
    workspaces = [f"{number:016x}" for number in range(100)]
    with pytest.raises(TooManyError):
        list(map(accounts.sandbox, workspaces))
    assert accounts.sandbox("0" * 16).uid == 301_000
    assert Accounts(SETTINGS, folder).sandbox("0" * 16).uid == 301_000


def test_a_sweep_leaves_alone_what_a_workspace_that_starts_is_writing(tmp_path):
    machine = Machine(Settings(data=tmp_path / "data", runtime_dir=str(tmp_path / "run")))
    machine.accounts = Accounts(machine.settings, machine.data_fd)
    half = machine.settings.data / "uids.json.new"
    half.touch()
    swept = threading.Thread(target=sweep.remove_rest, args=(machine,))
    with machine._accounts_lock:  # as whoever writes it has
        swept.start()
        swept.join(0.2)
        assert half.exists()
    swept.join(20)
    assert not half.exists()
