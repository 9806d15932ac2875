"""The words for why programs end: no figure in them is more or less than it was."""

import pytest

from ide.keeper.reasons import LimitReached, memory_sentence

MIB, GIB = 1 << 20, 1 << 30


@pytest.mark.parametrize(
    ("used", "limit", "words"),
    [
        (100 * MIB, 100 * MIB, "100 of 100 MiB"),
        (2 * GIB, 2 * GIB, "2.0 of 2.0 GiB"),
        (400 * MIB, 2 * GIB, "0.4 of 2.0 GiB"),
        (30 * MIB, 2 * GIB, "30 MiB of 2.0 GiB"),
    ],
)
def test_how_near_a_limit_was(used, limit, words):
    near = LimitReached("memory", used, limit)
    assert memory_sentence(near, by_machine=False) == f"Ended by the memory limit: {words} in use."
    assert memory_sentence(near, by_machine=True).endswith(f"ended it; {words} were in use here.")
