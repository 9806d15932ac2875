"""Send one message on one channel; what comes back is said, never raised."""

import hashlib
import hmac
import json
import time
from dataclasses import dataclass, replace
from typing import Any, Final
from urllib.parse import urlsplit

from ide.channels import mail
from ide.channels.answers import PUSH_SERVICE, WEBHOOK, judged
from ide.channels.message import Message, Outcome
from ide.outside.addresses import NoWayError
from ide.outside.post import post
from ide.settings import Settings

SIGNATURE: Final = "Ide-Signature"
DELIVERY: Final = "Ide-Delivery"
_NOBODY: Final = "mailto:nobody@example.org"
"""Push services want an address of the sender; Apple's takes none without a real domain."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a channel leads: what of its row is needed to send."""

    id: str
    kind: str
    page: str
    config: dict[str, Any]


def send(settings: Settings, vapid: str, place: Place, message: Message) -> Outcome:
    """Send it; blocks 30 s at most. `vapid` is the server's private key.

    Links lead to the address that the owner gave the server; without one, to where the channel was
    added.
    """
    if settings.address:
        place = replace(place, page=f"{settings.origin}{settings.mount}")
    if place.kind == "mail":
        if not settings.smtp_url:
            return Outcome("failed", "This server has no mail server (IDE_SMTP_URL).")
        return mail.send(settings, place.config["address"], message, place.page)
    try:
        if place.kind == "push":
            return _push(settings, vapid, place, message)
        return _webhook(settings, place, message)
    except NoWayError as error:
        return Outcome("failed", f"{error}.")


def _push(settings: Settings, vapid: str, place: Place, message: Message) -> Outcome:
    from ide.channels import webpush  # noqa: PLC0415 - 10 MB that a server without pushes spares

    config, now = place.config, time.time()
    endpoint = config["endpoint"]
    body = webpush.encrypt(webpush.plain(message), config["p256dh"], config["auth"])
    headers = webpush.headers(endpoint, message.tag, vapid, _subject(place.page), now)
    answer = post(endpoint, headers, body, loopback=settings.channels_loopback)
    return judged(answer.status, answer.retry_after, now, who=PUSH_SERVICE)


def _webhook(settings: Settings, place: Place, message: Message) -> Outcome:
    now = time.time()
    value = {
        "id": message.tag,
        "at": message.at,
        "title": message.title,
        "text": message.text,
        "link": f"{place.page}{message.hash}",
        **message.facts,
    }
    body = json.dumps(value).encode()
    headers = {
        "Content-Type": "application/json",
        DELIVERY: message.tag,
        SIGNATURE: signature(place.config["secret"], body, now),
    }
    answer = post(place.config["url"], headers, body, loopback=settings.channels_loopback)
    return judged(answer.status, answer.retry_after, now, who=WEBHOOK)


def signature(secret: str, body: bytes, now: float) -> str:
    """Return `t=<seconds>,v1=<hex>`: HMAC-SHA256 over the time, a dot and the body."""
    signed = f"{int(now)}.".encode() + body
    return f"t={int(now)},v1={hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()}"


def _subject(page: str) -> str:
    parts = urlsplit(page)
    return f"https://{parts.netloc}" if parts.scheme == "https" else _NOBODY
