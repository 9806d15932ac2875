"""One server with two people for all these files; every test cleans up what it made."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.matrix.scene import Scene, running_scene


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.pty)
            item.add_marker(pytest.mark.alone)  # they time keys and count memory


@pytest.fixture(scope="session")
def scene() -> Iterator[Scene]:
    with running_scene() as scene:
        yield scene
