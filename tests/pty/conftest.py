"""What the tests of this folder share."""

from collections.abc import Iterator

import pytest

from tests.sandboxes import AgentClient, RunningSandbox, running_sandbox
from tests.supervisors import SupervisorRun, running_supervisor


@pytest.fixture(scope="module")
def machine() -> Iterator[SupervisorRun]:
    """A real supervisor on a data folder of its own, for all tests of a file."""
    with running_supervisor() as run:
        yield run


@pytest.fixture(scope="module")
def sandbox() -> Iterator[RunningSandbox]:
    """A real sandbox with nothing but its agent, for all tests of a file."""
    with running_sandbox() as running:
        yield running


@pytest.fixture
def agent(sandbox: RunningSandbox) -> Iterator[AgentClient]:
    """A connection to its agent; what was started over it is ended and forgotten afterwards."""
    with sandbox.agent() as client:
        yield client
    with sandbox.agent() as client:  # whatever became of the other one
        client.forget_all()
