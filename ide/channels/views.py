"""`channels…`: where the caller is told.

No answer holds a key or a secret, but one: a webhook's, once, to whoever just made it.
"""

import secrets
import time
from typing import Any, Final
from urllib.parse import urlsplit

from flask import Blueprint, jsonify, request
from werkzeug.wrappers import Response

from ide.channels import keys, schemas, sending, service
from ide.channels.message import Message
from ide.channels.models import Channel
from ide.channels.turns import turn
from ide.errors import BadRequestError
from ide.outside.addresses import NoWayError, outside_addresses
from ide.outside.post import checked_url, port_of
from ide.web import current
from ide.web.policy import signed_in
from ide.web.schemas import body

blueprint = Blueprint("channels", __name__)
_ROUTE: Final = "/channels"
_TEST: Final = "This is a test. What you asked to be told of comes here."


@blueprint.get(_ROUTE)
@signed_in
def list_channels() -> Response:
    """Answer `{channels, push_key, mail, limit}`; `mail`: whether this server can send any."""
    from ide.channels.webpush import public_key  # noqa: PLC0415 - see ide.channels.sending

    found = service.channels(current.database(), current.caller().user_id)
    return jsonify(
        channels=[_said(channel) for channel in found],
        push_key=public_key(keys.private_key(current.database())),
        mail=bool(current.settings().smtp_url),
        limit=service.MAX_CHANNELS,
    )


@blueprint.post(_ROUTE)
@signed_in
def add_channel() -> tuple[Response, int]:
    """Add one: `{kind, name?, …}`; answer it, a webhook's with its `secret`, this once."""
    asked = body(schemas.Added).root
    secret: dict[str, str] = {}
    match asked:
        case schemas.Push():
            config = _subscription(asked)
        case schemas.Mail():
            if not current.settings().smtp_url:
                raise BadRequestError(
                    "This server sends no mail. Its owner can name a mail server: IDE_SMTP_URL."
                )
            config = {"address": asked.address}
        case schemas.Webhook():
            _check_reachable(asked.url)
            secret = {"secret": secrets.token_urlsafe(32)}
            config = {"url": asked.url, **secret}
    made = service.add(
        current.database(),
        current.caller(),
        kind=asked.kind,
        name=asked.name,
        page=_page(),
        config=config,
    )
    return jsonify({**_said(made), **secret}), 201


@blueprint.post(f"{_ROUTE}/renew")
@signed_in
def renew_channel() -> Response:
    """Put a browser's new subscription in the place of its `old` endpoint; 404 for another's.

    Without `old` it is the one of the login that asks.
    """
    asked = body(schemas.Renew)
    config = _subscription(asked)
    service.renew(current.database(), current.caller(), asked.old, config)
    return jsonify({})


@blueprint.patch(f"{_ROUTE}/<channel>")
@signed_in
def rename_channel(channel: str) -> Response:
    """Give it another name."""
    name = body(schemas.Rename).name
    return jsonify(
        _said(service.rename(current.database(), current.caller().user_id, channel, name))
    )


@blueprint.delete(f"{_ROUTE}/<channel>")
@signed_in
def remove_channel(channel: str) -> Response:
    """Forget it."""
    service.remove(current.database(), current.caller().user_id, channel)
    return jsonify({})


@blueprint.post(f"{_ROUTE}/<channel>/test")
@signed_in
def test_channel(channel: str) -> Response:
    """Send a message on it now; answer `{state, said}` as in docs/protocol.md."""
    database, person = current.database(), current.caller().user_id
    found = service.find(database, person, channel)
    service.count_test(database, person)
    now = time.time()
    message = Message(f"test-{secrets.token_hex(8)}", "ide", _TEST, now, facts={"test": True})
    place = service.place_of(found)
    with turn(person):
        outcome = sending.send(current.settings(), keys.private_key(database), place, message)
    service.note(database, place, outcome)
    return jsonify(state=outcome.state, said=outcome.said)


def _said(channel: Channel) -> dict[str, Any]:
    """Return what the page may know; of an endpoint its host alone, because it is a secret."""
    config = channel.config
    to = config.get("address") or urlsplit(config.get("url") or config["endpoint"]).hostname
    return {
        "id": channel.id,
        "kind": channel.kind,
        "name": channel.name,
        "to": to,
        "this": channel.login == current.caller().login,
        "gone": channel.gone,
        "created": channel.created.timestamp(),
        "last_ok": channel.last_ok and channel.last_ok.timestamp(),
        "last_error": channel.last_error,
        "last_error_at": channel.last_error_at and channel.last_error_at.timestamp(),
    }


def _subscription(asked: schemas.Subscription) -> dict[str, str]:
    from ide.channels import webpush  # noqa: PLC0415 - see ide.channels.sending

    _check_reachable(asked.endpoint)
    try:
        webpush.check_keys(asked.p256dh, asked.auth)
    except webpush.BadSubscriptionError:
        raise BadRequestError("These are not the keys of a browser.", p256dh="wrong") from None
    return {"endpoint": asked.endpoint, "p256dh": asked.p256dh, "auth": asked.auth}


def _check_reachable(url: str) -> None:
    """Refuse now what sending would refuse. Raises BadRequestError, TooManyError."""
    loopback = current.settings().channels_loopback
    try:
        parts = checked_url(url, loopback=loopback)
        person = current.caller().user_id
        with turn(person):
            service.count_look_up(current.database(), person)
            outside_addresses(parts.hostname or "", port_of(parts), loopback=loopback)
    except NoWayError as error:
        raise BadRequestError(f"{error}.") from None


def _page() -> str:
    """Return the address of the page as the caller has it; the gate knows the host as ours."""
    return f"{request.scheme}://{request.host}{current.settings().mount}"
