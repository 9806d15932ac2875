import errno
import os

import pytest

from ide.errors import BadRequestError, SettingsError, UnavailableError
from ide.placement.folders import (
    checked_workspace,
    is_removed,
    make_data_folder,
    make_folder,
    make_runtime_folder,
    make_workspace_folders,
    remove_runtime_folder,
)
from ide.placement.processes import Account
from ide.settings import Settings

WORKSPACE = "0123456789abcdef"
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root")


@pytest.fixture
def settings(tmp_path):
    return Settings(data=tmp_path / "data", runtime_dir=str(tmp_path / "run"))


@pytest.fixture
def folder(tmp_path):
    fd = os.open(tmp_path, os.O_RDONLY | os.O_DIRECTORY)
    yield fd
    os.close(fd)


@pytest.mark.parametrize(
    "name", ["", "..", "../0123456789abcd", "0123456789ABCDEF", WORKSPACE + "\n", 7, None]
)
def test_only_sixteen_hex_digits_are_a_workspace(name):
    with pytest.raises(BadRequestError):
        checked_workspace(name)


def test_the_data_folder_is_made_and_private(settings):
    os.close(make_data_folder(settings, None))
    assert settings.data.stat().st_mode & 0o7777 == 0o700


def test_a_file_in_place_of_the_data_folder_is_named(settings):
    settings.data.write_text("")
    with pytest.raises(SettingsError, match="is a file"):
        make_data_folder(settings, None)


def test_the_trial_of_the_data_folder_leaves_nothing_and_meets_nothing(settings):
    (settings.data / ".writable" / "full").mkdir(parents=True)
    os.close(make_data_folder(settings, None))
    assert [path.name for path in settings.data.iterdir()] == [".writable"]


def test_a_folder_that_holds_other_things_is_not_taken(settings):
    (settings.data / "photos").mkdir(parents=True)
    (settings.data / "server.log").write_text("of somebody else")
    settings.data.chmod(0o755)
    with pytest.raises(SettingsError, match=r"not empty .* has photos.*--data \S+/workspaces"):
        make_data_folder(settings, None)
    assert settings.data.stat().st_mode & 0o7777 == 0o755
    assert sorted(os.listdir(settings.data)) == ["photos", "server.log"]  # noqa: PTH208


@pytest.mark.parametrize("own", ["ide.db", "toolbox", "uids.json", WORKSPACE])
@pytest.mark.parametrize(
    "early", ["server.log", "README.md", "lost+found", ".writable-1", ".quota-1"]
)
def test_an_own_data_folder_and_one_that_never_came_so_far_are_taken(settings, own, early):
    settings.data.mkdir()
    (settings.data / early).write_text("")
    os.close(make_data_folder(settings, None))
    for name in (own, "something else"):
        (settings.data / name).write_text("")
    os.close(make_data_folder(settings, None))


@needs_root
def test_a_data_folder_in_use_by_another_account_is_not_taken_over(settings):
    settings.data.mkdir()
    (settings.data / "ide.db").write_text("")
    os.chown(settings.data, 4242, 4242)
    with pytest.raises(SettingsError, match="belongs to account 4242"):
        make_data_folder(settings, Account(200_000, 200_000))


@needs_root
def test_a_runtime_folder_that_somebody_else_made_is_refused(settings, tmp_path):
    (tmp_path / "run").mkdir()
    os.chown(tmp_path / "run", 4242, 4242)
    with pytest.raises(SettingsError, match="belongs to another account"):
        make_runtime_folder(settings, None)


def test_a_link_in_place_of_a_folder_is_not_followed(folder, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "home").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(UnavailableError):
        make_folder(folder, "home", None, 0o700)


def test_a_runtime_path_too_long_for_sockets_is_refused(tmp_path):
    with pytest.raises(SettingsError, match="too long"):
        make_runtime_folder(Settings(data=tmp_path, runtime_dir=str(tmp_path / ("x" * 80))), None)


@needs_root
def test_owners_of_a_workspace_as_root(folder, tmp_path):
    (tmp_path / "run").mkdir()
    runtime = os.open(tmp_path / "run", os.O_RDONLY)
    keeper, sandbox = Account(200_003, 200_003), Account(200_002, 200_002)
    make_workspace_folders(folder, runtime, WORKSPACE, keeper, sandbox)
    os.close(runtime)

    def seen(path):
        state = path.stat()
        return state.st_uid, state.st_gid, state.st_mode & 0o7777

    assert seen(tmp_path / WORKSPACE) == (0, 200_003, 0o1771)
    assert seen(tmp_path / WORKSPACE / "home") == (200_002, 200_002, 0o700)
    assert seen(tmp_path / WORKSPACE / "consoles") == (200_003, 200_003, 0o700)
    assert seen(tmp_path / "run" / WORKSPACE) == (0, 200_003, 0o1771)


@needs_root
def test_a_home_of_another_account_is_not_touched(folder, tmp_path):
    (tmp_path / "run").mkdir()
    runtime = os.open(tmp_path / "run", os.O_RDONLY)
    keeper = Account(200_003, 200_003)
    make_workspace_folders(folder, runtime, WORKSPACE, keeper, Account(200_002, 200_002))
    with pytest.raises(UnavailableError, match="belongs to account 200002"):
        make_workspace_folders(folder, runtime, WORKSPACE, keeper, Account(200_008, 200_008))
    os.close(runtime)


def test_removing_the_runtime_folder_leaves_nothing(folder, tmp_path):
    (tmp_path / WORKSPACE).mkdir()
    (tmp_path / WORKSPACE / "keeper.lock").write_text("1")
    (tmp_path / WORKSPACE / "link").symlink_to("/etc/passwd")
    remove_runtime_folder(folder, WORKSPACE)
    assert not (tmp_path / WORKSPACE).exists()
    remove_runtime_folder(folder, WORKSPACE)


def test_a_folder_counts_as_removed_only_when_it_is(tmp_path, monkeypatch):
    (tmp_path / "one").mkdir()
    fd = os.open(tmp_path / "one", os.O_RDONLY | os.O_DIRECTORY)
    try:
        (tmp_path / "one").rename(tmp_path / "other")
        assert not is_removed(fd)
        with monkeypatch.context() as patch:
            patch.setattr(os, "fstat", _fails)
            assert not is_removed(fd)
        (tmp_path / "other").rmdir()
        assert is_removed(fd)
    finally:
        os.close(fd)


def _fails(_fd: int) -> os.stat_result:
    """Do as a network folder whose server is away."""
    raise OSError(errno.ENOTCONN, os.strerror(errno.ENOTCONN))
