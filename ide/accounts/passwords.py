"""Hashing passwords and tokens; checking passwords takes equal time for unknown names.

What that takes of the memory is bounded.
"""

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from ide.errors import BadRequestError, UnavailableError

MIN_CHARS: Final = 8
MAX_CHARS: Final = 200
_WAIT_SECONDS: Final = 10.0

_hasher = PasswordHasher()
# Each hash takes 64 MiB for its while; a crowd at the door must not take the machine's memory.
_at_once = threading.BoundedSemaphore(2)


def check_fit(password: str) -> None:
    """Raise BadRequestError for a password that is too short or too long to be kept."""
    if not MIN_CHARS <= len(password) <= MAX_CHARS:
        raise BadRequestError(
            f"A password has {MIN_CHARS} to {MAX_CHARS} characters.",
            limit_chars=[MIN_CHARS, MAX_CHARS],
        )


def hash_password(password: str) -> str:
    """Return the hash to keep. Raises BadRequestError for one too short or too long."""
    check_fit(password)
    with _turn():
        return _hasher.hash(password)


def matches(kept: str | None, password: str) -> bool:
    """Whether `password` is the one of `kept`; for None the same work is done in vain."""
    with _turn():
        try:
            _hasher.verify(kept or _nobodys(), password[:MAX_CHARS])
        except (VerificationError, InvalidHashError):
            return False
    return kept is not None


def hash_token(token: str) -> str:
    """Return what is kept of a token. It is random, so a plain hash cannot be guessed back."""
    return hashlib.sha256(token.encode()).hexdigest()


@cache
def _nobodys() -> str:
    return _hasher.hash("the password of nobody")


@contextmanager
def _turn() -> Iterator[None]:
    """Wait for one of the two places. Raises UnavailableError after _WAIT_SECONDS."""
    if not _at_once.acquire(timeout=_WAIT_SECONDS):
        raise UnavailableError("Too many people are signing in at this moment; try again.")
    try:
        yield
    finally:
        _at_once.release()
