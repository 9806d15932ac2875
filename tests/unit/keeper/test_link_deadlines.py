"""Links that say nothing: closed after their time, and not before."""

import time
from unittest.mock import Mock

import pytest

from ide.guard.grant import Grant, Right
from ide.keeper.link import GRANT_SECONDS, Link
from ide.wire import frames
from ide.wire.frames import Kind
from ide.wire.limits import DEAD_AFTER_SECONDS


class Connection:
    def __init__(self) -> None:
        self.closed = False
        self.buffered = 0
        self.sent: list[bytes] = []

    def send(self, message: bytes) -> None:
        self.sent.append(message)

    def close(self) -> None:
        self.closed = True

    close_when_sent = close


@pytest.fixture
def link():
    keeper = Mock(workspace="w", consoles={})
    connection = Connection()
    made = Link(keeper, Mock(), connection)
    made.connection = connection
    return made


def show_grant(link: Link) -> None:
    grant = Grant("login", "alice", "w", frozenset(Right), time.time() + 60)
    link.message_came(frames.encode(Kind.GRANT, 0, frames.pack_json(grant.to_json())))


def test_without_a_grant_a_connection_is_closed(link):
    link.look(link.opened_at + GRANT_SECONDS - 1)
    assert not link.connection.closed
    link.look(link.opened_at + GRANT_SECONDS + 1)
    assert link.connection.closed


def test_a_silent_browser_is_closed_after_45_seconds(link):
    show_grant(link)
    link.message_came(frames.encode(Kind.PING, 0, b"12345678"))
    link.look(link.heard_at + DEAD_AFTER_SECONDS - 1)
    assert not link.connection.closed
    link.look(link.heard_at + DEAD_AFTER_SECONDS + 1)
    assert link.connection.closed


def test_a_connection_that_waits_for_a_call_is_left_alone(link):
    show_grant(link)
    link.look(link.heard_at + 10 * DEAD_AFTER_SECONDS)
    assert not link.connection.closed
