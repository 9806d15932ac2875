"""`frontend/src/wire.ts` says the same names, numbers and limits as `ide.wire`."""

import re
from pathlib import Path

import pytest

from ide.wire import frames, limits

MIRROR = (Path(__file__).parents[2] / "frontend/src/wire.ts").read_text("utf-8")
BETWEEN_SERVERS = {"GRANT", "CALL", "HANDOVER", "END", "REPLY"}


def table(name):
    """Return the numbers of `export const NAME = {…} as const` in the mirror."""
    body = re.search(rf"export const {name} = {{(.*?)}} as const", MIRROR, re.DOTALL)[1]
    pairs = re.findall(r"(\w+): ([0-9a-fx* ]+)[,\s]", body + " ")
    return {key: product(value) for key, value in pairs}


def product(text):
    """Return the value of `64 * 1024` or `0x8a`."""
    value = 1
    for factor in text.split("*"):
        value *= int(factor.strip(), 0)
    return value


def test_the_kinds_are_equal():
    here = {kind.name: kind.value for kind in frames.Kind if kind.name not in BETWEEN_SERVERS}
    assert table("Kind") == here


@pytest.mark.parametrize("name", ["SizeFlag", "Ending", "ErrorCode", "Codec"])
def test_the_codes_are_equal(name):
    assert table(name) == {member.name: member.value for member in getattr(frames, name)}


def test_the_limits_are_equal():
    mirrored = table("Limit")
    assert len(mirrored) >= 10
    assert mirrored == {name: getattr(limits, name) for name in mirrored}


def test_version_and_subprotocol_are_equal():
    assert f"PROTOCOL_VERSION = {limits.PROTOCOL_VERSION};" in MIRROR
    assert f'SUBPROTOCOL = "{limits.SUBPROTOCOL}";' in MIRROR
