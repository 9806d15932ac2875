"""One xterm.js for all tests of this folder."""

from collections.abc import Iterator

import pytest

from tests.fidelity.headless import Headless


@pytest.fixture(scope="session")
def xterm() -> Iterator[Headless]:
    with Headless() as headless:
        yield headless
