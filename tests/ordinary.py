"""Servers as root and as an ordinary user, in a folder that both can reach."""

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.server import Server

IS_ROOT = os.geteuid() == 0
ORDINARY_UID = 12_345 + os.getpid() % 1_000
"""The account of an ordinary user's servers: of this process of tests, others have their own."""
ACCOUNTS = ["ordinary", "root"]


def accounts(first: str) -> list[object]:
    """Return both as a fixture's params: `./check` runs `first`, `./check long` the other too.

    Without root's rights "ordinary" comes first, whatever was asked for.
    """
    first = first if IS_ROOT else "ordinary"
    (other,) = {*ACCOUNTS} - {first}
    return [pytest.param(first), pytest.param(other, marks=pytest.mark.in_full)]


def as_account(uid: int, *words: str) -> list[str]:
    """Return a command that runs `words` as another account; only root can."""
    return [sys.executable, "tests/as_user.py", str(uid), *words]


def ordinary_command() -> list[str]:
    """Return what to put before `serve`: another account as root, else the one we are."""
    words = [sys.executable, "-m", "ide.cli.main"]
    return as_account(ORDINARY_UID, *words) if IS_ROOT else words


@contextmanager
def open_folder() -> Iterator[Path]:
    """Give a folder that other accounts can cross, unlike pytest's own."""
    with tempfile.TemporaryDirectory(prefix="ide-test-") as name:
        path = Path(name)
        path.chmod(0o755)
        yield path


def make_server(account: str, folder: Path) -> Server:
    """Return a server of "root" (skipped when we are not) or of an "ordinary" user, not started."""
    data = folder / account
    if account == "root":
        if not IS_ROOT:
            pytest.skip("needs root")
        return Server(data)
    data.mkdir()
    if IS_ROOT:
        os.chown(data, ORDINARY_UID, ORDINARY_UID)
    return Server(data, command=ordinary_command())
