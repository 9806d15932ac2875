"""What the status of a push service or a webhook means. Pure."""

from datetime import UTC
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Final

from ide.channels.message import SENT, Outcome

MAX_RETRY_SECONDS: Final = 6 * 3600.0
_GONE: Final = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.GONE})
_LATER: Final = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY})


def judged(status: int, retry_after: str, now: float, *, who: str) -> Outcome:
    """Return what an answer means; `who` begins the sentence, `now` is in epoch seconds.

    404 and 410 end a push; at a webhook they are an error like others, because its address was
    typed by a person and may be right again.
    """
    if 200 <= status < 300:
        return SENT
    if status in _GONE and who == PUSH_SERVICE:
        return Outcome(
            "gone", f"{who} no longer knows this device ({status}). Switch it on there again."
        )
    if 300 <= status < 400:
        return Outcome("refused", f"{who} answered with another address, which is not followed.")
    said = f"{who} answered {status}{_phrase(status)}."
    if status == HTTPStatus.TOO_MANY_REQUESTS or status >= 500:
        return Outcome("failed", said, seconds_of(retry_after, now))
    return Outcome("failed" if status in _LATER else "refused", said)


PUSH_SERVICE: Final = "The push service"
WEBHOOK: Final = "The webhook"


def seconds_of(retry_after: str, now: float) -> float:
    """Return a Retry-After in seconds, 0 for none or nonsense; never over MAX_RETRY_SECONDS."""
    text = retry_after.strip()
    try:
        if text.isdecimal() and text.isascii():
            seconds = float(text[:9])
        else:
            when = parsedate_to_datetime(text)
            seconds = (when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp() - now
    except (ValueError, TypeError, OverflowError):
        return 0
    return min(max(0.0, seconds), MAX_RETRY_SECONDS)


def _phrase(status: int) -> str:
    try:
        return f" ({HTTPStatus(status).phrase})"
    except ValueError:
        return ""
