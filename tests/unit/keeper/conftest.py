"""What several tests of a keeper's parts begin with."""

import pytest

from ide.keeper.output_log import OutputLog


@pytest.fixture
def log(request, tmp_path):
    """Return an empty log of the module's CAP, in bytes."""
    made = OutputLog(tmp_path, request.module.CAP)
    yield made
    made.close()
