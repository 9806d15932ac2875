"""Web Push against the example that its standard computes, byte for byte, and read back."""

import json

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from ide.channels import webpush
from ide.channels.message import Message
from tests.fakes.outside_servers import Browser

# RFC 8291, appendix A.
PLAIN = b"When I grow up, I want to be a watermelon"
P256DH = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
AUTH = "BTBZMqHH6r4Tts7J_aSIgg"
OWN = "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"
SALT = "DGv6ra1nlYgDCS1FRnbzlw"
BODY = (
    "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIg"
    "Dll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
)


def message(text="finished after 3 min"):
    return Message("a-tag", "train.py", text, 1_000_000_000, "#console=c1")


def test_a_body_is_the_one_of_the_standards_example():
    made = webpush.encrypt(PLAIN, P256DH, AUTH, salt=webpush.decoded(SALT), own=OWN)
    assert webpush.encoded(made) == BODY


def test_a_browser_reads_what_was_said_and_no_more_than_fits():
    browser = Browser()
    keys = browser.subscription("https://push.example/1")

    def read(text):
        body = webpush.encrypt(webpush.plain(message(text)), keys["p256dh"], keys["auth"])
        assert len(body) <= 4096
        return browser.read(body)

    assert read("finished") == {
        "tag": "a-tag",
        "title": "train.py",
        "text": "finished",
        "at": 1_000_000_000,
        "hash": "#console=c1",
    }
    assert read("€" * 5000)["text"].endswith("€…")
    assert read("\ud800 half")["text"]


def test_the_service_can_tell_who_sends_and_that_the_second_replaces_the_first():
    private = webpush.new_private_key()
    made = webpush.headers("https://push.example:8443/x", "t" * 99, private, "mailto:a@b.c", 100)
    again = webpush.headers("https://push.example:8443/y", "t" * 99, private, "mailto:a@b.c", 200)
    assert made["Topic"] == again["Topic"]
    assert len(made["Topic"]) == 32
    assert (made["Urgency"], made["TTL"]) == ("high", "86400")
    token, public = made["Authorization"].removeprefix("vapid t=").split(", k=")
    assert public == webpush.public_key(private)
    head, claims, signature = token.split(".")
    assert json.loads(webpush.decoded(head)) == {"typ": "JWT", "alg": "ES256"}
    assert json.loads(webpush.decoded(claims)) == {
        "aud": "https://push.example:8443",
        "exp": 100 + 12 * 3600,
        "sub": "mailto:a@b.c",
    }
    raw = webpush.decoded(signature)
    der = encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
    key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), webpush.decoded(public))
    key.verify(der, f"{head}.{claims}".encode(), ec.ECDSA(hashes.SHA256()))


@pytest.mark.parametrize(
    ("p256dh", "auth"), [("AA", AUTH), ("é", AUTH), (P256DH, "AA"), ("B" + "A" * 86, AUTH)]
)
def test_keys_that_no_browser_gave_are_refused(p256dh, auth):
    with pytest.raises(webpush.BadSubscriptionError):
        webpush.check_keys(p256dh, auth)
