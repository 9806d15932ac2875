"""A home folder and a file worker on it, for the tests of both."""

import pytest

from tests.file_requests import WAIT_SECONDS, opener_for


@pytest.fixture
def home(tmp_path):
    folder = tmp_path / "home"
    folder.mkdir()
    return folder


@pytest.fixture
def opener(home):
    threads = []
    yield opener_for(home, threads)
    for thread in threads:
        thread.join(WAIT_SECONDS)
        assert not thread.is_alive()
