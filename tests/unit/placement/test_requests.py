import os
import socket
import struct

import pytest

from ide.errors import BadRequestError, ForbiddenError
from ide.placement.requests import (
    KEEPER,
    MAX_REQUEST_BYTES,
    ROOT,
    SERVICE,
    check_may,
    peer_uid,
    read_request,
)
from ide.wire.stream import prefixed


@pytest.fixture
def pair():
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield ours, theirs


def test_a_request_comes_whole_however_it_was_cut(pair):
    ours, theirs = pair
    for byte in prefixed(b'{"op":"version"}'):
        theirs.send(bytes([byte]))
    assert read_request(ours) == {"op": "version"}


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"\0\0",
        struct.pack(">I", MAX_REQUEST_BYTES + 1),
        struct.pack(">I", 2**32 - 1),
        prefixed(b"[]"),
        prefixed(b"\xff"),
        prefixed(b"[" * 2000),
        struct.pack(">I", 10) + b"short",
    ],
)
def test_anything_else_is_a_bad_request(pair, sent):
    ours, theirs = pair
    theirs.sendall(sent)
    theirs.shutdown(socket.SHUT_WR)
    with pytest.raises(BadRequestError):
        read_request(ours)


def test_one_who_says_nothing_is_not_waited_for(pair, monkeypatch):
    monkeypatch.setattr("ide.placement.requests.REQUEST_SECONDS", 0.02)
    with pytest.raises(BadRequestError, match="too long"):
        read_request(pair[0])


def test_the_kernel_says_who_asks(pair):
    assert peer_uid(pair[0]) == os.geteuid()


@pytest.mark.parametrize(
    ("op", "role", "may"),
    [
        ("ensure", SERVICE, True),
        ("ensure", KEEPER, False),
        ("sandbox", KEEPER, True),
        ("sandbox", SERVICE, False),
        ("retire", ROOT, True),
        ("retire", SERVICE, False),
        ("list", SERVICE, False),
        ("stop", KEEPER, False),
        ("version", "", False),
    ],
)
def test_who_may_what(op, role, may):
    if may:
        assert check_may(op, role) == op
    else:
        with pytest.raises(ForbiddenError):
            check_may(op, role)


@pytest.mark.parametrize("op", [None, "", "Ensure", ["ensure"], {}])
def test_an_unknown_operation_is_a_bad_request(op):
    with pytest.raises(BadRequestError):
        check_may(op, ROOT)
