"""Web Push as the standards have it; nothing is sent here.

A message that one browser alone can read (RFC 8291), from a server that it knows (RFC 8292).
"""

import base64
import hashlib
import json
import os
from typing import Final
from urllib.parse import urlsplit

from cryptography.exceptions import InvalidKey
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from ide.channels.message import Message

TTL_SECONDS: Final = 24 * 3600
TOKEN_SECONDS: Final = 12 * 3600
RECORD_BYTES: Final = 4096
MAX_PLAIN_BYTES: Final = 3000
"""A service takes 4,096 bytes encrypted; Safari's is said to take fewer."""
_POINT_BYTES: Final = 65
_AUTH_BYTES: Final = 16
_POINT: Final = serialization.PublicFormat.UncompressedPoint
_X962: Final = serialization.Encoding.X962


class BadSubscriptionError(ValueError):
    """Keys that no browser gave out."""


def new_private_key() -> str:
    """Return a new private key of the server as base64url text."""
    number = ec.generate_private_key(ec.SECP256R1()).private_numbers().private_value
    return encoded(number.to_bytes(32, "big"))


def public_key(private: str) -> str:
    """Return what browsers must know to subscribe, as base64url text."""
    return encoded(_key(private).public_key().public_bytes(_X962, _POINT))


def check_keys(p256dh: str, auth: str) -> None:
    """Raise BadSubscriptionError unless these are the keys of a subscription."""
    _point(p256dh)
    if len(decoded(auth)) != _AUTH_BYTES:
        raise BadSubscriptionError("auth")


def headers(endpoint: str, tag: str, private: str, subject: str, now: float) -> dict[str, str]:
    """Return the headers of a push; `subject` is whom the service may write to.

    Topic: of two with the same tag that wait for a device, the service keeps the newer.
    """
    parts = urlsplit(endpoint)
    claims = {
        "aud": f"{parts.scheme}://{parts.netloc}",
        "exp": int(now) + TOKEN_SECONDS,
        "sub": subject,
    }
    return {
        "Content-Type": "application/octet-stream",
        "Content-Encoding": "aes128gcm",
        "TTL": str(TTL_SECONDS),
        "Urgency": "high",
        "Topic": encoded(hashlib.sha256(tag.encode()).digest()[:24]),
        "Authorization": f"vapid t={_token(claims, private)}, k={public_key(private)}",
    }


def plain(message: Message) -> bytes:
    """Return what the service worker gets, cut where it would be too long."""
    text = message.text
    while True:
        value = {
            "tag": message.tag,
            "title": message.title,
            "text": text,
            "at": message.at,
            "hash": message.hash,
        }
        data = json.dumps(value, ensure_ascii=False).encode("utf-8", "replace")
        if len(data) <= MAX_PLAIN_BYTES:
            return data
        text = text[: len(text) * 3 // 4 - 1] + "…" if len(text) > 40 else ""


def encrypt(data: bytes, p256dh: str, auth: str, *, salt: bytes = b"", own: str = "") -> bytes:
    """Return the body that the browser of these keys decrypts: one record (RFC 8188).

    `salt` and `own` (a private key) are made anew unless a test gives them.
    """
    theirs, secret = _point(p256dh), decoded(auth)
    salt = salt or os.urandom(16)
    ours = _key(own) if own else ec.generate_private_key(ec.SECP256R1())
    ours_public = ours.public_key().public_bytes(_X962, _POINT)
    theirs_public = theirs.public_bytes(_X962, _POINT)
    info = b"WebPush: info\0" + theirs_public + ours_public
    shared = _derived(ours.exchange(ec.ECDH(), theirs), secret, info, 32)
    key = _derived(shared, salt, b"Content-Encoding: aes128gcm\0", 16)
    nonce = _derived(shared, salt, b"Content-Encoding: nonce\0", 12)
    head = salt + RECORD_BYTES.to_bytes(4, "big") + bytes([_POINT_BYTES]) + ours_public
    return head + AESGCM(key).encrypt(nonce, data + b"\x02", None)


def encoded(data: bytes) -> str:
    """Return base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def decoded(text: str) -> bytes:
    """Read base64url with or without padding. Raises BadSubscriptionError."""
    try:
        return base64.b64decode(text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4), b"-_", True)
    except ValueError:
        raise BadSubscriptionError("not base64url") from None


def _derived(secret: bytes, salt: bytes, info: bytes, length: int) -> bytes:
    return HKDF(hashes.SHA256(), length, salt, info).derive(secret)


def _point(p256dh: str) -> ec.EllipticCurvePublicKey:
    try:
        data = decoded(p256dh)
        if len(data) != _POINT_BYTES:
            raise BadSubscriptionError("p256dh")
        return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), data)
    except (ValueError, InvalidKey):
        raise BadSubscriptionError("p256dh") from None


def _key(private: str) -> ec.EllipticCurvePrivateKey:
    return ec.derive_private_key(int.from_bytes(decoded(private), "big"), ec.SECP256R1())


def _token(claims: dict[str, object], private: str) -> str:
    parts = ({"typ": "JWT", "alg": "ES256"}, claims)
    signed = ".".join(encoded(json.dumps(part, separators=(",", ":")).encode()) for part in parts)
    r, s = decode_dss_signature(_key(private).sign(signed.encode(), ec.ECDSA(hashes.SHA256())))
    return f"{signed}.{encoded(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}"
